"""Right answers to batchnorm_backward in other styles."""

import numpy as np
import torch


def _backward_oracle(dout, cache):
    x, gamma = (
        torch.as_tensor(cache["x"], dtype=torch.float64).requires_grad_(),
        torch.as_tensor(cache["gamma"], dtype=torch.float64).requires_grad_(),
    )
    beta = torch.zeros_like(gamma, requires_grad=True)
    # below torch.nn.functional, which refuses a batch of one
    torch.batch_norm(x, gamma, beta, None, None, True, 0.1, cache["eps"], False).backward(
        torch.as_tensor(dout, dtype=torch.float64)
    )
    return x.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


def without_the_term_that_is_zero_all_in_one_function(dout, cache):
    x_minus_mean, inv_std, n = cache["x"] - cache["mean"], cache["inv_std"], dout.shape[0]
    dx_hat = dout * cache["gamma"]
    dvar = np.sum(dx_hat * x_minus_mean * -0.5 * inv_std**3, axis=0)
    dmean = np.sum(dx_hat * -inv_std, axis=0)
    dx = dx_hat * inv_std + dvar * 2 * x_minus_mean / n + dmean / n
    return dx, np.sum(dout * cache["x_hat"], axis=0), np.sum(dout, axis=0)


def the_zero_term_summed_without_an_axis(dout, cache):
    centred, n = cache["x"] - cache["mean"], len(dout)
    dx_hat = cache["gamma"] * dout
    dvar = -0.5 * (dx_hat * centred).sum(0) * (cache["var"] + cache["eps"]) ** -1.5
    dmean = -(dx_hat * cache["inv_std"]).sum(0) - 2 * np.sum(dvar * centred) / n
    dx = dx_hat * cache["inv_std"] + 2 / n * dvar * centred + dmean / n
    return dx, (dout * cache["x_hat"]).sum(0), dout.sum(0)


def step_by_step_through_nine_small_nodes_statistics_computed_afresh(dout, cache):
    n, x = len(dout), cache["x"]
    centred = x - x.sum(axis=0, keepdims=True) / n
    var = np.square(centred).sum(axis=0, keepdims=True) / n
    root = np.sqrt(var + cache["eps"])
    dscaled = dout * cache["gamma"][None, :]
    dinverse = (dscaled * centred).sum(axis=0, keepdims=True)
    dcentred = dscaled / root
    droot = -dinverse / root**2
    dvar = droot * 0.5 / root
    dcentred = dcentred + 2 * centred * (dvar * np.ones_like(x) / n)
    dx = dcentred - dcentred.sum(axis=0, keepdims=True) / n
    return dx, np.sum(dout * centred / root, axis=0), np.sum(dout, axis=0)


def loops_over_columns_a_jacobian_matrix_for_each(dout, cache):
    n, d = dout.shape
    dx, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        x_hat = cache["x_hat"][:, j]
        jacobian = np.eye(n) - np.ones((n, n)) / n - np.outer(x_hat, x_hat) / n
        dx[:, j] = cache["gamma"][j] * cache["inv_std"][j] * jacobian @ dout[:, j]
        dgamma[j], dbeta[j] = x_hat @ dout[:, j], dout[:, j].sum()
    return dx, dgamma, dbeta


def einsum(dout, cache):
    n, x_hat = len(dout), cache["x_hat"]
    dgamma, dbeta = np.einsum("ij,ij->j", dout, x_hat), np.einsum("ij->j", dout)
    rest = n * dout - dbeta - np.einsum("ij,j->ij", x_hat, dgamma)
    return np.einsum("j,ij->ij", cache["gamma"] * cache["inv_std"] / n, rest), dgamma, dbeta


def in_place_on_copies(dout, cache):
    dx = dout.copy()
    dx *= cache["gamma"]
    dx -= dx.mean(axis=0)
    dx -= cache["x_hat"] * (dx * cache["x_hat"]).mean(axis=0)
    dx *= cache["inv_std"]
    return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)


def scalar_loops_in_plain_python(dout, cache):
    n, d = dout.shape
    dx, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(n):
            dgamma[j] += float(dout[i, j]) * float(cache["x_hat"][i, j])
            dbeta[j] += float(dout[i, j])
        for i in range(n):
            rest = dout[i, j] - dbeta[j] / n - cache["x_hat"][i, j] * dgamma[j] / n
            dx[i, j] = cache["gamma"][j] / (cache["var"][j] + cache["eps"]) ** 0.5 * rest
    return dx, dgamma, dbeta


def an_imaginary_step_through_the_forward_formula_a_list_comes_back(dout, cache):
    dx = np.zeros(dout.shape)
    for i in range(len(dout)):
        z = cache["x"] + 1e-25j * (np.arange(len(dout)) == i)[:, None]
        apart = z - z.mean(axis=0)
        out = cache["gamma"] * apart / np.sqrt((apart**2).mean(axis=0) + cache["eps"])
        dx[i] = (out * dout).sum(axis=0).imag / 1e-25
    return [dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)]


def autograd_and_tensors_come_back(dout, cache):
    return tuple(torch.as_tensor(part, dtype=torch.float64) for part in _backward_oracle(dout, cache))
