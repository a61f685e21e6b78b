"""Probes of standardize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.inputs import FAR_OUT
from autograder.learner.probes.standardize.inputs import MEANS, SCALES, features

exercise = Exercise("standardize", arguments=("x", "mean", "std", "eps"), returns=("x_hat",))


def fitted(rng, columns=5):
    """A mean and a standard deviation for each feature, not those of the rows that will be passed."""
    return MEANS[:columns] + rng.normal(size=columns), SCALES[:columns] * rng.uniform(0.5, 2.0, size=columns)


@exercise.probe(
    "other rows than the fitted ones",
    symptom="The values are wrong for rows whose own mean and spread are not the ones that are passed.",
)
def other_rows(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.1)


@exercise.probe(
    "as many rows as columns",
    symptom="Rows and columns are mixed up when there are as many of the one as of the other.",
)
def square_standardize(call, rng):
    return call(features(rng, 5), *fitted(rng), 0.3)


@exercise.probe("a single row", symptom="The result is wrong for one row: its own mean and spread tell nothing.")
def one_row_standardize(call, rng):
    return call(features(rng, 1), *fitted(rng), 0.2)


@exercise.probe("whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?")
def whole_numbers_standardize(call, rng):
    x = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    return call(x, np.array([4.0, 15.0, 104.0]), np.array([2.0, 3.0, 0.5]), 0.4)


@exercise.probe(
    "eps as large as the variance",
    symptom="The values are wrong where eps is large. How do std and eps come together?",
)
def large_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 1.0)


@exercise.probe(
    "eps not given",
    symptom="The values are wrong when eps is left at its default of 1e-5 and a feature's std is near 0.01.",
)
def default_eps(call, rng):
    return call(features(rng, 4), *fitted(rng))


@exercise.probe(
    "eps of 0", symptom="The values are wrong with eps = 0, where each feature is divided by its std alone."
)
def no_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.0)


@exercise.probe(
    "a feature that is constant in training",
    symptom="The values are wrong where std is 0: there the divisor is √eps, whatever the value of x.",
)
def constant_standardize(call, rng):
    x, (mean, std) = features(rng, 4), fitted(rng)
    mean[1], std[1] = 4.0, 0.0
    x[:, 1] = [4.0, 6.0, 3.5, 4.0]
    return call(x, mean, std, 0.04)


@exercise.probe("a value far out", symptom=FAR_OUT)
def far_out_standardize(call, rng):
    mean, std = fitted(rng)
    return call(mean + std * rng.uniform(15.0, 40.0, size=(2, 5)) * np.array([[1.0], [-1.0]]), mean, std, 0.0)
