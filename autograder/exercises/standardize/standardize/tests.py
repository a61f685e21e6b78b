"""Hidden tests of standardize."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.standardize import exercise

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
)
