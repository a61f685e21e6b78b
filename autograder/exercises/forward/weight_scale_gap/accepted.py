"""Right answers to weight_scale_gap in other styles."""

import numpy as np
import torch


def _normalized(h, gamma, beta, eps):
    return gamma * (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + eps) + beta


def _torch_gap(x, weight, scale, eps):
    hats = [
        torch.batch_norm(
            torch.as_tensor(x, dtype=torch.float64) @ torch.as_tensor(w, dtype=torch.float64),
            None,
            None,
            None,
            None,
            True,
            0.1,
            eps,
            False,
        )
        for w in (weight, scale * weight)
    ]
    return float((hats[0] - hats[1]).abs().max())


def the_weights_scaled_the_largest_found_by_sorting(x, weight, scale, eps):
    one, zero = np.ones(weight.shape[1]), np.zeros(weight.shape[1])
    plain, scaled = (_normalized(x @ w, one, zero, eps) for w in (weight, scale * weight))
    return float(sorted(np.abs(plain - scaled).ravel())[-1])


def the_input_scaled_an_array_of_no_dimension(x, weight, scale, eps):
    plain, scaled = (_normalized(h @ weight, 1.0, 0.0, eps) for h in (x, x * scale))
    return np.array(max((scaled - plain).max(), (plain - scaled).max()))


def in_closed_form(x, weight, scale, eps):
    h = x @ weight
    h, var = h - h.mean(axis=0), h.var(axis=0)
    return np.abs(h * (scale / np.sqrt(scale**2 * var + eps) - 1 / np.sqrt(var + eps))).max()


def a_tensor_comes_back(x, weight, scale, eps):
    return torch.tensor(_torch_gap(x, weight, scale, eps), dtype=torch.float64)
