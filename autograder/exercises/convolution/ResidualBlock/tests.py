"""Hidden tests of ResidualBlock."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.convolution.ResidualBlock import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "built as asked: parameters, biases, gammas",
            2,
            ("as built, 4 to 4 channels", "as built, 3 to 5 channels, stride 2"),
            2,
        ),
        Part(
            "the output in training, shape kept or changed",
            2,
            (
                "training, 4 to 4 channels",
                "training, 3 to 5 channels, stride 2",
                "training, 3 to 5 channels, stride 1",
                "training, 4 to 4 channels, stride 2",
                "training, pictures of 2 by 1 pixels, stride 2",
            ),
            2,
        ),
        Part(
            "evaluation, gradients, nothing kept",
            1,
            ("evaluation, one picture", "gradients", "training where no graph is recorded", "nothing piles up"),
            2,
        ),
    ],
)
