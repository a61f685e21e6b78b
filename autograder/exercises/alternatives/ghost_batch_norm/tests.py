"""Hidden tests of ghost_batch_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.ghost_batch_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "batch norm in each part",
            0.5,
            ("three parts of four rows", "all lengths equal", "one part", "parts of one row", "a value far out"),
        ),
        Part("eps: given, not given; whole numbers", 0.5, ("eps from 0.1 to 1", "eps not given", "whole numbers")),
    ],
)
