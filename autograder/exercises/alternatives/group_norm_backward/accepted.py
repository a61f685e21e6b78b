"""Right answers to group_norm_backward in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (torch.as_tensor(value, dtype=torch.float64).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), torch.as_tensor(dout, dtype=torch.float64))


def _autograd_group_norm_backward(dout, x, groups, gamma, eps=1e-5):
    return _autograd(lambda x, g, b: functional.group_norm(x, groups, g, b, eps), dout, x, gamma)


def five_axes_one_expression(dout, x, groups, gamma, eps=1e-5):
    n, c, h, w = x.shape
    shape, axes = (n, groups, c // groups, h, w), (2, 3, 4)
    g = x.reshape(shape)
    s = np.sqrt(g.var(axes, keepdims=True) + eps)
    hat = (g - g.mean(axes, keepdims=True)) / s
    up = (dout * gamma.reshape(1, c, 1, 1)).reshape(shape)
    dx = (up - up.mean(axes, keepdims=True) - hat * (up * hat).mean(axes, keepdims=True)) / s
    return dx.reshape(x.shape), (dout * hat.reshape(x.shape)).sum((0, 2, 3)), dout.sum((0, 2, 3))


def loops_over_pictures_and_groups(dout, x, groups, gamma, eps=1e-5):
    size = x.shape[1] // groups
    dx, dgamma = np.zeros(x.shape), np.zeros(x.shape[1])
    for n in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = slice(first, first + size)
            values, up = x[n, part], dout[n, part] * gamma[part, None, None]
            s = math.sqrt(values.var() + eps)
            hat = (values - values.mean()) / s
            dx[n, part] = (up - up.mean() - hat * (up * hat).mean()) / s
            dgamma[part] += (dout[n, part] * hat).sum(axis=(1, 2))
    return dx, dgamma, dout.sum(axis=0).sum(axis=(1, 2))


def einsum_for_the_parameters_the_graph_for_x(dout, x, groups, gamma, eps=1e-5):
    rows = x.reshape(len(x) * groups, -1)
    xm = rows - rows.mean(1, keepdims=True)
    inverse = ((xm**2).mean(1, keepdims=True) + eps) ** -0.5
    up = np.einsum("nchw,c->nchw", dout, gamma).reshape(rows.shape)
    dvar = -0.5 * (up * xm).sum(1, keepdims=True) * inverse**3
    dxm = up * inverse + 2 * xm * dvar / rows.shape[1]
    dx = dxm - dxm.mean(1, keepdims=True)
    hat = (xm * inverse).reshape(x.shape)
    return dx.reshape(x.shape), np.einsum("nchw,nchw->c", dout, hat), np.einsum("nchw->c", dout)


def layer_norm_backward_with_gamma_spread_over_the_positions(dout, x, groups, gamma, eps=1e-5):
    n, c, h, w = x.shape
    size = c // groups * h * w
    spread = np.repeat(gamma, h * w).reshape(groups, size)
    dx = np.zeros((n, groups, size))
    xs, ups = x.reshape(dx.shape), dout.reshape(dx.shape)
    hats = np.zeros(dx.shape)
    for g in range(groups):
        s = np.sqrt(xs[:, g].var(1, keepdims=True) + eps)
        hats[:, g] = (xs[:, g] - xs[:, g].mean(1, keepdims=True)) / s
        d = ups[:, g] * spread[g]
        dx[:, g] = (d - d.mean(1, keepdims=True) - hats[:, g] * (d * hats[:, g]).mean(1, keepdims=True)) / s
    hats = hats.reshape(x.shape)
    return dx.reshape(x.shape), (dout * hats).sum(0).sum((1, 2)), dout.sum(3).sum(2).sum(0)


def autograd(dout, x, groups, gamma, eps=1e-5):
    return _autograd_group_norm_backward(dout, x, groups, gamma, eps)
