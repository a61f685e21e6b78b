"""Hidden tests of batch_statistics."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.forward.batch_statistics import exercise


def torch_statistics(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean.numpy(), var.numpy()


bank = Bank(
    exercise,
    parts=[
        Part(
            "one mean and one variance per column",
            1,
            ("seven rows, five columns", "four rows, six columns", "as many rows as columns"),
        ),
        Part(
            "one row, whole numbers, float32 far from zero",
            1,
            ("a batch of one", "whole numbers", "float32 far from zero"),
        ),
    ],
    oracle=torch_statistics,
)
