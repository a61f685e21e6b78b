"""Hidden tests of standardize."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.standardize.standardize import exercise


def torch_standardize(x, mean, std, eps=1e-5):
    return torch.nn.functional.batch_norm(tensor(x), tensor(mean), tensor(std) ** 2, eps=eps)


bank = Bank(
    exercise,
    parts=[
        Part(
            "mean and std as given",
            1,
            ("other rows than the fitted ones", "as many rows as columns", "a single row", "a value far out"),
        ),
        Part("eps", 1, ("eps as large as the variance", "eps of 0")),
        Part(
            "constant features, eps not given, whole numbers",
            1,
            ("a feature that is constant in training", "eps not given", "whole numbers"),
        ),
    ],
    oracle=torch_standardize,
)
