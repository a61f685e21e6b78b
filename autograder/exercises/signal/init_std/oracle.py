"""The oracle of init_std: a second right answer, independent of the solution."""

import math

import torch


def init_std(fan_in, activation):
    """torch.nn.init's gain over the root of fan_in (for tanh that of a linear layer: its own, 5/3, is not ours)."""
    gain = torch.nn.init.calculate_gain("relu" if activation == "relu" else "linear")
    return gain / math.sqrt(fan_in)
