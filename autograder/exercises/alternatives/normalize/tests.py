"""Hidden tests of normalize."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.normalize import exercise


def torch_normalize(x, axes, eps=1e-5, center=True):
    x = tensor(x)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    if center:
        var, mean = torch.var_mean(x, dim=axes, keepdim=True, correction=0)
        return (x - mean) * torch.rsqrt(var + eps)
    return x * torch.rsqrt(x.square().mean(dim=axes, keepdim=True) + eps)


bank = Bank(
    exercise,
    parts=[
        Part(
            "sets along any axes",
            1.5,
            (
                "a matrix, over axis 0, eps 0",
                "a matrix, over axis 1, eps 0",
                "over the last axis, given as -1",
                "four axes, over three of them",
                "four axes, over the two last",
                "over all axes",
                "all lengths equal",
                "a value far out",
            ),
        ),
        Part("centred or not, as asked", 0.5, ("not centred", "centred and not, over two axes")),
        Part(
            "eps, constant sets, sets of one value", 0.5, ("eps from 0.1 to 1", "a constant set", "sets of one value")
        ),
        Part(
            "eps not given, whole numbers, float32 far from zero",
            0.5,
            ("eps not given", "whole numbers", "float32 far from zero"),
        ),
    ],
    oracle=torch_normalize,
)
