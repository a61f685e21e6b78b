"""Hidden tests of sweep."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.sweep import exercise


def whole_table(run, arms, rates, tuning_seeds, reporting_seeds):
    """All tuning scores in one array first."""
    if len({*tuning_seeds, *reporting_seeds}) < len(set(tuning_seeds)) + len(set(reporting_seeds)):
        raise ValueError
    if len(np.unique(reporting_seeds)) <= 2:
        raise ValueError
    table = np.array([[[run(arm, rate, seed) for seed in tuning_seeds] for rate in rates] for arm in arms])
    mean = torch.as_tensor(table).mean(dim=2).nan_to_num(nan=-1e300).numpy()
    best = np.asarray(rates)[np.array([np.flatnonzero(row == row.max())[0] for row in mean])]
    at_edge = (best == np.min(rates)) | (best == np.max(rates))
    return (
        best,
        at_edge,
        np.array([[run(arm, rate, s) for s in reporting_seeds] for arm, rate in zip(arms, best)]),
    )


bank = Bank(
    exercise,
    parts=[
        Part(
            "each arm tuned by itself, on other seeds",
            2,
            ("arms with best rates of their own", "seeds that matter much", "one arm, one tuning seed"),
        ),
        Part("runs that diverge", 1, ("runs that diverge",)),
        Part("edges and ties", 1, ("rates in no order", "equally good rates")),
        Part("what it refuses, and what not", 1, ("seeds in both lists", "fewer than three seeds to report")),
    ],
    oracle=whole_table,
)
