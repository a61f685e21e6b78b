"""Hidden tests of update_running."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.update_running import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "one update, several updates",
            2,
            (
                "seven rows, five columns, momentum 0.3",
                "four rows, six columns, momentum 0.8",
                "as many rows as columns",
                "five batches, one after the other",
            ),
        ),
        Part(
            "extremes: momentum 0 and 1, narrow columns, whole numbers, float32",
            1,
            (
                "momentum 1 and momentum 0",
                "a constant column and a narrow one",
                "whole numbers",
                "float32 far from zero",
            ),
        ),
    ],
)
