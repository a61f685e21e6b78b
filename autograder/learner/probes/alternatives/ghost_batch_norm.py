"""Probes of ghost_batch_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("ghost_batch_norm", arguments=("x", "gamma", "beta", "size", "eps"), returns=("out",))

exercise.case(x=[[1], [3]], gamma=[1], beta=[0], size=2, eps=0)
exercise.case(x=[[1], [3]], gamma=[3], beta=[0], size=2, eps=0)
exercise.case(x=[[1], [3]], gamma=[1], beta=[5], size=2, eps=0)
exercise.case(x=[[2], [4]], gamma=[1], beta=[0], size=2, eps=3)
exercise.case(x=[[1], [3], [10], [14]], gamma=[1], beta=[0], size=2, eps=0)
exercise.case(x=[[1, 10], [3, 14]], gamma=[1, 2], beta=[0, 5], size=2, eps=0)
exercise.case(x=[[1, 10], [3, 8], [7, 4], [5, 4]], gamma=[2, -4], beta=[1, 3], size=2, eps=3)
exercise.case(x=[[1], [7]], gamma=[3], beta=[5], size=1, eps=1)


@exercise.case_of("x = [[0], [0.006], [0.018], [0.024]]", "gamma = [5], beta = [0], size = 4, eps not given")
def ghost_paper_default(call):
    return call(np.array([[0], [0.006], [0.018], [0.024]]), np.array([5.0]), np.array([0.0]), 4)


@exercise.case_of(
    "all arrays hold whole numbers (dtype int)", "x = [[2], [4]], gamma = [1], beta = [0], size = 2, eps = 3"
)
def ghost_paper_integers(call):
    return call(np.array([[2], [4]]), np.array([1]), np.array([0]), 2, 3)


@exercise.probe("three parts of four rows", symptom="The values are wrong for three parts of four rows each.")
def ghost_plain(call, rng):
    return call(uneven(rng, 12, 5), *draw_affine(rng, 5), 4, 0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def ghost_equal(call, rng):
    return call(uneven(rng, 16, 4), *draw_affine(rng, 4), size=4, eps=0.0)


@exercise.probe("one part", symptom="It is wrong when size is N, the whole batch. Which norm should come out then?")
def ghost_one(call, rng):
    return call(uneven(rng, 6, 4), *draw_affine(rng, 4), size=6, eps=0.0)


@exercise.probe(
    "parts of one row", symptom="It is wrong when size is 1, so that each row is a part. What should x_hat be then?"
)
def ghost_rows(call, rng):
    return call(uneven(rng, 5, 3), *draw_affine(rng, 3), size=1, eps=0.1)


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def ghost_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(10, 4)), draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, 5, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def ghost_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(8, 4)) * [1.0, 0.1, 0.01, 0.003], *draw_affine(rng, 4), size=4)


@exercise.probe("whole numbers", symptom=WHOLE)
def ghost_integers(call, rng):
    return call(whole_numbers(rng, 9, 4), *draw_affine(rng, 4), size=3, eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def ghost_far_out(call, rng):
    return call(draw_far_out(rng), *draw_affine(rng, 2), size=120, eps=0.0)
