"""Right answers to feature_drift in other styles."""

import numpy as np
import torch


def _torch_feature_drift(before, after):
    (var_b, mean_b), (var_a, mean_a) = (
        torch.var_mean(torch.as_tensor(h, dtype=torch.float64), dim=0, correction=0) for h in (before, after)
    )
    scale = var_b.mean().sqrt()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    shift = torch.nn.functional.l1_loss(mean_a, mean_b) / scale
    return shift, torch.nn.functional.l1_loss(var_a.sqrt(), var_b.sqrt()) / scale


def loops_over_units(before, after):
    n, d = before.shape
    square = moved = changed = 0.0
    for j in range(d):
        old, new = sum(before[:, j]) / n, sum(after[:, j]) / n
        var_old, var_new = sum((before[:, j] - old) ** 2) / n, sum((after[:, j] - new) ** 2) / n
        square, moved = square + var_old, moved + abs(new - old)
        changed += abs(var_new**0.5 - var_old**0.5)
    scale = (square / d) ** 0.5 or 1.0
    return moved / d / scale, changed / d / scale


def centred_entries_a_list_comes_back(before, after):
    centred = before - before.mean(axis=0, keepdims=True)
    scale = np.sqrt(np.mean(centred**2)) if centred.any() else 1
    moved = np.abs(after.mean(axis=0) - before.mean(axis=0))
    return [np.average(moved) / scale, np.linalg.norm(np.std(after, 0) - np.std(before, 0), 1) / len(moved) / scale]


def divided_by_the_scale_first(before, after):
    scale = np.sqrt(np.mean(before.std(axis=0) ** 2))
    old, new = (h / (scale if scale > 0 else 1.0) for h in (before, after))
    return np.abs(np.mean(new - old, axis=0)).mean(), np.abs(new.std(axis=0) - old.std(axis=0)).mean()


def einsum_and_arrays_of_no_dimension(before, after):
    ones = np.full(len(before), 1 / len(before))
    means = [ones @ h for h in (before, after)]
    variances = [np.einsum("i,ij->j", ones, (h - mean) ** 2) for h, mean in zip((before, after), means)]
    scale = np.sqrt(variances[0].mean()) or 1.0
    moved, changed = np.abs(means[1] - means[0]), np.abs(np.sqrt(variances[1]) - np.sqrt(variances[0]))
    return np.array(moved.mean() / scale), np.array(changed.mean() / scale)


def tensors_come_back(before, after):
    return _torch_feature_drift(before, after)
