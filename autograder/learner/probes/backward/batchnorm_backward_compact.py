"""Probes of batchnorm_backward_compact."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import GRADIENTS, SITUATIONS, whole_probe

exercise = Exercise(
    "batchnorm_backward_compact",
    arguments=("dout", "cache"),
    returns=GRADIENTS,
    without=("numerical_gradient", "batchnorm_backward"),
)


def _on_paper(dout, x_hat, inv_std, gamma):
    """Add a rung: what is given are lists."""
    told = f"cache: x_hat = {x_hat}", f"inv_std = {inv_std}", f"gamma = {gamma}", f"dout = {dout}"
    kept = {"x_hat": x_hat, "inv_std": inv_std, "gamma": gamma}
    cache = {name: np.array(value, dtype=np.float64) for name, value in kept.items()}

    @exercise.case_of(*told)
    def play(call):
        return call(np.array(dout, dtype=np.float64), cache)


_on_paper(dout=[[1], [-1], [0], [0]], x_hat=[[-1], [-1], [1], [1]], inv_std=[1], gamma=[1])
_on_paper(dout=[[5], [3], [4], [4]], x_hat=[[-1], [-1], [1], [1]], inv_std=[1], gamma=[1])
_on_paper(dout=[[0], [-2], [1], [1]], x_hat=[[-1], [-1], [1], [1]], inv_std=[1], gamma=[1])
_on_paper(dout=[[4], [0], [0], [0]], x_hat=[[-1], [-1], [1], [1]], inv_std=[1], gamma=[3])
_on_paper(dout=[[4], [0], [0], [0]], x_hat=[[-1], [-1], [1], [1]], inv_std=[0.5], gamma=[1])
_on_paper(dout=[[16], [0]], x_hat=[[-0.5], [0.5]], inv_std=[0.5], gamma=[1])
_on_paper(
    dout=[[4, 0], [0, 0], [0, 0], [0, 4]], x_hat=[[-1, -1], [-1, -1], [1, 1], [1, 1]], inv_std=[1, 0.5], gamma=[1, -2]
)
_on_paper(dout=[[16, 0], [0, 8]], x_hat=[[-0.5, 0.5], [0.5, -0.5]], inv_std=[0.5, 0.5], gamma=[1, -2])
_on_paper(dout=[[8], [0]], x_hat=[[0], [0]], inv_std=[0.5], gamma=[1])
_on_paper(dout=[[5, 6]], x_hat=[[0, 0]], inv_std=[1, 1], gamma=[2, 3])


for situation in SITUATIONS:
    whole_probe(exercise, situation, ("x_hat", "inv_std", "gamma"))
