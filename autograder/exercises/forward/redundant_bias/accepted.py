"""Right answers to redundant_bias in other styles."""

import numpy as np
import torch


def _torch_bias(x, weight, bias, gamma, beta, eps=1e-5):
    linear = torch.nn.functional.linear(
        torch.as_tensor(x, dtype=torch.float64),
        torch.as_tensor(weight, dtype=torch.float64).T,
        torch.as_tensor(bias, dtype=torch.float64),
    )
    no_bias = torch.nn.functional.linear(
        torch.as_tensor(x, dtype=torch.float64), torch.as_tensor(weight, dtype=torch.float64).T
    )
    options = (
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
        None,
        None,
        True,
        0.1,
        eps,
        False,
    )
    return torch.batch_norm(linear, *options).numpy(), torch.batch_norm(no_bias, *options).numpy()


def _normalized(h, gamma, beta, eps):
    return gamma * (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + eps) + beta


def normalization_written_out(x, weight, bias, gamma, beta, eps=1e-5):
    h = x @ weight
    return _normalized(h + bias, gamma, beta, eps), _normalized(h, gamma, beta, eps)


def the_theorem_one_array_returned_twice(x, weight, bias, gamma, beta, eps=1e-5):
    out = _normalized(x @ weight, gamma, beta, eps)
    return out, out


def a_row_of_ones_for_the_bias_a_list_of_two(x, weight, bias, gamma, beta, eps=1e-5):
    wide = np.hstack([x, np.ones((len(x), 1))])
    pair = [np.vstack([weight, b]) for b in (bias, 0 * bias)]
    return [_normalized(wide @ w, gamma, beta, eps) for w in pair]


def tensors_come_back(x, weight, bias, gamma, beta, eps=1e-5):
    return tuple(map(torch.as_tensor, _torch_bias(x, weight, bias, gamma, beta, eps)))
