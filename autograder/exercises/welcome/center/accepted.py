"""Right answers to center in other styles."""

import numpy as np
import torch


def _torch_center(x):
    columns = torch.as_tensor(x, dtype=torch.float64)
    return columns - columns.mean(dim=0)


def a_loop_over_columns(x):
    out = np.zeros(x.shape)
    for column in range(x.shape[1]):
        total = 0.0
        for value in x[:, column]:
            total += value
        out[:, column] = x[:, column] - total / len(x)
    return out


def a_projection_matrix(x):
    n = len(x)
    return (np.eye(n) - np.ones((n, n)) / n) @ x


def a_tensor_comes_back(x):
    return _torch_center(x)


def in_place_on_a_copy(x):
    out = x.astype(float)
    out -= out.mean(axis=0)
    return out
