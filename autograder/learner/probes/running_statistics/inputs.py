"""What several exercises' probes of this lesson have in common."""

import numpy as np

from autograder.learner.probes.inputs import SPREADS, draw_affine

MEANS = np.array([3.0, -1.0, 100.0, 0.5, 7.0, -20.0])


def draw_columns(rng, n, d):
    """A batch whose columns differ in place and spread. Shape (n, d)."""
    return rng.normal(MEANS[:d], SPREADS[:d], size=(n, d))


def draw_running(rng, d):
    """Running statistics beside those of the columns: no mean 0, no variance 1. Shapes (d,), (d,)."""
    mean = MEANS[:d] + SPREADS[:d] * rng.uniform(0.5, 1.5, size=d)
    return mean, SPREADS[:d] ** 2 * rng.uniform(1.5, 3.0, size=d)


def draw_state(rng, d, affine=True, count=6):
    """A saved state of a layer that has been trained for a while: nothing in it is 0 or 1."""
    (gamma, beta), (mean, var) = draw_affine(rng, d), draw_running(rng, d)
    buffers = {"running_mean": mean, "running_var": var, "num_batches_tracked": np.array(count)}
    return ({"weight": gamma, "bias": beta} if affine else {}) | buffers
