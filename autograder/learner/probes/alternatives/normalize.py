"""Probes of normalize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("normalize", arguments=("x", "axes", "eps", "center"), returns=("x_hat",))


@exercise.probe("a matrix, over axis 0, eps 0", symptom="The values are wrong for a plain matrix, over axis 0.")
def normalize_columns(call, rng):
    return call(uneven(rng, 7, 5), 0, 0.0)


@exercise.probe("a matrix, over axis 1, eps 0", symptom="The values are wrong for a plain matrix, over axis 1.")
def normalize_rows(call, rng):
    return call(uneven(rng, 4, 6), 1, eps=0.0)


@exercise.probe("over the last axis, given as -1", symptom="The result is wrong for axes = -1, the last axis.")
def normalize_last(call, rng):
    return call(uneven(rng, 3, 4, 5), -1, eps=0.0)


@exercise.probe("four axes, over three of them", symptom="The result is wrong when three of four axes are averaged.")
def normalize_three_of_four(call, rng):
    return call(uneven(rng, 4, 3, 5, 2), (0, 2, 3), eps=0.0)


@exercise.probe("four axes, over the two last", symptom="The result is wrong when two of four axes are averaged.")
def normalize_two_of_four(call, rng):
    return call(uneven(rng, 2, 3, 4, 5), (-2, -1), eps=0.0)


@exercise.probe("over all axes", symptom="The result is wrong when one mean is taken over everything.")
def normalize_all(call, rng):
    return call(uneven(rng, 3, 5), (0, 1), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def normalize_equal(call, rng):
    x = uneven(rng, 4, 4, 4)
    return {f"x_hat over axes {axes}": call(x, axes, eps=0.0)["x_hat"] for axes in (0, (1, 2), (0, 2))}


@exercise.probe("not centred", symptom="The result is wrong with center=False, around means far from 0.")
def normalize_not_centred(call, rng):
    return call(uneven(rng, 6, 5) + 4.0, 1, eps=0.3, center=False)


@exercise.probe("centred and not, over two axes", symptom="center=True and center=False do not do what they say.")
def normalize_both_ways(call, rng):
    x = uneven(rng, 3, 4, 5) + 4.0
    return {f"x_hat, center={center}": call(x, (1, 2), 0.0, center)["x_hat"] for center in (True, False)}


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def normalize_eps(call, rng):
    x = rng.normal(1.0, 0.7, size=(5, 6))
    return {f"x_hat with eps {eps:g}": call(x, 1, eps=eps)["x_hat"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def normalize_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(6, 4)) * [1.0, 0.1, 0.01, 0.003], 0)


@exercise.probe("a constant set", symptom="A set of equal values goes wrong: x_hat should be 0 there.")
def normalize_constant(call, rng):
    x = uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, 1, eps=0.2)


@exercise.probe("sets of one value", symptom="Sets of a single value go wrong: each is its own mean, so x_hat is 0.")
def normalize_single(call, rng):
    return call(uneven(rng, 3, 2, 1, 1), (2, 3), eps=0.1)


@exercise.probe("whole numbers", symptom=WHOLE)
def normalize_integers(call, rng):
    return call(whole_numbers(rng, 4, 6), 1, eps=0.0)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def normalize_float32(call, rng):
    x = np.array([rng.permutation([-3, -2, -1, 1, 2, 3, 5, -5]) for _ in range(4)])
    return call((10000 + x).astype(np.float32), 1, eps=1e-5)


@exercise.probe("a value far out", symptom=FAR_OUT)
def normalize_far_out(call, rng):
    x = draw_far_out(rng)
    return {f"x_hat, center={center}": call(x, 0, 0.0, center)["x_hat"] for center in (True, False)}
