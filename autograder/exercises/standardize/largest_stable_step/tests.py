"""Hidden tests of largest_stable_step."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.standardize.largest_stable_step import exercise

bank = Bank(
    exercise,
    parts=[
        Part("regular data", 1, ("seven rows, four columns", "as many rows as columns", "small numbers")),
        Part("flat directions, whole numbers", 1, ("a flat direction", "a single row", "whole numbers")),
    ],
)
