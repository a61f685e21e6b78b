"""The oracle of largest_stable_step: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def largest_stable_step(x):
    a = torch.hstack([tensor(x), torch.ones(len(x), 1)])
    return 2 * len(a) / torch.linalg.matrix_norm(a, 2) ** 2
