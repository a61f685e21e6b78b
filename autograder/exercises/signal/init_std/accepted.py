"""Right answers to init_std in other styles."""

import math

import numpy as np
import torch


def a_dictionary_and_a_power(fan_in, activation):
    return ({"relu": 2.0, "tanh": 1.0, "identity": 1.0}[activation] / fan_in) ** 0.5


def math_sqrt_in_two_branches(fan_in, activation):
    if activation in ("tanh", "identity"):
        return 1 / math.sqrt(fan_in)
    return math.sqrt(2) / math.sqrt(fan_in)


def a_logarithm_and_an_array_of_no_dimension(fan_in, activation):
    return np.array(np.exp(0.5 * (np.log(1 + (activation == "relu")) - np.log(fan_in))))


def a_tensor_comes_back(fan_in, activation):
    return torch.rsqrt(torch.as_tensor(fan_in, dtype=torch.float64) / (2 if activation == "relu" else 1))
