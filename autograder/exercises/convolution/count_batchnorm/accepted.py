"""Right answers to count_batchnorm in other styles."""

import numpy as np


def measured_on_arrays(n, channels, height, width):
    gamma, beta = np.ones(channels), np.zeros(channels)
    return (
        gamma.size + beta.size,
        np.array([gamma, beta]).size,
        np.zeros((n, channels, height, width))[:, 0].size,
    )


def one_array_of_floats(n, channels, height, width):
    return np.array([channels + channels, channels + channels, n * (height * width)], dtype=float)
