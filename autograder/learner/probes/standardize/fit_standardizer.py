"""Probes of fit_standardizer."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import features

exercise = Exercise("fit_standardizer", arguments=("x",), returns=("mean", "std"))


@exercise.probe(
    "seven rows, five columns",
    symptom="The values are wrong on a plain matrix of seven rows and five columns.",
)
def plain_fit(call, rng):
    return call(features(rng, 7))


@exercise.probe(
    "as many rows as columns",
    symptom="Rows and columns are mixed up when there are as many of the one as of the other.",
)
def square_fit(call, rng):
    return call(features(rng, 5))


@exercise.probe("whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?")
def whole_numbers_fit(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100]))


@exercise.probe(
    "a constant feature",
    symptom="A column with the same value in every row has a standard deviation of 0; yours differs.",
)
def constant_fit(call, rng):
    x = features(rng, 7)
    x[:, 1] = 4.0
    return call(x)


@exercise.probe(
    "a single row",
    symptom="With one row, each mean is the value itself and each biased std is 0; yours differ.",
)
def one_row_fit(call, rng):
    return call(features(rng, 1))


@exercise.probe(
    "a large mean, a small spread",
    symptom="Digits are lost where the mean is much larger than the spread: two nearly equal numbers cancel.",
)
def large_mean(call, rng):
    """Powers of 2, so that wrong code loses its digits in the same way on every machine."""
    signs = np.stack([rng.permutation(np.repeat([-1, 1], 4)) for _ in range(3)], axis=1)
    return call(np.array([2.0**27, -3 * 2.0**26, 2.0**28]) + np.array([0.25, 0.5, 0.25]) * signs)
