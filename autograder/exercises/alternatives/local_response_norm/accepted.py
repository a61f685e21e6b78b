"""Right answers to local_response_norm in other styles."""

import numpy as np
import torch
from torch.nn import functional


def _torch_local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return functional.local_response_norm(torch.as_tensor(x, dtype=torch.float64), size, alpha, beta, k)


def padded_with_zeros_one_sum_of_shifted_copies(x, size, alpha=1e-4, beta=0.75, k=1.0):
    padded = np.pad(x.astype(float) ** 2, ((0, 0), (size // 2, (size - 1) // 2), (0, 0), (0, 0)))
    total = sum(padded[:, shift : shift + x.shape[1]] for shift in range(size))
    return x * (k + alpha / size * total) ** -beta


def a_band_matrix_over_the_channels(x, size, alpha=1e-4, beta=0.75, k=1.0):
    c = np.arange(x.shape[1])
    distance = c - c[:, None]
    band = (distance >= -(size // 2)) & (distance <= (size - 1) // 2)
    return x / (k + alpha * np.einsum("ij,njhw->nihw", band * 1.0, x**2) / size) ** beta


def running_sums(x, size, alpha=1e-4, beta=0.75, k=1.0):
    channels = x.shape[1]
    running = np.concatenate([np.zeros_like(x[:, :1]), np.cumsum(x**2, axis=1)], axis=1)
    c = np.arange(channels)
    high, low = np.minimum(c + (size + 1) // 2, channels), np.maximum(c - size // 2, 0)
    return x / (k + alpha * (running[:, high] - running[:, low]) / size) ** beta


def exp_and_log(x, size, alpha=1e-4, beta=0.75, k=1.0):
    out = np.zeros(x.shape)
    for i in range(x.shape[1]):
        window = [j for j in range(i - size // 2, i + (size - 1) // 2 + 1) if 0 <= j < x.shape[1]]
        out[:, i] = x[:, i] * np.exp(-beta * np.log(k + alpha / size * np.square(x[:, window]).sum(1)))
    return out


def torchs_own_layer(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return _torch_local_response_norm(x, size, alpha, beta, k)
