"""Probes of feature_drift."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("feature_drift", arguments=("before", "after"), returns=("shift", "stretch"))


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


@exercise.probe("shift: nine rows, four units", symptom="The shift is wrong on plain features.")
def plain_shift(call, rng):
    return _shift(call(*_seen_by_a_layer(rng, 9, 4)))


@exercise.probe(
    "shift: as many rows as units", symptom="The shift is wrong for as many rows as units: which axis are the rows?"
)
def square_shift(call, rng):
    return _shift(call(*_seen_by_a_layer(rng, 5, 5)))


@exercise.probe("shift: whole numbers", symptom="The shift is wrong for whole numbers.")
def whole_numbers_shift(call, rng):
    return _shift(call(rng.randint(0, 9, size=(6, 4)), rng.randint(3, 15, size=(6, 4))))


@exercise.probe(
    "shift: larger units of measurement",
    symptom="Features a thousand times as large must give the same shift: it has no unit.",
)
def scaled_shift(call, rng):
    before, after = _seen_by_a_layer(rng, 8, 4)
    return {f"shift of {a:g} times the features": call(a * before, a * after)["shift"] for a in (1000.0, 0.001)}


@exercise.probe("stretch: nine rows, four units", symptom="The stretch is wrong on plain features.")
def plain_stretch(call, rng):
    return _stretch(call(*_seen_by_a_layer(rng, 9, 4)))


@exercise.probe(
    "stretch: as many rows as units", symptom="The stretch is wrong for as many rows as units: which axis are the rows?"
)
def square_stretch(call, rng):
    return _stretch(call(*_seen_by_a_layer(rng, 5, 5)))


@exercise.probe(
    "the same rows in another order", symptom="Rows in another order have the same distribution: nothing has drifted."
)
def reordered(call, rng):
    before, _ = _seen_by_a_layer(rng, 7, 4)
    return call(before, before[rng.permutation(7)])


@exercise.probe("some units constant", symptom="The result is wrong where some units are constant and others are not.")
def some_constant(call, rng):
    before, after = _seen_by_a_layer(rng, 8, 5)
    before[:, [0, 3]] = [4.0, 0.0]
    after[:, 3] = 0.0
    return call(before, after)


@exercise.probe(
    "all units constant", symptom="Where no unit spreads before, the yardstick is 0: the text says what divides then."
)
def all_constant(call, rng):
    before = np.tile(rng.randint(1, 9, size=4).astype(float), (8, 1))
    return call(before, before + rng.normal([1.0, -2.0, 3.0, 0.5], size=(8, 4)))


@exercise.probe("a single row", symptom="With one row no unit spreads: the text says what divides then.")
def one_row_drift(call, rng):
    before, after = _seen_by_a_layer(rng, 1, 4)
    return call(before, after)
