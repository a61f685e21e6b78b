"""Hidden tests of usable_step."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.signal.usable_step import exercise

bank = Bank(
    exercise,
    parts=[
        Part("the last step before the first wall", 2, ("down, and up through the start", "below again farther out")),
        Part(
            "walks without a wall or with nothing before it, 1 and nan, a single step",
            1,
            (
                "the first step too long",
                "never above the start",
                "exactly as at the start",
                "nan on the way",
                "a single step",
            ),
        ),
    ],
)
