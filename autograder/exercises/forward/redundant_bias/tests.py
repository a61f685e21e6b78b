"""Hidden tests of redundant_bias."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.forward.redundant_bias import exercise


def torch_bias(x, weight, bias, gamma, beta, eps=1e-5):
    linear = torch.nn.functional.linear(tensor(x), tensor(weight).T, tensor(bias))
    no_bias = torch.nn.functional.linear(tensor(x), tensor(weight).T)
    options = (tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return torch.batch_norm(linear, *options).numpy(), torch.batch_norm(no_bias, *options).numpy()


bank = Bank(
    exercise,
    parts=[
        Part(
            "layers of several shapes",
            1,
            ("eight rows, three inputs, four outputs", "a square weight"),
        ),
        Part("eps not given, a large bias", 1, ("eps not given", "a bias of 1000")),
    ],
    oracle=torch_bias,
)
