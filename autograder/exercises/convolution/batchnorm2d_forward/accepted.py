"""Right answers to batchnorm2d_forward in other styles."""

import numpy as np
import torch


def mean_and_variance_over_three_axes(x, gamma, beta, eps=1e-5):
    mean, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    shape = (1, -1, 1, 1)
    x_hat = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    return gamma.reshape(shape) * x_hat + beta.reshape(shape), x_hat


def one_channel_after_another(x, gamma, beta, eps=1e-5):
    out = np.empty(x.shape)
    for k, (scale, shift) in enumerate(zip(gamma, beta)):
        channel = x[:, k].astype(np.float64)
        out[:, k] = scale * (channel - channel.mean()) / np.sqrt(channel.var() + eps) + shift
    return out, None


def loops_in_plain_python(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    out, places = np.zeros((n, c, h, w)), list(np.ndindex(n, h, w))
    for k in range(c):
        values = [float(x[i, k, row, column]) for i, row, column in places]
        mean = sum(values) / len(values)
        std = (sum((value - mean) ** 2 for value in values) / len(values) + eps) ** 0.5
        for (i, row, column), value in zip(places, values):
            out[i, k, row, column] = gamma[k] * (value - mean) / std + beta[k]
    return out, None


def channels_moved_first_one_row_each(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    flat = np.swapaxes(x, 0, 1).reshape(c, -1).astype(np.float64)
    flat = (flat - flat.mean(axis=1, keepdims=True)) / np.sqrt(flat.var(axis=1, keepdims=True) + eps)
    flat = gamma[:, None] * flat + beta[:, None]
    return flat.reshape(c, n, h, w).swapaxes(0, 1), flat


def columns_of_pixels_before_rows_both_ways(x, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    rows = np.moveaxis(x, 1, -1).swapaxes(1, 2).reshape(-1, c) * 1.0
    rows = gamma * (rows - rows.mean(0)) / np.sqrt(rows.var(0) + eps) + beta
    return np.moveaxis(rows.reshape(n, w, h, c).swapaxes(1, 2), -1, 1), rows


def einsum(x, gamma, beta, eps=1e-5):
    count = x.size / x.shape[1]
    centred = x - np.einsum("nchw->c", x * 1.0)[:, None, None] / count
    centred = centred - np.einsum("nchw->c", centred)[:, None, None] / count
    scale = gamma * (np.einsum("nchw,nchw->c", centred, centred) / count + eps) ** -0.5
    return np.einsum("c,nchw->nchw", scale, centred) + beta[:, None, None], scale


def torch_and_a_tensor_comes_back(x, gamma, beta, eps=1e-5):
    x, gamma, beta = (
        torch.as_tensor(x, dtype=torch.float64),
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
    )
    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0, keepdim=True)
    return gamma.view(-1, 1, 1) * (x - mean) * torch.rsqrt(var + eps) + beta.view(-1, 1, 1), (x, mean)


def in_place_on_a_copy_one_scale_and_one_shift_per_channel(x, gamma, beta, eps=1e-5):
    out = np.array(x, dtype=np.float64)
    scale = gamma / np.sqrt(out.var(axis=(0, 2, 3)) + eps)
    shift = beta - out.mean(axis=(0, 2, 3)) * scale
    out *= scale[:, None, None]
    out += shift[:, None, None]
    return out, (scale, shift)
