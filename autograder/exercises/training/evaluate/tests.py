"""Hidden tests of evaluate."""

import torch
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.evaluate import exercise


def all_rows_at_once(model, batches):
    """The same from all rows in one batch, on a copy of the model."""
    import copy

    x, y = (torch.cat(parts) for parts in zip(*batches))
    with torch.no_grad():
        logits = copy.deepcopy(model).eval()(x)
    return (logits.argmax(1) == y).double().mean().item(), functional.cross_entropy(logits, y).item()


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
    oracle=all_rows_at_once,
)
