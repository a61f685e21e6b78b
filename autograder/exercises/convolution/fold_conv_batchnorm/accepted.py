"""Right answers to fold_conv_batchnorm in other styles."""

import numpy as np
import torch


def one_filter_after_another(weight, bias, gamma, beta, running_mean, running_var, eps):
    new_weight, new_bias = np.zeros(weight.shape), np.zeros(len(weight))
    for k in range(len(weight)):
        std = (running_var[k] + eps) ** 0.5
        new_weight[k] = weight[k] * gamma[k] / std
        old = 0.0 if bias is None else bias[k]
        new_bias[k] = gamma[k] * (old - running_mean[k]) / std + beta[k]
    return new_weight, new_bias


def a_diagonal_matrix_times_the_flattened_filters(weight, bias, gamma, beta, running_mean, running_var, eps):
    diagonal = np.diag(gamma) @ np.diag((running_var + eps) ** -0.5)
    shift = -running_mean if bias is None else bias - running_mean
    return (diagonal @ weight.reshape(len(weight), -1)).reshape(weight.shape), diagonal @ shift + beta


def einsum_bias_last(weight, bias, gamma, beta, running_mean, running_var, eps):
    scale = gamma * np.reciprocal(np.sqrt(running_var + eps))
    shift = beta - running_mean * scale
    return np.einsum("o,oihw->oihw", scale, weight), shift if bias is None else shift + bias * scale


def batch_norm_of_the_bias_and_of_a_bias_of_zero(weight, bias, gamma, beta, running_mean, running_var, eps):
    def norm(value):
        return gamma * (value - running_mean) / np.sqrt(running_var + eps) + beta

    slope = norm(1.0 + running_mean) - norm(running_mean)
    return (weight.T * slope).T, norm(0.0 if bias is None else bias)


def torch_and_tensors_come_back(weight, bias, gamma, beta, running_mean, running_var, eps):
    scale = torch.as_tensor(gamma, dtype=torch.float64) * torch.rsqrt(
        torch.as_tensor(running_var, dtype=torch.float64) + eps
    )
    bias = torch.zeros_like(scale) if bias is None else torch.as_tensor(bias, dtype=torch.float64)
    return torch.as_tensor(weight, dtype=torch.float64) * scale.view(-1, 1, 1, 1), torch.addcmul(
        torch.as_tensor(beta, dtype=torch.float64), bias - torch.as_tensor(running_mean, dtype=torch.float64), scale
    )
