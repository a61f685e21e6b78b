"""The oracle of affine_backward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def affine_backward(dout, cache):
    x_hat, gamma = tensor(cache["x_hat"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    (gamma * x_hat + beta).backward(tensor(dout))
    return x_hat.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()
