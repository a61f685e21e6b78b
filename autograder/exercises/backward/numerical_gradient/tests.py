"""Hidden tests of numerical_gradient."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.numerical_gradient import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "every entry, weighed by dout",
            2,
            (
                "each entry by itself",
                "rows that depend on each other",
                "f(x) of another shape than x",
                "x with one axis",
            ),
        ),
        Part(
            "the two points, h not given, whole numbers",
            1,
            ("a step of 0.5 on a cubic", "a corner", "h not given", "whole numbers", "f hands back its argument"),
        ),
    ],
)
