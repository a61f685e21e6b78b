"""Hidden tests of fold_batchnorm."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.fold_batchnorm import exercise


def fused_by_torch(weight, bias, bn):
    gamma = torch.ones_like(bn.running_mean) if bn.weight is None else bn.weight
    beta = torch.zeros_like(bn.running_mean) if bn.bias is None else bn.bias
    fuse = torch.nn.utils.fusion.fuse_linear_bn_weights
    return fuse(weight, bias, bn.running_mean, bn.running_var, bn.eps, gamma, beta)


bank = Bank(
    exercise,
    parts=[
        Part(
            "weight and bias",
            1,
            ("three inputs, four outputs, with a bias", "a square weight", "small eps, small variance"),
        ),
        Part(
            "no bias, affine=False, training mode",
            1,
            ("no bias", "batch norm with affine=False", "a batch norm in training mode"),
        ),
    ],
    oracle=fused_by_torch,
)
