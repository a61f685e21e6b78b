"""Hidden tests of center."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.welcome.center import exercise


def torch_center(x):
    columns = torch.as_tensor(x, dtype=torch.float64)
    return columns - columns.mean(dim=0)


bank = Bank(
    exercise,
    parts=[
        Part("columns, not rows", 1, ("four rows, three columns", "a square matrix")),
        Part("whole numbers", 1, ("whole numbers",)),
    ],
    oracle=torch_center,
)
