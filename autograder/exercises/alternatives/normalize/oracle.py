"""The oracle of normalize: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def normalize(x, axes, eps=1e-5, center=True):
    x = tensor(x)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    if center:
        var, mean = torch.var_mean(x, dim=axes, keepdim=True, correction=0)
        return (x - mean) * torch.rsqrt(var + eps)
    return x * torch.rsqrt(x.square().mean(dim=axes, keepdim=True) + eps)
