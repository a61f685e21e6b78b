"""Hidden tests of count_batchnorm."""

import torch
from torch import nn

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.count_batchnorm import exercise


def torch_count(n, channels, height, width):
    layer = nn.BatchNorm2d(channels)
    stored = sum(buffer.numel() for name, buffer in layer.named_buffers() if name.startswith("running"))
    return sum(map(torch.numel, layer.parameters())), stored, torch.ones(n, 1, height, width).numel()


bank = Bank(
    exercise,
    parts=[Part("the three counts", 1, ("sizes that all differ", "one picture of one pixel"))],
    oracle=torch_count,
)
