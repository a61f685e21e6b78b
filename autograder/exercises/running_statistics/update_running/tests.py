"""Hidden tests of update_running."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.running_statistics.update_running import exercise


def torch_update(running_mean, running_var, x, momentum):
    mean, var = tensor(running_mean).clone(), tensor(running_var).clone()
    torch.nn.functional.batch_norm(tensor(x), mean, var, training=True, momentum=momentum)
    return mean.numpy(), var.numpy()


bank = Bank(
    exercise,
    parts=[
        Part(
            "one update, several updates",
            2,
            (
                "seven rows, five columns, momentum 0.3",
                "four rows, six columns, momentum 0.8",
                "as many rows as columns",
                "five batches, one after the other",
            ),
        ),
        Part(
            "extremes: momentum 0 and 1, narrow columns, whole numbers, float32",
            1,
            (
                "momentum 1 and momentum 0",
                "a constant column and a narrow one",
                "whole numbers",
                "float32 far from zero",
            ),
        ),
    ],
    oracle=torch_update,
)
