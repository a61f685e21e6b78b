"""Hidden tests of instance_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.instance_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "each channel of each picture, gamma and beta",
            1,
            ("three pictures, four channels of 5 x 2, eps 0", "all lengths equal", "a value far out"),
        ),
        Part(
            "eps: given, not given, a constant picture, one position; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant picture", "one position", "whole numbers"),
        ),
    ],
)
