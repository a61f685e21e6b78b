"""Right answers to mean_backward in other styles."""

import numpy as np
import torch


def _mean_oracle(dx_hat, dvar, cache):
    x, mean = (
        torch.as_tensor(cache["x"], dtype=torch.float64),
        torch.as_tensor(cache["mean"], dtype=torch.float64).requires_grad_(),
    )
    centred = x - mean
    var = (centred**2).mean(dim=0)
    scaled = centred * torch.as_tensor(cache["inv_std"], dtype=torch.float64)
    torch.autograd.backward(
        [scaled, var], [torch.as_tensor(dx_hat, dtype=torch.float64), torch.as_tensor(dvar, dtype=torch.float64)]
    )
    return mean.grad.numpy()


def without_the_term_that_is_zero(dx_hat, dvar, cache):
    return -(dx_hat * cache["inv_std"]).sum(axis=0)


def the_zero_term_summed_over_everything_and_with_the_other_sign(dx_hat, dvar, cache):
    zero = np.sum(dvar * 2 * (cache["x"] - cache["mean"])) / len(dx_hat)
    return -np.sum(dx_hat / np.sqrt(cache["var"] + cache["eps"]), axis=0) + zero


def loops_in_plain_python(dx_hat, dvar, cache):
    n, d = dx_hat.shape
    dmean = np.zeros(d)
    for j in range(d):
        for i in range(n):
            dmean[j] -= dx_hat[i, j] / (cache["var"][j] + cache["eps"]) ** 0.5
            dmean[j] -= dvar[j] * 2 * (cache["x"][i, j] - cache["mean"][j]) / n
    return dmean


def a_product_with_minus_ones_kept_dimensions_dropped(dx_hat, dvar, cache):
    row = -np.ones((1, len(dx_hat))) @ dx_hat * cache["inv_std"]
    return row.reshape(-1)


def autograd(dx_hat, dvar, cache):
    return torch.as_tensor(_mean_oracle(dx_hat, dvar, cache), dtype=torch.float64)
