"""Probes of numerical_gradient."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("numerical_gradient", arguments=("f", "x", "dout", "h"), returns=("dx",))


def _on_paper(told, f, x, dout, h):
    """Add a rung: f in words and as a function; x and dout are lists."""

    @exercise.case_of(f"f(x) = {told}", f"x = {x}", f"dout = {dout}", f"h = {h}")
    def play(call):
        return call(f, np.array(x, dtype=np.float64), np.array(dout, dtype=np.float64), h)


_on_paper("3 * x", lambda x: 3 * x, [2], [1], 2)
_on_paper("x * x", lambda x: x * x, [3], [1], 1)
_on_paper("x * x * x", lambda x: x * x * x, [2], [1], 1)
_on_paper("x * x", lambda x: x * x, [1, 3], [1, 1], 1)
_on_paper("x * x", lambda x: x * x, [1, 3], [10, -1], 1)
_on_paper("[x[0] + x[1], x[0] * x[1], 0]", lambda x: np.array([x[0] + x[1], x[0] * x[1], 0.0]), [2, 5], [1, 10, 100], 1)
_on_paper("x * x", lambda x: x * x, [[1, 3], [2, 5]], [[1, 1], [1, 1]], 1)
_on_paper("x, the very array that f is given", lambda x: x, [2, 5], [1, 1], 1)


@exercise.case_of("f(x) = x * x", "x = [1, 3], whole numbers (dtype int64)", "dout = [1, 1]", "h is not given")
def whole_numbers_on_paper(call):
    return call(lambda x: x * x, np.array([1, 3]), np.array([1.0, 1.0]))


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


@exercise.probe(
    "each entry by itself",
    symptom="It is wrong for a function that treats each entry by itself. "
    "Which two points are compared, and how far apart are they?",
)
def numerical_plain(call, rng):
    return call(cubic, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 4)))


@exercise.probe(
    "rows that depend on each other",
    symptom="It is wrong where one entry of x moves several rows of f(x), as in batch norm. "
    "Which results does each step change?",
)
def numerical_coupled(call, rng):
    return call(column_shares, rng.normal(size=(4, 3)), rng.normal(1.0, 1.0, size=(4, 3)))


@exercise.probe(
    "f(x) of another shape than x",
    symptom="It is wrong where f(x) has another shape than x. "
    "Which of the arrays have the shape of x, which that of f(x)?",
)
def numerical_other_shape(call, rng):
    return call(neighbours, rng.normal(size=(3, 4)), rng.normal(1.0, 1.0, size=(3, 3)))


@exercise.probe(
    "a step of 0.5 on a cubic",
    symptom="It is wrong for a step of 0.5 on a curve. "
    "Which two points are compared there, and what divides the change?",
)
def numerical_large_step(call, rng):
    return call(cubic, rng.normal(1.0, 0.5, size=(2, 3)), rng.normal(1.0, 1.0, size=(2, 3)), 0.5)


@exercise.probe(
    "a corner",
    symptom="It is wrong where |x| has a corner, at 0. "
    "Which two points are compared there, and how far apart are they?",
)
def numerical_corner(call, rng):
    x = rng.randint(-1, 2, size=(4, 3)).astype(float)
    x[1] = 0.0
    return call(distance, x, rng.normal(1.0, 1.0, size=(4, 3)), h=0.25)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype) and h is left out. "
    "Which dtype does each of your arrays have?",
)
def numerical_integers(call, rng):
    return call(cubic, rng.randint(-3, 4, size=(3, 2)), rng.normal(1.0, 1.0, size=(3, 2)))


@exercise.probe(
    "x with one axis",
    symptom="It is wrong when x has a single axis, as gamma and beta have. What is an index of such an array?",
)
def numerical_one_axis(call, rng):
    return call(outer, rng.normal(size=4), rng.normal(1.0, 1.0, size=(3, 4)))


@exercise.probe(
    "f hands back its argument",
    symptom="It is wrong where f(x) is the very array that f was given. "
    "What happens to that array between your calls of f?",
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
