"""Hidden tests of variance_backward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE
from autograder.learner.probes.backward.variance_backward import exercise

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


def variance_oracle(dx_hat, cache):
    var = tensor(cache["var"]).requires_grad_()
    centred = tensor(cache["x"]) - tensor(cache["mean"])
    (centred * torch.rsqrt(var + cache["eps"])).backward(tensor(dx_hat))
    return var.grad.numpy()


bank = Bank(
    exercise,
    parts=[Part("fresh batches", 1, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=variance_oracle,
)
