"""Probes of condition_number."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import directions

exercise = Exercise("condition_number", arguments=("x",), returns=("condition",))


@exercise.probe(
    "seven rows, four columns", symptom="The value is wrong on a plain matrix of seven rows and four columns."
)
def plain_condition(call, rng):
    return call(directions(rng, 7))


@exercise.probe("whole numbers", symptom="The value is wrong for whole numbers.")
def whole_numbers_condition(call, rng):
    return call(rng.randint(0, 10, size=(12, 3)) + np.array([0, 5, 10]))


@exercise.probe(
    "small numbers", symptom="The value is wrong where the features are much smaller than the 1 of the bias."
)
def small_condition(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@exercise.probe(
    "large numbers", symptom="The value is wrong where the features are much larger than the 1 of the bias."
)
def large_condition(call, rng):
    return call(rng.normal([10.0, 20.0, 30.0], [5.0, 20.0, 40.0], size=(9, 3)))


@exercise.probe(
    "a wide range of scales",
    symptom="The value is wrong where features differ by a factor of a thousand: large is not yet infinite.",
)
def wide_condition(call, rng):
    return call(rng.normal(0.0, [1000.0, 1.0, 10.0], size=(12, 3)))


@exercise.probe(
    "fewer rows than columns",
    symptom="With fewer rows than columns some direction is flat: the condition number is infinite.",
)
def few_rows(call, rng):
    return noise_as_1e16(call(directions(rng, 3)))


@exercise.probe(
    "as many rows as columns",
    symptom="The bias is one unknown more than there are rows: the condition number is infinite.",
)
def square_condition(call, rng):
    return noise_as_1e16(call(directions(rng, 4)))


@exercise.probe(
    "the same feature twice",
    symptom="With the same feature twice, one direction is flat: the condition number is infinite.",
)
def twice(call, rng):
    x = directions(rng, 9)
    return noise_as_1e16(call(x[:, [0, 1, 2, 1, 3]]))


@exercise.probe(
    "a constant feature",
    symptom="A constant feature does what the bias does, so the condition number is infinite.",
)
def constant_condition(call, rng):
    x = directions(rng, 9)
    x[:, 1] = 4.0
    return noise_as_1e16(call(x))


@exercise.probe(
    "flat data and others in turn",
    symptom="Data with a flat direction and others are not told apart: the number is infinite for the former alone.",
)
def flat_in_turn(call, rng):
    """Where nothing is flat all eigenvalues are near 1, so that no other mistake takes them for flat."""
    conditions = []
    for constant in rng.permutation([False, False, False, True, True, True]):
        x = rng.normal(size=(40, 3))
        x[:, 1] = 4.0 if constant else x[:, 1]
        conditions.append(call(x)["condition"])
    return {"is finite, not noise": np.abs(conditions) < 1e11}


def noise_as_1e16(seen):
    """Rounding noise, and a number divided by it, differ from machine to machine, the sign too: let both be 1e16."""
    value = seen["condition"]
    noise = np.isfinite(value) & ((value < 1e-9) | (value > 1e11))
    return {"condition": np.where(noise, 1e16, value)}


@exercise.probe(
    "on both sides of the threshold",
    symptom="The threshold is not where it should be: it is a share of the largest value, not a number by itself.",
)
def around_the_threshold(call, rng):
    """The smallest value is near 1, the largest the square of the spread."""
    conditions = [call(spread * rng.normal(size=(40, 2)))["condition"] for spread in (2e5, 5e6)]
    return {"is finite": np.isfinite(conditions)}
