"""Hidden tests of activation_statistics."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.signal.activation_statistics import exercise


def torch_activation_statistics(x, weights, activation):
    layer, rows = tensor(x), []
    for weight in weights:
        layer = torch.nn.functional.linear(layer, tensor(weight).T)
        if activation == "relu":
            layer = torch.nn.functional.relu(layer)
            stuck = (layer.amax(dim=0) == 0).double().mean()
        elif activation == "tanh":
            layer = torch.tanh(layer)
            stuck = (layer.abs() > 0.99).double().mean()
        else:
            stuck = torch.tensor(0.0, dtype=torch.float64)
        var, mean = torch.var_mean(layer, correction=0)
        rows.append(torch.stack([mean, var.sqrt(), stuck]))
    return tuple(torch.stack(rows).T)


bank = Bank(
    exercise,
    parts=[
        Part(
            "mean and spread of each layer",
            1,
            ("relu, three layers", "tanh, three layers", "identity, two layers", "as many rows as units everywhere"),
        ),
        Part(
            "a single layer, a single row, whole numbers, the weights afterwards",
            1,
            ("a single layer", "a single row", "whole numbers", "the weights afterwards"),
        ),
        Part(
            "dead relu units",
            2,
            (
                "relu, units dead on the whole batch",
                "relu, units that are off on some rows",
                "relu, a faint unit",
                "relu, a single row",
            ),
        ),
        Part(
            "saturated tanh entries",
            1,
            ("tanh, large values of both signs", "tanh, values around 0.99", "identity, values beyond 1"),
        ),
    ],
    oracle=torch_activation_statistics,
)
