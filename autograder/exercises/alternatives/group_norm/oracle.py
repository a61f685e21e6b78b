"""The oracle of group_norm: a second right answer, independent of the solution."""

from torch.nn import functional

from autograder.exercises.oracles import tensor


def group_norm(x, groups, gamma, beta, eps=1e-5):
    if x.shape[1] % groups:
        raise ValueError("not divisible")
    return functional.group_norm(tensor(x), groups, tensor(gamma), tensor(beta), eps)
