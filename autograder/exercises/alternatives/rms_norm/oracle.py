"""The oracle of rms_norm: a second right answer, independent of the solution."""

from torch.nn import functional

from autograder.exercises.oracles import tensor


def rms_norm(x, gamma, eps=1e-5):
    return functional.rms_norm(tensor(x), (x.shape[-1],), tensor(gamma), eps)
