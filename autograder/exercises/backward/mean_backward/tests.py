"""Hidden tests of mean_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE
from autograder.learner.probes.backward.mean_backward import exercise

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


bank = Bank(
    exercise,
    parts=[Part("fresh batches", 1, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
)
