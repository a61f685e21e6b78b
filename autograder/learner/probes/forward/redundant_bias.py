"""Probes of redundant_bias."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.inputs import draw_affine

exercise = Exercise(
    "redundant_bias",
    arguments=("x", "weight", "bias", "gamma", "beta", "eps"),
    returns=("with_bias", "without_bias"),
)


@exercise.probe(
    "eight rows, three inputs, four outputs", symptom="The values are wrong for a layer of three inputs, four outputs."
)
def bias_plain(call, rng):
    return call(
        rng.normal(1.0, 1.0, size=(8, 3)), rng.normal(size=(3, 4)), rng.normal(5.0, 3.0, 4), *draw_affine(rng, 4), 0.2
    )


@exercise.probe(
    "a square weight", symptom="The result is wrong for a square weight: are its rows taken for its columns?"
)
def bias_square(call, rng):
    return call(
        rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), rng.normal(5.0, 3.0, 4), *draw_affine(rng, 4), eps=0.5
    )


@exercise.probe(
    "eps not given", symptom="The result is wrong when the call leaves eps out: which value does the signature give it?"
)
def bias_default(call, rng):
    weight = rng.normal(size=(2, 3)) * [1.0, 0.1, 0.01]
    return call(rng.normal(size=(7, 2)), weight, rng.normal(5.0, 3.0, 3), *draw_affine(rng, 3))


@exercise.probe("a bias of 1000", symptom="The result is wrong for a bias of 1000: is anything of the bias left in it?")
def bias_large(call, rng):
    return call(
        rng.normal(size=(5, 4)), rng.normal(size=(4, 2)), np.array([1000.0, -1000.0]), *draw_affine(rng, 2), 0.1
    )
