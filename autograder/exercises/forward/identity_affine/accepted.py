"""Right answers to identity_affine in other styles."""

import numpy as np
import torch


def _torch_forward(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses a batch of one
    out = torch.batch_norm(
        torch.as_tensor(x, dtype=torch.float64),
        torch.as_tensor(gamma, dtype=torch.float64),
        torch.as_tensor(beta, dtype=torch.float64),
        None,
        None,
        True,
        0.1,
        eps,
        False,
    )
    return out.numpy(), None


def _torch_identity(x, eps):
    var, mean = torch.var_mean(torch.as_tensor(x, dtype=torch.float64), dim=0, correction=0)
    return (var + eps).sqrt().numpy(), mean.numpy()


def numpys_own_mean_and_var(x, eps):
    return (np.var(x, axis=0) + eps) ** 0.5, np.mean(x, axis=0)


def from_the_forward_pass_what_does_it_make_of_two_rows_that_differ_by_one(x, eps):
    # x_hat is x divided by gamma, up to a shift: two rows tell gamma
    x_hat, _ = _torch_forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), eps)
    low, high, columns = x.argmin(axis=0), x.argmax(axis=0), np.arange(x.shape[1])
    gamma = (x[high, columns] - x[low, columns]) / (x_hat[high, columns] - x_hat[low, columns])
    return gamma, (x - gamma * x_hat).mean(axis=0)


def loops_in_plain_python(x, eps):
    gamma, beta = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for j in range(x.shape[1]):
        beta[j] = sum(x[:, j].tolist()) / len(x)
        gamma[j] = (sum((value - beta[j]) ** 2 for value in x[:, j].tolist()) / len(x) + eps) ** 0.5
    return gamma, beta


def tensors_come_back(x, eps):
    return tuple(map(torch.as_tensor, _torch_identity(x, eps)))
