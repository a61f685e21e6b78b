"""Hidden tests of condition_number."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.condition_number import exercise

bank = Bank(
    exercise,
    parts=[
        Part("regular data", 1, ("seven rows, four columns",)),
        Part(
            "other scales, whole numbers",
            1,
            ("small numbers", "large numbers", "a wide range of scales", "whole numbers"),
        ),
        Part(
            "flat directions and no others",
            1,
            (
                "fewer rows than columns",
                "as many rows as columns",
                "the same feature twice",
                "a constant feature",
                "flat data and others in turn",
                "on both sides of the threshold",
                "close to the threshold",
            ),
        ),
    ],
)
