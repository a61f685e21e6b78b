"""Hidden tests of evaluate."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.evaluate import exercise

bank = Bank(
    exercise,
    parts=[
        Part("accuracy and loss", 1, ("one batch of nine rows",)),
        Part("every row counts the same", 1, ("batches of 7, 2 and 4 rows", "batches of one row")),
        Part("in evaluation mode", 1, ("a model in training mode", "a model with dropout")),
        Part(
            "the model afterwards is as it came",
            1,
            (
                "the model afterwards, came in training mode",
                "training that goes on afterwards",
                "the model afterwards, came in evaluation mode",
                "a part in another mode than the rest",
            ),
        ),
    ],
)
