"""Hidden tests of ResidualBlock."""

from torch import nn
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.ResidualBlock import exercise


class FunctionalBlock(nn.Module):
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


bank = Bank(
    exercise,
    parts=[
        Part(
            "built as asked: parameters, biases, gammas",
            2,
            ("as built, 4 to 4 channels", "as built, 3 to 5 channels, stride 2"),
            2,
        ),
        Part(
            "the output in training, shape kept or changed",
            2,
            (
                "training, 4 to 4 channels",
                "training, 3 to 5 channels, stride 2",
                "training, 3 to 5 channels, stride 1",
                "training, 4 to 4 channels, stride 2",
                "training, pictures of 2 by 1 pixels, stride 2",
            ),
            2,
        ),
        Part(
            "evaluation, gradients, nothing kept",
            1,
            ("evaluation, one picture", "gradients", "training where no graph is recorded", "nothing piles up"),
            2,
        ),
    ],
    oracle=FunctionalBlock,
)
