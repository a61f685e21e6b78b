"""Hidden tests of dropout_variance_ratio."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.dropout_variance_ratio import exercise

bank = Bank(
    exercise,
    parts=[
        Part("columns of any mean", 1, ("columns of mean 0", "columns of other means")),
        Part("keep from 0.1 to 1, whole numbers", 1, ("keep from 0.1 to 1", "whole numbers")),
    ],
)
