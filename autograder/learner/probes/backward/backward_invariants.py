"""Probes of backward_invariants."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import SINGLE, SQUARE, TALL, WIDE

exercise = Exercise("backward_invariants", arguments=("dx", "x_hat"), returns=("sums", "overlaps"))

exercise.case(dx=[[1], [4]], x_hat=[[1], [1]])
exercise.case(dx=[[1], [4]], x_hat=[[-1], [1]])
exercise.case(dx=[[-1], [-4]], x_hat=[[-1], [1]])
exercise.case(dx=[[1], [2], [3]], x_hat=[[2], [0], [1]])
exercise.case(dx=[[1, 2], [3, 4]], x_hat=[[1, 0], [2, -1]])
exercise.case(dx=[[1], [-2], [1]], x_hat=[[-1], [0], [1]])
exercise.case(dx=[[5, 6]], x_hat=[[2, 3]])


def _arrays(rng, n, d):
    return rng.normal(0.4, 1.0, size=(n, d)), rng.normal(0.2, 1.0, size=(n, d))


@exercise.probe(
    TALL, symptom="It is wrong on plain arrays of seven rows and five columns. Which numbers belong to one sum?"
)
def invariants_tall(call, rng):
    return call(*_arrays(rng, 7, 5))


@exercise.probe(
    WIDE, symptom="It is wrong when there are fewer rows than columns. How many sums and overlaps are there then?"
)
def invariants_wide(call, rng):
    return call(*_arrays(rng, 4, 6))


@exercise.probe(SQUARE, symptom="It is wrong for as many rows as columns. Which axis counts the rows there?")
def invariants_square(call, rng):
    return call(*_arrays(rng, 4, 4))


@exercise.probe(SINGLE, symptom="It is wrong for one row alone. How many sums and overlaps does a single row have?")
def invariants_single(call, rng):
    return call(*_arrays(rng, 1, 5))
