"""What several exercises' probes of this lesson have in common."""

import numpy as np

SCALES = np.array([1.0, 0.3, 5.0, 0.01, 2.0])


MEANS = np.array([3.0, -1.0, 1e4, 0.0, 7.0])


def features(rng, rows, columns=5):
    """Columns with a mean and a spread of their own. Shape: (rows, columns)."""
    return rng.normal(MEANS[:columns], SCALES[:columns], size=(rows, columns))


def directions(rng, rows, columns=4):
    """Columns whose condition number is far from the limit of float64. Shape: (rows, columns)."""
    return rng.normal([3.0, -1.0, 2.0, 0.5][:columns], [1.0, 0.3, 4.0, 2.0][:columns], size=(rows, columns))
