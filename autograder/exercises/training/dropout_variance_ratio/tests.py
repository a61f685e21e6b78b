"""Hidden tests of dropout_variance_ratio."""

import numpy as np

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.dropout_variance_ratio import exercise


def two_point_ratio(mean, var, keep):
    """The exact variance of a mixture: 0 with probability 1 - keep, else x / keep. Law of total variance."""
    within = keep * np.asarray(var, dtype=np.float64) / keep**2
    between = keep * (1 - keep) * (np.asarray(mean, dtype=np.float64) / keep) ** 2
    return (within + between) / var


bank = Bank(
    exercise,
    parts=[
        Part("columns of any mean", 1, ("columns of mean 0", "columns of other means")),
        Part("keep from 0.1 to 1, whole numbers", 1, ("keep from 0.1 to 1", "whole numbers")),
    ],
    oracle=two_point_ratio,
)
