"""Hidden tests of feature_drift."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.signal.feature_drift import exercise


def torch_feature_drift(before, after):
    (var_b, mean_b), (var_a, mean_a) = (torch.var_mean(tensor(h), dim=0, correction=0) for h in (before, after))
    scale = var_b.mean().sqrt()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    shift = torch.nn.functional.l1_loss(mean_a, mean_b) / scale
    return shift, torch.nn.functional.l1_loss(var_a.sqrt(), var_b.sqrt()) / scale


bank = Bank(
    exercise,
    parts=[
        Part(
            "shift of the means",
            2,
            ("shift: nine rows, four units", "shift: as many rows as units", "shift: larger units of measurement"),
        ),
        Part("stretch of the spreads", 1, ("stretch: nine rows, four units", "stretch: as many rows as units")),
        Part(
            "no drift, constant units, a single row, whole numbers",
            1,
            (
                "the same rows in another order",
                "some units constant",
                "all units constant",
                "a single row",
                "shift: whole numbers",
            ),
        ),
    ],
    oracle=torch_feature_drift,
)
