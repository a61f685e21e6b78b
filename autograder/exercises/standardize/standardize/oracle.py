"""The oracle of standardize: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def standardize(x, mean, std, eps=1e-5):
    return torch.nn.functional.batch_norm(tensor(x), tensor(mean), tensor(std) ** 2, eps=eps)
