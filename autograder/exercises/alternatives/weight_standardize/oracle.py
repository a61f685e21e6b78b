"""The oracle of weight_standardize: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def weight_standardize(weight, eps=1e-5):
    flat = tensor(weight).reshape(1, len(weight), -1)
    # below torch.nn.functional, which refuses an eps of 0
    return torch.batch_norm(flat, None, None, None, None, True, 0.1, eps, False).reshape(weight.shape)
