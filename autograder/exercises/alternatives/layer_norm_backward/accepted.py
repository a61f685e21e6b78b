"""Right answers to layer_norm_backward in other styles."""

import math

import numpy as np
import torch
from torch.nn import functional


def _autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (torch.as_tensor(value, dtype=torch.float64).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), torch.as_tensor(dout, dtype=torch.float64))


def _autograd_layer_norm_backward(dout, x, gamma, eps=1e-5):
    return _autograd(lambda x, g, b: functional.layer_norm(x, (x.shape[-1],), g, b, eps), dout, x, gamma)


def step_by_step_along_the_graph(dout, x, gamma, eps=1e-5):
    d = x.shape[-1]
    lead = tuple(range(x.ndim - 1))
    xm = x - x.mean(-1, keepdims=True)
    var = (xm**2).mean(-1, keepdims=True)
    inverse = (var + eps) ** -0.5
    dxhat = dout * gamma
    dvar = (dxhat * xm * -0.5 * inverse**3).sum(-1, keepdims=True)
    dmean = -(dxhat * inverse).sum(-1, keepdims=True) + dvar * (-2 * xm).sum(-1, keepdims=True) / d
    return dxhat * inverse + dvar * 2 * xm / d + dmean / d, (dout * xm * inverse).sum(lead), dout.sum(lead)


def without_the_term_that_is_exactly_zero_as_a_matrix(dout, x, gamma, eps=1e-5):
    rows, up = x.reshape(-1, x.shape[-1]), dout.reshape(-1, x.shape[-1])
    m, s = rows.mean(1)[:, None], np.sqrt(rows.var(1) + eps)[:, None]
    h, g = (rows - m) / s, up * gamma
    dx = g / s - g.sum(1)[:, None] / s / h.shape[1] - h * (g * h).sum(1)[:, None] / s / h.shape[1]
    return dx.reshape(x.shape), (up * h).sum(0), up.sum(0)


def the_jacobian_of_each_row(dout, x, gamma, eps=1e-5):
    d = x.shape[-1]
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(d), np.zeros(d)
    for place in np.ndindex(x.shape[:-1]):
        s = math.sqrt(x[place].var() + eps)
        h = (x[place] - x[place].mean()) / s
        dx[place] = (np.eye(d) - 1 / d - np.outer(h, h) / d) / s @ (gamma * dout[place])
        dgamma, dbeta = dgamma + dout[place] * h, dbeta + dout[place]
    return dx, dgamma, dbeta


def einsum_as_a_list(dout, x, gamma, eps=1e-5):
    s = np.sqrt(x.var(-1) + eps)[..., None]
    h = (x - x.mean(-1)[..., None]) / s
    g = gamma * dout / s
    d = x.shape[-1]
    dx = g - np.einsum("...d->...", g)[..., None] / d - h * np.einsum("...d,...d->...", g, h)[..., None] / d
    h, up = h.reshape(-1, d), dout.reshape(-1, d)
    return [dx, np.einsum("nd,nd->d", up, h), np.einsum("nd->d", up)]


def autograd(dout, x, gamma, eps=1e-5):
    return _autograd_layer_norm_backward(dout, x, gamma, eps)
