"""Probes of batchnorm_forward."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns
from autograder.learner.probes.inputs import FAR_OUT, draw_affine, draw_far_from_zero, draw_far_out

exercise = Exercise(
    "batchnorm_forward", arguments=("x", "gamma", "beta", "eps"), returns=("out", "cache"), opaque=("cache",)
)

exercise.case(x=[[1], [3]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[1], [3]], gamma=[3], beta=[0], eps=0)
exercise.case(x=[[1], [3]], gamma=[1], beta=[5], eps=0)
exercise.case(x=[[2], [4]], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[0], [0], [3]], gamma=[1], beta=[0], eps=2)
exercise.case(x=[[1, 10], [3, 10]], gamma=[2, -1], beta=[0, 4], eps=3)
exercise.case(x=[[1, 2], [5, 6]], gamma=[3, -2], beta=[10, 7], eps=0)
exercise.case(x=[[4, 7]], gamma=[2, 3], beta=[1, -1], eps=1)


@exercise.probe(
    "seven rows, five columns, eps 0", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def forward_plain(call, rng):
    return call(draw_columns(rng, 7, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "four rows, six columns, eps 0", symptom="The result is wrong when the batch has fewer rows than columns."
)
def forward_wide(call, rng):
    return call(draw_columns(rng, 4, 6), *draw_affine(rng, 6), 0.0)


@exercise.probe(
    "eps from 0.1 to 1", symptom="The result is wrong for some eps from 0.1 to 1: where does eps enter, and how?"
)
def forward_eps(call, rng):
    x, (gamma, beta) = draw_columns(rng, 6, 4), draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe(
    "eps not given", symptom="The result is wrong when the call leaves eps out: which value does the signature give it?"
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(6, 4)) * [1.0, 0.1, 0.01, 0.003]
    return call(x, *draw_affine(rng, 4))


@exercise.probe(
    "a constant column",
    symptom="A column whose values are all equal goes wrong: its variance is 0, and x_hat should be 0 there.",
)
def forward_constant(call, rng):
    x, (gamma, beta) = draw_columns(rng, 6, 4), draw_affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@exercise.probe(
    "a column of spread 0.01",
    symptom="A narrow column goes wrong: its variance of 0.0001 is not much larger than eps.",
)
def forward_narrow(call, rng):
    return call(rng.normal([2.0, 5.0, -3.0], [1.0, 0.01, 0.02], size=(9, 3)), *draw_affine(rng, 3), 1e-3)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def forward_float32(call, rng):
    gamma, beta = draw_affine(rng, 4)
    beta = np.sign(beta) * (7.0 + np.abs(beta))  # out stays away from 0, so that rounding does not matter
    return call(draw_far_from_zero(rng, 8, 4), gamma.astype(np.float32), beta.astype(np.float32), eps=1e-5)


@exercise.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def forward_square(call, rng):
    return call(draw_columns(rng, 5, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "a batch of one", symptom="One row alone goes wrong: it equals its own mean, so x_hat is 0 and out is beta."
)
def forward_single(call, rng):
    return call(draw_columns(rng, 1, 4), *draw_affine(rng, 4), eps=0.1)


@exercise.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def forward_integers(call, rng):
    return call(rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300]), *draw_affine(rng, 4), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def forward_far_out(call, rng):
    return call(draw_far_out(rng), *draw_affine(rng, 2), eps=0.0)
