"""Right answers to standardize in other styles."""

import numpy as np
import torch


def loops(x, mean, std, eps=1e-5):
    out = np.zeros(x.shape)
    for i in range(len(x)):
        for j in range(len(mean)):
            out[i, j] = (x[i, j] - mean[j]) / (std[j] ** 2 + eps) ** 0.5
    return out


def a_power_of_1_2(x, mean, std, eps=1e-5):
    return (x - mean[None, :]) * np.power(std * std + eps, -0.5)[None, :]


def a_slope_and_an_intercept(x, mean, std, eps=1e-5):
    slope = 1 / np.hypot(std, np.sqrt(eps))
    return x * slope - mean * slope


def a_diagonal_matrix(x, mean, std, eps=1e-5):
    return (x - np.ones((len(x), 1)) @ mean.reshape(1, -1)) @ np.diag(1 / np.sqrt(std**2 + eps))


def in_place_on_a_copy(x, mean, std, eps=1e-5):
    out = x.astype(np.float64)
    out -= mean
    out /= np.sqrt(np.square(std) + eps)
    return out


def a_tensor_comes_back(x, mean, std, eps=1e-5):
    return (torch.as_tensor(x, dtype=torch.float64) - torch.as_tensor(mean, dtype=torch.float64)) * torch.rsqrt(
        torch.as_tensor(std, dtype=torch.float64) ** 2 + eps
    )
