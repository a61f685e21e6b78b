"""Hidden tests of center."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.welcome.center import exercise

bank = Bank(
    exercise,
    parts=[
        Part("columns, not rows", 1, ("four rows, three columns", "a square matrix")),
        Part("whole numbers", 1, ("whole numbers",)),
    ],
)
