"""Right answers to instance_norm in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _torch_instance_norm(x, gamma, beta, eps=1e-5):
    # torch refuses one position per channel; group norm with a group per channel does not
    return functional.group_norm(
        torch.as_tensor(x, dtype=torch.float64),
        x.shape[1],
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
        eps,
    )


def loops_over_pictures_and_channels(x, gamma, beta, eps=1e-5):
    out = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[n, c] = (x[n, c] - x[n, c].mean()) / math.sqrt(x[n, c].var() + eps) * gamma[c] + beta[c]
    return out


def positions_as_one_axis(x, gamma, beta, eps=1e-5):
    flat = x.reshape(*x.shape[:2], -1)
    flat = (flat - flat.mean(2)[:, :, None]) / np.sqrt(flat.var(2) + eps)[:, :, None]
    return (flat * gamma[:, None] + beta[:, None]).reshape(x.shape)


def one_factor_and_one_shift_per_channel_and_picture(x, gamma, beta, eps=1e-5):
    factor = gamma / np.sqrt(x.var(axis=(2, 3)) + eps)  # Shape: (N, C)
    shift = beta - x.mean(axis=(2, 3)) * factor
    return np.einsum("nchw,nc->nchw", x, factor) + shift[:, :, None, None]


def channels_last_in_between(x, gamma, beta, eps=1e-5):
    t = x.transpose(0, 2, 3, 1)
    t = gamma * (t - t.mean((1, 2), keepdims=True)) / np.sqrt(t.var((1, 2), keepdims=True) + eps) + beta
    return t.transpose(0, 3, 1, 2)


def torchs_own_layer(x, gamma, beta, eps=1e-5):
    return _torch_instance_norm(x, gamma, beta, eps)
