"""Probes of local_response_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import EQUAL, WHOLE, uneven, whole_numbers

exercise = Exercise("local_response_norm", arguments=("x", "size", "alpha", "beta", "k"), returns=("out",))

exercise.case(x=[[[[6]]]], size=1, alpha=0, beta=1, k=2)
exercise.case(x=[[[[3]]]], size=1, alpha=1, beta=1, k=1)
exercise.case(x=[[[[3]]]], size=1, alpha=1, beta=0.5, k=16)
exercise.case(x=[[[[3]]]], size=3, alpha=3, beta=1, k=1)
exercise.case(x=[[[[1, 3]]], [[[2, 0]]]], size=3, alpha=3, beta=1, k=1)
exercise.case(x=[[[[1]], [[3]]]], size=3, alpha=3, beta=1, k=10)
exercise.case(x=[[[[1]], [[-1]], [[0]], [[2]]]], size=3, alpha=3, beta=1, k=6)
exercise.case(x=[[[[1]], [[3]]]], size=2, alpha=2, beta=1, k=15)


@exercise.case_of("x = [[[[600]], [[300]]]], size = 3; alpha, beta and k not given")
def lrn_paper_default(call):
    return call(np.array([[[[600.0]], [[300.0]]]]), 3)


@exercise.case_of("x = [[[[1]], [[3]]]], whole numbers (dtype int)", "size = 3, alpha = 3, beta = 1, k = 10")
def lrn_paper_integers(call):
    return call(np.array([[[[1]], [[3]]]]), 3, 3, 1, 10)


@exercise.probe("window of 3", symptom="The values are wrong for a plain window of three channels.")
def lrn_three(call, rng):
    return call(uneven(rng, 2, 6, 3, 4), 3, 2.0, 0.6, 1.5)


@exercise.probe(
    "window of 5", symptom="It is wrong for a window of five channels. From which channel to which does it run?"
)
def lrn_five(call, rng):
    return call(uneven(rng, 3, 7, 2, 4), 5, alpha=0.5, beta=1.0, k=0.5)


@exercise.probe(
    "even windows",
    symptom="It is wrong for a window of two or of four channels. From which channel to which does it run?",
)
def lrn_even(call, rng):
    x = uneven(rng, 2, 7, 3, 4)
    return {f"out for size {size}": call(x, size, alpha=2.0, beta=0.75, k=1.0)["out"] for size in (2, 4)}


@exercise.probe("window of 1", symptom="It is wrong for a window of one channel. Which values does the sum have then?")
def lrn_one(call, rng):
    return call(uneven(rng, 2, 5, 3, 4), 1, alpha=3.0, beta=0.3, k=2.0)


@exercise.probe(
    "window larger than the channels",
    symptom=(
        "It is wrong when the window is larger than the number of channels. What counts for channels that do not exist?"
    ),
)
def lrn_wide(call, rng):
    return call(uneven(rng, 2, 3, 4, 5), 9, alpha=2.0, beta=0.5, k=1.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def lrn_equal(call, rng):
    return call(uneven(rng, 5, 5, 5, 5), 3, alpha=1.0, beta=0.75, k=2.0)


@exercise.probe(
    "alpha, beta and k not given",
    symptom="It is wrong when the call leaves alpha, beta and k out. Which values do they have then?",
)
def lrn_default(call, rng):
    return call(30 * uneven(rng, 2, 6, 3, 4), 5)


@exercise.probe(
    "a single channel",
    symptom="It is wrong for a single channel and a window of three. What counts for channels that do not exist?",
)
def lrn_single(call, rng):
    return call(uneven(rng, 3, 1, 2, 4), 3, alpha=2.0, beta=0.75, k=1.0)


@exercise.probe("whole numbers", symptom=WHOLE)
def lrn_integers(call, rng):
    return call(whole_numbers(rng, 2, 5, 3, 4), 3, alpha=1.0, beta=0.75, k=2.0)
