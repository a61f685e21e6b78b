"""Hidden tests of accumulated_step."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.accumulated_step import exercise

bank = Bank(
    exercise,
    parts=[
        Part("one step, equal parts", 1, ("one part of six rows", "three parts of five rows", "rates from 0.01 to 1")),
        Part("unequal parts", 1, ("parts of 7, 2 and 4 rows",)),
        Part(
            "what it finds: the mode, old gradients, a step before",
            1,
            ("a model in evaluation mode", "gradients left over from before", "two steps"),
        ),
    ],
)
