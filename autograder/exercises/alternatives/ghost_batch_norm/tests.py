"""Hidden tests of ghost_batch_norm."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.ghost_batch_norm import exercise


def torch_ghost_batch_norm(x, gamma, beta, size, eps=1e-5):
    parts = tensor(x).split(size)
    # below torch.nn.functional, which refuses a part of one row
    return torch.cat(
        [torch.batch_norm(p, tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False) for p in parts]
    )


bank = Bank(
    exercise,
    parts=[
        Part(
            "batch norm in each part",
            0.5,
            ("three parts of four rows", "all lengths equal", "one part", "parts of one row", "a value far out"),
        ),
        Part("eps: given, not given; whole numbers", 0.5, ("eps from 0.1 to 1", "eps not given", "whole numbers")),
    ],
    oracle=torch_ghost_batch_norm,
)
