"""Hidden tests of group_norm_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.group_norm_backward import exercise

bank = Bank(
    exercise,
    parts=[
        Part("dx", 1.5, ("dx, six channels in two groups", "dx, all lengths equal")),
        Part(
            "dx: eps, given or not, one group, as many as channels",
            0.5,
            ("dx, eps from 0.1 to 1", "dx, eps not given", "dx, one group, and as many as channels"),
        ),
        Part("dgamma and dbeta", 1, ("dgamma", "dgamma, one group, all groups, equal lengths", "dbeta")),
    ],
)
