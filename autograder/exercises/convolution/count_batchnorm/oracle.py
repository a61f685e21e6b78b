"""The oracle of count_batchnorm: a second right answer, independent of the solution."""

import torch
from torch import nn


def count_batchnorm(n, channels, height, width):
    layer = nn.BatchNorm2d(channels)
    stored = sum(buffer.numel() for name, buffer in layer.named_buffers() if name.startswith("running"))
    return sum(map(torch.numel, layer.parameters())), stored, torch.ones(n, 1, height, width).numel()
