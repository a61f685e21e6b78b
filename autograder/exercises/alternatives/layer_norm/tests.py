"""Hidden tests of layer_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.layer_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "rows and tokens, gamma and beta",
            1,
            (
                "seven rows, five features, eps 0",
                "three sequences of four tokens, five features",
                "all lengths equal",
                "a single row",
                "a value far out",
            ),
        ),
        Part(
            "eps: given, not given, a constant row; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant row", "whole numbers"),
        ),
    ],
)
