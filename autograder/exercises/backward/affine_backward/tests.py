"""Hidden tests of affine_backward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.affine_backward import exercise
from autograder.learner.probes.backward.inputs import SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


def affine_oracle(dout, cache):
    x_hat, gamma = tensor(cache["x_hat"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    (gamma * x_hat + beta).backward(tensor(dout))
    return x_hat.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


bank = Bank(
    exercise,
    parts=[Part(output, 1, tuple(f"{output}, {name}" for name in FRESH)) for output in ("dx_hat", "dgamma", "dbeta")],
    oracle=affine_oracle,
)
