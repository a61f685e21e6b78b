"""Probes of min_max_scale."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import MEANS, SCALES, features

exercise = Exercise("min_max_scale", arguments=("x_train", "x"), returns=("scaled",))


@exercise.probe(
    "new rows within the training range",
    symptom="The values are wrong on rows of x that lie between the training minimum and maximum.",
)
def new_rows(call, rng):
    x_train = features(rng, 7)
    low, high = x_train.min(axis=0), x_train.max(axis=0)
    return call(x_train, low + rng.uniform(0.2, 0.8, size=(4, 5)) * (high - low))


@exercise.probe("as many rows as columns", symptom="Rows and columns are mixed up when x_train is a square matrix.")
def square_scaling(call, rng):
    x_train = features(rng, 5)
    return call(x_train, x_train[::-1] + np.where(x_train[::-1] > x_train.mean(axis=0), -0.001, 0.001))


@exercise.probe(
    "a single new row",
    symptom="The result is wrong when x is one row: its own minimum and maximum tell nothing.",
)
def one_new_row(call, rng):
    x_train = features(rng, 6)
    return call(x_train, x_train[2:3])


@exercise.probe(
    "values outside the training range",
    symptom="Values below the training minimum or above its maximum are wrong: the line goes straight on.",
)
def outside(call, rng):
    x_train = features(rng, 7)
    return call(x_train, MEANS + SCALES * rng.uniform(3.0, 6.0, size=(4, 5)) * np.array([1, -1, 1, 1, -1]))


@exercise.probe(
    "a feature that is constant in training",
    symptom="The result is wrong where a training column has the same value in every row.",
)
def constant_in_training(call, rng):
    x_train, x = features(rng, 7), features(rng, 4)
    x_train[:, 1], x[:, 1] = 4.0, [4.0, 6.0, 3.5, 4.0]
    return call(x_train, x)


@exercise.probe("whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?")
def whole_numbers_scaling(call, rng):
    x_train = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    x_train[0] += 20
    x = rng.randint(0, 10, size=(4, 3)) + np.array([1, 12, 103])
    return call(x_train, np.clip(x, x_train.min(axis=0), x_train.max(axis=0)))
