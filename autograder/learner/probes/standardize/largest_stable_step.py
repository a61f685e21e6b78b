"""Probes of largest_stable_step."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import directions

exercise = Exercise("largest_stable_step", arguments=("x",), returns=("step",))


@exercise.probe(
    "seven rows, four columns", symptom="The value is wrong on a plain matrix of seven rows and four columns."
)
def plain_step(call, rng):
    return call(directions(rng, 7))


@exercise.probe("as many rows as columns", symptom="The value is wrong where there are as many rows as columns.")
def square_step(call, rng):
    return call(directions(rng, 4))


@exercise.probe("whole numbers", symptom="The value is wrong for whole numbers.")
def whole_numbers_step(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 5, 10]))


@exercise.probe(
    "small numbers", symptom="The value is wrong where the features are much smaller than the 1 of the bias."
)
def small_step(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@exercise.probe(
    "a flat direction",
    symptom="A flat direction (fewer rows than columns, a constant feature) does not change the formula.",
)
def flat_step(call, rng):
    x = directions(rng, 3)
    x[:, 1] = 4.0
    return noise_as_infinite(call(x))


@exercise.probe("a single row", symptom="The value is wrong for a single row.")
def one_row_step(call, rng):
    return noise_as_infinite(call(directions(rng, 1)))


def noise_as_infinite(seen):
    """A number divided by rounding noise differs from machine to machine: let it be infinite."""
    value = seen["step"]
    return {"step": np.where((value > 0) & (value < 1e6), value, np.inf)}
