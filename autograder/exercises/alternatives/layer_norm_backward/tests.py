"""Hidden tests of layer_norm_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.alternatives.layer_norm_backward import exercise

bank = Bank(
    exercise,
    parts=[
        Part("dx", 2, ("dx, seven rows, five features", "dx, (N, T, D)", "dx, all lengths equal")),
        Part(
            "dx: eps, one row, a constant row",
            1,
            ("dx, eps from 0.1 to 1", "dx, eps not given", "dx, one row and a constant row"),
        ),
        Part("dgamma and dbeta", 1, ("dgamma, (N, D)", "dgamma, (N, T, D) and equal lengths", "dbeta")),
    ],
)
