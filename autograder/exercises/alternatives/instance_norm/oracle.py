"""The oracle of instance_norm: a second right answer, independent of the solution."""

from torch.nn import functional

from autograder.exercises.oracles import tensor


def instance_norm(x, gamma, beta, eps=1e-5):
    # torch refuses one position per channel; group norm with a group per channel does not
    return functional.group_norm(tensor(x), x.shape[1], tensor(gamma), tensor(beta), eps)
