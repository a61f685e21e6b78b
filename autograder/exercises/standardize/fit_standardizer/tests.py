"""Hidden tests of fit_standardizer."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.standardize.fit_standardizer import exercise


def torch_fit_standardizer(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean, torch.sqrt(var)


bank = Bank(
    exercise,
    parts=[
        Part("mean and biased std", 1, ("seven rows, five columns", "as many rows as columns")),
        Part(
            "one row, constant features, large means, whole numbers",
            1,
            ("a single row", "a constant feature", "a large mean, a small spread", "whole numbers"),
        ),
    ],
    oracle=torch_fit_standardizer,
)
