"""Hidden tests of numerical_gradient."""

import numpy as np

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.numerical_gradient import exercise


def numerical_oracle(f, x, dout, h=1e-5):
    """All shifted copies first, then f on each, then one product."""
    wide = np.asarray(x, dtype=np.float64)
    shifts = h * np.eye(wide.size).reshape(wide.size, *wide.shape)
    slopes = [np.tensordot(f(wide + s) - f(wide - s), dout, axes=np.ndim(dout)) / (2 * h) for s in shifts]
    return np.reshape(slopes, wide.shape)


bank = Bank(
    exercise,
    parts=[
        Part(
            "every entry, weighed by dout",
            2,
            (
                "each entry by itself",
                "rows that depend on each other",
                "f(x) of another shape than x",
                "x with one axis",
            ),
        ),
        Part(
            "the two points, h not given, whole numbers",
            1,
            ("a step of 0.5 on a cubic", "a corner", "h not given", "whole numbers", "f hands back its argument"),
        ),
    ],
    oracle=numerical_oracle,
)
