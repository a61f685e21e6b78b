"""The oracle of layer_norm: a second right answer, independent of the solution."""

from torch.nn import functional

from autograder.exercises.oracles import tensor


def layer_norm(x, gamma, beta, eps=1e-5):
    return functional.layer_norm(tensor(x), (x.shape[-1],), tensor(gamma), tensor(beta), eps)
