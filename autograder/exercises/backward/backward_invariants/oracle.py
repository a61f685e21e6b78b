"""The oracle of backward_invariants: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def backward_invariants(dx, x_hat):
    dx, x_hat = tensor(dx), tensor(x_hat)
    return torch.einsum("ij->j", dx).numpy(), torch.einsum("ij,ij->j", dx, x_hat).numpy()
