"""Right answers to masked_batch_norm in other styles."""

import numpy as np
import torch


def _torch_masked_batch_norm(x, mask, eps=1e-5):
    x, real = torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(mask)
    out = torch.zeros_like(x)
    out[real] = torch.batch_norm(x[real], None, None, None, None, True, 0.1, eps, False)
    return out


def weighted_means(x, mask, eps=1e-5):
    weight = mask[..., None] / mask.sum()
    mean = (weight * x).sum(axis=(0, 1))
    var = (weight * (x - mean) ** 2).sum(axis=(0, 1))
    return (x - mean) / np.sqrt(var + eps) * mask[..., None]


def means_with_where(x, mask, eps=1e-5):
    real = np.broadcast_to(mask[:, :, None], x.shape)
    mean = x.mean(axis=(0, 1), where=real)
    std = np.sqrt(x.var(axis=(0, 1), where=real) + eps)
    return np.where(real, (x - mean) / std, 0)


def nan_means(x, mask, eps=1e-5):
    blank = np.where(mask[..., None], x, np.nan)
    mean, var = np.nanmean(blank, axis=(0, 1)), np.nanvar(blank, axis=(0, 1))
    return np.nan_to_num((blank - mean) / np.sqrt(var + eps))


def a_loop_over_features(x, mask, eps=1e-5):
    out = np.zeros_like(x, dtype=float)
    for j in range(x.shape[2]):
        real = x[:, :, j][mask]
        out[:, :, j][mask] = (real - real.mean()) / (real.var() + eps) ** 0.5
    return out


def a_list_of_tokens(x, mask, eps=1e-5):
    places = [(n, t) for n in range(len(x)) for t in range(x.shape[1]) if mask[n, t]]
    tokens = np.array([x[place] for place in places])
    mean, std = tokens.mean(0), np.sqrt(tokens.var(0) + eps)
    out = np.zeros(x.shape)
    for place in places:
        out[place] = (x[place] - mean) / std
    return out


def torchs_own_layer(x, mask, eps=1e-5):
    return _torch_masked_batch_norm(x, mask, eps)
