"""The oracle of batchnorm_forward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses a batch of one
    out = torch.batch_norm(tensor(x), tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return out.numpy(), None
