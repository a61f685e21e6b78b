"""The oracle of steps_to_accuracy: a second right answer, independent of the solution."""

import numpy as np


def steps_to_accuracy(curves, target):
    """Count the steps before the running maximum is there, and one more."""
    best_so_far = np.maximum.accumulate(np.asarray(curves, dtype=np.float64), axis=1)
    steps = 1.0 + (best_so_far < target).sum(axis=1)
    steps[best_so_far[:, -1] < target] = np.nan
    return steps
