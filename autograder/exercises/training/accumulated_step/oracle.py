"""The oracle of accumulated_step: a second right answer, independent of the solution."""

import torch
from torch.nn import functional


def accumulated_step(model, parts, rate):
    """All losses in one tensor, gradients from torch.autograd.grad, the step by hand."""
    model.train()
    each = torch.cat([functional.cross_entropy(model(x), y, reduction="none") for x, y in parts])
    found = torch.autograd.grad(each.mean(), list(model.parameters()))
    with torch.no_grad():
        for parameter, gradient in zip(model.parameters(), found):
            parameter -= rate * gradient
    return each.mean().item()
