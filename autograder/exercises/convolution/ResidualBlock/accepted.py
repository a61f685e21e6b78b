"""Right answers to ResidualBlock in other styles."""

import torch
from torch import nn


class AHelperMethodLayersFromTorchNnKeywordArguments(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        settings = {"kernel_size": 3, "padding": "same" if stride == 1 else 1, "bias": False}
        self.conv1 = nn.Conv2d(in_channels, out_channels, stride=(stride, stride), **settings)
        self.bn1 = nn.BatchNorm2d(num_features=out_channels)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, kernel_size=(3, 3), padding=(1, 1), bias=False)
        self.bn2 = nn.BatchNorm2d(num_features=out_channels)
        with torch.no_grad():
            self.bn2.weight.zero_()
        needs_projection = stride > 1 or in_channels != out_channels
        self.shortcut = self.projection(in_channels, out_channels, stride) if needs_projection else nn.Sequential()

    @staticmethod
    def projection(in_channels, out_channels, stride):
        conv = nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(out_channels))

    def forward(self, x):
        identity = x
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(identity)
        return self.relu(out)


class TheShortcutMadeFirstAnIdentityWhereTheShapeStaysInPlaceReluOnOwnTensors(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        if stride == 1 and in_channels == out_channels:
            self.shortcut = nn.Identity()
        else:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels)
            )
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.bn2.weight = nn.Parameter(torch.zeros(out_channels))
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False)

    def forward(self, x):
        h = nn.functional.relu(self.bn1(self.conv1(x)), inplace=True)
        h = self.bn2(self.conv2(h))
        h += self.shortcut(x)
        return h.relu_()


class MaximumWithZeroAllPositionsOfTheBranchInOneExpression(nn.Module):
    def __init__(self, in_channels, out_channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=None)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=None)
        self.bn1, self.bn2 = (nn.BatchNorm2d(out_channels) for _ in range(2))
        nn.init.constant_(self.bn2.weight, 0.0)
        layers = [nn.Conv2d(in_channels, out_channels, 1, stride, bias=None), nn.BatchNorm2d(out_channels)]
        self.shortcut = nn.Sequential(*(layers if (in_channels, 1) != (out_channels, stride) else []))

    def forward(self, x):
        zero = torch.zeros((), dtype=x.dtype)
        branch = self.bn2(self.conv2(torch.maximum(self.bn1(self.conv1(x)), zero)))
        return torch.maximum(torch.add(self.shortcut(x), branch), zero)
