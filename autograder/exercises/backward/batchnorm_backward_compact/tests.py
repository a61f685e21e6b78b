"""Hidden tests of batchnorm_backward_compact."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.batchnorm_backward_compact import exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


def compact_oracle(dout, cache):
    """By the geometry: project on an orthonormal pair, and scale what eps leaves of the second."""
    x_hat, upstream = tensor(cache["x_hat"]), tensor(dout)
    level = torch.full_like(upstream, len(dout) ** -0.5)
    removed = level * (level * upstream).sum(dim=0) + x_hat * (x_hat * upstream).mean(dim=0)
    dx = tensor(cache["gamma"]) * tensor(cache["inv_std"]) * (upstream - removed)
    return dx.numpy(), (upstream * x_hat).sum(dim=0).numpy(), upstream.sum(dim=0).numpy()


bank = Bank(
    exercise,
    parts=[Part("fresh batches", 2, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=compact_oracle,
)
