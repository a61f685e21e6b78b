"""The oracle of batchnorm2d_backward: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm2d_backward(dout, cache):
    n, c, h, w = dout.shape
    # any x with this x_hat will do: mean 0, and the variance that leaves room for eps in std
    x_hat, std = tensor(cache["x_hat"]), tensor(cache["std"])
    x = (x_hat * std).reshape(n, h, w, c).permute(0, 3, 1, 2).clone().requires_grad_()
    gamma, beta = (
        tensor(cache["gamma"]).requires_grad_(),
        torch.zeros(c, dtype=torch.float64).requires_grad_(),
    )
    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    eps = (std**2 - var).detach()
    shape = (1, -1, 1, 1)
    out = (x - mean.view(shape)) / (var + eps).sqrt().view(shape) * gamma.view(shape) + beta.view(shape)
    return tuple(grad.numpy() for grad in torch.autograd.grad(out, (x, gamma, beta), tensor(dout)))
