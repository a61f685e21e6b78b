"""The oracle of variance_backward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def variance_backward(dx_hat, cache):
    var = tensor(cache["var"]).requires_grad_()
    centred = tensor(cache["x"]) - tensor(cache["mean"])
    (centred * torch.rsqrt(var + cache["eps"])).backward(tensor(dx_hat))
    return var.grad.numpy()
