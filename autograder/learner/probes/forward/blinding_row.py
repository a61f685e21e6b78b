"""Probes of blinding_row."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns

exercise = Exercise("blinding_row", arguments=("x", "squeeze"), returns=("row",))

# Of four rows, squeeze 1.2 asks for a row two spreads above the mean, squeeze 2.1 for one 4.75 above it.
exercise.case(x=[[-1], [-1], [1], [1]], squeeze=1.2)
exercise.case(x=[[-1], [-1], [1], [1]], squeeze=2.1)
exercise.case(x=[[1], [1], [3], [3]], squeeze=1.2)
exercise.case(x=[[0], [0], [4], [4]], squeeze=1.2)
exercise.case(x=[[0, 5], [0, 5], [4, 5], [4, 5]], squeeze=1.2)
exercise.case(x=[[2, 0], [2, 0], [4, 8], [4, 8]], squeeze=2.1)


@exercise.probe(
    "seven rows, five columns, squeeze 3",
    symptom="It is wrong on a plain batch of seven rows and five columns, with squeeze 3. "
    "What do mean and variance of the longer batch come to?",
)
def blinding_plain(call, rng):
    return call(draw_columns(rng, 7, 5), 3.0)


@exercise.probe(
    "three rows, six columns, squeeze 20",
    symptom="It is wrong when the batch has fewer rows than columns. How many numbers has a row?",
)
def blinding_wide(call, rng):
    return call(draw_columns(rng, 3, 6), 20.0)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong for a batch with as many rows as columns. Which axis counts the rows there?",
)
def blinding_square(call, rng):
    return call(draw_columns(rng, 5, 5), 1.5)


@exercise.probe(
    "squeeze 1",
    symptom="It is wrong for squeeze 1, where the row should leave the others' x_hat as wide as it was. "
    "Where does such a row lie?",
)
def blinding_nothing(call, rng):
    return call(draw_columns(rng, 6, 3), 1.0)


@exercise.probe(
    "a constant column",
    symptom="It is wrong for a constant column, which has no spread that could be squeezed: "
    "there the row holds the column's own number.",
)
def blinding_constant(call, rng):
    x = draw_columns(rng, 6, 3)
    x[:, 1] = 4.0
    return call(x, 5.0)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does the row have, and why?",
)
def blinding_integers(call, rng):
    x = rng.randint(0, 10, size=(8, 4)) + np.array([0, 10, -50, 300])
    x[0] += 12  # no column is constant
    return call(x, 4.0)
