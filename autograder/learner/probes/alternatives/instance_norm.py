"""Probes of instance_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("instance_norm", arguments=("x", "gamma", "beta", "eps"), returns=("out",))

exercise.case(x=[[[[1, 3]]]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[[[1, 3]]]], gamma=[3], beta=[0], eps=0)
exercise.case(x=[[[[1, 3]]]], gamma=[1], beta=[5], eps=0)
exercise.case(x=[[[[2, 4]]]], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[[[0, 4], [0, 0]]]], gamma=[1], beta=[0], eps=1)
exercise.case(x=[[[[1, 3]]], [[[10, 14]]]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[[[1, 3]], [[10, 14]]]], gamma=[1, 1], beta=[0, 0], eps=0)
exercise.case(x=[[[[1, 3]], [[5, 5]]], [[[20, 22]], [[7, 9]]]], gamma=[2, -4], beta=[1, 3], eps=3)


@exercise.case_of("x = [[[[0, 0.006, 0.018, 0.024]]]], gamma = [5], beta = [0], eps not given")
def instance_paper_default(call):
    return call(np.array([[[[0, 0.006, 0.018, 0.024]]]]), np.array([5.0]), np.array([0.0]))


@exercise.case_of("all arrays hold whole numbers (dtype int)", "x = [[[[2, 4]]]], gamma = [1], beta = [0], eps = 3")
def instance_paper_integers(call):
    return call(np.array([[[[2, 4]]]]), np.array([1]), np.array([0]), 3)


@exercise.probe(
    "three pictures, four channels of 5 x 2, eps 0",
    symptom="The values are wrong for pictures whose four lengths all differ.",
)
def instance_plain(call, rng):
    return call(uneven(rng, 3, 4, 5, 2), *draw_affine(rng, 4), 0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def instance_equal(call, rng):
    return call(uneven(rng, 4, 4, 4, 4), *draw_affine(rng, 4), eps=0.0)


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def instance_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(2, 3, 4, 5)), draw_affine(rng, 3)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def instance_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 4, 3, 5)) * np.array([1.0, 0.1, 0.01, 0.003]).reshape(4, 1, 1)
    return call(x, *draw_affine(rng, 4))


@exercise.probe(
    "a constant picture",
    symptom="It is wrong when all values of one channel in one picture are equal. What should x_hat be there?",
)
def instance_constant(call, rng):
    x = uneven(rng, 2, 3, 4, 5)
    x[1, 2] = 4.0
    return call(x, *draw_affine(rng, 3), eps=0.2)


@exercise.probe(
    "one position", symptom="It is wrong when H and W are 1, so that a set has one value. What should x_hat be then?"
)
def instance_pixel(call, rng):
    return call(uneven(rng, 3, 4, 1, 1), *draw_affine(rng, 4), eps=0.1)


@exercise.probe("whole numbers", symptom=WHOLE)
def instance_integers(call, rng):
    return call(whole_numbers(rng, 3, 2, 4, 5), *draw_affine(rng, 2), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def instance_far_out(call, rng):
    return call(draw_far_out(rng).T.reshape(1, 2, 10, 12), *draw_affine(rng, 2), eps=0.0)
