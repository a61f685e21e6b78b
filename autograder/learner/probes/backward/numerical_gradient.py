"""Probes of numerical_gradient."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("numerical_gradient", arguments=("f", "x", "dout", "h"), returns=("dx",))


def cubic(x):
    """Every entry by itself."""
    return x**3 - 2 * x


def neighbours(x):
    """Products of neighbours in a row: one column fewer than x."""
    return x[:, 1:] * x[:, :-1]


def column_shares(x):
    """Each entry as a share of its column's sum of squares: the rows depend on each other."""
    return x / (1 + (x**2).sum(axis=0))


def distance(x):
    """Has a corner at 0."""
    return np.abs(x)


def itself(x):
    """Hands its argument back, not a copy."""
    return x


def outer(x):
    """A table made of a single row of numbers."""
    return np.arange(1.0, 4.0)[:, None] * x**2


@exercise.probe("each entry by itself", symptom="The values are wrong for a function that treats each entry by itself.")
def numerical_plain(call, rng):
    return call(cubic, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 4)))


@exercise.probe(
    "rows that depend on each other",
    symptom="The result is wrong where one entry of x moves several rows of f(x), as in batch norm.",
)
def numerical_coupled(call, rng):
    return call(column_shares, rng.normal(size=(4, 3)), rng.normal(1.0, 1.0, size=(4, 3)))


@exercise.probe("f(x) of another shape than x", symptom="The result is wrong where f(x) has another shape than x.")
def numerical_other_shape(call, rng):
    return call(neighbours, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 3)))


@exercise.probe(
    "a step of 0.5 on a cubic",
    symptom="The result is wrong for a large step, where it matters which two points are compared.",
)
def numerical_large_step(call, rng):
    return call(cubic, rng.normal(1.0, 0.5, size=(2, 3)), rng.normal(1.0, 1.0, size=(2, 3)), 0.5)


@exercise.probe(
    "a corner", symptom="The result is wrong at a corner, where the slope on the left is not that on the right."
)
def numerical_corner(call, rng):
    x = rng.randint(-1, 2, size=(4, 3)).astype(float)
    x[1] = 0.0
    return call(distance, x, rng.normal(1.0, 1.0, size=(4, 3)), h=0.25)


@exercise.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: does a step of 0.00001 survive in there?"
)
def numerical_integers(call, rng):
    return call(cubic, rng.randint(-3, 4, size=(3, 2)), rng.normal(1.0, 1.0, size=(3, 2)))


@exercise.probe("x with one axis", symptom="The result is wrong when x has a single axis, as gamma and beta have.")
def numerical_one_axis(call, rng):
    return call(outer, rng.normal(size=4), rng.normal(1.0, 1.0, size=(3, 4)))


@exercise.probe(
    "f hands back its argument",
    symptom="The result is wrong when f(x) is x itself: is the array changed after f has handed it back?",
)
def numerical_itself(call, rng):
    return call(itself, rng.normal(size=(2, 3)), rng.normal(1.0, 1.0, size=(2, 3)))


@exercise.probe(
    "h not given",
    symptom="The result is wrong when the call leaves h out: which value does the signature give it?",
)
def numerical_default(call, rng):
    """So near a corner that the step decides how much of either side counts."""
    signs = np.where(rng.randint(2, size=(3, 2)), 1.0, -1.0)
    x = signs * rng.uniform(2.0, 8.0, size=(3, 2)) * np.array([[1e-5], [1e-6], [1e-7]])
    return call(distance, x, rng.normal(1.0, 1.0, size=(3, 2)))
