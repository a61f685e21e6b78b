"""Hidden tests of interval."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.interval import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "the interval of 2 to 10 scores", 1, ("three scores", "two, five and ten scores", "every number of scores")
        ),
        Part(
            "differences, equal scores, whole numbers",
            1,
            ("differences of both signs", "equal scores", "whole numbers"),
        ),
    ],
)
