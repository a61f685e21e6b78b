"""The oracle of fold_batchnorm: a second right answer, independent of the solution."""

import torch


def fold_batchnorm(weight, bias, bn):
    gamma = torch.ones_like(bn.running_mean) if bn.weight is None else bn.weight
    beta = torch.zeros_like(bn.running_mean) if bn.bias is None else bn.bias
    fuse = torch.nn.utils.fusion.fuse_linear_bn_weights
    return fuse(weight, bias, bn.running_mean, bn.running_var, bn.eps, gamma, beta)
