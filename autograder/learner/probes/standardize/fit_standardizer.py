"""Probes of fit_standardizer."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import features

exercise = Exercise("fit_standardizer", arguments=("x",), returns=("mean", "std"))

exercise.case(x=[[1], [3]])
exercise.case(x=[[1], [5]])
exercise.case(x=[[0], [2], [2], [8]])
exercise.case(x=[[1, 10], [3, 30]])
exercise.case(x=[[1, 7], [3, 7]])
exercise.case(x=[[4, 7]])


@exercise.case_of("x = [[1], [2]], whole numbers (dtype int64)")
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]))


exercise.case(x=[[100000001], [100000003]])


@exercise.probe(
    "seven rows, five columns",
    symptom="It is wrong on a plain table of seven rows and five columns. Which numbers belong to one feature?",
)
def plain_fit(call, rng):
    return call(features(rng, 7))


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong on a table with as many rows as columns. Which axis counts the rows there?",
)
def square_fit(call, rng):
    return call(features(rng, 5))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype do mean and std have, and why?",
)
def whole_numbers_fit(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100]))


@exercise.probe(
    "a constant feature",
    symptom="It is wrong where a column holds the same value in every row. "
    "What is the standard deviation of such a column?",
)
def constant_fit(call, rng):
    x = features(rng, 7)
    x[:, 1] = 4.0
    return call(x)


@exercise.probe(
    "a single row",
    symptom="It is wrong for a single row. What are the mean and the biased standard deviation of one number?",
)
def one_row_fit(call, rng):
    return call(features(rng, 1))


@exercise.probe(
    "a large mean, a small spread",
    symptom="It is wrong where the mean is some hundred million times as large as the spread. "
    "How many digits are left after each of your steps?",
)
def large_mean(call, rng):
    """Powers of 2, so that wrong code loses its digits in the same way on every machine."""
    signs = np.stack([rng.permutation(np.repeat([-1, 1], 4)) for _ in range(3)], axis=1)
    return call(np.array([2.0**27, -3 * 2.0**26, 2.0**28]) + np.array([0.25, 0.5, 0.25]) * signs)
