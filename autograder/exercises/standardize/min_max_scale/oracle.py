"""The oracle of min_max_scale: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def min_max_scale(x_train, x):
    low, high = torch.aminmax(tensor(x_train), dim=0)
    return torch.where(high > low, (tensor(x) - low) / (high - low), tensor(x) - low)
