"""Right answers to group_norm in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _torch_group_norm(x, groups, gamma, beta, eps=1e-5):
    if x.shape[1] % groups:
        raise ValueError("not divisible")
    return functional.group_norm(
        torch.as_tensor(x, dtype=torch.float64),
        groups,
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
        eps,
    )


def five_axes(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    if c % groups != 0:
        raise ValueError("C must be divisible by G")
    g = x.reshape(n, groups, c // groups, h, w)
    g = (g - g.mean((2, 3, 4), keepdims=True)) / np.sqrt(g.var((2, 3, 4), keepdims=True) + eps)
    return g.reshape(n, c, h, w) * gamma.reshape(1, c, 1, 1) + beta.reshape(1, c, 1, 1)


def loops_over_pictures_and_groups(x, groups, gamma, beta, eps=1e-5):
    size, rest = divmod(x.shape[1], groups)
    if rest:
        raise ValueError(rest)
    out = np.empty(x.shape)
    for n in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = x[n, first : first + size]
            out[n, first : first + size] = (part - part.mean()) / math.sqrt(part.var() + eps)
    return np.einsum("nchw,c->nchw", out, gamma) + beta[:, None, None]


def np_split_along_the_channels_whose_own_error_is_a_valueerror(x, groups, gamma, beta, eps=1e-5):
    parts = np.split(x, groups, axis=1)
    parts = [(p - p.mean((1, 2, 3), keepdims=True)) / np.sqrt(p.var((1, 2, 3), keepdims=True) + eps) for p in parts]
    return np.concatenate(parts, axis=1) * gamma[:, None, None] + beta[:, None, None]


def each_group_as_a_row_of_a_matrix(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    rows = x.reshape(n * groups, c // groups, h * w).reshape(n * groups, -1)
    rows = ((rows.T - rows.mean(1)) / np.sqrt(rows.var(1) + eps)).T
    return rows.reshape(n, c, h, w) * gamma[None, :, None, None] + beta[None, :, None, None]


def torchs_own_layer(x, groups, gamma, beta, eps=1e-5):
    return _torch_group_norm(x, groups, gamma, beta, eps)
