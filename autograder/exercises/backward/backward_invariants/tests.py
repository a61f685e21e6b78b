"""Hidden tests of backward_invariants."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.backward_invariants import exercise
from autograder.learner.probes.backward.inputs import SINGLE, SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


bank = Bank(
    exercise,
    parts=[Part("any shape", 1, (*FRESH, SINGLE))],
)
