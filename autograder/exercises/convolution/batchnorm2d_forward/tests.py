"""Hidden tests of batchnorm2d_forward."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.batchnorm2d_forward import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "the right values together: sizes all different, C = W, all equal",
            3,
            (
                "three pictures, four channels, 2 by 5 pixels, eps 0",
                "as many channels as columns of pixels",
                "all four sizes equal",
            ),
        ),
        Part(
            "one picture, one pixel, eps, a constant channel, a value far out",
            1,
            (
                "one picture",
                "pictures of one pixel",
                "eps from 0.1 to 1",
                "eps not given",
                "a constant channel",
                "a value far out",
            ),
        ),
        Part("whole numbers, and float32 far from zero", 1, ("whole numbers", "float32 far from zero")),
    ],
)
