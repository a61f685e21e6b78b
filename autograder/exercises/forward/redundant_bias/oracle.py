"""The oracle of redundant_bias: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def redundant_bias(x, weight, bias, gamma, beta, eps=1e-5):
    linear = torch.nn.functional.linear(tensor(x), tensor(weight).T, tensor(bias))
    no_bias = torch.nn.functional.linear(tensor(x), tensor(weight).T)
    options = (tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return torch.batch_norm(linear, *options).numpy(), torch.batch_norm(no_bias, *options).numpy()
