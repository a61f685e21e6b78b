"""Hidden tests of batchnorm2d_backward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.batchnorm2d_backward import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "gradients: sizes all different, C = W, all equal",
            3,
            (
                "three pictures, four channels, 2 by 5 pixels",
                "as many channels as columns of pixels",
                "all four sizes equal",
            ),
        ),
        Part(
            "one picture, one pixel, and a second call",
            1,
            ("one picture", "pictures of one pixel", "twice with the same cache"),
        ),
    ],
)
