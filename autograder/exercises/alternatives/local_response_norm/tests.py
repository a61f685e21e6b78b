"""Hidden tests of local_response_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.local_response_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part("windows of odd size", 1.5, ("window of 3", "window of 5", "window of 1", "all lengths equal")),
        Part("windows of even size", 0.5, ("even windows",)),
        Part("windows larger than the channels", 0.5, ("window larger than the channels", "a single channel")),
        Part("arguments not given, whole numbers", 0.5, ("alpha, beta and k not given", "whole numbers")),
    ],
)
