"""Right answers to condition_number in other styles."""

import numpy as np
import torch


def _torch_condition_number(x):
    singular = torch.linalg.svdvals(torch.hstack([torch.as_tensor(x, dtype=torch.float64), torch.ones(len(x), 1)])) ** 2
    few = len(x) < x.shape[1] + 1
    return np.inf if few or singular[-1] <= 1e-12 * singular[0] else singular[0] / singular[-1]


def singular_values_of_a_squared(x):
    a = np.hstack([x, np.ones((len(x), 1))])
    if len(a) < a.shape[1]:
        return np.inf
    squares = np.linalg.svd(a, compute_uv=False) ** 2
    return squares.max() / squares.min() if squares.min() > 1e-12 * squares.max() else np.inf


def without_the_factor_1_n_in_any_order_of_columns(x):
    a = np.insert(np.asarray(x, dtype=float), 0, 1, axis=1)
    found = sorted(np.linalg.eigvalsh(np.einsum("ni,nj->ij", a, a)))
    return float("inf") if found[0] <= 1e-12 * found[-1] else float(found[-1] / found[0])


def np_linalg_cond_of_h_with_a_limit(x):
    a = np.c_[x, np.ones(len(x))]
    found = np.linalg.cond(a.T @ a / len(a))
    return found if found < 1e12 else np.inf


def h_in_blocks(x):
    mean = x.mean(axis=0)
    h = np.block([[x.T @ x / len(x), mean[:, None]], [mean[None, :], np.ones((1, 1))]])
    found = np.linalg.eigvals(h).real
    return found.max() / found.min() if found.min() > found.max() / 1e12 else np.inf


def a_loop_over_rows(x):
    d = x.shape[1] + 1
    h = np.zeros((d, d))
    for row in x:
        a = np.append(row, 1.0)
        h += np.outer(a, a) / len(x)
    values, _ = np.linalg.eigh(h)
    if values[0] / values[-1] <= 1e-12:
        return np.inf
    return values[-1] / values[0]


def a_tensor_comes_back(x):
    return torch.as_tensor(_torch_condition_number(x))
