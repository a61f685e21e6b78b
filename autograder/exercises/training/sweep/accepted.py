"""Right answers to sweep in other styles."""

import numpy as np
import torch


def loops_and_a_dictionary(run, arms, rates, tuning_seeds, reporting_seeds):
    if any(seed in reporting_seeds for seed in tuning_seeds):
        raise ValueError("a seed is in both lists")
    if len(dict.fromkeys(reporting_seeds)) < 3:
        raise ValueError("too few")
    best, edges, scores = [], [], []
    for arm in arms:
        top_rate, top = None, -np.inf
        for rate in rates:
            total, diverged = 0.0, False
            for seed in tuning_seeds:
                score = run(arm, rate, seed)
                diverged |= bool(np.isnan(score))
                total += score
            if not diverged and total / len(tuning_seeds) > top:
                top_rate, top = rate, total / len(tuning_seeds)
        best.append(top_rate)
        edges.append(sum(rate < top_rate for rate in rates) in (0, len(rates) - 1))
        scores.append([run(arm, top_rate, seed) for seed in reporting_seeds])
    return np.array(best), np.array(edges), np.array(scores)


def max_with_a_key(run, arms, rates, tuning_seeds, reporting_seeds):
    if not set(tuning_seeds).isdisjoint(reporting_seeds) or len(set(reporting_seeds)) < 3:
        raise ValueError("check the seeds")

    def judged(arm, rate):
        mean = sum(float(run(arm, rate, seed)) for seed in tuning_seeds) / len(tuning_seeds)
        return mean if mean == mean else float("-inf")

    best = [max(rates, key=lambda rate, arm=arm: judged(arm, rate)) for arm in arms]
    edges = [not min(rates) < rate < max(rates) for rate in best]
    scores = [[run(arm, rate, seed) for seed in reporting_seeds] for arm, rate in zip(arms, best)]
    return np.array(best), np.array(edges, dtype=int), np.array(scores, dtype=np.float64)


def one_large_array_with_nanargmax(run, arms, rates, tuning_seeds, reporting_seeds):
    if set(tuning_seeds).intersection(reporting_seeds) or len(set(reporting_seeds)) < 3:
        raise ValueError("check the seeds")
    means = np.zeros((len(arms), len(rates)))
    for i, arm in enumerate(arms):
        for j, rate in enumerate(rates):
            means[i, j] = np.mean([run(arm, rate, seed) for seed in tuning_seeds])
    best = np.array(rates)[np.nanargmax(means, axis=1)]
    scores = np.array([[run(arm, float(rate), seed) for seed in reporting_seeds] for arm, rate in zip(arms, best)])
    return torch.tensor(best), np.isin(best, [min(rates), max(rates)]), torch.tensor(scores)
