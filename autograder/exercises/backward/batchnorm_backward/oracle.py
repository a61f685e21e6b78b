"""The oracle of batchnorm_backward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm_backward(dout, cache):
    x, gamma = tensor(cache["x"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    # below torch.nn.functional, which refuses a batch of one
    torch.batch_norm(x, gamma, beta, None, None, True, 0.1, cache["eps"], False).backward(tensor(dout))
    return x.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()
