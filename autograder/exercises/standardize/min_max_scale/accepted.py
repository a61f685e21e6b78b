"""Right answers to min_max_scale in other styles."""

import numpy as np
import torch


def _torch_min_max_scale(x_train, x):
    low, high = torch.aminmax(torch.as_tensor(x_train, dtype=torch.float64), dim=0)
    return torch.where(
        high > low,
        (torch.as_tensor(x, dtype=torch.float64) - low) / (high - low),
        torch.as_tensor(x, dtype=torch.float64) - low,
    )


def a_loop_over_columns(x_train, x):
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        low, high = min(x_train[:, j]), max(x_train[:, j])
        for i in range(len(x)):
            out[i, j] = (x[i, j] - low) / (high - low if high > low else 1)
    return out


def keepdims_and_ptp(x_train, x):
    width = np.ptp(x_train, axis=0, keepdims=True).astype(float)
    width[width == 0] = 1
    return (x - x_train.min(axis=0, keepdims=True)) / width


def a_slope_and_an_intercept(x_train, x):
    low, high = np.sort(x_train, axis=0)[[0, -1]]
    slope = 1 / np.where(high == low, 1, high - low)
    return x * slope - low * slope


def np_divide_with_where(x_train, x):
    low, high = np.percentile(x_train, [0, 100], axis=0)
    out = x - low
    return np.divide(out, high - low, out=out, where=high > low)


def a_tensor_comes_back(x_train, x):
    return _torch_min_max_scale(x_train, x)


def in_place_on_a_copy(x_train, x):
    out, low = x.astype(np.float64), x_train.min(axis=0)
    out -= low
    width = x_train.max(axis=0) - low
    out /= width + (width == 0)
    return out
