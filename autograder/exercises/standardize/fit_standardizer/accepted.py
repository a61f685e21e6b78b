"""Right answers to fit_standardizer in other styles."""

import numpy as np
import torch


def _torch_fit_standardizer(x):
    var, mean = torch.var_mean(torch.as_tensor(x, dtype=torch.float64), dim=0, correction=0)
    return mean, torch.sqrt(var)


def loops_over_columns_and_rows(x):
    n, d = x.shape
    mean, std = np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(n):
            mean[j] += x[i, j] / n
        for i in range(n):
            std[j] += (x[i, j] - mean[j]) ** 2 / n
        std[j] = std[j] ** 0.5
    return mean, std


def the_formula_written_out(x):
    mean = np.sum(x, axis=0) / x.shape[0]
    return mean, np.sqrt(np.mean(np.square(x - mean), axis=0))


def einsum_and_a_list(x):
    ones = np.ones(len(x)) / len(x)
    mean = ones @ x
    return [mean, np.einsum("i,ij,ij->j", ones, x - mean, x - mean) ** 0.5]


def one_array_with_two_rows(x):
    return np.stack([x.mean(axis=0), x.std(axis=0)])


def norms_of_the_deviations(x):
    mean = np.average(x, axis=0)
    return mean, np.linalg.norm(x - mean, axis=0) / np.sqrt(len(x))


def tensors_come_back(x):
    return _torch_fit_standardizer(x)


def welfords_running_update(x):
    mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for count, row in enumerate(x, 1):
        before = row - mean
        mean = mean + before / count
        squares = squares + before * (row - mean)
    return mean, np.sqrt(squares / len(x))
