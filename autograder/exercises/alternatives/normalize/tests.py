"""Hidden tests of normalize."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.normalize import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "sets along any axes",
            1.5,
            (
                "a matrix, over axis 0, eps 0",
                "a matrix, over axis 1, eps 0",
                "over the last axis, given as -1",
                "four axes, over three of them",
                "four axes, over the two last",
                "over all axes",
                "all lengths equal",
                "a value far out",
            ),
        ),
        Part("centred or not, as asked", 0.5, ("not centred", "centred and not, over two axes")),
        Part(
            "eps, constant sets, sets of one value", 0.5, ("eps from 0.1 to 1", "a constant set", "sets of one value")
        ),
        Part(
            "eps not given, whole numbers, float32 far from zero",
            0.5,
            ("eps not given", "whole numbers", "float32 far from zero"),
        ),
    ],
)
