"""Hidden tests of identity_affine."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.forward.identity_affine import exercise


def torch_identity(x, eps):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return (var + eps).sqrt().numpy(), mean.numpy()


bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh batches",
            1,
            ("seven rows, five columns, eps 0.4", "four rows, six columns, eps 1", "as many rows as columns"),
        ),
        Part("narrow columns, whole numbers", 1, ("narrow columns, eps 1e-5", "whole numbers")),
    ],
    oracle=torch_identity,
)
