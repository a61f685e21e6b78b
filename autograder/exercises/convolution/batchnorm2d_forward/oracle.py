"""The oracle of batchnorm2d_forward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm2d_forward(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses eps 0
    out = torch.batch_norm(tensor(x), tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return out.numpy(), None
