"""The oracle of mean_backward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def mean_backward(dx_hat, dvar, cache):
    x, mean = tensor(cache["x"]), tensor(cache["mean"]).requires_grad_()
    centred = x - mean
    var = (centred**2).mean(dim=0)
    scaled = centred * tensor(cache["inv_std"])
    torch.autograd.backward([scaled, var], [tensor(dx_hat), tensor(dvar)])
    return mean.grad.numpy()
