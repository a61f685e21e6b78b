"""Hidden tests of min_max_scale."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.min_max_scale import exercise

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
)
