"""The oracle of local_response_norm: a second right answer, independent of the solution."""

from torch.nn import functional

from autograder.exercises.oracles import tensor


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return functional.local_response_norm(tensor(x), size, alpha, beta, k)
