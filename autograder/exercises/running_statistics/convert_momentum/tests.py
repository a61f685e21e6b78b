"""Hidden tests of convert_momentum."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.convert_momentum import exercise

bank = Bank(
    exercise,
    parts=[
        Part("between the three libraries", 1, ("between the three libraries",)),
        Part("from and to the paper", 1, ("from the paper", "to the paper")),
    ],
)
