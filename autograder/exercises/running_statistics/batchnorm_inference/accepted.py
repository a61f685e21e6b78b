"""Right answers to batchnorm_inference in other styles."""

import numpy as np
import torch


def one_multiplication_and_one_addition(x, running_mean, running_var, gamma, beta, eps=1e-5):
    scale = gamma * (running_var + eps) ** -0.5
    return x * scale + (beta - running_mean * scale)


def row_by_row(x, running_mean, running_var, gamma, beta, eps=1e-5):
    rows = [gamma * ((row - running_mean) / (running_var + eps) ** 0.5) + beta for row in x]
    return np.stack(rows)


def on_a_copy_in_place(x, running_mean, running_var, gamma, beta, eps=1e-5):
    result = np.array(x, dtype=np.float64)
    result -= running_mean
    result /= np.sqrt(np.asarray(running_var) + eps)
    result *= gamma
    result += beta
    return result


def einsum_as_a_tensor(x, running_mean, running_var, gamma, beta, eps=1e-5):
    root = torch.rsqrt(torch.as_tensor(running_var, dtype=torch.float64) + eps)
    return torch.einsum(
        "nd,d,d->nd",
        torch.as_tensor(x, dtype=torch.float64) - torch.as_tensor(running_mean, dtype=torch.float64),
        root,
        torch.as_tensor(gamma, dtype=torch.float64),
    ) + torch.as_tensor(beta, dtype=torch.float64)
