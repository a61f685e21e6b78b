"""Hidden tests of batchnorm_forward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.forward.batchnorm_forward import exercise


def torch_forward(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses a batch of one
    out = torch.batch_norm(tensor(x), tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return out.numpy(), None


bank = Bank(
    exercise,
    parts=[
        Part(
            "fresh batches, gamma and beta",
            3,
            ("seven rows, five columns, eps 0", "four rows, six columns, eps 0", "as many rows as columns"),
        ),
        Part(
            "eps from 0.1 to 1, constant and narrow columns",
            1,
            ("eps from 0.1 to 1", "a constant column", "a column of spread 0.01"),
        ),
        Part("eps not given", 1, ("eps not given",)),
        Part("a batch of one, a value far out", 1, ("a batch of one", "a value far out")),
        Part("whole numbers, float32 far from zero", 1, ("whole numbers", "float32 far from zero")),
    ],
    oracle=torch_forward,
)
