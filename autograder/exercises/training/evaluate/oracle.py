"""The oracle of evaluate: a second right answer, independent of the solution."""

import torch
from torch.nn import functional


def evaluate(model, batches):
    """The same from all rows in one batch, on a copy of the model."""
    import copy

    x, y = (torch.cat(parts) for parts in zip(*batches))
    with torch.no_grad():
        logits = copy.deepcopy(model).eval()(x)
    return (logits.argmax(1) == y).double().mean().item(), functional.cross_entropy(logits, y).item()
