"""Probes of largest_stable_step."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import directions

exercise = Exercise("largest_stable_step", arguments=("x",), returns=("step",))

exercise.case(x=[[1], [-1]])
exercise.case(x=[[2], [-2]])
exercise.case(x=[[0.5], [-0.5]])
exercise.case(x=[[-1], [1], [3]])
exercise.case(x=[[1, 1], [-1, 1], [0, -2]])
exercise.case(x=[[-2, -1], [-1, 3], [1, -1]])
exercise.case(x=[[1, 1], [1, -1]])
exercise.case(x=[[3], [3]])
exercise.case(x=[[2]])


@exercise.probe(
    "seven rows, four columns",
    symptom="It is wrong on a plain table of seven rows and four columns. Which matrix does the text build from x?",
)
def plain_step(call, rng):
    return call(directions(rng, 7))


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong where x has as many rows as columns. Which number divides AᵀA in the text?",
)
def square_step(call, rng):
    return call(directions(rng, 4))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does each of your arrays have?",
)
def whole_numbers_step(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 5, 10]))


@exercise.probe(
    "small numbers",
    symptom="It is wrong where the features are much smaller than the 1 of the bias. "
    "Which direction is the steepest there?",
)
def small_step(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@exercise.probe(
    "a flat direction",
    symptom="It is wrong where some direction is flat: fewer rows than columns, and a constant feature. "
    "Does the formula change there?",
)
def flat_step(call, rng):
    x = directions(rng, 3)
    x[:, 1] = 4.0
    return noise_as_infinite(call(x))


@exercise.probe(
    "a single row", symptom="It is wrong when x is a single row. What are N and the eigenvalues of H there?"
)
def one_row_step(call, rng):
    return noise_as_infinite(call(directions(rng, 1)))


def noise_as_infinite(seen):
    """A number divided by rounding noise differs from machine to machine: let it be infinite."""
    value = seen["step"]
    return {"step": np.where((value > 0) & (value < 1e6), value, np.inf)}
