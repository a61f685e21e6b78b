"""Right answers to interval in other styles."""

import numpy as np


def plain_python(scores):
    t = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
    values = [float(score) for score in scores]
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    half = t[len(values) - 2] * (variance / len(values)) ** 0.5
    return mean, mean - half, mean + half


def one_array(scores):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
    n = np.size(scores)
    half = t[n] * np.sqrt(np.var(scores, ddof=1) / n)
    return scores.mean() + half * np.array([0, -1, 1])


def biased_spread_divided_by_the_root_of_n_1(scores):
    t = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}
    half = t[len(scores)] * np.std(scores) / np.sqrt(len(scores) - 1)
    return scores.mean(), scores.mean() - half, scores.mean() + half
