"""Hidden tests of precise_statistics."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.precise_statistics import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "mean and variance of all rows",
            2,
            (
                "one batch of eight rows",
                "four batches of six rows",
                "batches of 7, 2 and 4 rows",
                "called twice",
            ),
        ),
        Part(
            "the mode, and the rest of the model",
            1,
            (
                "a model in evaluation mode",
                "the rest of the model",
                "training that goes on afterwards",
                "a batch norm inside of a part",
                "what stays on the model",
            ),
        ),
    ],
)
