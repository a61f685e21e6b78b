"""Hidden tests of activation_statistics."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.signal.activation_statistics import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "mean and spread of each layer",
            1,
            ("relu, three layers", "tanh, three layers", "identity, two layers", "as many rows as units everywhere"),
        ),
        Part(
            "a single layer, a single row, whole numbers, the weights afterwards",
            1,
            ("a single layer", "a single row", "whole numbers", "the weights afterwards"),
        ),
        Part(
            "dead relu units",
            2,
            (
                "relu, units dead on the whole batch",
                "relu, units that are off on some rows",
                "relu, a faint unit",
                "relu, a single row",
            ),
        ),
        Part(
            "saturated tanh entries",
            1,
            ("tanh, large values of both signs", "tanh, values around 0.99", "identity, values beyond 1"),
        ),
    ],
)
