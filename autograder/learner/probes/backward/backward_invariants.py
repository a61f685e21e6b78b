"""Probes of backward_invariants."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import SINGLE, SQUARE, TALL, WIDE

exercise = Exercise("backward_invariants", arguments=("dx", "x_hat"), returns=("sums", "overlaps"))


def _arrays(rng, n, d):
    return rng.normal(0.4, 1.0, size=(n, d)), rng.normal(0.2, 1.0, size=(n, d))


@exercise.probe(TALL, symptom="The values are wrong on plain arrays of seven rows and five columns.")
def invariants_tall(call, rng):
    return call(*_arrays(rng, 7, 5))


@exercise.probe(WIDE, symptom="The result is wrong when there are fewer rows than columns.")
def invariants_wide(call, rng):
    return call(*_arrays(rng, 4, 6))


@exercise.probe(SQUARE, symptom="The result is wrong for as many rows as columns: are they mixed up?")
def invariants_square(call, rng):
    return call(*_arrays(rng, 4, 4))


@exercise.probe(SINGLE, symptom="The result is wrong for one row alone: it still has D sums and D overlaps.")
def invariants_single(call, rng):
    return call(*_arrays(rng, 1, 5))
