"""Probes of masked_batch_norm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("masked_batch_norm", arguments=("x", "mask", "eps"), returns=("out",))


def draw_mask(rng, n, t):
    """Every sequence has a length of its own, from 1 to t - 1. Shape (n, t)."""
    return np.arange(t) < rng.permutation(np.arange(n) % (t - 1) + 1)[:, None]


@exercise.case_of("x = [[[1], [3]]], mask = [[True, True]], eps = 0")
def masked_paper_full(call):
    return call(np.array([[[1.0], [3.0]]]), np.array([[True, True]]), 0)


@exercise.case_of("x = [[[1], [3], [0]]], mask = [[True, True, False]], eps = 0")
def masked_paper_padded(call):
    return call(np.array([[[1.0], [3.0], [0.0]]]), np.array([[True, True, False]]), 0)


@exercise.case_of("x = [[[2], [4], [9]]], mask = [[True, True, False]], eps = 3")
def masked_paper_eps(call):
    return call(np.array([[[2.0], [4.0], [9.0]]]), np.array([[True, True, False]]), 3)


@exercise.case_of("x = [[[1], [3]], [[8], [0]]], mask = [[True, True], [True, False]], eps = 0")
def masked_paper_two(call):
    return call(np.array([[[1.0], [3.0]], [[8.0], [0.0]]]), np.array([[True, True], [True, False]]), 0)


@exercise.case_of("x = [[[1, 10], [3, 14], [0, 0]]], mask = [[True, True, False]], eps = 0")
def masked_paper_features(call):
    return call(np.array([[[1.0, 10.0], [3.0, 14.0], [0.0, 0.0]]]), np.array([[True, True, False]]), 0)


@exercise.case_of("x = [[[0], [0.006], [0.018], [0.024]]]", "mask = [[True, True, True, True]], eps not given")
def masked_paper_default(call):
    return call(np.array([[[0], [0.006], [0.018], [0.024]]]), np.full((1, 4), True))


@exercise.case_of("x of whole numbers (dtype int)", "x = [[[2], [4], [0]]], mask = [[True, True, False]], eps = 3")
def masked_paper_integers(call):
    return call(np.array([[[2], [4], [0]]]), np.array([[True, True, False]]), 3)


@exercise.probe("zeros in the padding", symptom="The values are wrong for five sequences that are padded with zeros.")
def masked_zeros(call, rng):
    mask = draw_mask(rng, 5, 7)
    return call(uneven(rng, 5, 7, 3) * mask[..., None], mask, 0.0)


@exercise.probe(
    "other numbers in the padding",
    symptom="It is wrong where the padding holds other numbers than 0. What stands there must not count, and gives 0.",
)
def masked_junk(call, rng):
    mask = draw_mask(rng, 4, 6)
    return call(uneven(rng, 4, 6, 3), mask, eps=0.0)


@exercise.probe(
    "padding anywhere",
    symptom="It is wrong where real tokens stand behind padded ones. The mask alone says what is real.",
)
def masked_anywhere(call, rng):
    mask = rng.permutation(np.arange(20) < 12).reshape(4, 5)
    return call(uneven(rng, 4, 5, 3), mask, eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def masked_equal(call, rng):
    return call(uneven(rng, 4, 4, 4), draw_mask(rng, 4, 4), eps=0.0)


@exercise.probe(
    "no padding",
    symptom="It is wrong where every token is real. Which norm of all rows and times should come out then?",
)
def masked_none(call, rng):
    return call(uneven(rng, 3, 5, 4), np.full((3, 5), True), eps=0.0)


@exercise.probe(
    "a single real token", symptom="It is wrong where one token is real. What is its difference from the mean?"
)
def masked_single(call, rng):
    return call(uneven(rng, 2, 3, 4), np.arange(6).reshape(2, 3) == rng.randint(6), eps=0.1)


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def masked_eps(call, rng):
    x, mask = rng.normal(1.0, 0.7, size=(4, 6, 3)), draw_mask(rng, 4, 6)
    return {f"out with eps {eps:g}": call(x, mask, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def masked_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(4, 5, 4)) * [1.0, 0.1, 0.01, 0.003]
    return call(x, draw_mask(rng, 4, 5))


@exercise.probe("whole numbers", symptom=WHOLE)
def masked_integers(call, rng):
    return call(whole_numbers(rng, 4, 5, 3), draw_mask(rng, 4, 5), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def masked_far_out(call, rng):
    x = np.concatenate([draw_far_out(rng).reshape(4, 30, 2), np.zeros((4, 5, 2))], axis=1)
    return call(x, np.tile(np.arange(35) < 30, (4, 1)), eps=0.0)
