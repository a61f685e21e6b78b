"""The oracle of layer_norm_backward: a second right answer, independent of the solution."""

import torch
from torch.nn import functional

from autograder.exercises.oracles import tensor


def autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (tensor(value).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), tensor(dout))


def layer_norm_backward(dout, x, gamma, eps=1e-5):
    return autograd(lambda x, g, b: functional.layer_norm(x, (x.shape[-1],), g, b, eps), dout, x, gamma)
