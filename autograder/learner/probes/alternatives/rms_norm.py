"""Probes of rms_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, scales, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("rms_norm", arguments=("x", "gamma", "eps"), returns=("out",))

exercise.case(x=[[3, 3]], gamma=[1, 1], eps=0)
exercise.case(x=[[1, 7]], gamma=[1, 1], eps=0)
exercise.case(x=[[1, 7]], gamma=[5, -10], eps=0)
exercise.case(x=[[1, 7]], gamma=[1, 1], eps=75)
exercise.case(x=[[1, 7], [-10, 10]], gamma=[1, 1], eps=0)
exercise.case(x=[[0, 0], [1, 7], [7, -1]], gamma=[6, 12], eps=11)
exercise.case(x=[[[1, 7], [-10, 10]]], gamma=[1, 1], eps=0)


@exercise.case_of("x = [[0.006, 0.012]], gamma = [1, 1], eps not given")
def rms_paper_default(call):
    return call(np.array([[0.006, 0.012]]), np.ones(2))


@exercise.case_of("both arrays hold whole numbers (dtype int)", "x = [[1, 7]], gamma = [1, 1], eps = 0")
def rms_paper_integers(call):
    return call(np.array([[1, 7]]), np.array([1, 1]), 0)


@exercise.probe(
    "seven rows, five features, eps 0", symptom="The values are wrong for seven plain rows of five features."
)
def rms_plain(call, rng):
    return call(uneven(rng, 7, 5) + 3.0, scales(rng, 5), 0.0)


@exercise.probe(
    "three sequences of four tokens, five features",
    symptom="It is wrong for sequences of tokens, (N, T, D). Which values share a root mean square there?",
)
def rms_tokens(call, rng):
    return call(uneven(rng, 3, 4, 5) + 3.0, scales(rng, 5), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def rms_equal(call, rng):
    gamma, x = scales(rng, 4), uneven(rng, 4, 4, 4) + 3.0
    return {"out for (4, 4)": call(x[0], gamma, 0.0)["out"], "out for (4, 4, 4)": call(x, gamma, 0.0)["out"]}


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def rms_eps(call, rng):
    x, gamma = rng.normal(0.4, 0.7, size=(5, 6)), scales(rng, 6)
    return {f"out with eps {eps:g}": call(x, gamma, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def rms_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]], scales(rng, 6))


@exercise.probe("a single row", symptom="It is wrong for a single row. On which rows may the output of a row depend?")
def rms_single(call, rng):
    return call(uneven(rng, 1, 6) + 3.0, scales(rng, 6), eps=0.1)


@exercise.probe("a row of zeros", symptom="It is wrong when one row is all zeros. What should its output be?")
def rms_zeros(call, rng):
    x = uneven(rng, 5, 4)
    x[2] = 0.0
    return call(x, scales(rng, 4), eps=0.2)


@exercise.probe("whole numbers", symptom=WHOLE)
def rms_integers(call, rng):
    return call(whole_numbers(rng, 5, 6) + 7, scales(rng, 6), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def rms_far_out(call, rng):
    return call(draw_far_out(rng).T, scales(rng, 120), eps=0.0)
