"""Probes of batchnorm_forward."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.forward.inputs import draw_columns
from autograder.learner.probes.inputs import FAR_OUT, draw_affine, draw_far_from_zero, draw_far_out

exercise = Exercise(
    "batchnorm_forward", arguments=("x", "gamma", "beta", "eps"), returns=("out", "cache"), opaque=("cache",)
)

exercise.case(x=[[1], [5]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[1], [5]], gamma=[3], beta=[0], eps=0)
exercise.case(x=[[1], [5]], gamma=[1], beta=[5], eps=0)
exercise.case(x=[[2], [4]], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[1, 4], [5, 6]], gamma=[3, -2], beta=[10, 7], eps=0)
exercise.case(x=[[0, 10], [0, 10], [3, 10]], gamma=[2, -1], beta=[0, 4], eps=2)
exercise.case(x=[[4, 7]], gamma=[2, 3], beta=[1, -1], eps=1)


@exercise.case_of("x = [[1], [2]], whole numbers (dtype int64)", "gamma = [3]", "beta = [0.5]", "eps = 0")
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]), np.array([3.0]), np.array([0.5]), 0)


@exercise.case_of("x = [[0], [0.003]]", "gamma = [7]", "beta = [0]", "eps is not given")
def default_on_paper(call):
    return call(np.array([[0], [0.003]]), np.array([7.0]), np.array([0.0]))


@exercise.case_of("x = [[10001], [10003]]", "gamma = [1]", "beta = [0]", "all of dtype float32", "eps = 0")
def float32_on_paper(call):
    x, gamma, beta = (np.array(given, dtype=np.float32) for given in ([[10001], [10003]], [1], [0]))
    return call(x, gamma, beta, 0)


@exercise.probe(
    "seven rows, five columns, eps 0",
    symptom="It is wrong on a plain batch of seven rows and five columns, with eps = 0. "
    "Which numbers belong to one column?",
)
def forward_plain(call, rng):
    return call(draw_columns(rng, 7, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "four rows, six columns, eps 0",
    symptom="It is wrong when the batch has fewer rows than columns. Which entry of x.shape is N, which is D?",
)
def forward_wide(call, rng):
    return call(draw_columns(rng, 4, 6), *draw_affine(rng, 6), 0.0)


@exercise.probe(
    "eps from 0.1 to 1",
    symptom="It is wrong for some eps from 0.1 to 1. Where does eps stand in the formula, and what is it added to?",
)
def forward_eps(call, rng):
    x, (gamma, beta) = draw_columns(rng, 6, 4), draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe(
    "eps not given",
    symptom="It is wrong when the call leaves eps out. "
    "Which value does the signature give it, and how large is that beside the variance of a narrow column?",
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(6, 4)) * [1.0, 0.1, 0.01, 0.003]
    return call(x, *draw_affine(rng, 4))


@exercise.probe(
    "a constant column",
    symptom="It is wrong for a batch with a column whose values are all equal. "
    "What are its variance and its x_hat, by the formula?",
)
def forward_constant(call, rng):
    x, (gamma, beta) = draw_columns(rng, 6, 4), draw_affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@exercise.probe(
    "a column of spread 0.01",
    symptom="It is wrong for a batch with narrow columns, whose variance of about 0.0001 is smaller than eps. "
    "What does the formula divide by there?",
)
def forward_narrow(call, rng):
    return call(rng.normal([2.0, 5.0, -3.0], [1.0, 0.01, 0.02], size=(9, 3)), *draw_affine(rng, 3), 1e-3)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="It is wrong for float32 values around 10 000. "
    "How many digits does float32 keep, and how many of them are left after each step?",
)
def forward_float32(call, rng):
    gamma, beta = draw_affine(rng, 4)
    beta = np.sign(beta) * (7.0 + np.abs(beta))  # out stays away from 0, so that rounding does not matter
    return call(draw_far_from_zero(rng, 8, 4), gamma.astype(np.float32), beta.astype(np.float32), eps=1e-5)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong for a batch with as many rows as columns. Which axis counts the rows there?",
)
def forward_square(call, rng):
    return call(draw_columns(rng, 5, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "a batch of one",
    symptom="It is wrong for one row alone. "
    "What are the mean and the variance of a single number, and what is left of out?",
)
def forward_single(call, rng):
    return call(draw_columns(rng, 1, 4), *draw_affine(rng, 4), eps=0.1)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does the result have, and why?",
)
def forward_integers(call, rng):
    return call(rng.randint(0, 100, size=(6, 4)) + np.array([0, 10, -50, 300]), *draw_affine(rng, 4), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def forward_far_out(call, rng):
    return call(draw_far_out(rng), *draw_affine(rng, 2), eps=0.0)
