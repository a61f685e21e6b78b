"""The oracle of batchnorm_inference: a second right answer, independent of the solution."""

import torch

from autograder.exercises.oracles import tensor


def batchnorm_inference(x, running_mean, running_var, gamma, beta, eps=1e-5):
    out = torch.nn.functional.batch_norm(
        *map(tensor, (x, running_mean, running_var, gamma, beta)), training=False, eps=eps
    )
    return out.numpy()
