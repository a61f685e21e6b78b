"""Hidden tests of BatchNorm1d."""

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.BatchNorm1d import exercise

bank = Bank(
    exercise,
    parts=[
        Part(
            "what it holds, and its saved state",
            2,
            (
                "a new layer",
                "torch's layer loads its state",
                "it loads the state of torch's layer",
                "two layers side by side",
            ),
            draws=2,
        ),
        Part(
            "training: outputs, gradients, running statistics",
            2,
            (
                "one training batch, momentum 0.3",
                "as many rows as columns, momentum 0.7",
                "five training batches, one after the other",
                "the first batches of a new layer",
                "gradients in training",
                "training, whether or not gradients are recorded",
                "a value far out",
            ),
            draws=2,
        ),
        Part(
            "a batch of one, defaults, kinds of numbers, float32, nothing kept",
            1,
            (
                "a training batch of one",
                "eps and momentum not given",
                "the kinds of its numbers",
                "float32 far from zero",
                "nothing but numbers is kept",
                "nothing piles up",
            ),
            draws=2,
        ),
        Part(
            "evaluation",
            2,
            (
                "evaluation on other rows",
                "rows one at a time in evaluation",
                "evaluation changes nothing",
                "to and fro between training and evaluation",
                "evaluation of a new layer",
                "gradients in evaluation",
                "evaluation, whether or not gradients are recorded",
            ),
            draws=2,
        ),
        Part(
            "momentum None and 0, affine=False, track_running_stats=False",
            2,
            ("momentum None", "momentum 0", "affine=False", "track_running_stats=False"),
            draws=2,
        ),
    ],
)
