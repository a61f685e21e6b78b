"""Probes of min_max_scale."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import MEANS, SCALES, features

exercise = Exercise("min_max_scale", arguments=("x_train", "x"), returns=("scaled",))

exercise.case(x_train=[[0], [4]], x=[[1]])
exercise.case(x_train=[[1], [5]], x=[[2]])
exercise.case(x_train=[[4], [6], [2]], x=[[3], [5]])
exercise.case(x_train=[[0], [4]], x=[[6], [-2]])
exercise.case(x_train=[[0, 10], [4, 30]], x=[[1, 20]])
exercise.case(x_train=[[5], [5]], x=[[5], [7]])
exercise.case(x_train=[[0, 5], [4, 5]], x=[[1, 5], [3, 8]])


@exercise.case_of("x_train = [[0], [4]]", "x = [[1]]", "both whole numbers (dtype int64)")
def whole_numbers_on_paper(call):
    return call(np.array([[0], [4]]), np.array([[1]]))


@exercise.probe(
    "new rows within the training range",
    symptom="It is wrong on plain new rows between the training minimum and maximum of each feature. "
    "Which rows set the ruler?",
)
def new_rows(call, rng):
    x_train = features(rng, 7)
    low, high = x_train.min(axis=0), x_train.max(axis=0)
    return call(x_train, low + rng.uniform(0.2, 0.8, size=(4, 5)) * (high - low))


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong when x_train has as many rows as columns. Which axis counts the rows there?",
)
def square_scaling(call, rng):
    x_train = features(rng, 5)
    return call(x_train, x_train[::-1] + np.where(x_train[::-1] > x_train.mean(axis=0), -0.001, 0.001))


@exercise.probe(
    "a single new row",
    symptom="It is wrong when x is one row. What can a single row tell about the range of a feature?",
)
def one_new_row(call, rng):
    x_train = features(rng, 6)
    return call(x_train, x_train[2:3])


@exercise.probe(
    "values outside the training range",
    symptom="It is wrong for values of x outside the training range. What does the formula make of such a value?",
)
def outside(call, rng):
    x_train = features(rng, 7)
    return call(x_train, MEANS + SCALES * rng.uniform(3.0, 6.0, size=(4, 5)) * np.array([1, -1, 1, 1, -1]))


@exercise.probe(
    "a feature that is constant in training",
    symptom="It is wrong where one column of x_train holds the same value in every row. What are low and high there?",
)
def constant_in_training(call, rng):
    x_train, x = features(rng, 7), features(rng, 4)
    x_train[:, 1], x[:, 1] = 4.0, [4.0, 6.0, 3.5, 4.0]
    return call(x_train, x)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x_train and x hold whole numbers (an integer dtype). "
    "Which dtype does the result have, and why?",
)
def whole_numbers_scaling(call, rng):
    x_train = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    x_train[0] += 20
    x = rng.randint(0, 10, size=(4, 3)) + np.array([1, 12, 103])
    return call(x_train, np.clip(x, x_train.min(axis=0), x_train.max(axis=0)))
