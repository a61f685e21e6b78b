"""Probes of identity_affine."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns

exercise = Exercise("identity_affine", arguments=("x", "eps"), returns=("gamma", "beta"))


@exercise.probe(
    "seven rows, five columns, eps 0.4", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def identity_plain(call, rng):
    return call(draw_columns(rng, 7, 5), 0.4)


@exercise.probe(
    "four rows, six columns, eps 1", symptom="The result is wrong when the batch has fewer rows than columns."
)
def identity_wide(call, rng):
    return call(draw_columns(rng, 4, 6), 1.0)


@exercise.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def identity_square(call, rng):
    return call(draw_columns(rng, 5, 5), 0.2)


@exercise.probe(
    "narrow columns, eps 1e-5",
    symptom="The result is wrong for narrow columns, whose variance is about as large as eps.",
)
def identity_narrow(call, rng):
    return call(rng.normal([2.0, 0.5, -1.0], [0.01, 0.003, 0.001], size=(6, 3)), 1e-5)


@exercise.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def identity_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    x[0] += 12  # no column is constant
    return call(x, 0.3)
