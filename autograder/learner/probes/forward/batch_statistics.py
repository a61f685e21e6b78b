"""Probes of batch_statistics."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns
from autograder.learner.probes.inputs import draw_far_from_zero

exercise = Exercise("batch_statistics", arguments=("x",), returns=("mean", "var"))

exercise.case(x=[[1], [3]])
exercise.case(x=[[1], [5]])
exercise.case(x=[[0], [0], [3]])
exercise.case(x=[[1, 6], [3, 10]])
exercise.case(x=[[1, 5, 0], [3, 5, 8]])
exercise.case(x=[[4, 7]])


@exercise.case_of("x = [[1], [2]], whole numbers (dtype int64)")
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]))


@exercise.case_of("x = [[10001], [10003]] (dtype float32)")
def float32_on_paper(call):
    return call(np.array([[10001], [10003]], dtype=np.float32))


@exercise.probe(
    "seven rows, five columns",
    symptom="It is wrong on a plain batch of seven rows and five columns. "
    "Which numbers belong to one mean and one variance?",
)
def statistics_plain(call, rng):
    return call(draw_columns(rng, 7, 5))


@exercise.probe(
    "four rows, six columns",
    symptom="It is wrong when the batch has fewer rows than columns. Which entry of x.shape is N, which is D?",
)
def statistics_wide(call, rng):
    return call(draw_columns(rng, 4, 6))


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong for a batch with as many rows as columns. Which axis counts the rows there?",
)
def statistics_square(call, rng):
    return call(draw_columns(rng, 5, 5))


@exercise.probe(
    "a batch of one",
    symptom="It is wrong for one row alone. What are the mean and the biased variance of a single number?",
)
def statistics_single(call, rng):
    return call(draw_columns(rng, 1, 4))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype do mean and var have, and why?",
)
def statistics_integers(call, rng):
    return call(rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300]))


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="It is wrong for float32 values around 10 000. "
    "How many digits does float32 keep, and how many of them are left after each step?",
)
def statistics_float32(call, rng):
    return call(draw_far_from_zero(rng, 8, 4))
