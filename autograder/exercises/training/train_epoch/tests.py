"""Hidden tests of train_epoch."""

import torch
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.train_epoch import exercise


def manual_descent(model, batches, rate):
    """Gradients from torch.autograd.grad, steps by hand."""
    model.train()
    losses = []
    for x, y in batches:
        if x.shape[0] == 1:
            continue
        each = functional.cross_entropy(model(x), y, reduction="none")
        found = torch.autograd.grad(each.mean(), list(model.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(model.parameters(), found):
                parameter -= rate * gradient
        losses.append(each.detach())
    return torch.cat(losses).mean().item()


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
    oracle=manual_descent,
)
