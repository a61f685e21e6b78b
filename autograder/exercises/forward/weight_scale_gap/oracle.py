"""The oracle of weight_scale_gap: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def weight_scale_gap(x, weight, scale, eps):
    hats = [
        torch.batch_norm(tensor(x) @ tensor(w), None, None, None, None, True, 0.1, eps, False)
        for w in (weight, scale * weight)
    ]
    return float((hats[0] - hats[1]).abs().max())
