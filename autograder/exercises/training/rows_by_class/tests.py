"""Hidden tests of rows_by_class."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.rows_by_class import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "full batches in order",
            1,
            ("classes that fill their batches", "labels that are not 0, 1, 2", "very unequal classes"),
        ),
        Part(
            "rows left over, small classes, batches of one",
            1,
            ("rows left over", "a class smaller than a batch", "batches of one, one class"),
        ),
    ],
)
