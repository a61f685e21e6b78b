"""Probes of batch_statistics."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns
from autograder.learner.probes.inputs import draw_far_from_zero

exercise = Exercise("batch_statistics", arguments=("x",), returns=("mean", "var"))


@exercise.probe(
    "seven rows, five columns", symptom="The values are wrong on a plain batch of seven rows and five columns."
)
def statistics_plain(call, rng):
    return call(draw_columns(rng, 7, 5))


@exercise.probe("four rows, six columns", symptom="The result is wrong when the batch has fewer rows than columns.")
def statistics_wide(call, rng):
    return call(draw_columns(rng, 4, 6))


@exercise.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def statistics_square(call, rng):
    return call(draw_columns(rng, 5, 5))


@exercise.probe(
    "a batch of one", symptom="The result is wrong for one row alone: its mean is the row itself, its variance is 0."
)
def statistics_single(call, rng):
    return call(draw_columns(rng, 1, 4))


@exercise.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def statistics_integers(call, rng):
    return call(rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300]))


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The variance is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def statistics_float32(call, rng):
    return call(draw_far_from_zero(rng, 8, 4))
