"""Hidden tests of weight_standardize."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.weight_standardize import exercise


def torch_weight_standardize(weight, eps=1e-5):
    flat = tensor(weight).reshape(1, len(weight), -1)
    # below torch.nn.functional, which refuses an eps of 0
    return torch.batch_norm(flat, None, None, None, None, True, 0.1, eps, False).reshape(weight.shape)


bank = Bank(
    exercise,
    parts=[
        Part(
            "each filter of convolutions and linear layers",
            1,
            (
                "a convolution, all lengths different",
                "a linear layer",
                "three axes",
                "all lengths equal",
                "a value far out",
            ),
        ),
        Part(
            "eps: given, not given, a constant filter; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant filter", "whole numbers"),
        ),
    ],
    oracle=torch_weight_standardize,
)
