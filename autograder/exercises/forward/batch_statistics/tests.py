"""Hidden tests of batch_statistics."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.batch_statistics import exercise

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
)
