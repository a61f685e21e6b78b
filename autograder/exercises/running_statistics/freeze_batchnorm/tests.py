"""Hidden tests of freeze_batchnorm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.freeze_batchnorm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "batch norm stands still",
            1,
            ("what comes out in training mode", "the statistics stay", "frozen again after train()"),
        ),
        Part(
            "nothing else does",
            1,
            (
                "which parameters get a gradient",
                "modes of a model in training",
                "a model in evaluation mode",
                "nothing to freeze",
            ),
        ),
    ],
)
