"""Probes of center."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("center", arguments=("x",), returns=("out",))

exercise.case(x=[[1], [3]])
exercise.case(x=[[2], [2], [8]])
exercise.case(x=[[1, 10], [3, 30]])
exercise.case(x=[[1, 5], [3, 5], [8, 5]])
exercise.case(x=[[4, 7]])


@exercise.case_of("x = [[1], [2]], whole numbers (dtype int64)")
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]))


@exercise.probe(
    "four rows, three columns",
    symptom="It is wrong on a plain table of four rows and three columns. Which numbers belong to one mean?",
)
def plain(call, rng):
    return call(rng.normal([3.0, -1.0, 100.0], [1.0, 0.3, 5.0], size=(4, 3)))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does the result have, and why?",
)
def integers(call, rng):
    return call(rng.randint(0, 10, size=(5, 3)) + np.array([0, 10, 100]))


@exercise.probe(
    "a square matrix", symptom="It is wrong on a table with as many rows as columns. Which axis counts the rows there?"
)
def square(call, rng):
    return call(rng.normal([3.0, -1.0, 0.0], 1.0, size=(3, 3)))
