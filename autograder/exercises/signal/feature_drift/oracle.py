"""The oracle of feature_drift: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def feature_drift(before, after):
    (var_b, mean_b), (var_a, mean_a) = (torch.var_mean(tensor(h), dim=0, correction=0) for h in (before, after))
    scale = var_b.mean().sqrt()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    shift = torch.nn.functional.l1_loss(mean_a, mean_b) / scale
    return shift, torch.nn.functional.l1_loss(var_a.sqrt(), var_b.sqrt()) / scale
