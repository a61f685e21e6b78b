"""Right answers to rms_norm in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _torch_rms_norm(x, gamma, eps=1e-5):
    return functional.rms_norm(
        torch.as_tensor(x, dtype=torch.float64), (x.shape[-1],), torch.as_tensor(gamma, dtype=torch.float64), eps
    )


def written_out(x, gamma, eps=1e-5):
    return x * gamma / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)


def length_and_number_of_features(x, gamma, eps=1e-5):
    d = x.shape[-1]
    return gamma * x * math.sqrt(d) / np.sqrt(np.linalg.norm(x, axis=-1, keepdims=True) ** 2 + d * eps)


def variance_plus_square_of_the_mean(x, gamma, eps=1e-5):
    square = x.var(axis=-1) + x.mean(axis=-1) ** 2
    return gamma * (x / np.sqrt(square + eps)[..., None])


def einsum(x, gamma, eps=1e-5):
    power = np.einsum("...d,...d->...", x, x) / x.shape[-1]
    return np.einsum("...d,...,d->...d", x, (power + eps) ** -0.5, gamma)


def torchs_own_layer(x, gamma, eps=1e-5):
    return _torch_rms_norm(x, gamma, eps)
