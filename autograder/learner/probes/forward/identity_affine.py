"""Probes of identity_affine."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns

exercise = Exercise("identity_affine", arguments=("x", "eps"), returns=("gamma", "beta"))

exercise.case(x=[[1], [5]], eps=0)
exercise.case(x=[[4], [6]], eps=3)
exercise.case(x=[[0], [0], [3]], eps=2)
exercise.case(x=[[1, 10], [3, 16]], eps=0)
exercise.case(x=[[0, 0], [0, 6], [6, 12]], eps=1)
exercise.case(x=[[1, 5, 0], [3, 9, 6]], eps=0)


@exercise.case_of("x = [[1], [2]], whole numbers (dtype int64)", "eps = 0")
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]), 0)


@exercise.probe(
    "seven rows, five columns, eps 0.4",
    symptom="It is wrong on a plain batch of seven rows and five columns, with eps = 0.4. "
    "What does batch norm subtract, and divide by?",
)
def identity_plain(call, rng):
    return call(draw_columns(rng, 7, 5), 0.4)


@exercise.probe(
    "four rows, six columns, eps 1",
    symptom="It is wrong when the batch has fewer rows than columns. How many gammas and betas are there?",
)
def identity_wide(call, rng):
    return call(draw_columns(rng, 4, 6), 1.0)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong for a batch with as many rows as columns. Which axis counts the rows there?",
)
def identity_square(call, rng):
    return call(draw_columns(rng, 5, 5), 0.2)


@exercise.probe(
    "narrow columns, eps 1e-5",
    symptom="It is wrong for narrow columns, whose variance is about as large as eps. "
    "What does batch norm divide by there?",
)
def identity_narrow(call, rng):
    return call(rng.normal([2.0, 0.5, -1.0], [0.01, 0.003, 0.001], size=(6, 3)), 1e-5)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype do gamma and beta have, and why?",
)
def identity_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    x[0] += 12  # no column is constant
    return call(x, 0.3)
