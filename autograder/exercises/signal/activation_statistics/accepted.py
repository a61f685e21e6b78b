"""Right answers to activation_statistics in other styles."""

import math

import numpy as np
import torch


def _torch_activation_statistics(x, weights, activation):
    layer, rows = torch.as_tensor(x, dtype=torch.float64), []
    for weight in weights:
        layer = torch.nn.functional.linear(layer, torch.as_tensor(weight, dtype=torch.float64).T)
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


def loops_over_rows_and_units(x, weights, activation):
    layer, out = [list(map(float, row)) for row in x], []
    act = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "identity": float}[activation]
    for w in weights:
        units = range(w.shape[1])
        layer = [[act(sum(value * w[i][j] for i, value in enumerate(row))) for j in units] for row in layer]
        flat = [value for row in layer for value in row]
        mean = sum(flat) / len(flat)
        std = (sum((value - mean) ** 2 for value in flat) / len(flat)) ** 0.5
        stuck = 0.0
        if activation == "relu":
            stuck = sum(all(row[j] == 0 for row in layer) for j in units) / len(units)
        if activation == "tanh":
            stuck = sum(abs(value) > 0.99 for value in flat) / len(flat)
        out.append((mean, std, stuck))
    return tuple(np.array(column) for column in zip(*out))


def einsum_arrays_filled_by_index_dead_by_the_sum(x, weights, activation):
    mean, std, stuck = np.zeros((3, len(weights)))
    h = x.astype(np.float64)
    for k in range(len(weights)):
        h = np.einsum("ni,ij->nj", h, weights[k])
        if activation == "relu":
            h = h * (h > 0)
            stuck[k] = np.sum(h.sum(axis=0) == 0) / h.shape[1]
        elif activation == "tanh":
            h = np.tanh(h)
            stuck[k] = np.count_nonzero((h > 0.99) | (h < -0.99)) / h.size
        mean[k], std[k] = np.average(h), np.sqrt(np.var(h))
    return mean, std, stuck


def all_layers_first_then_the_statistics(x, weights, activation):
    act = {"relu": lambda z: np.where(z < 0, 0, z), "tanh": np.tanh, "identity": np.positive}[activation]
    layers = []
    for weight in weights:
        layers.append(act(np.dot(layers[-1] if layers else x, weight)))
    count = {
        "relu": lambda h: 1 - np.any(h, axis=0).mean(),
        "tanh": lambda h: (1 - h**2 < 1 - 0.99**2).mean(),
        "identity": lambda h: 0,
    }[activation]
    return [np.array([f(h) for h in layers]) for f in (np.mean, np.std, count)]


def dead_by_the_maximum_saturation_strict_or_not(x, weights, activation):
    h, rows = np.array(x), []
    for weight in weights:
        z = h @ weight
        h = {"relu": np.clip(z, 0, None), "tanh": np.tanh(z), "identity": z}[activation]
        dead = np.sum(h.max(axis=0) <= 0) / h.shape[1]
        saturated = np.mean(abs(h) >= 0.99)
        rows.append([h.mean(), h.std(), {"relu": dead, "tanh": saturated, "identity": 0.0}[activation]])
    mean, std, stuck = np.array(rows).T
    return mean, std, stuck


def a_recursion_over_layers(x, weights, activation):
    if not len(weights):
        return np.array([]), np.array([]), np.array([])
    z = x @ weights[0]
    if activation == "relu":
        h = (np.abs(z) + z) / 2
        stuck = np.mean(np.all(z <= 0, axis=0))
    elif activation == "tanh":
        h = np.tanh(z)
        stuck = np.mean(np.abs(z) > np.arctanh(0.99))
    else:
        h, stuck = z, 0
    rest = a_recursion_over_layers(h, weights[1:], activation)
    return tuple(np.append(first, more) for first, more in zip((h.mean(), h.std(), stuck), rest))


def tensors_come_back(x, weights, activation):
    return _torch_activation_statistics(x, weights, activation)
