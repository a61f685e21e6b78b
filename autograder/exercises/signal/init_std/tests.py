"""Hidden tests of init_std."""

import math

import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.signal.init_std import exercise


def torch_init_std(fan_in, activation):
    """torch.nn.init's gain over the root of fan_in (for tanh that of a linear layer: its own, 5/3, is not ours)."""
    gain = torch.nn.init.calculate_gain("relu" if activation == "relu" else "linear")
    return gain / math.sqrt(fan_in)


bank = Bank(
    exercise,
    parts=[
        Part("relu, after He", 1, ("relu",)),
        Part("tanh and identity, after Xavier", 1, ("tanh", "identity")),
    ],
    oracle=torch_init_std,
)
