"""The oracle of losers: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def losers(scores, margin=15):
    scores = tensor(scores)
    behind = scores.mean(1).max() - scores.mean(1)
    top = scores[behind.argmin()]
    apart = (scores[:, :, None] < top).flatten(1).all(1)  # every pair of seeds
    return behind, torch.logical_and(apart, behind > margin)
