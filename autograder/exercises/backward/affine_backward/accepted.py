"""Right answers to affine_backward in other styles."""

import numpy as np
import torch


def _affine_oracle(dout, cache):
    x_hat, gamma = (
        torch.as_tensor(cache["x_hat"], dtype=torch.float64).requires_grad_(),
        torch.as_tensor(cache["gamma"], dtype=torch.float64).requires_grad_(),
    )
    beta = torch.zeros_like(gamma, requires_grad=True)
    (gamma * x_hat + beta).backward(torch.as_tensor(dout, dtype=torch.float64))
    return x_hat.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


def loops_in_plain_python(dout, cache):
    n, d = dout.shape
    dx_hat, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for i in range(n):
        for j in range(d):
            dx_hat[i, j] = dout[i, j] * cache["gamma"][j]
            dgamma[j] += dout[i, j] * cache["x_hat"][i, j]
            dbeta[j] += dout[i, j]
    return dx_hat, dgamma, dbeta


def einsum_and_a_product_with_ones(dout, cache):
    ones = np.ones(len(dout))
    return dout @ np.diag(cache["gamma"]), np.einsum("ij,ij->j", dout, cache["x_hat"]), ones @ dout


def kept_dimensions_dropped_at_the_end_x_hat_computed_afresh(dout, cache):
    again = (cache["x"] - cache["x"].mean(axis=0)) / np.sqrt(cache["x"].var(axis=0) + cache["eps"])
    dgamma = np.sum(dout * again, axis=0, keepdims=True)
    return cache["gamma"][None] * dout, dgamma[0], np.sum(dout, 0, keepdims=True).ravel()


def autograd(dout, cache):
    return [torch.as_tensor(part, dtype=torch.float64) for part in _affine_oracle(dout, cache)]
