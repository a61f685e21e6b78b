"""Hidden tests of batchnorm_backward_compact."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.batchnorm_backward_compact import exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


bank = Bank(
    exercise,
    parts=[Part("fresh batches", 2, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
)
