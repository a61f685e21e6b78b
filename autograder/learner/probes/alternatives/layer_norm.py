"""Probes of layer_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("layer_norm", arguments=("x", "gamma", "beta", "eps"), returns=("out",))

exercise.case(x=[[1, 3]], gamma=[1, 1], beta=[0, 0], eps=0)
exercise.case(x=[[1, 3]], gamma=[2, 5], beta=[0, 0], eps=0)
exercise.case(x=[[1, 3]], gamma=[1, 1], beta=[10, 20], eps=0)
exercise.case(x=[[2, 4]], gamma=[1, 1], beta=[0, 0], eps=3)
exercise.case(x=[[0, 3, 6]], gamma=[1, 1, 1], beta=[0, 0, 0], eps=3)
exercise.case(x=[[1, 3], [20, 24]], gamma=[1, 1], beta=[0, 0], eps=0)
exercise.case(x=[[1, 3], [5, 5], [20, 22]], gamma=[4, -2], beta=[1, 2], eps=3)
exercise.case(x=[[[1, 3], [20, 24]]], gamma=[1, 1], beta=[0, 0], eps=0)


@exercise.case_of("x = [[0, 0.006, 0.018, 0.024]], gamma = [5, 5, 5, 5], beta = [0, 0, 0, 0], eps not given")
def layer_paper_default(call):
    return call(np.array([[0, 0.006, 0.018, 0.024]]), np.full(4, 5.0), np.zeros(4))


@exercise.case_of("all arrays hold whole numbers (dtype int)", "x = [[2, 4]], gamma = [1, 1], beta = [0, 0], eps = 3")
def layer_paper_integers(call):
    return call(np.array([[2, 4]]), np.array([1, 1]), np.array([0, 0]), 3)


@exercise.probe(
    "seven rows, five features, eps 0", symptom="The values are wrong for seven plain rows of five features."
)
def layer_plain(call, rng):
    return call(uneven(rng, 7, 5), *draw_affine(rng, 5), 0.0)


@exercise.probe(
    "three sequences of four tokens, five features",
    symptom="It is wrong for sequences of tokens, (N, T, D). Which values share a mean there?",
)
def layer_tokens(call, rng):
    return call(uneven(rng, 3, 4, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def layer_equal(call, rng):
    (gamma, beta), x = draw_affine(rng, 4), uneven(rng, 4, 4, 4)
    return {
        "out for (4, 4)": call(x[0], gamma, beta, 0.0)["out"],
        "out for (4, 4, 4)": call(x, gamma, beta, 0.0)["out"],
    }


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def layer_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(5, 6)), draw_affine(rng, 6)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def layer_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]], *draw_affine(rng, 6))


@exercise.probe("a single row", symptom="It is wrong for a single row. On which rows may the output of a row depend?")
def layer_single(call, rng):
    return call(uneven(rng, 1, 6), *draw_affine(rng, 6), eps=0.1)


@exercise.probe(
    "a constant row", symptom="It is wrong when all values of one row are equal. What should x_hat be in that row?"
)
def layer_constant(call, rng):
    x = uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, *draw_affine(rng, 4), eps=0.2)


@exercise.probe("whole numbers", symptom=WHOLE)
def layer_integers(call, rng):
    return call(whole_numbers(rng, 5, 6), *draw_affine(rng, 6), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def layer_far_out(call, rng):
    return call(draw_far_out(rng).T, *draw_affine(rng, 120), eps=0.0)
