"""The oracle of train_epoch: a second right answer, independent of the solution."""

import torch
from torch.nn import functional


def train_epoch(model, batches, rate):
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
