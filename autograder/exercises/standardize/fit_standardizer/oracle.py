"""The oracle of fit_standardizer: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def fit_standardizer(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean, torch.sqrt(var)
