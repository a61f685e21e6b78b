"""Hidden tests of train_epoch."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.train_epoch import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "steps and mean loss",
            2,
            ("one batch of six rows", "three batches of five rows", "batches of 7, 2 and 4 rows"),
        ),
        Part("rates, two epochs", 1, ("rates from 0.01 to 1", "two epochs")),
        Part(
            "what it finds: the mode, old gradients, single rows",
            1,
            ("a model in evaluation mode", "gradients left over from before", "a batch of one row"),
        ),
    ],
)
