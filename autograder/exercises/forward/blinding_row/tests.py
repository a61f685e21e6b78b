"""Hidden tests of blinding_row."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.blinding_row import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh batches",
            1,
            ("seven rows, five columns, squeeze 3", "three rows, six columns, squeeze 20", "as many rows as columns"),
        ),
        Part("squeeze 1, a constant column, whole numbers", 1, ("squeeze 1", "a constant column", "whole numbers")),
    ],
)
