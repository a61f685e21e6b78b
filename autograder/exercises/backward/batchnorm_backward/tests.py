"""Hidden tests of batchnorm_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.batchnorm_backward import exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, CONSTANT, NARROW, SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


EDGES = (BIG_EPS, CONSTANT, NARROW)


bank = Bank(
    exercise,
    parts=[
        Part("fresh batches", 3, FRESH),
        Part("eps, constant and narrow columns, one row", 2, (*EDGES, SINGLE)),
        Part("a second call", 1, ("called twice",)),
    ],
)
