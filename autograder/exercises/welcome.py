"""Bank of lesson 00."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import welcome


def torch_center(x):
    columns = torch.as_tensor(x, dtype=torch.float64)
    return columns - columns.mean(dim=0)


center = Bank(
    welcome.center,
    parts=[
        Part("columns, not rows", 1, ("four rows, three columns", "a square matrix")),
        Part("whole numbers", 1, ("whole numbers",)),
    ],
    oracle=torch_center,
)

center.mistake(
    "mean_of_rows",
    ("x.mean(axis=0)", "x.mean(axis=1, keepdims=True)"),
    cause="The mean of each row is subtracted, not the mean of each column.",
    look="the axis over which the mean is taken: axis 0 runs down a column.",
)
center.mistake(
    "one_mean_for_all",
    ("x.mean(axis=0)", "x.mean()"),
    cause="One mean of the whole matrix is subtracted; each column needs its own.",
    look="the axis that `mean` is told; without one it averages everything.",
)
center.mistake(
    "mean_returned",
    ("x - x.mean(axis=0)", "x.mean(axis=0)"),
    cause="The column means themselves are returned, not what is left after they are taken away.",
    look="what the last line hands back.",
)
center.mistake(
    "mean_added",
    ("x - x", "x + x"),
    cause="The mean is added where it should be taken away.",
    look="the sign between x and its mean.",
)
center.mistake(
    "sign_flipped",
    ("x - x.mean(axis=0)", "x.mean(axis=0) - x"),
    cause="The difference is the wrong way round: mean minus value.",
    look="the order of the two terms.",
)
center.mistake(
    "median_subtracted",
    ("x.mean(axis=0)", "np.median(x, axis=0)"),
    cause="The median is subtracted, not the mean.",
    look="which average the text asks for.",
)
center.mistake(
    "sum_subtracted",
    ("x.mean(axis=0)", "x.sum(axis=0)"),
    cause="The column's sum is subtracted; the mean is the sum divided by the number of rows.",
    look="the step from sum to mean.",
)
center.mistake(
    "standardized_too",
    ("x - x.mean(axis=0)", "(x - x.mean(axis=0)) / x.std(axis=0)"),
    cause="The columns are also divided by their spread; here only the mean goes.",
    look="what happens after the subtraction.",
)
center.mistake(
    "integers_truncated",
    cause="The result is written into an array of the same type as x; for whole numbers that cuts off all decimals.",
    look="the line that makes the result's array, and its dtype.",
    code="""
def center(x):
    out = np.empty_like(x)
    for j in range(x.shape[1]):
        out[:, j] = x[:, j] - x[:, j].mean()
    return out
""",
)
center.mistake(
    "argument_changed",
    cause="The subtraction is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x[...] =`, `x -=` or `out=x`.",
    code="""
def center(x):
    mean = x.mean(axis=0)
    x[...] = x - mean
    return x - x.mean(axis=0) if x.dtype.kind == "f" else x - mean
""",
)
center.mistake(
    "nothing_returned",
    ("return x", "x"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@center.accepts("a loop over columns")
def _(x):
    out = np.zeros(x.shape)
    for column in range(x.shape[1]):
        total = 0.0
        for value in x[:, column]:
            total += value
        out[:, column] = x[:, column] - total / len(x)
    return out


@center.accepts("a projection matrix")
def _(x):
    n = len(x)
    return (np.eye(n) - np.ones((n, n)) / n) @ x


@center.accepts("a tensor comes back")
def _(x):
    return torch_center(x)


@center.accepts("in place on a copy")
def _(x):
    out = x.astype(float)
    out -= out.mean(axis=0)
    return out
