"""Right answers to usable_step in other styles."""

import itertools

import numpy as np
import torch


def a_loop_that_returns(steps, losses):
    longest = 0
    for step, loss in zip(steps, losses):
        if np.isnan(loss) or loss >= 1:
            return longest
        longest = step
    return longest


def a_wall_appended(steps, losses):
    fine = np.append(losses < 1, False)
    return np.concatenate([[0.0], steps])[np.argmin(fine)]


def takewhile(steps, losses):
    return max((step for step, _ in itertools.takewhile(lambda pair: pair[1] < 1, zip(steps, losses))), default=0.0)


def products_of_ones_and_zeros(steps, losses):
    count = int(np.cumprod(losses < 1).sum())
    return steps[count - 1] if count else 0


def the_first_bad_place(steps, losses):
    bad = np.flatnonzero(~(losses < 1))
    first = bad[0] if len(bad) else len(steps)
    return steps[:first].max(initial=0)


def a_tensor_comes_back(steps, losses):
    trusted = torch.cumprod(torch.as_tensor(losses < 1, dtype=torch.float64), dim=0)
    return (trusted * torch.as_tensor(steps)).max()
