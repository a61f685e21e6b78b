"""The oracle of ResidualBlock: a second right answer, independent of the solution."""

from torch import nn
from torch.nn import functional


class ResidualBlock(nn.Module):
    """The block from functions; its parts only hold the parameters."""

    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.stride, changes = stride, (in_channels, 1) != (out_channels, stride)
        shortcut = [nn.Conv2d(in_channels, out_channels, (1, 1), bias=False), nn.BatchNorm2d(out_channels)]
        self.shortcut = nn.Sequential(*shortcut[: 2 * changes])
        self.bn1, self.bn2 = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, (3, 3), bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, (3, 3), bias=False)
        self.bn2.weight.data *= 0

    def norm(self, h, bn):
        arguments = (bn.weight, bn.bias, self.training, bn.momentum, bn.eps)
        return functional.batch_norm(h, bn.running_mean, bn.running_var, *arguments)

    def forward(self, x):
        h = functional.conv2d(x, self.conv1.weight, stride=self.stride, padding=1)
        h = self.norm(h, self.bn1).clamp(min=0)
        h = self.norm(functional.conv2d(h, self.conv2.weight, padding=1), self.bn2)
        if len(self.shortcut):
            conv, bn = self.shortcut
            x = self.norm(functional.conv2d(x, conv.weight, stride=self.stride), bn)
        return (x + h).clamp(min=0)
