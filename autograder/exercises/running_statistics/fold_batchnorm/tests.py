"""Hidden tests of fold_batchnorm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.fold_batchnorm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "weight and bias",
            1,
            ("three inputs, four outputs, with a bias", "a square weight", "small eps, small variance"),
        ),
        Part(
            "no bias, affine=False, training mode",
            1,
            ("no bias", "batch norm with affine=False", "a batch norm in training mode"),
        ),
    ],
)
