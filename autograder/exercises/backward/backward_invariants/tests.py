"""Hidden tests of backward_invariants."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.backward.backward_invariants import exercise
from autograder.learner.probes.backward.inputs import SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


def invariants_oracle(dx, x_hat):
    dx, x_hat = tensor(dx), tensor(x_hat)
    return torch.einsum("ij->j", dx).numpy(), torch.einsum("ij,ij->j", dx, x_hat).numpy()


bank = Bank(
    exercise,
    parts=[Part("any shape", 1, (*FRESH, SINGLE))],
    oracle=invariants_oracle,
)
