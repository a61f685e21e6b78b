"""Hidden tests of identity_affine."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.identity_affine import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh batches",
            1,
            ("seven rows, five columns, eps 0.4", "four rows, six columns, eps 1", "as many rows as columns"),
        ),
        Part("narrow columns, whole numbers", 1, ("narrow columns, eps 1e-5", "whole numbers")),
    ],
)
