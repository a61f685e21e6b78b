"""Hidden tests of affine_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.backward.affine_backward import exercise
from autograder.learner.probes.backward.inputs import SQUARE, TALL, WIDE

FRESH = (TALL, WIDE, SQUARE)


bank = Bank(
    exercise,
    parts=[Part(output, 1, tuple(f"{output}, {name}" for name in FRESH)) for output in ("dx_hat", "dgamma", "dbeta")],
)
