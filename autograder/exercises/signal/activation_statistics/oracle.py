"""The oracle of activation_statistics: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def activation_statistics(x, weights, activation):
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
