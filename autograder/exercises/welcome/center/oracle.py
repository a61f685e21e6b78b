"""The oracle of center: a second right answer, independent of the solution."""

import torch


def center(x):
    columns = torch.as_tensor(x, dtype=torch.float64)
    return columns - columns.mean(dim=0)
