"""Hidden tests of redundant_bias."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.forward.redundant_bias import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "layers of several shapes",
            1,
            ("eight rows, three inputs, four outputs", "a square weight"),
        ),
        Part("eps not given, a large bias", 1, ("eps not given", "a bias of 1000")),
    ],
)
