"""Right answers to probe in other styles."""

import numpy as np
import torch


def _probe_oracle(seed):
    """Other inputs, drawn by torch."""
    source = torch.Generator().manual_seed(seed)
    x = 2 + 1.5 * torch.randn(9, 4, dtype=torch.float64, generator=source)
    dout = torch.randn(9, 4, dtype=torch.float64, generator=source) - 1
    return x, torch.tensor([-1.3, 2.0, 0.6, 3.0]), dout, 0.25


def more_columns_than_rows(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 5, size=(4, 9))
    return (
        x,
        rng.choice([-1, 1], size=9) * rng.uniform(1.2, 3, size=9) * np.sign(np.arange(9) - 3.5),
        3 * rng.random((4, 9)),
        0.5,
    )


def fixed_whole_numbers_the_seed_unused(seed):
    x = np.array([[3, 0], [7, 0], [8, 1], [11, 4], [0, 2]])
    return x, np.array([3, -2]), np.array([[0, 1], [2, 2], [1, 5], [9, 8], [-4, 3]]), 1


def a_large_batch_eps_of_0_01_a_loud_upstream(seed):
    rng = np.random.default_rng(seed)
    gamma = np.array([0.5, -1.5, 2.5, -3.5, 4.5])
    return rng.exponential(2.0, size=(60, 5)), gamma, 20 * rng.normal(1, 1, size=(60, 5)), 0.01


def as_lists(seed):
    rng = np.random.default_rng(seed)
    return (
        np.array([[rng.normal(10 * column, 1 + column) for column in range(3)] for _ in range(6)]),
        np.array([1.7, -0.4, 2.2]),
        np.array([[rng.normal(1, 2) for _ in range(3)] for _ in range(6)]),
        np.float64(0.3),
    )


def tensors(seed):
    return _probe_oracle(seed)
