"""Hidden tests of masked_batch_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.masked_batch_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "the statistics of the real tokens",
            1,
            ("zeros in the padding", "all lengths equal", "no padding", "a value far out"),
        ),
        Part(
            "whatever the padding holds, wherever it is",
            0.5,
            ("other numbers in the padding", "padding anywhere", "a single real token"),
        ),
        Part("eps: given, not given; whole numbers", 0.5, ("eps from 0.1 to 1", "eps not given", "whole numbers")),
    ],
)
