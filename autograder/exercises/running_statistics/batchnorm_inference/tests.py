"""Hidden tests of batchnorm_inference."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.batchnorm_inference import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh rows, together and one at a time",
            2,
            (
                "seven rows, five columns, eps 0.3",
                "three rows, six columns, eps 0",
                "as many rows as columns",
                "the rows one at a time",
                "a value far out",
            ),
        ),
        Part(
            "eps: given, not given; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given, narrow columns", "whole numbers"),
        ),
    ],
)
