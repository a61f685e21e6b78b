"""Hidden tests of fit_standardizer."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.fit_standardizer import exercise

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
)
