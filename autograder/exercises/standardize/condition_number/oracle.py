"""The oracle of condition_number: a second right answer, independent of the solution."""

import numpy as np
import torch

from autograder.exercises.oracles import tensor


def condition_number(x):
    singular = torch.linalg.svdvals(torch.hstack([tensor(x), torch.ones(len(x), 1)])) ** 2
    few = len(x) < x.shape[1] + 1
    return np.inf if few or singular[-1] <= 1e-12 * singular[0] else singular[0] / singular[-1]
