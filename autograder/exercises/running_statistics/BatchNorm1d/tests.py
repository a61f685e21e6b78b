"""Hidden tests of BatchNorm1d."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.running_statistics.BatchNorm1d import exercise


class TorchLayer(torch.nn.BatchNorm1d):
    """torch's own layer, which refuses before it counts."""

    def forward(self, x):
        if len(x) < 2 and (self.training or not self.track_running_stats):
            raise ValueError("a batch of one")
        return super().forward(x)


bank = Bank(
    exercise,
    parts=[
        Part(
            "what it holds, and its saved state",
            2,
            (
                "a new layer",
                "eps and momentum not given",
                "torch's layer loads its state",
                "it loads the state of torch's layer",
                "two layers side by side",
            ),
            draws=2,
        ),
        Part(
            "training: outputs, gradients, running statistics",
            3,
            (
                "one training batch, momentum 0.3",
                "as many rows as columns, momentum 0.7",
                "five training batches, one after the other",
                "gradients in training",
                "nothing but numbers is kept",
                "a training batch of one",
                "float32 far from zero",
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
    oracle=TorchLayer,
)
