"""What several exercises' probes of this lesson have in common."""

import numpy as np

WHOLE = "It is wrong when the values given are whole numbers. Which type should the result have?"


EPS = "It is wrong for one eps or more from 0.1 to 1. Where does eps stand in the formula?"


DEFAULT = "It is wrong when the call leaves eps out. Which value does it have then, and where does it matter?"


EQUAL = "It is wrong when all lengths are equal. Along which axes do values belong together, and along which not?"


def uneven(rng, *shape):
    """Values whose level and spread differ along every axis."""
    x = rng.normal(size=shape)
    for axis, length in enumerate(shape):
        along = [1] * len(shape)
        along[axis] = length
        x = x * rng.uniform(0.5, 2.0, size=along) + rng.normal(0.0, 3.0, size=along)
    return x


def whole_numbers(rng, *shape):
    """Whole numbers whose level differs along every axis."""
    x = rng.randint(0, 10, size=shape)
    for axis, length in enumerate(shape):
        along = [1] * len(shape)
        along[axis] = length
        x = x + rng.randint(-20, 20, size=along)
    return x


def scales(rng, d):
    """gamma of both signs, none 1. Shape (d,)."""
    return np.where(np.arange(d) % 2, -1.0, 1.0) * rng.uniform(1.2, 2.5, size=d)


def draw_affine(rng, d):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (d,), (d,)."""
    return scales(rng, d), np.where(np.arange(d) % 3, 1.0, -1.0) * rng.uniform(0.3, 4.0, size=d)


def draw_upstream(rng, *shape):
    """An upstream gradient whose mean is not 0 along any axis."""
    return rng.normal(0.7, 1.0, size=shape) + uneven(rng, *shape) / 4
