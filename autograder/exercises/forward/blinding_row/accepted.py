"""Right answers to blinding_row in other styles."""

import numpy as np
import torch


def the_root_taken_of_everything_at_once(x, squeeze):
    n = len(x)
    return x.mean(axis=0) + np.sqrt(x.var(axis=0) * (n + 1) * (squeeze**2 * (n + 1) / n - 1))


def in_spreads_from_the_mean(x, squeeze):
    n = x.shape[0]
    spreads = (n + 1) * ((squeeze**2 - n / (n + 1)) / n) ** 0.5
    return np.mean(x, axis=0) + spreads * np.std(x, axis=0)


def from_the_sum_of_squares_of_the_longer_batch(x, squeeze):
    n, mean = len(x), x.mean(axis=0)
    squares = ((x - mean) ** 2).sum(axis=0)
    wanted = (n + 1) * squeeze**2 * squares / n
    return mean + np.sqrt((wanted - squares) * (n + 1) / n)


def loops_in_plain_python(x, squeeze):
    n, row = len(x), []
    for column in x.T.tolist():
        mean = sum(column) / n
        var = sum((value - mean) ** 2 for value in column) / n
        row.append(mean + (n + 1) * (var * (squeeze**2 - n / (n + 1)) / n) ** 0.5)
    return np.array(row)


def a_tensor_comes_back(x, squeeze):
    x = torch.as_tensor(x, dtype=torch.float64)
    var, mean = torch.var_mean(x, dim=0, correction=0)
    n = len(x)
    return mean + (var * (n + 1) * (squeeze**2 * (n + 1) / n - 1)).sqrt()
