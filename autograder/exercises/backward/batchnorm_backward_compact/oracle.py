"""The oracle of batchnorm_backward_compact: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm_backward_compact(dout, cache):
    """By the geometry: project on an orthonormal pair, and scale what eps leaves of the second."""
    x_hat, upstream = tensor(cache["x_hat"]), tensor(dout)
    level = torch.full_like(upstream, len(dout) ** -0.5)
    removed = level * (level * upstream).sum(dim=0) + x_hat * (x_hat * upstream).mean(dim=0)
    dx = tensor(cache["gamma"]) * tensor(cache["inv_std"]) * (upstream - removed)
    return dx.numpy(), (upstream * x_hat).sum(dim=0).numpy(), upstream.sum(dim=0).numpy()
