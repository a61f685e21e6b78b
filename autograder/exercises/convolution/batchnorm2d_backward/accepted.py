"""Right answers to batchnorm2d_backward in other styles."""

import numpy as np
import torch


def sums_over_three_axes(dout, cache):
    n, c, h, w = dout.shape
    x_hat = cache["x_hat"].reshape(n, h, w, c).transpose(0, 3, 1, 2)
    dbeta, dgamma = dout.sum((0, 2, 3)), np.sum(dout * x_hat, (0, 2, 3))
    shape, size = (c, 1, 1), n * h * w
    pulled = size * dout - dbeta.reshape(shape) - x_hat * dgamma.reshape(shape)
    return (cache["gamma"] / cache["std"]).reshape(shape) / size * pulled, dgamma, dbeta


def one_channel_after_another(dout, cache):
    n, c, h, w = dout.shape
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(c), np.zeros(c)
    for k in range(c):
        d, v = dout[:, k].ravel(), cache["x_hat"][:, k]
        dgamma[k], dbeta[k] = d @ v, d.sum()
        inner = d - d.mean() - v * (d @ v) / d.size
        dx[:, k] = (cache["gamma"][k] / cache["std"][k] * inner).reshape(n, h, w)
    return dx, dgamma, dbeta


def einsum(dout, cache):
    n, c, h, w = dout.shape
    x_hat = np.einsum("nhwc->nchw", cache["x_hat"].reshape(n, h, w, c))
    dgamma, dbeta = np.einsum("nchw,nchw->c", dout, x_hat), np.einsum("nchw->c", dout)
    inner = dout - np.einsum("c,nchw->nchw", dgamma, x_hat) / (n * h * w) - dbeta[:, None, None] / (n * h * w)
    return np.einsum("c,nchw->nchw", cache["gamma"] / cache["std"], inner), dgamma, dbeta


def torch_and_tensors_come_back(dout, cache):
    n, c, h, w = dout.shape
    rows, x_hat = (
        torch.as_tensor(dout, dtype=torch.float64).permute(0, 2, 3, 1).reshape(-1, c),
        torch.as_tensor(cache["x_hat"], dtype=torch.float64),
    )
    dgamma, dbeta = (rows * x_hat).sum(0), rows.sum(0)
    dx = torch.as_tensor(cache["gamma"] / cache["std"], dtype=torch.float64) * (
        rows - rows.mean(0) - x_hat * (rows * x_hat).mean(0)
    )
    return dx.view(n, h, w, c).permute(0, 3, 1, 2), dgamma, dbeta


def centred_once_more_which_changes_nothing(dout, cache):
    n, c, h, w = dout.shape
    rows = np.moveaxis(dout, 1, 3).reshape(n * h * w, c)
    dx_hat, x_hat = rows * cache["gamma"], cache["x_hat"]
    dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / cache["std"]
    dx = dx - dx.mean(axis=0)
    return np.moveaxis(dx.reshape(n, h, w, c), 3, 1), np.einsum("ij,ij->j", rows, x_hat), rows.sum(axis=0)


def step_by_step_through_dvar_and_dmean(dout, cache):
    n, c, h, w = dout.shape
    rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)
    dx_hat, std, centred = rows * cache["gamma"], cache["std"], cache["x_hat"] * cache["std"]
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * std**-3.0
    dmean = -dx_hat.sum(axis=0) / std
    dx = dx_hat / std + 2 * dvar * centred / len(rows) + dmean / len(rows)
    dx = dx.reshape(n, h, w, c).swapaxes(2, 3).swapaxes(1, 2)
    return [dx, (rows * cache["x_hat"]).sum(axis=0), rows.sum(axis=0)]
