"""Right answers to backward_invariants in other styles."""

import numpy as np
import torch


def _invariants_oracle(dx, x_hat):
    dx, x_hat = torch.as_tensor(dx, dtype=torch.float64), torch.as_tensor(x_hat, dtype=torch.float64)
    return torch.einsum("ij->j", dx).numpy(), torch.einsum("ij,ij->j", dx, x_hat).numpy()


def a_product_with_ones_and_the_diagonal_of_a_matrix_product(dx, x_hat):
    return np.ones(len(dx)) @ dx, np.diag(x_hat.T @ dx)


def loops_in_plain_python_as_one_stack(dx, x_hat):
    found = np.zeros((2, dx.shape[1]))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            found[0, j] += dx[i, j]
            found[1, j] += dx[i, j] * x_hat[i, j]
    return found


def tensors_come_back(dx, x_hat):
    return tuple(map(torch.as_tensor, _invariants_oracle(dx, x_hat)))
