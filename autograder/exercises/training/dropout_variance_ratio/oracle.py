"""The oracle of dropout_variance_ratio: a second right answer, independent of the solution."""

import numpy as np


def dropout_variance_ratio(mean, var, keep):
    """The exact variance of a mixture: 0 with probability 1 - keep, else x / keep. Law of total variance."""
    within = keep * np.asarray(var, dtype=np.float64) / keep**2
    between = keep * (1 - keep) * (np.asarray(mean, dtype=np.float64) / keep) ** 2
    return (within + between) / var
