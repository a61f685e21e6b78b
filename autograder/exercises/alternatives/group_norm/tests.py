"""Hidden tests of group_norm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.group_norm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "groups of neighbouring channels",
            2,
            ("six channels in two groups, eps 0", "six channels in three groups, eps 0", "all lengths equal"),
        ),
        Part(
            "the extremes: one group, as many as channels, not divisible",
            1,
            ("one group", "as many groups as channels", "channels that cannot be divided"),
        ),
        Part(
            "eps: given, not given, a constant group; a value far out; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant group", "a value far out", "whole numbers"),
        ),
    ],
)
