"""Right answers to weight_standardize in other styles."""

import math

import numpy as np
import torch


def _torch_weight_standardize(weight, eps=1e-5):
    flat = torch.as_tensor(weight, dtype=torch.float64).reshape(1, len(weight), -1)
    # below torch.nn.functional, which refuses an eps of 0
    return torch.batch_norm(flat, None, None, None, None, True, 0.1, eps, False).reshape(weight.shape)


def each_filter_as_a_row(weight, eps=1e-5):
    rows = weight.reshape(len(weight), -1)
    rows = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + eps)
    return rows.reshape(weight.shape)


def a_loop_over_filters(weight, eps=1e-5):
    return np.stack([(one - one.mean()) / math.sqrt(one.var() + eps) for one in weight])


def transposed_so_that_numpy_lines_up_by_itself(weight, eps=1e-5):
    t = weight.T
    axes = tuple(range(t.ndim - 1))
    return ((t - t.mean(axes)) / (t.var(axes) + eps) ** 0.5).T


def batch_norm_of_torch_on_the_filters_as_channels(weight, eps=1e-5):
    return _torch_weight_standardize(weight, eps)
