"""Hidden tests of min_max_scale."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.standardize.min_max_scale import exercise


def torch_min_max_scale(x_train, x):
    low, high = torch.aminmax(tensor(x_train), dim=0)
    return torch.where(high > low, (tensor(x) - low) / (high - low), tensor(x) - low)


bank = Bank(
    exercise,
    parts=[
        Part(
            "the training range",
            1,
            ("new rows within the training range", "as many rows as columns", "a single new row"),
        ),
        Part("values outside it", 1, ("values outside the training range",)),
        Part("constant features, whole numbers", 1, ("a feature that is constant in training", "whole numbers")),
    ],
    oracle=torch_min_max_scale,
)
