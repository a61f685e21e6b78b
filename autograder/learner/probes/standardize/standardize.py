"""Probes of standardize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.inputs import FAR_OUT
from autograder.learner.probes.standardize.inputs import MEANS, SCALES, features

exercise = Exercise("standardize", arguments=("x", "mean", "std", "eps"), returns=("x_hat",))

exercise.case(x=[[5]], mean=[3], std=[1], eps=0)
exercise.case(x=[[9]], mean=[1], std=[2], eps=0)
exercise.case(x=[[8]], mean=[3], std=[4], eps=9)
exercise.case(x=[[5], [9]], mean=[3], std=[2], eps=0)
exercise.case(x=[[5, 13]], mean=[3, 4], std=[1, 3], eps=0)
exercise.case(x=[[5, 13], [3, 1]], mean=[3, 4], std=[1, 3], eps=0)
exercise.case(x=[[4], [6]], mean=[4], std=[0], eps=4)


@exercise.case_of("x = [[2]], whole numbers (dtype int64)", "mean = [1]", "std = [2]", "eps = 0")
def whole_numbers_on_paper(call):
    return call(np.array([[2]]), np.array([1.0]), np.array([2.0]), 0)


@exercise.case_of("x = [[0.007]]", "mean = [0]", "std = [0.0015]", "eps is not given")
def default_on_paper(call):
    return call(np.array([[0.007]]), np.array([0.0]), np.array([0.0015]))


def fitted(rng, columns=5):
    """A mean and a standard deviation for each feature, not those of the rows that will be passed."""
    return MEANS[:columns] + rng.normal(size=columns), SCALES[:columns] * rng.uniform(0.5, 2.0, size=columns)


@exercise.probe(
    "other rows than the fitted ones",
    symptom="It is wrong on plain rows whose own mean and spread are not the ones that are passed.",
)
def other_rows(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.1)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong when x has as many rows as columns. "
    "To what do the numbers of mean and std belong, rows or columns?",
)
def square_standardize(call, rng):
    return call(features(rng, 5), *fitted(rng), 0.3)


@exercise.probe(
    "a single row",
    symptom="It is wrong when x is one row. What can a single row tell about the mean and spread of a feature?",
)
def one_row_standardize(call, rng):
    return call(features(rng, 1), *fitted(rng), 0.2)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does the result have, and why?",
)
def whole_numbers_standardize(call, rng):
    x = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    return call(x, np.array([4.0, 15.0, 104.0]), np.array([2.0, 3.0, 0.5]), 0.4)


@exercise.probe(
    "eps as large as the variance",
    symptom="It is wrong with eps = 1, which counts beside the variances. "
    "How do std and eps come together in the formula?",
)
def large_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 1.0)


@exercise.probe(
    "eps not given",
    symptom="It is wrong when the call leaves eps out. What is eps then, and how large is it beside a std near 0.01?",
)
def default_eps(call, rng):
    return call(features(rng, 4), *fitted(rng))


@exercise.probe("eps of 0", symptom="It is wrong with eps = 0. What is left of the divisor in the formula then?")
def no_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.0)


@exercise.probe(
    "a feature that is constant in training",
    symptom="It is wrong where the std that is passed is 0 for one feature. What does the formula divide by there?",
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
