"""Hidden tests of layer_norm_backward."""

import torch
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.layer_norm_backward import exercise


def autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (tensor(value).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), tensor(dout))


def autograd_layer_norm_backward(dout, x, gamma, eps=1e-5):
    return autograd(lambda x, g, b: functional.layer_norm(x, (x.shape[-1],), g, b, eps), dout, x, gamma)


bank = Bank(
    exercise,
    parts=[
        Part("dx", 2, ("dx, seven rows, five features", "dx, (N, T, D)", "dx, all lengths equal")),
        Part(
            "dx: eps, one row, a constant row",
            1,
            ("dx, eps from 0.1 to 1", "dx, eps not given", "dx, one row and a constant row"),
        ),
        Part("dgamma and dbeta", 1, ("dgamma, (N, D)", "dgamma, (N, T, D) and equal lengths", "dbeta")),
    ],
    oracle=autograd_layer_norm_backward,
)
