"""Hidden tests of weight_standardize."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.weight_standardize import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "each filter of convolutions and linear layers",
            1,
            (
                "a convolution, all lengths different",
                "a linear layer",
                "three axes",
                "all lengths equal",
                "a value far out",
            ),
        ),
        Part(
            "eps: given, not given, a constant filter; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant filter", "whole numbers"),
        ),
    ],
)
