"""Probes of feature_drift."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("feature_drift", arguments=("before", "after"), returns=("shift", "stretch"))

exercise.case(before=[[1], [3]], after=[[3], [5]])
exercise.case(before=[[1], [3]], after=[[0], [4]])
exercise.case(before=[[0], [4]], after=[[4], [12]])
exercise.case(before=[[1, 1, 1], [3, 3, 3]], after=[[2, 0, 5], [4, 2, 7]])
exercise.case(before=[[-1, 3], [1, 17]], after=[[9, -12], [11, -8]])
exercise.case(before=[[1], [3]], after=[[3], [1]])
exercise.case(before=[[0, 5], [0, 5], [6, 5]], after=[[4, 5], [10, 5], [10, 5]])
exercise.case(before=[[5], [5]], after=[[7], [9]])
exercise.case(before=[[4, 7]], after=[[6, 7]])


@exercise.case_of("before = [[0], [4]]", "after = [[1], [5]]", "both whole numbers (dtype int64)")
def whole_numbers_on_paper(call):
    return call(np.array([[0], [4]]), np.array([[1], [5]]))


def _seen_by_a_layer(rng, rows, columns):
    """Features with a mean and a spread of their own, before and after, means moved both ways."""
    means = np.array([3.0, -1.0, 20.0, 0.0, 7.0, -9.0])[:columns]
    spreads = np.array([1.0, 0.3, 5.0, 0.05, 2.0, 0.7])[:columns]
    signs = np.where(np.arange(columns) % 2, -1.0, 1.0)
    before = rng.normal(means, spreads, size=(rows, columns))
    moved = signs * rng.uniform(0.5, 3.0, size=columns)
    after = rng.normal(means + moved, spreads * np.where(signs > 0, 1.7, 0.4), size=(rows, columns))
    return before, after


def _shift(seen):
    return {"shift": seen["shift"]}


def _stretch(seen):
    return {"stretch": seen["stretch"]}


@exercise.probe(
    "shift: nine rows, four units",
    symptom="It is wrong on plain features of nine rows and four units, where the shift is looked at. "
    "Which numbers does the formula average, and over what?",
)
def plain_shift(call, rng):
    return _shift(call(*_seen_by_a_layer(rng, 9, 4)))


@exercise.probe(
    "shift: as many rows as units",
    symptom="It is wrong where there are as many rows as units; the shift is looked at. "
    "Which axis counts the rows there?",
)
def square_shift(call, rng):
    return _shift(call(*_seen_by_a_layer(rng, 5, 5)))


@exercise.probe(
    "shift: whole numbers",
    symptom="It is wrong when both arrays hold whole numbers (an integer dtype); the shift is looked at. "
    "Which dtype does each of your steps have?",
)
def whole_numbers_shift(call, rng):
    return _shift(call(rng.randint(0, 9, size=(6, 4)), rng.randint(3, 15, size=(6, 4))))


@exercise.probe(
    "shift: larger units of measurement",
    symptom="It is wrong for features a thousand times as large, or as small; the shift is looked at. "
    "What becomes of the formula's numerator and divisor then?",
)
def scaled_shift(call, rng):
    before, after = _seen_by_a_layer(rng, 8, 4)
    return {f"shift of {a:g} times the features": call(a * before, a * after)["shift"] for a in (1000.0, 0.001)}


@exercise.probe(
    "stretch: nine rows, four units",
    symptom="It is wrong on plain features of nine rows and four units, where the stretch is looked at. "
    "Which numbers does the formula compare?",
)
def plain_stretch(call, rng):
    return _stretch(call(*_seen_by_a_layer(rng, 9, 4)))


@exercise.probe(
    "stretch: as many rows as units",
    symptom="It is wrong where there are as many rows as units; the stretch is looked at. "
    "Which axis counts the rows there?",
)
def square_stretch(call, rng):
    return _stretch(call(*_seen_by_a_layer(rng, 5, 5)))


@exercise.probe(
    "the same rows in another order",
    symptom="It is wrong where the second array holds the rows of the first in another order. "
    "How far do means and spreads move then?",
)
def reordered(call, rng):
    before, _ = _seen_by_a_layer(rng, 7, 4)
    return call(before, before[rng.permutation(7)])


@exercise.probe(
    "some units constant",
    symptom="It is wrong where some units are constant and others are not. What do constant units add to the scale?",
)
def some_constant(call, rng):
    before, after = _seen_by_a_layer(rng, 8, 5)
    before[:, [0, 3]] = [4.0, 0.0]
    after[:, 3] = 0.0
    return call(before, after)


@exercise.probe(
    "all units constant",
    symptom="It is wrong where every unit is constant before the update. "
    "What is the scale then, and what does the text ask for?",
)
def all_constant(call, rng):
    before = np.tile(rng.randint(1, 9, size=4).astype(float), (8, 1))
    return call(before, before + rng.normal([1.0, -2.0, 3.0, 0.5], size=(8, 4)))


@exercise.probe(
    "a single row", symptom="It is wrong for a single row. What is the scale then, and what does the text ask for?"
)
def one_row_drift(call, rng):
    before, after = _seen_by_a_layer(rng, 1, 4)
    return call(before, after)
