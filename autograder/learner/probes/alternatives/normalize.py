"""Probes of normalize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("normalize", arguments=("x", "axes", "eps", "center"), returns=("x_hat",))

exercise.case(x=[[1], [3]], axes=0, eps=0)
exercise.case(x=[[1, 3]], axes=1, eps=0)
exercise.case(x=[[2, 4]], axes=1, eps=3)
exercise.case(x=[[1, 10], [3, 14]], axes=0, eps=0)
exercise.case(x=[[1, 9], [10, 18]], axes=1, eps=9)
exercise.case(x=[[4, 4], [1, 3]], axes=-1, eps=3)
exercise.case(x=[[0, 0], [0, 4]], axes=(0, 1), eps=1)
exercise.case(x=[[1, 7]], axes=1, eps=75, center=False)


@exercise.case_of("x = [[0, 0.006, 0.018, 0.024]], axes = 1, eps and center not given")
def normalize_paper_default(call):
    return call(np.array([[0, 0.006, 0.018, 0.024]]), 1)


@exercise.case_of("x = [[2, 4]], whole numbers (dtype int)", "axes = 1, eps = 3")
def normalize_paper_integers(call):
    return call(np.array([[2, 4]]), 1, 3)


@exercise.probe(
    "a matrix, over axis 0, eps 0", symptom="The values are wrong for a plain matrix, averaged over axis 0."
)
def normalize_columns(call, rng):
    return call(uneven(rng, 7, 5), 0, 0.0)


@exercise.probe(
    "a matrix, over axis 1, eps 0",
    symptom="It is wrong for a matrix averaged over axis 1. With which shape does a mean line up with x?",
)
def normalize_rows(call, rng):
    return call(uneven(rng, 4, 6), 1, eps=0.0)


@exercise.probe(
    "over the last axis, given as -1",
    symptom="It is wrong when axes is -1, for an array of three axes. Which axis is that?",
)
def normalize_last(call, rng):
    return call(uneven(rng, 3, 4, 5), -1, eps=0.0)


@exercise.probe(
    "four axes, over three of them",
    symptom="It is wrong for four axes, when three of them are averaged. How many means are there then?",
)
def normalize_three_of_four(call, rng):
    return call(uneven(rng, 4, 3, 5, 2), (0, 2, 3), eps=0.0)


@exercise.probe(
    "four axes, over the two last",
    symptom="It is wrong for four axes, when the last two are averaged, given as -2 and -1. How many means are there?",
)
def normalize_two_of_four(call, rng):
    return call(uneven(rng, 2, 3, 4, 5), (-2, -1), eps=0.0)


@exercise.probe(
    "over all axes", symptom="It is wrong when all axes of a matrix are averaged. How many means are there then?"
)
def normalize_all(call, rng):
    return call(uneven(rng, 3, 5), (0, 1), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def normalize_equal(call, rng):
    x = uneven(rng, 4, 4, 4)
    return {f"x_hat over axes {axes}": call(x, axes, eps=0.0)["x_hat"] for axes in (0, (1, 2), (0, 2))}


@exercise.probe(
    "not centred",
    symptom=(
        "It is wrong with center=False, around means far from 0. What is left out then, and what stands under the root?"
    ),
)
def normalize_not_centred(call, rng):
    return call(uneven(rng, 6, 5) + 4.0, 1, eps=0.3, center=False)


@exercise.probe(
    "centred and not, over two axes",
    symptom="It is wrong over two of three axes, with center=True or center=False. What differs between the two?",
)
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


@exercise.probe(
    "a constant set", symptom="It is wrong when all values of one set are equal. What should x_hat be in that set?"
)
def normalize_constant(call, rng):
    x = uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, 1, eps=0.2)


@exercise.probe(
    "sets of one value",
    symptom="It is wrong when each set has a single value. What is its mean, and what should x_hat be?",
)
def normalize_single(call, rng):
    return call(uneven(rng, 3, 2, 1, 1), (2, 3), eps=0.1)


@exercise.probe("whole numbers", symptom=WHOLE)
def normalize_integers(call, rng):
    return call(whole_numbers(rng, 4, 6), 1, eps=0.0)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom=(
        "It is wrong for float32 values around 10 000. How many digits do their squares need, and how many has float32?"
    ),
)
def normalize_float32(call, rng):
    x = np.array([rng.permutation([-3, -2, -1, 1, 2, 3, 5, -5]) for _ in range(4)])
    return call((10000 + x).astype(np.float32), 1, eps=1e-5)


@exercise.probe("a value far out", symptom=FAR_OUT)
def normalize_far_out(call, rng):
    x = draw_far_out(rng)
    return {f"x_hat, center={center}": call(x, 0, 0.0, center)["x_hat"] for center in (True, False)}
