"""Probes of center."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("center", arguments=("x",), returns=("out",))


@exercise.probe(
    "four rows, three columns",
    symptom="The values are wrong on a plain matrix of four rows and three columns.",
)
def plain(call, rng):
    return call(rng.normal([3.0, -1.0, 100.0], [1.0, 0.3, 5.0], size=(4, 3)))


@exercise.probe(
    "whole numbers",
    symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?",
)
def integers(call, rng):
    return call(rng.randint(0, 10, size=(5, 3)) + np.array([0, 10, 100]))


@exercise.probe("a square matrix", symptom="Rows and columns are mixed up when there are as many rows as columns.")
def square(call, rng):
    return call(rng.normal([3.0, -1.0, 0.0], 1.0, size=(3, 3)))
