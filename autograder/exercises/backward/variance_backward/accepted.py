"""Right answers to variance_backward in other styles."""

import numpy as np
import torch


def _variance_oracle(dx_hat, cache):
    var = torch.as_tensor(cache["var"], dtype=torch.float64).requires_grad_()
    centred = torch.as_tensor(cache["x"], dtype=torch.float64) - torch.as_tensor(cache["mean"], dtype=torch.float64)
    (centred * torch.rsqrt(var + cache["eps"])).backward(torch.as_tensor(dx_hat, dtype=torch.float64))
    return var.grad.numpy()


def from_x_hat_with_one_power_of_the_spread_less(dx_hat, cache):
    return -(dx_hat * cache["x_hat"]).sum(axis=0) / (2 * (cache["var"] + cache["eps"]))


def loops_in_plain_python(dx_hat, cache):
    dvar = np.zeros(dx_hat.shape[1])
    for j in range(dx_hat.shape[1]):
        for i in range(len(dx_hat)):
            slope = -0.5 * (cache["x"][i, j] - cache["mean"][j]) * (cache["var"][j] + cache["eps"]) ** -1.5
            dvar[j] += dx_hat[i, j] * slope
    return dvar


def in_two_steps_through_inv_std_statistics_computed_afresh(dx_hat, cache):
    centred = cache["x"] - cache["x"].mean(axis=0)
    dinv_std = np.einsum("ij,ij->j", dx_hat, centred)
    spread = np.sqrt((centred**2).mean(axis=0) + cache["eps"])
    dspread = -dinv_std / spread**2
    return dspread / (2 * spread)


def autograd(dx_hat, cache):
    return torch.as_tensor(_variance_oracle(dx_hat, cache), dtype=torch.float64)
