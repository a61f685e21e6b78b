"""Right answers to layer_norm in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _torch_layer_norm(x, gamma, beta, eps=1e-5):
    return functional.layer_norm(
        torch.as_tensor(x, dtype=torch.float64),
        (x.shape[-1],),
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
        eps,
    )


def written_out(x, gamma, beta, eps=1e-5):
    d = x - x.mean(axis=-1, keepdims=True)
    return d / np.sqrt((d * d).mean(axis=-1, keepdims=True) + eps) * gamma + beta


def a_loop_over_rows(x, gamma, beta, eps=1e-5):
    flat = x.reshape(-1, x.shape[-1])
    rows = [[(v - row.mean()) / math.sqrt(row.var() + eps) for v in row] for row in flat]
    return np.array(rows).reshape(x.shape) * gamma + beta


def transposed_in_and_out(x, gamma, beta, eps=1e-5):
    t = np.moveaxis(x, -1, 0)
    t = (t - t.mean(0)) / np.sqrt(t.var(0) + eps)
    return np.moveaxis(t, 0, -1) * gamma + beta


def as_a_matrix_product_with_the_centring_matrix(x, gamma, beta, eps=1e-5):
    d = x.shape[-1]
    centred = x @ (np.eye(d) - 1 / d)
    return gamma * centred / np.sqrt(np.einsum("...i,...i->...", centred, centred)[..., None] / d + eps) + beta


def torchs_own_layer(x, gamma, beta, eps=1e-5):
    return _torch_layer_norm(x, gamma, beta, eps)
