"""Right answers to dropout_variance_ratio in other styles."""

import numpy as np
import torch


def _two_point_ratio(mean, var, keep):
    """The exact variance of a mixture: 0 with probability 1 - keep, else x / keep. Law of total variance."""
    within = keep * np.asarray(var, dtype=np.float64) / keep**2
    between = keep * (1 - keep) * (np.asarray(mean, dtype=np.float64) / keep) ** 2
    return (within + between) / var


def expanded(mean, var, keep):
    return 1 / keep + (1 - keep) / keep * mean * mean / var


def column_by_column(mean, var, keep):
    out = np.empty(len(mean))
    for j, (c, v) in enumerate(zip(mean.tolist(), var.tolist())):
        out[j] = ((c * c + v) / keep - c * c) / v
    return out


def law_of_total_variance(mean, var, keep):
    return _two_point_ratio(mean, var, keep)


def tensors(mean, var, keep):
    mean, var = torch.as_tensor(mean).double(), torch.as_tensor(var).double()
    return ((mean.square() + var) / keep - mean.square()) / var
