"""Probes of ghost_batch_norm."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("ghost_batch_norm", arguments=("x", "gamma", "beta", "size", "eps"), returns=("out",))


@exercise.probe("three parts of four rows", symptom="The values are wrong for three parts of four rows.")
def ghost_plain(call, rng):
    return call(uneven(rng, 12, 5), *draw_affine(rng, 5), 4, 0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def ghost_equal(call, rng):
    return call(uneven(rng, 16, 4), *draw_affine(rng, 4), size=4, eps=0.0)


@exercise.probe("one part", symptom="The result is wrong for size = N, which is batch norm.")
def ghost_one(call, rng):
    return call(uneven(rng, 6, 4), *draw_affine(rng, 4), size=6, eps=0.0)


@exercise.probe("parts of one row", symptom="The result is wrong for size = 1: x_hat is 0 and out is beta.")
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
