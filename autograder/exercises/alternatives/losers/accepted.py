"""Right answers to losers in other styles."""

import numpy as np


def plain_python(scores, margin=15):
    means = [sum(row) / len(row) for row in scores.tolist()]
    top = scores.tolist()[means.index(max(means))]
    behind = [max(means) - mean for mean in means]
    lost = [max(row) < min(top) and gap > margin for row, gap in zip(scores.tolist(), behind)]
    return np.array(behind), np.array(lost)


def every_pair_of_seeds(scores, margin=15):
    means = np.mean(scores, axis=1)
    behind = means.max() - means
    pairs = scores[:, :, None] < scores[means.argmax()]
    return behind, pairs.all(axis=(1, 2)) & (behind > margin)


def sorted_seeds(scores, margin=15):
    ordered = np.sort(scores, axis=1)
    behind = ordered.mean(1).max() - ordered.mean(1)
    low = ordered[np.argmin(behind), 0]
    return behind, np.where(behind > margin, ordered[:, -1] < low, False)


def behind_as_a_difference_of_sums(scores, margin=15):
    totals = scores.sum(axis=1)
    behind = (totals.max() - totals) / scores.shape[1]
    lost = np.logical_and(scores.max(axis=1) < scores[totals.argmax()].min(), behind > margin)
    return behind, lost
