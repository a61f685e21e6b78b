"""Hidden tests of batchnorm2d_backward."""

import torch

from autograder.exercises.bank import Bank, Part
from autograder.exercises.oracles import tensor
from autograder.learner.probes.convolution.batchnorm2d_backward import exercise


def torch_backward2d(dout, cache):
    n, c, h, w = dout.shape
    # any x with this x_hat will do: mean 0, and the variance that leaves room for eps in std
    x_hat, std = tensor(cache["x_hat"]), tensor(cache["std"])
    x = (x_hat * std).reshape(n, h, w, c).permute(0, 3, 1, 2).clone().requires_grad_()
    gamma, beta = (
        tensor(cache["gamma"]).requires_grad_(),
        torch.zeros(c, dtype=torch.float64).requires_grad_(),
    )
    var, mean = torch.var_mean(x, dim=(0, 2, 3), correction=0)
    eps = (std**2 - var).detach()
    shape = (1, -1, 1, 1)
    out = (x - mean.view(shape)) / (var + eps).sqrt().view(shape) * gamma.view(shape) + beta.view(shape)
    return tuple(grad.numpy() for grad in torch.autograd.grad(out, (x, gamma, beta), tensor(dout)))


bank = Bank(
    exercise,
    parts=[
        Part(
            "gradients: sizes all different, C = W, all equal",
            3,
            (
                "three pictures, four channels, 2 by 5 pixels",
                "as many channels as columns of pixels",
                "all four sizes equal",
            ),
        ),
        Part(
            "one picture, one pixel, and a second call",
            1,
            ("one picture", "pictures of one pixel", "twice with the same cache"),
        ),
    ],
    oracle=torch_backward2d,
)
