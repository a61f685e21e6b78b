"""The oracle of interval: a second right answer, independent of the solution."""

import numpy as np
import torch


def interval(scores):
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
