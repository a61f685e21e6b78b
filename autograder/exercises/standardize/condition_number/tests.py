"""Hidden tests of condition_number."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.standardize.condition_number import exercise


def torch_condition_number(x):
    singular = torch.linalg.svdvals(torch.hstack([tensor(x), torch.ones(len(x), 1)])) ** 2
    few = len(x) < x.shape[1] + 1
    return np.inf if few or singular[-1] <= 1e-12 * singular[0] else singular[0] / singular[-1]


bank = Bank(
    exercise,
    parts=[
        Part("regular data", 1, ("seven rows, four columns",)),
        Part(
            "other scales, whole numbers",
            1,
            ("small numbers", "large numbers", "a wide range of scales", "whole numbers"),
        ),
        Part(
            "flat directions and no others",
            1,
            (
                "fewer rows than columns",
                "as many rows as columns",
                "the same feature twice",
                "a constant feature",
                "flat data and others in turn",
                "on both sides of the threshold",
                "close to the threshold",
            ),
        ),
    ],
    oracle=torch_condition_number,
)
