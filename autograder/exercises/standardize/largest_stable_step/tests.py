"""Hidden tests of largest_stable_step."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.standardize.largest_stable_step import exercise


def torch_largest_stable_step(x):
    a = torch.hstack([tensor(x), torch.ones(len(x), 1)])
    return 2 * len(a) / torch.linalg.matrix_norm(a, 2) ** 2


bank = Bank(
    exercise,
    parts=[
        Part("regular data", 1, ("seven rows, four columns", "as many rows as columns", "small numbers")),
        Part("flat directions, whole numbers", 1, ("a flat direction", "a single row", "whole numbers")),
    ],
    oracle=torch_largest_stable_step,
)
