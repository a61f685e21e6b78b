"""Right answers to largest_stable_step in other styles."""

import numpy as np
import torch


def _torch_largest_stable_step(x):
    a = torch.hstack([torch.as_tensor(x, dtype=torch.float64), torch.ones(len(x), 1)])
    return 2 * len(a) / torch.linalg.matrix_norm(a, 2) ** 2


def the_spectral_norm_of_a(x):
    a = np.hstack([np.ones((len(x), 1)), x])
    return 2 * len(x) / np.linalg.norm(a, ord=2) ** 2


def the_matrix_of_rows_with_the_same_largest_eigenvalue(x):
    a = np.c_[x, np.ones(len(x))]
    return 2 / np.linalg.eigvalsh(a @ a.T / len(x)).max()


def power_iteration(x):
    a = np.append(x, np.ones((len(x), 1)), axis=1)
    h, v = a.T @ a / len(a), np.ones(a.shape[1])
    for _ in range(20000):
        v = h @ v
        v /= np.linalg.norm(v)
    return 2 / (v @ h @ v)


def a_loop_over_rows_all_eigenvalues_compared(x):
    h = 0
    for row in x:
        a = np.append(row, 1.0)
        h = h + np.outer(a, a)
    return min(2 / value for value in np.linalg.eigvalsh(h / len(x)) if value > 1e-9)


def eigenvalues_of_a_matrix_not_known_to_be_symmetric(x):
    a = np.column_stack((np.ones(x.shape[0]), x))
    return 2.0 / np.max(np.abs(np.linalg.eigvals(a.T.dot(a) / x.shape[0])))


def a_tensor_comes_back(x):
    return _torch_largest_stable_step(x)
