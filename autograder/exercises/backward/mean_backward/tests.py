"""Hidden tests of mean_backward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE
from autograder.learner.probes.backward.mean_backward import exercise

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


def mean_oracle(dx_hat, dvar, cache):
    x, mean = tensor(cache["x"]), tensor(cache["mean"]).requires_grad_()
    centred = x - mean
    var = (centred**2).mean(dim=0)
    scaled = centred * tensor(cache["inv_std"])
    torch.autograd.backward([scaled, var], [tensor(dx_hat), tensor(dvar)])
    return mean.grad.numpy()


bank = Bank(
    exercise,
    parts=[Part("fresh batches", 1, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=mean_oracle,
)
