"""The oracle of masked_batch_norm: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def masked_batch_norm(x, mask, eps=1e-5):
    x, real = tensor(x), torch.as_tensor(mask)
    out = torch.zeros_like(x)
    # below torch.nn.functional, which refuses a single row
    out[real] = torch.batch_norm(x[real], None, None, None, None, True, 0.1, eps, False)
    return out
