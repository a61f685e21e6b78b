"""Probes of redundant_bias."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.inputs import draw_affine

exercise = Exercise(
    "redundant_bias",
    arguments=("x", "weight", "bias", "gamma", "beta", "eps"),
    returns=("with_bias", "without_bias"),
)

exercise.case(x=[[1], [5]], weight=[[1]], bias=[0], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[1], [5]], weight=[[1]], bias=[10], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[1], [5]], weight=[[1]], bias=[10], gamma=[3], beta=[0], eps=0)
exercise.case(x=[[1], [5]], weight=[[1]], bias=[10], gamma=[1], beta=[4], eps=0)
exercise.case(x=[[1], [3]], weight=[[1]], bias=[10], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[1], [3]], weight=[[7]], bias=[10], gamma=[1], beta=[0], eps=15)
exercise.case(x=[[1, 0], [1, 2]], weight=[[1], [2]], bias=[10], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[1, 0], [1, 1]], weight=[[1, 2], [4, -6]], bias=[10, -20], gamma=[3, 2], beta=[1, 0], eps=0)
exercise.case(x=[[1], [5]], weight=[[1]], bias=[1000], gamma=[1], beta=[0], eps=0)


@exercise.case_of("x = [[0], [0.003]]", "weight = [[1]]", "bias = [0]", "gamma = [7]", "beta = [0]", "eps is not given")
def default_on_paper(call):
    x, weight, bias, gamma, beta = map(np.array, ([[0], [0.003]], [[1.0]], [0.0], [7.0], [0.0]))
    return call(x, weight, bias, gamma, beta)


@exercise.probe(
    "eight rows, three inputs, four outputs",
    symptom="It is wrong for a plain layer of three inputs and four outputs. What goes into batch norm in either case?",
)
def bias_plain(call, rng):
    return call(
        rng.normal(1.0, 1.0, size=(8, 3)), rng.normal(size=(3, 4)), rng.normal(5.0, 3.0, 4), *draw_affine(rng, 4), 0.2
    )


@exercise.probe(
    "a square weight", symptom="It is wrong for a square weight. What do its rows count, and what do its columns?"
)
def bias_square(call, rng):
    return call(
        rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), rng.normal(5.0, 3.0, 4), *draw_affine(rng, 4), eps=0.5
    )


@exercise.probe(
    "eps not given",
    symptom="It is wrong when the call leaves eps out. "
    "Which value does the signature give it, and which one does batch norm get?",
)
def bias_default(call, rng):
    weight = rng.normal(size=(2, 3)) * [1.0, 0.1, 0.01]
    return call(rng.normal(size=(7, 2)), weight, rng.normal(5.0, 3.0, 3), *draw_affine(rng, 3))


@exercise.probe(
    "a bias of 1000",
    symptom="It is wrong for a bias of 1000. What does batch norm make of a number that is added to a whole column?",
)
def bias_large(call, rng):
    return call(
        rng.normal(size=(5, 4)), rng.normal(size=(4, 2)), np.array([1000.0, -1000.0]), *draw_affine(rng, 2), 0.1
    )
