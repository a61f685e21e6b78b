"""The oracle of identity_affine: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def identity_affine(x, eps):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return (var + eps).sqrt().numpy(), mean.numpy()
