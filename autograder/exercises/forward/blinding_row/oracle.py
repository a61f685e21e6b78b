"""The oracle of blinding_row: it looks for the place by halving, with no formula for the longer batch."""

import torch

from autograder.exercises.oracles import tensor

HALVINGS = 200


def blinding_row(x, squeeze):
    x = tensor(x)
    mean, wanted = x.mean(dim=0), squeeze**2 * x.var(dim=0, correction=0)
    low, high = torch.zeros_like(mean), (len(x) + 1) * squeeze * (x.max(dim=0)[0] - x.min(dim=0)[0])
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        too_far = torch.vstack([x, mean + middle]).var(dim=0, correction=0) > wanted
        low, high = torch.where(too_far, low, middle), torch.where(too_far, middle, high)
    return (mean + low).numpy()
