"""Hidden tests of count_batchnorm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.count_batchnorm import exercise

bank = Bank(
    exercise,
    parts=[Part("the three counts", 1, ("sizes that all differ", "one picture of one pixel"))],
)
