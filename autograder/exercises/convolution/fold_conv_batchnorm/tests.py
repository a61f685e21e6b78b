"""Hidden tests of fold_conv_batchnorm."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.fold_conv_batchnorm import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "folded weight and bias",
            2,
            ("four filters of 3 by 2 by 5", "all sizes equal", "filters of one channel"),
        ),
        Part("no bias, and eps from 1e-5 to 1", 1, ("no bias", "eps from 1e-5 to 1")),
    ],
)
