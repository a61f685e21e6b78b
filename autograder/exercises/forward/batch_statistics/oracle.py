"""The oracle of batch_statistics: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batch_statistics(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean.numpy(), var.numpy()
