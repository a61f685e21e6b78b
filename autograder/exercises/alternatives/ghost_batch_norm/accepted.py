"""Right answers to ghost_batch_norm in other styles."""

import numpy as np
import torch


def _torch_ghost_batch_norm(x, gamma, beta, size, eps=1e-5):
    parts = torch.as_tensor(x, dtype=torch.float64).split(size)
    # below torch.nn.functional, which refuses a part of one row
    return torch.cat(
        [
            torch.batch_norm(
                p,
                torch.as_tensor(gamma, dtype=torch.float64),
                torch.as_tensor(beta, dtype=torch.float64),
                None,
                None,
                True,
                0.1,
                eps,
                False,
            )
            for p in parts
        ]
    )


def a_loop_over_parts(x, gamma, beta, size, eps=1e-5):
    out = np.zeros(x.shape)
    for first in range(0, len(x), size):
        part = x[first : first + size]
        out[first : first + size] = gamma * (part - part.mean(0)) / np.sqrt(part.var(0) + eps) + beta
    return out


def np_split_and_vstack(x, gamma, beta, size, eps=1e-5):
    parts = np.split(x, len(x) // size)
    return np.vstack([(p - p.mean(0)) * gamma / np.sqrt(p.var(0) + eps) + beta for p in parts])


def means_by_a_block_matrix(x, gamma, beta, size, eps=1e-5):
    part = np.arange(len(x)) // size
    same = (part == part[:, None]) / size
    d = x - same @ x
    return gamma * d / np.sqrt(same @ d**2 + eps) + beta


def torchs_own_layer(x, gamma, beta, size, eps=1e-5):
    return _torch_ghost_batch_norm(x, gamma, beta, size, eps)
