"""Hidden tests of steps_to_accuracy."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.steps_to_accuracy import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "the first time of each seed",
            1,
            ("several seeds that get there", "a seed that falls again", "at the first step, at the last", "one seed"),
        ),
        Part(
            "targets met exactly or never, whole numbers",
            1,
            ("a target that is met exactly", "seeds that never get there", "whole numbers"),
        ),
    ],
)
