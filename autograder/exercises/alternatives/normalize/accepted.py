"""Right answers to normalize in other styles."""

import math

import numpy as np
import torch


def _torch_normalize(x, axes, eps=1e-5, center=True):
    x = torch.as_tensor(x, dtype=torch.float64)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    if center:
        var, mean = torch.var_mean(x, dim=axes, keepdim=True, correction=0)
        return (x - mean) * torch.rsqrt(var + eps)
    return x * torch.rsqrt(x.square().mean(dim=axes, keepdim=True) + eps)


def var_and_mean_of_numpy_by_case(x, axes, eps=1e-5, center=True):
    if center:
        return (x - np.mean(x, axes, keepdims=True)) / (np.var(x, axes, keepdims=True) + eps) ** 0.5
    return x / (np.mean(np.square(x), axes, keepdims=True) + eps) ** 0.5


def the_averaged_axes_moved_to_the_end_and_flattened(x, axes, eps=1e-5, center=True):
    axes = [axis % x.ndim for axis in np.atleast_1d(axes)]
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    moved = x.transpose(*kept, *axes)
    flat = moved.reshape(*[x.shape[axis] for axis in kept], -1).astype(np.float64)
    flat = flat - (flat.mean(-1)[..., None] if center else 0)
    flat = flat / np.sqrt((flat**2).mean(-1) + eps)[..., None]
    return flat.reshape(moved.shape).transpose(*np.argsort([*kept, *axes]))


def expand_dims_instead_of_keepdims(x, axes, eps=1e-5, center=True):
    d = x - np.expand_dims(x.mean(axes), axes) if center else x
    return d / np.expand_dims(np.sqrt((d * d).mean(axes) + eps), axes)


def hypot_with_the_root_of_eps(x, axes, eps=1e-5, center=True):
    d = np.asarray(x, dtype=np.float64)
    if center:
        d = d - d.mean(axis=axes, keepdims=True)
    return d / np.hypot(np.sqrt(np.mean(d**2, axis=axes, keepdims=True)), math.sqrt(eps))


def a_loop_over_all_places(x, axes, eps=1e-5, center=True):
    axes = [axis % x.ndim for axis in ([axes] if isinstance(axes, int) else axes)]
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        values = x[tuple(slice(None) if axis in axes else place[axis] for axis in range(x.ndim))].astype(float)
        mean = values.mean() if center else 0.0
        out[place] = (x[place] - mean) / math.sqrt(((values - mean) ** 2).mean() + eps)
    return out


def tensors_come_back(x, axes, eps=1e-5, center=True):
    return _torch_normalize(x, axes, eps, center)
