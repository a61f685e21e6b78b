"""The oracle of numerical_gradient: a second right answer, independent of the solution."""

import numpy as np


def numerical_gradient(f, x, dout, h=1e-5):
    """All shifted copies first, then f on each, then one product."""
    wide = np.asarray(x, dtype=np.float64)
    shifts = h * np.eye(wide.size).reshape(wide.size, *wide.shape)
    slopes = [np.tensordot(f(wide + s) - f(wide - s), dout, axes=np.ndim(dout)) / (2 * h) for s in shifts]
    return np.reshape(slopes, wide.shape)
