"""Right answers to batch_statistics in other styles."""

import numpy as np
import torch


def loops_in_plain_python(x):
    n, d = x.shape
    mean, var = np.zeros(d), np.zeros(d)
    for j in range(d):
        values = [float(value) for value in x[:, j]]
        mean[j] = sum(values) / n
        var[j] = sum((value - mean[j]) ** 2 for value in values) / n
    return mean, var


def numpys_own_var(x):
    return np.mean(x, axis=0), np.var(x, axis=0)


def welfords_running_update(x):
    mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for count, row in enumerate(x, 1):
        before = row - mean
        mean = mean + before / count
        squares = squares + before * (row - mean)
    return mean, squares / len(x)


def half_the_mean_squared_difference_of_pairs_as_a_list(x):
    wide = x.astype(np.float64)
    return [wide.mean(0), ((wide[:, None] - wide) ** 2).mean(axis=(0, 1)) / 2]


def mean_of_squares_minus_square_of_mean_but_in_float64(x):
    wide = x.astype(np.float64)
    return wide.mean(axis=0), (wide**2).mean(axis=0) - wide.mean(axis=0) ** 2


def tensors_come_back(x):
    wide = torch.as_tensor(x, dtype=torch.float64)
    return wide.mean(dim=0), wide.var(dim=0, correction=0)
