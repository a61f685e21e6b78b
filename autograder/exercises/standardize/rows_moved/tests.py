"""Hidden tests of rows_moved."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.rows_moved import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "statistics of all rows and of one part",
            1,
            ("three ways to standardize", "training rows only, test rows only"),
        ),
        Part(
            "a leak of one test row, or into some rows",
            1,
            ("the smallest, the last or the first row", "rows that move some of the others"),
        ),
        Part(
            "rows prepared by themselves, a single test row, whole numbers",
            1,
            ("each row by itself", "a single test row", "whole numbers"),
        ),
    ],
)
