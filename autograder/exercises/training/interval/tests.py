"""Hidden tests of interval."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.interval import exercise


def torch_interval(scores):
    # Student's factors by their definition, from the density: no table
    x = torch.as_tensor(np.asarray(scores, dtype=np.float64))
    n, s = len(x), x.std(correction=1)
    half = _student(n - 1) * s / n**0.5
    return x.mean().item(), (x.mean() - half).item(), (x.mean() + half).item()


def _student(degrees):
    """The factor that 95 % of Student's distribution lie within, to the table's three decimals."""
    grid = np.linspace(0, np.pi / 2, 200_001)  # t = √ν tan u turns the density into a power of a cosine
    density = np.cos(grid) ** (degrees - 1)
    mass = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
    return round(float(np.sqrt(degrees) * np.tan(np.interp(0.95, mass / mass[-1], grid))), 3)


bank = Bank(
    exercise,
    parts=[
        Part(
            "the interval of 2 to 10 scores", 1, ("three scores", "two, five and ten scores", "every number of scores")
        ),
        Part(
            "differences, equal scores, whole numbers",
            1,
            ("differences of both signs", "equal scores", "whole numbers"),
        ),
    ],
    oracle=torch_interval,
)
