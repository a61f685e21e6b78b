"""Right answers to batchnorm_forward in other styles."""

import numpy as np
import torch


def loops_in_plain_python(x, gamma, beta, eps=1e-5):
    n, d = x.shape
    out = np.zeros((n, d))
    for j in range(d):
        mean = sum(float(x[i, j]) for i in range(n)) / n
        var = sum((float(x[i, j]) - mean) ** 2 for i in range(n)) / n
        for i in range(n):
            out[i, j] = gamma[j] * (float(x[i, j]) - mean) / (var + eps) ** 0.5 + beta[j]
    return out, None


def einsum_and_a_projection_matrix(x, gamma, beta, eps=1e-5):
    n = len(x)
    centred = (np.eye(n) - np.full((n, n), 1 / n)) @ x
    var = np.einsum("ij,ij->j", centred, centred) / n
    return np.einsum("j,ij->ij", gamma * (var + eps) ** -0.5, centred) + beta, centred


def kept_dimensions_and_a_dict_as_cache(x, gamma, beta, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    std = np.sqrt(np.var(x, axis=0, keepdims=True) + eps)
    x_hat = (x - mean) / std
    return gamma[None, :] * x_hat + beta[None, :], {"x": x, "x_hat": x_hat, "std": std, "eps": eps, "mode": "train"}


def torch_and_a_tensor_comes_back(x, gamma, beta, eps=1e-5):
    x, gamma, beta = (
        torch.as_tensor(x, dtype=torch.float64),
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
    )
    var, mean = torch.var_mean(x, dim=0, correction=0)
    return gamma * (x - mean) * torch.rsqrt(var + eps) + beta, (x, mean)


def in_place_on_a_copy(x, gamma, beta, eps=1e-5):
    out = x.astype(np.float64)
    out -= out.mean(axis=0)
    var = (out**2).mean(axis=0)
    out /= np.sqrt(var + eps)
    out *= gamma
    out += beta
    return out, var


def one_scale_and_one_shift_per_column_in_xs_own_precision(x, gamma, beta, eps=1e-5):
    scale = gamma / np.sqrt(x.var(axis=0) + eps)
    return x * scale + (beta - x.mean(axis=0) * scale), scale


def float64_throughout_mean_of_squares_minus_square_of_mean(x, gamma, beta, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    mean = x.mean(axis=0)
    var = (x * x).mean(axis=0) - mean * mean
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, None


def transposed_inside_one_column_after_another(x, gamma, beta, eps=1e-5):
    columns = [g * (c - c.mean()) / np.sqrt(c.var() + eps) + b for c, g, b in zip(x.T, gamma, beta)]
    return np.stack(columns, axis=1), None


def centred_twice_which_changes_nothing(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(axis=0)
    centred = centred - centred.mean(axis=0)
    return gamma * centred / np.sqrt(centred.var(axis=0) + eps) + beta, None
