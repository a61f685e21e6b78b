"""The oracle of ghost_batch_norm: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def ghost_batch_norm(x, gamma, beta, size, eps=1e-5):
    parts = tensor(x).split(size)
    # below torch.nn.functional, which refuses a part of one row
    return torch.cat(
        [torch.batch_norm(p, tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False) for p in parts]
    )
