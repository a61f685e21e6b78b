"""Hidden tests of make_mlp."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.make_mlp import exercise

bank = Bank(
    exercise,
    parts=[
        Part("batch norm before the activation", 2, ("batch norm before relu, 4-5-3-2", "sigmoid")),
        Part("batch norm after the activation", 1, ("batch norm after relu, 4-5-3-2", "hidden layers of equal width")),
        Part("no norm, layer norm", 1, ("no norm, both placements", "layer norm, both placements")),
        Part(
            "no hidden layer, one, or three",
            1,
            ("no hidden layer, or one", "three hidden layers, all widths different"),
        ),
    ],
)
