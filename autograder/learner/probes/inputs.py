"""What probes of several lessons have in common."""

import numpy as np

#: Spreads of columns, beside means that each lesson chooses.
SPREADS = np.array([1.0, 0.3, 5.0, 0.05, 2.0, 0.7])


def draw_affine(rng, d):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (d,), (d,)."""
    signs = np.where(np.arange(d) % 2, -1.0, 1.0)
    return signs * rng.uniform(1.2, 2.5, size=d), -signs * rng.uniform(0.3, 4.0, size=d)


def draw_far_from_zero(rng, n, d):
    """Whole numbers around 10 000 in float32: their mean is exact, their squares are not. Shape (n, d)."""
    return (10000 + rng.randint(-1, 3, size=(n, d))).astype(np.float32)


#: What a probe of values far out tells when it fails.
FAR_OUT = "A value far out goes wrong, more than ten spreads from the rest: no value is cut off, however far out it is."


def draw_far_out(rng, n=120, d=2):
    """Columns with one value each, of both signs in turn, more than ten standard deviations out. Shape (n, d)."""
    x = rng.normal(1.0, 1.0, size=(n, d))
    x[rng.randint(n, size=d), np.arange(d)] = 1000.0 * np.where(np.arange(d) % 2, -1.0, 1.0)
    return x
