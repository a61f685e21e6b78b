"""Hidden tests of make_generator."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.make_generator import exercise

bank = Bank(
    exercise,
    parts=[
        Part("layers and parameters", 1, ("as built, three layers",), 2),
        Part(
            "pictures in training",
            1,
            ("training, three layers", "training, two layers, a list", "three equal layers", "a single layer"),
            2,
        ),
        Part("pictures in evaluation", 1, ("evaluation, one picture",), 2),
    ],
)
