"""Hidden tests of group_norm_backward."""

import torch
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.alternatives.group_norm_backward import exercise


def autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (tensor(value).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), tensor(dout))


def autograd_group_norm_backward(dout, x, groups, gamma, eps=1e-5):
    return autograd(lambda x, g, b: functional.group_norm(x, groups, g, b, eps), dout, x, gamma)


bank = Bank(
    exercise,
    parts=[
        Part("dx", 1.5, ("dx, six channels in two groups", "dx, all lengths equal")),
        Part(
            "dx: eps, given or not, one group, as many as channels",
            0.5,
            ("dx, eps from 0.1 to 1", "dx, eps not given", "dx, one group, and as many as channels"),
        ),
        Part("dgamma and dbeta", 1, ("dgamma", "dgamma, one group, all groups, equal lengths", "dbeta")),
    ],
    oracle=autograd_group_norm_backward,
)
