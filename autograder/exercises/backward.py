"""Bank of lesson 04."""

import functools

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.diagnosis.objects import BadReturn
from autograder.learner.probes import backward
from autograder.learner.probes.backward import (
    BIG_EPS,
    CONSTANT,
    NARROW,
    SINGLE,
    SQUARE,
    TALL,
    WIDE,
    checked_inputs,
    differ,
)

FRESH = (TALL, WIDE, SQUARE)
EDGES = (BIG_EPS, CONSTANT, NARROW)


def tensor(array):
    return torch.as_tensor(np.asarray(array, dtype=np.float64))


# numerical_gradient


def numerical_oracle(f, x, dout, h=1e-5):
    """All shifted copies first, then f on each, then one product."""
    wide = np.asarray(x, dtype=np.float64)
    shifts = h * np.eye(wide.size).reshape(wide.size, *wide.shape)
    slopes = [np.tensordot(f(wide + s) - f(wide - s), dout, axes=np.ndim(dout)) / (2 * h) for s in shifts]
    return np.reshape(slopes, wide.shape)


numerical_gradient = Bank(
    backward.numerical_gradient,
    parts=[
        Part(
            "every entry, weighed by dout",
            2,
            (
                "each entry by itself",
                "rows that depend on each other",
                "f(x) of another shape than x",
                "x with one axis",
            ),
        ),
        Part(
            "the two points", 1, ("a step of 0.5 on a cubic", "a corner", "whole numbers", "f hands back its argument")
        ),
    ],
    oracle=numerical_oracle,
)
PUT = "step[index] = h"
CHANGE = "change = f(x + step) - f(x - step)"
SUM = "dx[index] = (change * dout).sum() / (2 * h)"


def numerical_mistake(name, *edits, cause, look, code=""):
    numerical_gradient.mistake(name, *edits, cause=cause, look=look, code=code)


numerical_mistake(
    "forward_difference",
    (CHANGE, "change = f(x + step) - f(x)"),
    (SUM, "dx[index] = (change * dout).sum() / h"),
    cause="The change is measured to one side only, from x to x + h; the central difference goes from x − h to x + h.",
    look="the two places at which f is evaluated.",
)
numerical_mistake(
    "backward_difference",
    (CHANGE, "change = f(x) - f(x - step)"),
    (SUM, "dx[index] = (change * dout).sum() / h"),
    cause="The change is measured to one side only, from x − h to x; the central difference goes from x − h to x + h.",
    look="the two places at which f is evaluated.",
)
numerical_mistake(
    "divided_by_h",
    (SUM, "dx[index] = (change * dout).sum() / h"),
    cause="The change over a distance of two steps is divided by one step, so every slope is doubled.",
    look="how far apart the two points are, and what the change is divided by.",
)
numerical_mistake(
    "forward_difference_over_two_h",
    (CHANGE, "change = f(x + step) - f(x)"),
    cause="The change from x to x + h, one step, is divided by two steps; and it is measured to one side only.",
    look="the two places at which f is evaluated.",
)
numerical_mistake(
    "precedence_of_two_h",
    (SUM, "dx[index] = (change * dout).sum() / 2 * h"),
    cause="The change is divided by 2 and then multiplied by h: Python goes from left to right.",
    look="the parentheses around the divisor.",
)
numerical_mistake(
    "not_divided",
    (SUM, "dx[index] = (change * dout).sum()"),
    cause="The change is not divided by the distance of the two points, so it is a difference, not a slope.",
    look="what turns a change into a slope.",
)
numerical_mistake(
    "upstream_ignored",
    (SUM, "dx[index] = change.sum() / (2 * h)"),
    cause="All results count alike; each has to be weighed by its entry of dout.",
    look="where dout is used.",
)
numerical_mistake(
    "own_entry_only",
    (SUM, "dx[index] = change[index] * dout[index] / (2 * h)"),
    cause="Only the result at the same place is looked at, but one entry of x may move many results.",
    look="which entries of the change are used: those at the index, or all?",
)
numerical_mistake(
    "upstream_at_the_index",
    (SUM, "dx[index] = change.sum() * dout[index] / (2 * h)"),
    cause="The whole change is weighed by the single entry of dout at the index; each result has a weight of its own.",
    look="what is multiplied first: the change with dout, or the sum with one entry?",
)
numerical_mistake(
    "mean_of_the_changes",
    (SUM, "dx[index] = (change * dout).mean() / (2 * h)"),
    cause="The weighed changes are averaged; the loss is their sum.",
    look="how the many changes become one number.",
)
numerical_mistake(
    "sum_over_one_axis",
    (SUM, "dx[index] = (change * dout).sum(axis=0)[index[-1]] / (2 * h)"),
    cause="Only the results in the same column are added up; all results count.",
    look="the axis of the sum.",
)
numerical_mistake(
    "sign_flipped",
    (CHANGE, "change = f(x - step) - f(x + step)"),
    cause="The difference is the wrong way round: lower minus upper.",
    look="the order of the two values of f.",
)
numerical_mistake(
    "all_entries_moved",
    (CHANGE, "change = f(x + h) - f(x - h)"),
    cause="The step is added to all entries of x at once; asked is what a single one does.",
    look="what is added to x: one number for all, or an array with one entry?",
)
numerical_mistake(
    "whole_row_moved",
    (PUT, "step[index[0]] = h"),
    cause="A whole row of x is moved at once; asked is what a single entry does.",
    look="the index that receives h.",
)
numerical_mistake(
    "whole_column_moved",
    (PUT, "step[..., index[-1]] = h"),
    cause="A whole column of x is moved at once; asked is what a single entry does.",
    look="the index that receives h.",
)
numerical_mistake(
    "step_fixed",
    (PUT, "h = 1e-5\n        step[index] = h"),
    cause="A step of its own is used; the argument h has no effect.",
    look="whether h is given a new value.",
)
numerical_mistake(
    "half_steps",
    (PUT, "step[index] = h / 2"),
    (SUM, "dx[index] = (change * dout).sum() / h"),
    cause="The two points lie half a step to either side; they are to be x − h and x + h.",
    look="how far x is moved.",
)
numerical_mistake(
    "integers_swallow_the_step",
    cause="The step is added into a copy of x of the same type; in whole numbers 0.00001 is cut off.",
    look="the array that h is added into, and its dtype.",
    code="""
def numerical_gradient(f, x, dout, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        upper, lower = x.copy(), x.copy()
        upper[index] = upper[index] + h
        lower[index] = lower[index] - h
        dx[index] = ((f(upper) - f(lower)) * dout).sum() / (2 * h)
    return dx
""",
)
numerical_mistake(
    "array_changed_after_f_saw_it",
    cause="One array serves for both points. Where f hands back its argument, the first result changes with it.",
    look="whether what f returned is still the same when the second point is made.",
    code="""
def numerical_gradient(f, x, dout, h=1e-5):
    dx, moved = np.zeros(x.shape), x.astype(float)
    for index in np.ndindex(x.shape):
        moved[index] = x[index] + h
        upper = f(moved)
        moved[index] = x[index] - h
        dx[index] = ((upper - f(moved)) * dout).sum() / (2 * h)
        moved[index] = x[index]
    return dx
""",
)
numerical_mistake(
    "steps_pile_up",
    cause="Earlier entries stay moved while later ones are measured: the step is never taken back.",
    look="the state of the moved array at the start of each turn of the loop.",
    code="""
def numerical_gradient(f, x, dout, h=1e-5):
    dx, upper, lower = np.zeros(x.shape), x.astype(float), x.astype(float)
    for index in np.ndindex(x.shape):
        upper[index] += h
        lower[index] -= h
        dx[index] = ((f(upper.copy()) - f(lower.copy())) * dout).sum() / (2 * h)
    return dx
""",
)
numerical_mistake(
    "argument_changed",
    (
        CHANGE,
        "upper, own = np.copy(f(x + step)), x.dtype == float\n        if own:\n            x -= step\n"
        "        change = upper - (f(x) if own else f(x - step))",
    ),
    cause="The step is written into x itself and stays there, so the caller's array changes.",
    look="assignments into x, such as `x -=` or `x[index] =`.",
)
numerical_mistake(
    "flat_result",
    ("return dx", "return dx.ravel()"),
    cause="The numbers are right but come in one long row; dx has the shape of x.",
    look="the shape of what is returned.",
)
numerical_mistake(
    "only_the_last_entry",
    (SUM, "dx = np.zeros(x.shape)\n        dx[index] = (change * dout).sum() / (2 * h)"),
    cause="The result is made afresh in every turn of the loop, so only the last entry is left.",
    look="where the array for the result is made.",
)
numerical_mistake(
    "returned_in_the_loop",
    (SUM, SUM + "\n        return dx"),
    cause="The function ends in the first turn of the loop, so only the first entry is filled.",
    look="how far the `return` is indented.",
)
numerical_mistake(
    "nothing_returned",
    ("return dx", "dx"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@numerical_gradient.accepts("two copies of x, moved by hand")
def _(f, x, dout, h=1e-5):
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        up, down = np.array(x, dtype=float), np.array(x, dtype=float)
        up[index] += h
        down[index] -= h
        dx[index] = np.sum(f(up) * dout - f(down) * dout) / (2 * h)
    return dx


@numerical_gradient.accepts("a loss as a function, a flat loop")
def _(f, x, dout, h=1e-5):
    def loss(flat):
        return float(np.sum(f(flat.reshape(x.shape)) * dout))

    flat, slopes = x.astype(float).ravel(), []
    for place in range(x.size):
        unit = np.zeros(x.size)
        unit[place] = 1.0
        slopes.append((loss(flat + h * unit) - loss(flat - h * unit)) / (2 * h))
    return np.array(slopes).reshape(x.shape)


@numerical_gradient.accepts("tensordot of change and dout")
def _(f, x, dout, h=1e-5):
    dx = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[index] = 1
        dx[index] = np.vdot((f(x + h * unit) - f(x - h * unit)) / h / 2, dout)
    return dx


@numerical_gradient.accepts("a tensor comes back")
def _(f, x, dout, h=1e-5):
    return tensor(numerical_oracle(f, x, dout, h))


# affine_backward


def affine_oracle(dout, cache):
    x_hat, gamma = tensor(cache["x_hat"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    (gamma * x_hat + beta).backward(tensor(dout))
    return x_hat.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


affine_backward = Bank(
    backward.affine_backward,
    parts=[Part(output, 1, tuple(f"{output}, {name}" for name in FRESH)) for output in ("dx_hat", "dgamma", "dbeta")],
    oracle=affine_oracle,
)
DX_HAT = 'dx_hat = dout * cache["gamma"]'
DGAMMA = 'dgamma = (dout * cache["x_hat"]).sum(axis=0)'
DBETA = "dbeta = dout.sum(axis=0)"
AFFINE = "return dx_hat, dgamma, dbeta"


def affine_mistake(name, *edits, cause, look, code=""):
    affine_backward.mistake(name, *edits, cause=cause, look=look, code=code)


affine_mistake(
    "gamma_missing",
    (DX_HAT, "dx_hat = dout * 1.0"),
    cause="dx_hat is dout unchanged; on its way from out to x_hat the gradient is multiplied by gamma.",
    look="the slope of out with respect to x_hat.",
)
affine_mistake(
    "gamma_divided",
    (DX_HAT, 'dx_hat = dout / cache["gamma"]'),
    cause="dout is divided by gamma, as if the forward pass had to be undone; a gradient is multiplied by the slope.",
    look="the operation between dout and gamma.",
)
affine_mistake(
    "spread_divided_already",
    (DX_HAT, 'dx_hat = dout * cache["gamma"] * cache["inv_std"]'),
    cause="dx_hat is already divided by the spread; that belongs to the step from x_hat to x.",
    look="which slopes lie between out and x_hat: is the spread among them?",
)
affine_mistake(
    "x_hat_times_gamma",
    (DX_HAT, 'dx_hat = cache["x_hat"] * cache["gamma"]'),
    cause="dx_hat is computed from x_hat; it is what comes from above, dout, times a slope.",
    look="what dx_hat is made of.",
)
affine_mistake(
    "dx_hat_times_x_hat",
    (DX_HAT, 'dx_hat = dout * cache["gamma"] * cache["x_hat"]'),
    cause="dx_hat has a factor x_hat too many: that is the slope for gamma, not for x_hat.",
    look="which slope belongs to which of the three.",
)
affine_mistake(
    "dx_hat_summed",
    (DX_HAT, 'dx_hat = (dout * cache["gamma"]).sum(axis=0)'),
    cause="dx_hat is summed over the rows; each entry of x_hat has its own gradient.",
    look="the shape of dx_hat: it is that of x_hat.",
)
affine_mistake(
    "gamma_along_the_rows",
    (DX_HAT, 'dx_hat = dout * np.resize(cache["gamma"], len(dout))[:, None]'),
    cause="Each row is multiplied by one gamma; gamma belongs to the columns.",
    look="how gamma is lined up with dout.",
)
affine_mistake(
    "dgamma_averaged",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).mean(axis=0)'),
    cause="dgamma is a mean over the rows; what comes back along N arrows is added.",
    look="how the rows of dgamma become one number.",
)
affine_mistake(
    "dgamma_from_x",
    (DGAMMA, 'dgamma = (dout * cache["x"]).sum(axis=0)'),
    cause="dgamma is computed with x; gamma is multiplied by x_hat, the standardized batch.",
    look="what gamma is multiplied by in the forward pass.",
)
affine_mistake(
    "dgamma_from_x_minus_mean",
    (DGAMMA, 'dgamma = (dout * (cache["x"] - cache["mean"])).sum(axis=0)'),
    cause="dgamma is computed with x − mean; gamma is multiplied by x_hat, which is divided by the spread as well.",
    look="what gamma is multiplied by in the forward pass.",
)
affine_mistake(
    "dgamma_from_dx_hat",
    (DGAMMA, 'dgamma = (dx_hat * cache["x_hat"]).sum(axis=0)'),
    cause="dgamma is computed from dx_hat, which has the factor gamma in it; gamma's own gradient comes from dout.",
    look="which gradient dgamma starts from.",
)
affine_mistake(
    "dgamma_with_x_hat_squared",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"] ** 2).sum(axis=0)'),
    cause="x_hat enters dgamma squared; its slope is x_hat itself.",
    look="the power of x_hat in dgamma.",
)
affine_mistake(
    "dgamma_without_x_hat",
    (DGAMMA, "dgamma = dout.sum(axis=0)"),
    cause="dgamma is the sum of dout alone, which is dbeta; for gamma each row counts with its x_hat.",
    look="the slope of out with respect to gamma.",
)
affine_mistake(
    "dgamma_without_dout",
    (DGAMMA, 'dgamma = cache["x_hat"].sum(axis=0)'),
    cause="dgamma is the sum of x_hat, which is always zero; dout is missing.",
    look="whether dgamma depends on what comes from above.",
)
affine_mistake(
    "dgamma_of_rows",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).sum(axis=1)'),
    cause="dgamma is summed along each row; it has one number for each column.",
    look="the axis of the sum: axis 0 runs down a column, axis 1 along a row.",
)
affine_mistake(
    "dgamma_of_everything",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).sum()'),
    cause="dgamma is one sum over rows and columns; each column has its own gamma.",
    look="the axis that `sum` is told; without one it adds everything.",
)
affine_mistake(
    "dgamma_not_summed",
    (DGAMMA, 'dgamma = dout * cache["x_hat"]'),
    cause="dgamma still has one number for each entry; all rows share one gamma, so their parts are added.",
    look="the shape of dgamma: it is that of gamma.",
)
affine_mistake(
    "dgamma_as_matrix_product",
    (DGAMMA, 'dgamma = dout.T @ cache["x_hat"]'),
    cause="dgamma is a matrix product, which pairs each column with all others; every gamma has its own.",
    look="the operator between dout and x_hat.",
)
affine_mistake(
    "dgamma_kept_dimension",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).sum(axis=0, keepdims=True)'),
    cause="dgamma comes as a matrix of one row, shape (1, D); gamma has shape (D,), and so has its gradient.",
    look="`keepdims`, or the step that makes dgamma a matrix.",
)
affine_mistake(
    "dbeta_averaged",
    (DBETA, "dbeta = dout.mean(axis=0)"),
    cause="dbeta is a mean over the rows; what comes back along N arrows is added.",
    look="how the rows of dbeta become one number.",
)
affine_mistake(
    "dbeta_from_dx_hat",
    (DBETA, "dbeta = dx_hat.sum(axis=0)"),
    cause="dbeta is summed from dx_hat, which has the factor gamma in it; beta is added after gamma.",
    look="which gradient dbeta starts from.",
)
affine_mistake(
    "dbeta_of_rows",
    (DBETA, "dbeta = dout.sum(axis=1)"),
    cause="dbeta is summed along each row; it has one number for each column.",
    look="the axis of the sum: axis 0 runs down a column, axis 1 along a row.",
)
affine_mistake(
    "dbeta_of_everything",
    (DBETA, "dbeta = dout.sum()"),
    cause="dbeta is one sum over rows and columns; each column has its own beta.",
    look="the axis that `sum` is told; without one it adds everything.",
)
affine_mistake(
    "dbeta_not_summed",
    (DBETA, "dbeta = dout + 0.0"),
    cause="dbeta is dout itself; all rows share one beta, so their parts are added.",
    look="the shape of dbeta: it is that of beta.",
)
affine_mistake(
    "dbeta_counts_the_rows",
    (DBETA, "dbeta = np.full(dout.shape[1], float(len(dout)))"),
    cause="dbeta is the number of rows, as if every entry of dout were 1.",
    look="whether dbeta depends on what comes from above.",
)
affine_mistake(
    "dbeta_kept_dimension",
    (DBETA, "dbeta = dout.sum(axis=0, keepdims=True)"),
    cause="dbeta comes as a matrix of one row, shape (1, D); beta has shape (D,), and so has its gradient.",
    look="`keepdims`, or the step that makes dbeta a matrix.",
)
affine_mistake(
    "both_averaged",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).mean(axis=0)'),
    (DBETA, "dbeta = dout.mean(axis=0)"),
    cause="dgamma and dbeta are means over the rows; what comes back along N arrows is added. A mean over the batch, "
    "if the loss has one, is already in dout.",
    look="how the rows become one number, in both.",
)
affine_mistake(
    "both_of_rows",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).sum(axis=1)'),
    (DBETA, "dbeta = dout.sum(axis=1)"),
    cause="dgamma and dbeta are summed along each row; they have one number for each column.",
    look="the axis of both sums: axis 0 runs down a column, axis 1 along a row.",
)
affine_mistake(
    "both_kept_dimension",
    (DGAMMA, 'dgamma = (dout * cache["x_hat"]).sum(axis=0, keepdims=True)'),
    (DBETA, "dbeta = dout.sum(axis=0, keepdims=True)"),
    cause="dgamma and dbeta come as matrices of one row, shape (1, D); gamma and beta have shape (D,).",
    look="`keepdims`, or the step that makes them matrices.",
)
affine_mistake(
    "dgamma_and_dbeta_swapped",
    (AFFINE, "return dx_hat, dbeta, dgamma"),
    cause="dbeta comes before dgamma; the order is dx_hat, dgamma, dbeta.",
    look="the order in the last line.",
)
affine_mistake(
    "dx_hat_last",
    (AFFINE, "return dgamma, dbeta, dx_hat"),
    cause="dx_hat comes last; the order is dx_hat, dgamma, dbeta.",
    look="the order in the last line.",
)
affine_mistake(
    "upstream_changed",
    (
        DX_HAT,
        'dbeta = dout.sum(axis=0)\n    dgamma = (dout * cache["x_hat"]).sum(axis=0)\n    dout *= cache["gamma"]\n'
        "    dx_hat = dout",
    ),
    (DGAMMA + "\n    " + DBETA, "pass"),
    cause="gamma is multiplied into dout itself, so the caller's array changes.",
    look="assignments into dout, such as `dout *=`.",
)
affine_mistake(
    "upstream_changed_before_the_sums",
    (DX_HAT, 'dout *= cache["gamma"]\n    dx_hat = dout'),
    cause="gamma is multiplied into dout itself: the caller's array changes, and dgamma and dbeta, computed after "
    "that, have the factor gamma in them.",
    look="assignments into dout, such as `dout *=`.",
)
affine_mistake(
    "cache_unpacked_as_a_tuple",
    cause="The cache is unpacked like a tuple; it is a dict, which then hands out its keys instead of its arrays.",
    look="how the entries are taken out of the cache.",
    code="""
def affine_backward(dout, cache):
    x, mean, var, inv_std, x_hat, gamma, eps = cache
    return dout * gamma, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
""",
)
affine_mistake(
    "two_values_returned",
    (AFFINE, "return dgamma, dbeta"),
    cause="Two values are returned; asked for are three: dx_hat, dgamma, dbeta.",
    look="the last line of the function.",
)
affine_mistake(
    "nothing_returned",
    (AFFINE, "dx_hat, dgamma, dbeta"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@affine_backward.accepts("loops in plain Python")
def _(dout, cache):
    n, d = dout.shape
    dx_hat, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for i in range(n):
        for j in range(d):
            dx_hat[i, j] = dout[i, j] * cache["gamma"][j]
            dgamma[j] += dout[i, j] * cache["x_hat"][i, j]
            dbeta[j] += dout[i, j]
    return dx_hat, dgamma, dbeta


@affine_backward.accepts("einsum and a product with ones")
def _(dout, cache):
    ones = np.ones(len(dout))
    return dout @ np.diag(cache["gamma"]), np.einsum("ij,ij->j", dout, cache["x_hat"]), ones @ dout


@affine_backward.accepts("kept dimensions, dropped at the end; x_hat computed afresh")
def _(dout, cache):
    again = (cache["x"] - cache["x"].mean(axis=0)) / np.sqrt(cache["x"].var(axis=0) + cache["eps"])
    dgamma = np.sum(dout * again, axis=0, keepdims=True)
    return cache["gamma"][None] * dout, dgamma[0], np.sum(dout, 0, keepdims=True).ravel()


@affine_backward.accepts("autograd")
def _(dout, cache):
    return [tensor(part) for part in affine_oracle(dout, cache)]


# variance_backward


def variance_oracle(dx_hat, cache):
    var = tensor(cache["var"]).requires_grad_()
    centred = tensor(cache["x"]) - tensor(cache["mean"])
    (centred * torch.rsqrt(var + cache["eps"])).backward(tensor(dx_hat))
    return var.grad.numpy()


variance_backward = Bank(
    backward.variance_backward,
    parts=[Part("fresh batches", 1, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=variance_oracle,
)
PRODUCTS = 'products = dx_hat * (cache["x"] - cache["mean"])'
DVAR = 'dvar = -0.5 * cache["inv_std"] ** 3 * products.sum(axis=0)'


def variance_mistake(name, *edits, cause, look, code=""):
    variance_backward.mistake(name, *edits, cause=cause, look=look, code=code)


variance_mistake(
    "sign_missing",
    (DVAR, 'dvar = 0.5 * cache["inv_std"] ** 3 * products.sum(axis=0)'),
    cause="The minus sign is missing: a larger variance makes x_hat smaller.",
    look="the exponent −1/2 that comes down as a factor.",
)
variance_mistake(
    "half_missing",
    (DVAR, 'dvar = -(cache["inv_std"] ** 3) * products.sum(axis=0)'),
    cause="The factor 1/2 is missing: the exponent −1/2 comes down as a factor.",
    look="the number in front of the formula.",
)
variance_mistake(
    "factor_two",
    (DVAR, 'dvar = -2 * cache["inv_std"] ** 3 * products.sum(axis=0)'),
    cause="The factor is 2 where 1/2 belongs: it is the exponent that comes down.",
    look="the number in front of the formula.",
)
variance_mistake(
    "factor_three_halves",
    (DVAR, 'dvar = -1.5 * cache["inv_std"] ** 3 * products.sum(axis=0)'),
    cause="The new exponent −3/2 is used as the factor; the old one, −1/2, comes down.",
    look="which exponent becomes the factor.",
)
variance_mistake(
    "sign_and_half_missing",
    (DVAR, 'dvar = cache["inv_std"] ** 3 * products.sum(axis=0)'),
    cause="The factor −1/2 is missing, sign and all: it is the exponent that comes down.",
    look="the number in front of the formula.",
)
variance_mistake(
    "shared_among_the_rows_already",
    (DVAR, 'dvar = -cache["inv_std"] ** 3 * products.sum(axis=0) / len(dx_hat)'),
    cause="The slope 2/N from the variance to x is already in it; that belongs to the next rung.",
    look="which slopes lie between x_hat and var.",
)
variance_mistake(
    "exponent_not_lowered",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] * products.sum(axis=0)'),
    cause="The power of var + eps is still −1/2; a derivative lowers the exponent by one, to −3/2.",
    look="the power of inv_std.",
)
variance_mistake(
    "squared",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 2 * products.sum(axis=0)'),
    cause="inv_std is squared, which is the power −1 of var + eps; the exponent is −3/2.",
    look="the power of inv_std: how often does −1/2 go into −3/2?",
)
variance_mistake(
    "power_of_inv_std_taken_for_that_of_the_variance",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 1.5 * products.sum(axis=0)'),
    cause="inv_std is raised to 3/2, as if it were 1/(var + eps); it is already the inverse root.",
    look="the power of inv_std: how often does −1/2 go into −3/2?",
)
variance_mistake(
    "exponent_positive",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** -3 * products.sum(axis=0)'),
    cause="The third power of the spread is multiplied where it should divide: the exponent −3/2 lost its sign.",
    look="the sign of the exponent.",
)
variance_mistake(
    "exponent_raised",
    (DVAR, 'dvar = -0.5 / cache["inv_std"] * products.sum(axis=0)'),
    cause="The exponent was raised by one, to +1/2; a derivative lowers it by one, to −3/2.",
    look="the power of var + eps.",
)
variance_mistake(
    "derivative_of_the_spread",
    (DVAR, 'dvar = -(cache["inv_std"] ** 2) * products.sum(axis=0)'),
    cause="This is the gradient of the spread √(var + eps); asked for is that of the variance, one chain-rule step on.",
    look="what the derivative is taken with respect to.",
)
variance_mistake(
    "derivative_of_inv_std",
    (DVAR, "dvar = products.sum(axis=0)"),
    cause="This is the gradient of inv_std; asked for is that of the variance, one chain-rule step on.",
    look="what the derivative is taken with respect to.",
)
variance_mistake(
    "x_hat_for_x_minus_mean",
    (PRODUCTS, 'products = dx_hat * cache["x_hat"]'),
    cause="x_hat stands where x − mean belongs, so the spread is divided out once too often.",
    look="what dx_hat is multiplied by, and how many powers of the spread are in it.",
)
variance_mistake(
    "mean_not_subtracted",
    (PRODUCTS, 'products = dx_hat * cache["x"]'),
    cause="dx_hat is multiplied by x; x_hat is made of x − mean.",
    look="what dx_hat is multiplied by.",
)
variance_mistake(
    "absolute_products",
    (PRODUCTS, 'products = np.abs(dx_hat * (cache["x"] - cache["mean"]))'),
    cause="Absolute values are summed; positive and negative products have to be allowed to cancel.",
    look="what happens to the products before they are summed.",
)
variance_mistake(
    "differences_squared",
    (PRODUCTS, 'products = dx_hat * (cache["x"] - cache["mean"]) ** 2'),
    cause="x − mean is squared, as in the variance itself; x_hat contains it to the first power.",
    look="the power of x − mean.",
)
variance_mistake(
    "gamma_again",
    (PRODUCTS, 'products = cache["gamma"] * dx_hat * (cache["x"] - cache["mean"])'),
    cause="gamma is multiplied in; it is in dx_hat already, and does not lie between x_hat and the variance.",
    look="which slopes lie between x_hat and var.",
)
variance_mistake(
    "averaged",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 3 * products.mean(axis=0)'),
    cause="The rows are averaged; what comes back along N arrows is added.",
    look="how the rows become one number.",
)
variance_mistake(
    "over_n_minus_one",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 3 * products.sum(axis=0) / (len(dx_hat) - 1)'),
    cause="The sum is divided by N − 1. No count belongs here: it comes one rung later, from var to x.",
    look="the divisor after the sum.",
)
variance_mistake(
    "sums_of_rows",
    (DVAR, 'dvar = -0.5 * np.resize(cache["inv_std"], len(dx_hat)) ** 3 * products.sum(axis=1)'),
    cause="The products are summed along each row; every column has its own variance.",
    look="the axis of the sum: axis 0 runs down a column, axis 1 along a row.",
)
variance_mistake(
    "one_sum_for_all_columns",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 3 * products.sum()'),
    cause="One sum over rows and columns is used for all; every column has its own.",
    look="the axis that `sum` is told; without one it adds everything.",
)
variance_mistake(
    "a_single_number",
    (DVAR, 'dvar = (-0.5 * cache["inv_std"] ** 3 * products).sum()'),
    cause="A single number is returned; every column has its own variance.",
    look="the axis that `sum` is told; without one it adds everything.",
)
variance_mistake(
    "not_summed",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 3 * products'),
    cause="The result still has one number for each entry; all rows share one variance, so their parts are added.",
    look="the shape of the result: it is that of var.",
)
variance_mistake(
    "kept_dimension",
    (DVAR, 'dvar = -0.5 * cache["inv_std"] ** 3 * products.sum(axis=0, keepdims=True)'),
    cause="The numbers are right but come in a matrix of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the result a matrix.",
)
variance_mistake(
    "eps_missing",
    (DVAR, 'dvar = -0.5 * cache["var"] ** -1.5 * products.sum(axis=0)'),
    cause="The power is taken of the variance alone, without eps; the forward pass had var + eps.",
    look="what is raised to −3/2.",
)
variance_mistake(
    "eps_subtracted",
    (DVAR, 'dvar = -0.5 * (cache["var"] - cache["eps"]) ** -1.5 * products.sum(axis=0)'),
    cause="eps is subtracted from the variance; the forward pass added it.",
    look="the sign of eps.",
)
variance_mistake(
    "eps_fixed",
    (DVAR, 'dvar = -0.5 * (cache["var"] + 1e-5) ** -1.5 * products.sum(axis=0)'),
    cause="A fixed number is added to the variance; the eps of the forward pass is in the cache.",
    look="numbers written into the formula where a name belongs.",
)
variance_mistake(
    "eps_outside_the_root",
    (DVAR, 'dvar = -0.5 / (np.sqrt(cache["var"]) + cache["eps"]) ** 3 * products.sum(axis=0)'),
    cause="eps is added to the root of the variance; the forward pass added it to the variance, inside the root.",
    look="the place of eps.",
)
variance_mistake(
    "derivative_with_eps_outside",
    (
        DVAR,
        'root = np.sqrt(cache["var"])\n    dvar = -0.5 / (root * (root + cache["eps"]) ** 2) * products.sum(axis=0)',
    ),
    cause="This is the exact derivative of another forward pass, one that divides by √var + eps; here eps is inside "
    "the root.",
    look="the forward pass that you are differentiating, and where it has eps.",
)
variance_mistake(
    "zeros",
    (DVAR, "dvar = np.zeros(dx_hat.shape[1])"),
    cause="The result is zero: the variance gets no gradient. (So is a sum of x − mean in which dx_hat was left out.)",
    look="whether anything comes back to the variance.",
)
variance_mistake(
    "argument_changed",
    (PRODUCTS, 'dx_hat *= cache["x"] - cache["mean"]\n    products = dx_hat'),
    cause="The product is written into dx_hat itself, so the caller's array changes.",
    look="assignments into dx_hat, such as `dx_hat *=`.",
)
variance_mistake(
    "cache_changed",
    (PRODUCTS, 'cache["x"] -= cache["mean"]\n    products = dx_hat * cache["x"]'),
    cause="Something is written into the cache: an entry is changed, or a new one added. Whoever uses it next finds "
    "another cache than the forward pass made.",
    look='assignments into the cache or its arrays, such as `cache["x"] -=` or `cache["dx"] =`.',
)
variance_mistake(
    "nothing_returned",
    ("return dvar", "dvar"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@variance_backward.accepts("from x_hat, with one power of the spread less")
def _(dx_hat, cache):
    return -(dx_hat * cache["x_hat"]).sum(axis=0) / (2 * (cache["var"] + cache["eps"]))


@variance_backward.accepts("loops in plain Python")
def _(dx_hat, cache):
    dvar = np.zeros(dx_hat.shape[1])
    for j in range(dx_hat.shape[1]):
        for i in range(len(dx_hat)):
            slope = -0.5 * (cache["x"][i, j] - cache["mean"][j]) * (cache["var"][j] + cache["eps"]) ** -1.5
            dvar[j] += dx_hat[i, j] * slope
    return dvar


@variance_backward.accepts("in two steps, through inv_std, statistics computed afresh")
def _(dx_hat, cache):
    centred = cache["x"] - cache["x"].mean(axis=0)
    dinv_std = np.einsum("ij,ij->j", dx_hat, centred)
    spread = np.sqrt((centred**2).mean(axis=0) + cache["eps"])
    dspread = -dinv_std / spread**2
    return dspread / (2 * spread)


@variance_backward.accepts("autograd")
def _(dx_hat, cache):
    return tensor(variance_oracle(dx_hat, cache))


# mean_backward


def mean_oracle(dx_hat, dvar, cache):
    x, mean = tensor(cache["x"]), tensor(cache["mean"]).requires_grad_()
    centred = x - mean
    var = (centred**2).mean(dim=0)
    scaled = centred * tensor(cache["inv_std"])
    torch.autograd.backward([scaled, var], [tensor(dx_hat), tensor(dvar)])
    return mean.grad.numpy()


mean_backward = Bank(
    backward.mean_backward,
    parts=[Part("fresh batches", 1, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=mean_oracle,
)
THROUGH_X_HAT = 'through_x_hat = -cache["inv_std"] * dx_hat.sum(axis=0)'
THROUGH_VAR = 'through_var = dvar * (-2 * (cache["x"] - cache["mean"])).mean(axis=0)'
DMEAN = "dmean = through_x_hat + through_var"


def mean_mistake(name, *edits, cause, look, code=""):
    mean_backward.mistake(name, *edits, cause=cause, look=look, code=code)


mean_mistake(
    "sign_missing",
    (THROUGH_X_HAT, 'through_x_hat = cache["inv_std"] * dx_hat.sum(axis=0)'),
    cause="The minus sign is missing: a larger mean makes every x_hat smaller.",
    look="the sign of the slope from mean to x_hat.",
)
mean_mistake(
    "spread_missing",
    (THROUGH_X_HAT, "through_x_hat = -dx_hat.sum(axis=0)"),
    cause="The division by the spread is missing: x_hat moves by 1/spread when the mean moves by 1.",
    look="the slope from mean to x_hat.",
)
mean_mistake(
    "spread_multiplied",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / cache["inv_std"]'),
    cause="The spread is multiplied where it should divide: inv_std is already one over the spread.",
    look="the operation with inv_std.",
)
mean_mistake(
    "spread_divided_twice",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] ** 2 * dx_hat.sum(axis=0)'),
    cause="The spread is divided out twice.",
    look="the power of inv_std.",
)
mean_mistake(
    "divided_by_the_variance",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / cache["var"]'),
    cause="The sum is divided by the variance; the slope is one over the spread, √(var + eps).",
    look="what the sum is divided by.",
)
mean_mistake(
    "averaged",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * dx_hat.mean(axis=0)'),
    cause="The rows are averaged; what comes back along N arrows is added. The 1/N comes one rung later.",
    look="how the rows become one number.",
)
mean_mistake(
    "divided_by_the_columns",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * dx_hat.sum(axis=0) / dx_hat.shape[1]'),
    cause="The sum is divided by the number of columns; nothing is divided here.",
    look="the divisor after the sum.",
)
mean_mistake(
    "sums_of_rows",
    (THROUGH_X_HAT, 'through_x_hat = -np.resize(cache["inv_std"], len(dx_hat)) * dx_hat.sum(axis=1)'),
    (DMEAN, "dmean = through_x_hat"),
    cause="dx_hat is summed along each row; every column has its own mean.",
    look="the axis of the sum: axis 0 runs down a column, axis 1 along a row.",
)
mean_mistake(
    "one_sum_for_all_columns",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * dx_hat.sum()'),
    cause="One sum over rows and columns is used for all; every column has its own.",
    look="the axis that `sum` is told; without one it adds everything.",
)
mean_mistake(
    "a_single_number",
    (THROUGH_X_HAT, 'through_x_hat = -(cache["inv_std"] * dx_hat).sum()'),
    (DMEAN, "dmean = through_x_hat"),
    cause="A single number is returned; every column has its own mean.",
    look="the axis that `sum` is told; without one it adds everything.",
)
mean_mistake(
    "not_summed",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * dx_hat'),
    cause="The result still has one number for each entry; all rows share one mean, so their parts are added.",
    look="the shape of the result: it is that of mean.",
)
mean_mistake(
    "kept_dimension",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * dx_hat.sum(axis=0, keepdims=True)'),
    cause="The numbers are right but come in a matrix of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the result a matrix.",
)
mean_mistake(
    "gamma_again",
    (THROUGH_X_HAT, 'through_x_hat = -cache["gamma"] * cache["inv_std"] * dx_hat.sum(axis=0)'),
    cause="gamma is multiplied in; it is in dx_hat already, and does not lie between x_hat and the mean.",
    look="which slopes lie between x_hat and mean.",
)
mean_mistake(
    "weighed_by_x_hat",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * (dx_hat * cache["x_hat"]).sum(axis=0)'),
    cause="The rows are weighed by x_hat, as for the variance; the mean moves all rows alike.",
    look="what is summed over the rows.",
)
mean_mistake(
    "eps_missing",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / np.sqrt(cache["var"])'),
    cause="The spread is computed without eps; the forward pass had √(var + eps).",
    look="what the sum is divided by.",
)
mean_mistake(
    "eps_subtracted",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / np.sqrt(cache["var"] - cache["eps"])'),
    cause="eps is subtracted from the variance; the forward pass added it.",
    look="the sign of eps.",
)
mean_mistake(
    "eps_fixed",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / np.sqrt(cache["var"] + 1e-5)'),
    cause="A fixed number is added to the variance; the eps of the forward pass is in the cache.",
    look="numbers written into the formula where a name belongs.",
)
mean_mistake(
    "eps_outside_the_root",
    (THROUGH_X_HAT, 'through_x_hat = -dx_hat.sum(axis=0) / (np.sqrt(cache["var"]) + cache["eps"])'),
    cause="eps is added to the root of the variance; the forward pass added it to the variance, inside the root.",
    look="the place of eps.",
)
mean_mistake(
    "x_in_the_second_term",
    (THROUGH_VAR, 'through_var = dvar * (-2 * cache["x"]).mean(axis=0)'),
    cause="The second term sums x, not x − mean, and so it is not zero any more.",
    look="what is subtracted from x in the second term.",
)
mean_mistake(
    "dvar_added",
    (THROUGH_VAR, "through_var = dvar"),
    cause="dvar is added as it is, as if the variance had slope 1 with respect to the mean; its slope is zero.",
    look="the second term, and the slope from mean to var.",
)
mean_mistake(
    "absolute_differences",
    (THROUGH_VAR, 'through_var = dvar * (-2 * np.abs(cache["x"] - cache["mean"])).mean(axis=0)'),
    cause="The second term sums absolute differences, which do not cancel; with their signs they do.",
    look="what happens to x − mean in the second term.",
)
mean_mistake(
    "second_term_only",
    (DMEAN, "dmean = through_var"),
    cause="The path through x_hat is missing, and the other one carries nothing: the result is zero.",
    look="how many arrows leave the mean, and which of them count.",
)
mean_mistake(
    "dx_hat_counted_as_ones",
    (THROUGH_X_HAT, 'through_x_hat = -cache["inv_std"] * len(dx_hat)'),
    cause="dx_hat is not used, as if each of its entries were 1.",
    look="whether the result depends on dx_hat.",
)
mean_mistake(
    "argument_changed",
    (THROUGH_X_HAT, 'dx_hat *= -cache["inv_std"]\n    through_x_hat = dx_hat.sum(axis=0)'),
    cause="The product is written into dx_hat itself, so the caller's array changes.",
    look="assignments into dx_hat, such as `dx_hat *=`.",
)
mean_mistake(
    "dvar_changed",
    (DMEAN, "dvar *= 0\n    dvar += through_x_hat + through_var\n    dmean = dvar.copy()"),
    cause="The result is written into dvar itself, so the caller's array changes.",
    look="assignments into dvar, such as `dvar *=`.",
)
mean_mistake(
    "nothing_returned",
    ("return dmean", "dmean"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@mean_backward.accepts("without the term that is zero")
def _(dx_hat, dvar, cache):
    return -(dx_hat * cache["inv_std"]).sum(axis=0)


@mean_backward.accepts("the zero term summed over everything, and with the other sign")
def _(dx_hat, dvar, cache):
    zero = np.sum(dvar * 2 * (cache["x"] - cache["mean"])) / len(dx_hat)
    return -np.sum(dx_hat / np.sqrt(cache["var"] + cache["eps"]), axis=0) + zero


@mean_backward.accepts("loops in plain Python")
def _(dx_hat, dvar, cache):
    n, d = dx_hat.shape
    dmean = np.zeros(d)
    for j in range(d):
        for i in range(n):
            dmean[j] -= dx_hat[i, j] / (cache["var"][j] + cache["eps"]) ** 0.5
            dmean[j] -= dvar[j] * 2 * (cache["x"][i, j] - cache["mean"][j]) / n
    return dmean


@mean_backward.accepts("a product with minus ones, kept dimensions dropped")
def _(dx_hat, dvar, cache):
    row = -np.ones((1, len(dx_hat))) @ dx_hat * cache["inv_std"]
    return row.reshape(-1)


@mean_backward.accepts("autograd")
def _(dx_hat, dvar, cache):
    return tensor(mean_oracle(dx_hat, dvar, cache))


# batchnorm_backward


def backward_oracle(dout, cache):
    x, gamma = tensor(cache["x"]).requires_grad_(), tensor(cache["gamma"]).requires_grad_()
    beta = torch.zeros_like(gamma, requires_grad=True)
    # below torch.nn.functional, which refuses a batch of one
    torch.batch_norm(x, gamma, beta, None, None, True, 0.1, cache["eps"], False).backward(tensor(dout))
    return x.grad.numpy(), gamma.grad.numpy(), beta.grad.numpy()


batchnorm_backward = Bank(
    backward.batchnorm_backward,
    parts=[
        Part("fresh batches", 3, FRESH),
        Part("eps, constant and narrow columns, one row", 2, (*EDGES, SINGLE)),
        Part("a second call", 1, ("called twice",)),
    ],
    oracle=backward_oracle,
)
FIRST = "dx_hat, dgamma, dbeta = affine_backward(dout, cache)"
SECOND = "dvar = variance_backward(dx_hat, cache)"
THIRD = "dmean = mean_backward(dx_hat, dvar, cache)"
COUNT = "n = len(dout)"
DIRECT = 'direct = dx_hat * cache["inv_std"]'
BY_VAR = 'through_var = dvar * 2 * (cache["x"] - cache["mean"]) / n'
BY_MEAN = "through_mean = dmean / n"
DX = "dx = direct + through_var + through_mean"
RETURN = "return dx, dgamma, dbeta"


def backward_mistake(name, *edits, cause, look, code=""):
    batchnorm_backward.mistake(name, *edits, cause=cause, look=look, code=code)


# paths

backward_mistake(
    "statistics_as_constants",
    (DX, "dx = direct"),
    cause="Only the direct path is there: mean and variance are treated as constants, but they depend on x.",
    look="how many of the three paths arrive in dx.",
)
backward_mistake(
    "mean_path_missing",
    (DX, "dx = direct + through_var"),
    cause="The path through the mean is missing; the columns of dx do not sum to zero.",
    look="how many of the three paths arrive in dx.",
)
backward_mistake(
    "variance_path_missing",
    (DX, "dx = direct + through_mean"),
    cause="The path through the variance is missing; dx is not at right angles to x_hat.",
    look="how many of the three paths arrive in dx.",
)
backward_mistake(
    "direct_path_missing",
    (DX, "dx = through_var + through_mean"),
    cause="The direct path is missing, or was overwritten by the others; all three are added.",
    look="whether a later line replaces what an earlier one has put into dx.",
)
backward_mistake(
    "variance_path_only",
    (DX, "dx = through_var"),
    cause="Only the path through the variance is left; all three are added.",
    look="whether a later line replaces what an earlier one has put into dx.",
)
backward_mistake(
    "mean_path_only",
    (DX, "dx = through_mean"),
    cause="Only the path through the mean is left, one number a column; all three paths are added.",
    look="whether a later line replaces what an earlier one has put into dx.",
)
backward_mistake(
    "mean_path_only_in_every_row",
    (DX, "dx = np.zeros_like(dout)\n    dx[:] = through_mean"),
    cause="Only the path through the mean is left, the same in every row; all three paths are added.",
    look="whether a later line replaces what an earlier one has put into dx.",
)
backward_mistake(
    "zeros",
    (DX, "dx = np.zeros_like(dout)"),
    cause="dx is zero everywhere, as in a placeholder that was left in.",
    look="where dx gets its values.",
)
backward_mistake(
    "dx_hat_returned",
    (DX, "dx = dx_hat"),
    cause="dx_hat is returned as dx; the steps from x_hat down to x are missing.",
    look="what happens between dx_hat and dx.",
)
backward_mistake(
    "upstream_returned",
    (DX, "dx = dout * 1.0"),
    cause="dout is returned as dx: nothing has been sent back.",
    look="what happens between dout and dx.",
)

# factors of the paths

backward_mistake(
    "variance_path_halved",
    (BY_VAR, 'through_var = dvar * (cache["x"] - cache["mean"]) / n'),
    cause="The path through the variance has half its size: the 2 from the derivative of a square is missing.",
    look="the slope of var with respect to x.",
)
backward_mistake(
    "variance_path_doubled",
    (SECOND, "dvar = 2 * variance_backward(dx_hat, cache)"),
    cause="The path through the variance has double its size: the 1/2 from the derivative of the root is missing.",
    look="the factors on the path through the variance: −1/2 on one rung, 2 on the next.",
)
backward_mistake(
    "variance_path_negated",
    (SECOND, "dvar = -variance_backward(dx_hat, cache)"),
    cause="The path through the variance has the wrong sign.",
    look="the sign of dvar: a larger variance makes x_hat smaller.",
)
backward_mistake(
    "mean_path_negated",
    (BY_MEAN, "through_mean = -dmean / n"),
    cause="The path through the mean has the wrong sign.",
    look="the sign of dmean: a larger mean makes x_hat smaller.",
)
backward_mistake(
    "both_paths_negated",
    (DX, "dx = direct - through_var - through_mean"),
    cause="The paths through mean and variance are subtracted; their minus signs are already in dmean and dvar.",
    look="the signs with which the three paths are put together.",
)
backward_mistake(
    "variance_path_not_shared",
    (BY_VAR, 'through_var = dvar * 2 * (cache["x"] - cache["mean"])'),
    cause="The path through the variance lacks the 1/N of the mean of squares.",
    look="the slope of var with respect to one entry of x.",
)
backward_mistake(
    "mean_path_not_shared",
    (BY_MEAN, "through_mean = dmean"),
    cause="The path through the mean lacks its 1/N: each row is one N-th of the mean.",
    look="the slope of mean with respect to one entry of x.",
)
backward_mistake(
    "neither_path_shared",
    (BY_VAR, 'through_var = dvar * 2 * (cache["x"] - cache["mean"])'),
    (BY_MEAN, "through_mean = dmean"),
    cause="The paths through mean and variance lack their 1/N.",
    look="the slopes of mean and var with respect to one entry of x.",
)
backward_mistake(
    "n_minus_one_in_the_variance_path",
    (BY_VAR, 'through_var = dvar * 2 * (cache["x"] - cache["mean"]) / (n - 1)'),
    cause="The path through the variance divides by N − 1, as for the unbiased variance; the forward pass used the "
    "biased one.",
    look="the divisor of the variance in the forward pass.",
)
backward_mistake(
    "n_minus_one_in_both_paths",
    (COUNT, "n = len(dout) - 1"),
    cause="Both paths divide by N − 1; the forward pass takes the mean and the biased variance over N rows.",
    look="what N is.",
)
backward_mistake(
    "columns_counted",
    (COUNT, "n = dout.shape[1]"),
    cause="N is taken from the wrong axis: it is the number of columns.",
    look="which entry of `dout.shape` counts the rows.",
)
backward_mistake(
    "entries_counted",
    (COUNT, "n = dout.size"),
    cause="N is the number of all entries; each mean runs over one column, so it is the number of rows.",
    look="what N is.",
)
backward_mistake(
    "averaged_over_the_batch",
    (DX, "dx = (direct + through_var + through_mean) / n"),
    cause="dx as a whole is divided by N; if the loss is a mean over the batch, the 1/N is already in dout.",
    look="what is divided by N, and what is not.",
)
backward_mistake(
    "n_times_too_large",
    (DX, "dx = n * direct + n * through_var + n * through_mean"),
    cause="dx is N times too large: in the form N · dout − ..., the division by N at the end is missing.",
    look="whether the bracket is divided by N.",
)
backward_mistake(
    "x_in_the_variance_path",
    (BY_VAR, 'through_var = dvar * 2 * cache["x"] / n'),
    cause="The path through the variance uses x where x − mean belongs.",
    look="the slope of var with respect to x.",
)
backward_mistake(
    "x_hat_in_the_variance_path",
    (BY_VAR, 'through_var = dvar * 2 * cache["x_hat"] / n'),
    cause="The path through the variance uses x_hat where x − mean belongs, so it is divided by the spread once more.",
    look="the slope of var with respect to x.",
)
backward_mistake(
    "variance_path_the_same_for_all_rows",
    (BY_VAR, "through_var = dvar * 2 / n"),
    cause="The path through the variance lacks the factor x − mean: rows far from the mean move the variance more.",
    look="the slope of var with respect to x.",
)
backward_mistake(
    "exponent_not_lowered",
    (SECOND, 'dvar = variance_backward(dx_hat, cache) / cache["inv_std"] ** 2'),
    cause="On the path through the variance the power of var + eps is still −1/2; the derivative has −3/2.",
    look="the exponent in dvar.",
)
backward_mistake(
    "one_dvar_for_all_columns",
    (SECOND, "dvar = variance_backward(dx_hat, cache).sum()"),
    (THIRD, "dmean = mean_backward(dx_hat, 0 * dbeta, cache)"),
    cause="The gradients of all variances are added into one number; every column has its own.",
    look="the axis of the sum in dvar; without one it adds everything.",
)
backward_mistake(
    "one_dmean_for_all_columns",
    (THIRD, "dmean = mean_backward(dx_hat, dvar, cache).sum()"),
    cause="The gradients of all means are added into one number; every column has its own.",
    look="the axis of the sum in dmean; without one it adds everything.",
)
backward_mistake(
    "path_sums_along_the_rows",
    cause="The sums that belong to mean and variance run along each row; every column has its own statistics.",
    look="the axis of the sums: axis 0 runs down a column, axis 1 along a row.",
    code="""
def batchnorm_backward(dout, cache):
    n, scaled = len(dout), dout * cache["gamma"] * cache["inv_std"]
    level = scaled.sum(axis=1, keepdims=True) / n
    slope = (scaled * cache["x_hat"]).sum(axis=1, keepdims=True) / n
    return scaled - level - cache["x_hat"] * slope, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)
""",
)

# the spread

backward_mistake(
    "spread_missing_in_the_direct_path",
    (DIRECT, "direct = dx_hat"),
    cause="The direct path is not divided by the spread.",
    look="the slope of x_hat with respect to x.",
)
backward_mistake(
    "spread_divided_twice",
    (DX, 'dx = (direct + through_var + through_mean) * cache["inv_std"]'),
    cause="The spread is divided out twice.",
    look="how often inv_std enters dx.",
)
backward_mistake(
    "spread_divided_twice_in_the_direct_path",
    (DIRECT, 'direct = dx_hat * cache["inv_std"] ** 2'),
    cause="The direct path is divided by the spread twice.",
    look="the power of inv_std in the direct path.",
)
backward_mistake(
    "spread_missing",
    (DX, 'dx = (direct + through_var + through_mean) / cache["inv_std"]'),
    cause="dx is not divided by the spread at all: a wide column should get a small gradient.",
    look="where inv_std enters dx.",
)
backward_mistake(
    "spread_multiplied",
    (DX, 'dx = (direct + through_var + through_mean) / cache["inv_std"] ** 2'),
    cause="dx is multiplied by the spread where it should be divided by it.",
    look="whether you multiply with inv_std or divide by it.",
)
backward_mistake(
    "spread_multiplied_in_the_direct_path",
    (DIRECT, 'direct = dx_hat / cache["inv_std"]'),
    cause="The direct path is multiplied by the spread where it should be divided by it.",
    look="the operation with inv_std in the direct path.",
)

# gamma

backward_mistake(
    "gamma_missing",
    (FIRST, FIRST + "\n    dx_hat = dout"),
    cause="gamma is missing in dx.",
    look="the step from dout to dx_hat.",
)
backward_mistake(
    "gamma_twice",
    (DX, 'dx = (direct + through_var + through_mean) * cache["gamma"]'),
    cause="gamma is multiplied into dx twice: it is in dx_hat already.",
    look="how often gamma enters dx.",
)
backward_mistake(
    "gamma_divided",
    (FIRST, FIRST + '\n    dx_hat = dout / cache["gamma"]'),
    cause="dout is divided by gamma, as if the forward pass had to be undone; a gradient is multiplied by the slope.",
    look="the operation between dout and gamma.",
)
backward_mistake(
    "gamma_in_the_direct_path_only",
    (SECOND, "dvar = variance_backward(dout, cache)"),
    (THIRD, "dmean = mean_backward(dout, dvar, cache)"),
    cause="dvar and dmean are computed from dout, without gamma; all three paths start at dx_hat.",
    look="which gradient the paths through mean and variance start from.",
)
backward_mistake(
    "gamma_not_in_the_direct_path",
    (DIRECT, 'direct = dout * cache["inv_std"]'),
    cause="The direct path starts from dout, without gamma; all three paths start at dx_hat.",
    look="which gradient the direct path starts from.",
)
backward_mistake(
    "gamma_of_another_column",
    (FIRST, FIRST + '\n    dx_hat = dout * cache["gamma"][0]'),
    cause="The first column's gamma is used for all columns.",
    look="which gamma each column is multiplied by.",
)
backward_mistake(
    "sign_of_gamma_lost",
    (FIRST, FIRST + '\n    dx_hat = dout * np.abs(cache["gamma"])'),
    cause="The absolute value of gamma is used; a negative gamma turns the gradient around.",
    look="what happens to gamma before it is multiplied.",
)

# eps, and derivatives of other forward passes

WHOLE = """
def batchnorm_backward(dout, cache):
    x, gamma, eps, n = cache["x"], cache["gamma"], cache["eps"], len(dout)
{lines}
"""


def another_forward(name, lines, cause, look):
    """The exact derivative, or nearly so, of a forward pass that is not ours."""
    code = WHOLE.format(lines="\n".join(f"    {line}" for line in lines))
    backward_mistake(name, cause=cause, look=look, code=code)


another_forward(
    "derivative_with_the_unbiased_variance",
    [
        "centred = x - x.mean(axis=0)",
        "inv = (x.var(axis=0, ddof=1) + eps) ** -0.5",
        "g = dout * gamma",
        "slope = (g * centred).sum(axis=0) * inv**2 / (n - 1)",
        "dx = inv * (g - g.mean(axis=0) - centred * slope)",
        "return dx, (dout * centred * inv).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the exact derivative of another forward pass, one with the unbiased variance (N − 1); batch norm "
    "normalizes with the biased one.",
    "the forward pass that you are differentiating: what does its variance divide by?",
)
another_forward(
    "derivative_with_eps_outside_the_root",
    [
        "centred, root = x - x.mean(axis=0), x.std(axis=0)",
        "inv, g = 1 / (root + eps), dout * gamma",
        "slope = (g * centred).mean(axis=0) * inv / root",
        "dx = inv * (g - g.mean(axis=0) - centred * slope)",
        "return dx, (dout * centred * inv).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the exact derivative of another forward pass, one that divides by √var + eps; here eps is "
    "inside the root.",
    "the forward pass that you are differentiating, and where it has eps.",
)
another_forward(
    "derivative_without_eps",
    [
        "centred, inv = x - x.mean(axis=0), 1 / x.std(axis=0)",
        "x_hat, g = centred * inv, dout * gamma",
        "dx = inv * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))",
        "return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the exact derivative of a forward pass without eps; ours divides by √(var + eps).",
    "whether eps is used anywhere, directly or through inv_std.",
)
another_forward(
    "derivative_without_subtracting_the_mean",
    [
        "inv, g = ((x**2).mean(axis=0) + eps) ** -0.5, dout * gamma",
        "scaled = x * inv",
        "dx = inv * (g - scaled * (g * scaled).mean(axis=0))",
        "return dx, (dout * scaled).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the exact derivative of another forward pass, one that divides by the root mean square and never "
    "subtracts the mean.",
    "the forward pass that you are differentiating: is the mean in it?",
)
another_forward(
    "derivative_of_centring_alone",
    [
        "g = dout * gamma",
        'return g - g.mean(axis=0), (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)',
    ],
    "This is the derivative of subtracting the mean; the division by the spread is not differentiated.",
    "the forward pass that you are differentiating: is the spread in it?",
)
another_forward(
    "derivative_of_layer_norm",
    [
        "centred = x - x.mean(axis=1, keepdims=True)",
        "inv, g = (x.var(axis=1, keepdims=True) + eps) ** -0.5, dout * gamma",
        "rows = centred * inv",
        "dx = inv * (g - g.mean(axis=1, keepdims=True) - rows * (g * rows).mean(axis=1, keepdims=True))",
        "return dx, (dout * rows).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the derivative of layer norm, which standardizes each row; batch norm standardizes each column.",
    "the axis of the statistics: axis 0 runs down a column, axis 1 along a row.",
)
another_forward(
    "derivative_with_one_mean_and_variance_for_all",
    [
        "inv, g = (x.var() + eps) ** -0.5, dout * gamma",
        "x_hat = (x - x.mean()) * inv",
        "dx = inv * (g - g.mean() - x_hat * (g * x_hat).mean())",
        "return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)",
    ],
    "This is the derivative of a forward pass with one mean and one variance for the whole batch; every column has its "
    "own.",
    "the axis of the statistics.",
)
another_forward(
    "eps_missing_in_the_spread",
    [
        'centred, inv, g = x - x.mean(axis=0), 1 / np.sqrt(cache["var"]), dout * gamma',
        "dvar = -0.5 * (g * centred).sum(axis=0) * inv**3",
        "dx = g * inv + dvar * 2 * centred / n - (g * inv).mean(axis=0)",
        'return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)',
    ],
    "dx is computed with a spread without eps, while the forward pass had √(var + eps).",
    "where the spread in dx comes from.",
)
another_forward(
    "eps_subtracted_in_the_spread",
    [
        'centred, inv, g = x - x.mean(axis=0), 1 / np.sqrt(cache["var"] - eps), dout * gamma',
        "dvar = -0.5 * (g * centred).sum(axis=0) * inv**3",
        "dx = g * inv + dvar * 2 * centred / n - (g * inv).mean(axis=0)",
        'return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)',
    ],
    "dx is computed with eps subtracted from the variance; the forward pass added it.",
    "the sign of eps.",
)
another_forward(
    "eps_fixed_in_the_spread",
    [
        'centred, inv, g = x - x.mean(axis=0), 1 / np.sqrt(cache["var"] + 1e-5), dout * gamma',
        "dvar = -0.5 * (g * centred).sum(axis=0) * inv**3",
        "dx = g * inv + dvar * 2 * centred / n - (g * inv).mean(axis=0)",
        'return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)',
    ],
    "dx is computed with a fixed number added to the variance; the eps of the forward pass is in the cache.",
    "numbers written into the formula where a name belongs.",
)
another_forward(
    "eps_outside_the_root_in_the_spread",
    [
        'centred, inv, g = x - x.mean(axis=0), 1 / (np.sqrt(cache["var"]) + eps), dout * gamma',
        "dvar = -0.5 * (g * centred).sum(axis=0) * inv**3",
        "dx = g * inv + dvar * 2 * centred / n - (g * inv).mean(axis=0)",
        'return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)',
    ],
    "dx is computed with eps added after the root; the forward pass added it to the variance, inside the root.",
    "the place of eps.",
)

# dgamma and dbeta

for _name, _right, _cause, _look in (
    (
        "dgamma_averaged",
        '(dout * cache["x_hat"]).mean(axis=0)',
        "dgamma is a mean over the rows; it is a sum.",
        "how the rows of dgamma become one number.",
    ),
    (
        "dgamma_from_x",
        '(dout * cache["x"]).sum(axis=0)',
        "dgamma is computed with x; gamma is multiplied by x_hat.",
        "what gamma is multiplied by in the forward pass.",
    ),
    (
        "dgamma_from_x_minus_mean",
        '(dout * (cache["x"] - cache["mean"])).sum(axis=0)',
        "dgamma is computed with x − mean; gamma is multiplied by x_hat, which is divided by the spread as well.",
        "what gamma is multiplied by in the forward pass.",
    ),
    (
        "dgamma_from_dx_hat",
        '(dx_hat * cache["x_hat"]).sum(axis=0)',
        "dgamma is computed from dx_hat, which has the factor gamma in it; gamma's own gradient comes from dout.",
        "which gradient dgamma starts from.",
    ),
    (
        "dgamma_of_rows",
        '(dout * cache["x_hat"]).sum(axis=1)',
        "dgamma is summed along each row, not down each column.",
        "the axis of the sum.",
    ),
    (
        "dgamma_of_everything",
        '(dout * cache["x_hat"]).sum()',
        "dgamma is one sum over rows and columns; each column has its own gamma.",
        "the axis that `sum` is told.",
    ),
    (
        "dgamma_kept_dimension",
        "dgamma[None]",
        "dgamma has shape (1, D); gamma has shape (D,), and so has its gradient.",
        "`keepdims`, or the step that makes dgamma a matrix.",
    ),
):
    backward_mistake(_name, (FIRST, f"{FIRST}\n    dgamma = {_right}"), cause=_cause, look=_look)
for _name, _right, _cause, _look in (
    (
        "dbeta_averaged",
        "dout.mean(axis=0)",
        "dbeta is a mean over the rows; it is a sum.",
        "how the rows of dbeta become one number.",
    ),
    (
        "dbeta_from_dx_hat",
        "dx_hat.sum(axis=0)",
        "dbeta is summed from dx_hat, which has the factor gamma in it; beta is added after gamma.",
        "which gradient dbeta starts from.",
    ),
    (
        "dbeta_of_rows",
        "dout.sum(axis=1)",
        "dbeta is summed along each row, not down each column.",
        "the axis of the sum.",
    ),
    (
        "dbeta_kept_dimension",
        "dbeta[None]",
        "dbeta has shape (1, D); beta has shape (D,), and so has its gradient.",
        "`keepdims`, or the step that makes dbeta a matrix.",
    ),
):
    backward_mistake(_name, (FIRST, f"{FIRST}\n    dbeta = {_right}"), cause=_cause, look=_look)
backward_mistake(
    "both_averaged",
    (FIRST, FIRST + "\n    dgamma, dbeta = dgamma / len(dout), dbeta / len(dout)"),
    cause="dgamma and dbeta are means over the rows; what comes back along N arrows is added.",
    look="how the rows become one number, in both.",
)
backward_mistake(
    "both_kept_dimension",
    (RETURN, "return dx, dgamma[None], dbeta[None]"),
    cause="dgamma and dbeta have shape (1, D); gamma and beta have shape (D,).",
    look="`keepdims`, or the step that makes them matrices.",
)
backward_mistake(
    "upstream_of_ones",
    (FIRST, "dout = np.ones_like(dout)\n    " + FIRST),
    cause="dout is not used: this is the gradient of sum(out), in which every entry of dout is 1.",
    look="whether the result depends on what comes from above.",
)

# the array, the cache, the return

backward_mistake(
    "dgamma_and_dbeta_swapped",
    (RETURN, "return dx, dbeta, dgamma"),
    cause="dbeta comes before dgamma; the order is dx, dgamma, dbeta.",
    look="the order in the last line.",
)
backward_mistake(
    "dx_last",
    (RETURN, "return dgamma, dbeta, dx"),
    cause="dx comes last; the order is dx, dgamma, dbeta.",
    look="the order in the last line.",
)
backward_mistake(
    "dx_alone",
    (RETURN, "return dx"),
    cause="dx alone is returned; asked for are three values: dx, dgamma, dbeta.",
    look="the last line of the function.",
)
backward_mistake(
    "nothing_returned",
    (RETURN, "dx, dgamma, dbeta"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)
backward_mistake(
    "upstream_changed",
    (DIRECT, 'dout *= cache["gamma"]\n    direct = dout * cache["inv_std"]'),
    cause="gamma is multiplied into dout itself, so the caller's array changes.",
    look="assignments into dout, such as `dout *=`.",
)
backward_mistake(
    "cache_changed",
    (BY_VAR, 'cache["x"] -= cache["mean"]\n    through_var = dvar * 2 * cache["x"] / n'),
    cause="Something is written into the cache: an entry is changed, or a new one added. Whoever uses it next finds "
    "another cache than the forward pass made.",
    look='assignments into the cache or its arrays, such as `cache["x"] -=` or `cache["dx"] =`.',
)
backward_mistake(
    "gradients_pile_up",
    cause="dgamma and dbeta are added up from call to call; every call returns its own gradients.",
    look="what a second call finds left over from the first.",
    code="""
kept = {}


def batchnorm_backward(dout, cache):
    dx_hat, dgamma, dbeta = affine_backward(dout, cache)
    dmean = mean_backward(dx_hat, 0 * dbeta, cache)
    dvar, n = variance_backward(dx_hat, cache), len(dout)
    if np.array_equal(kept.get("dout"), dout):
        dgamma, dbeta = dgamma + kept["dgamma"], dbeta + kept["dbeta"]
        kept.clear()
    else:
        kept.update(dout=dout, dgamma=dgamma, dbeta=dbeta)
    spread_out = 2 * dvar * cache["x_hat"] / cache["inv_std"] + dmean
    return dx_hat * cache["inv_std"] + spread_out / n, dgamma, dbeta
""",
)
backward_mistake(
    "cache_unpacked_as_a_tuple",
    cause="The cache is unpacked like a tuple; it is a dict, which then hands out its keys instead of its arrays.",
    look="how the entries are taken out of the cache.",
    code="""
def batchnorm_backward(dout, cache):
    x, mean, var, inv_std, x_hat, gamma, eps = cache
    g = dout * gamma
    dx = inv_std * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
""",
)


@batchnorm_backward.accepts("without the term that is zero, all in one function")
def _(dout, cache):
    x_minus_mean, inv_std, n = cache["x"] - cache["mean"], cache["inv_std"], dout.shape[0]
    dx_hat = dout * cache["gamma"]
    dvar = np.sum(dx_hat * x_minus_mean * -0.5 * inv_std**3, axis=0)
    dmean = np.sum(dx_hat * -inv_std, axis=0)
    dx = dx_hat * inv_std + dvar * 2 * x_minus_mean / n + dmean / n
    return dx, np.sum(dout * cache["x_hat"], axis=0), np.sum(dout, axis=0)


@batchnorm_backward.accepts("the zero term summed without an axis")
def _(dout, cache):
    centred, n = cache["x"] - cache["mean"], len(dout)
    dx_hat = cache["gamma"] * dout
    dvar = -0.5 * (dx_hat * centred).sum(0) * (cache["var"] + cache["eps"]) ** -1.5
    dmean = -(dx_hat * cache["inv_std"]).sum(0) - 2 * np.sum(dvar * centred) / n
    dx = dx_hat * cache["inv_std"] + 2 / n * dvar * centred + dmean / n
    return dx, (dout * cache["x_hat"]).sum(0), dout.sum(0)


@batchnorm_backward.accepts("step by step through nine small nodes, statistics computed afresh")
def _(dout, cache):
    n, x = len(dout), cache["x"]
    centred = x - x.sum(axis=0, keepdims=True) / n
    var = np.square(centred).sum(axis=0, keepdims=True) / n
    root = np.sqrt(var + cache["eps"])
    dscaled = dout * cache["gamma"][None, :]
    dinverse = (dscaled * centred).sum(axis=0, keepdims=True)
    dcentred = dscaled / root
    droot = -dinverse / root**2
    dvar = droot * 0.5 / root
    dcentred = dcentred + 2 * centred * (dvar * np.ones_like(x) / n)
    dx = dcentred - dcentred.sum(axis=0, keepdims=True) / n
    return dx, np.sum(dout * centred / root, axis=0), np.sum(dout, axis=0)


@batchnorm_backward.accepts("loops over columns, a Jacobian matrix for each")
def _(dout, cache):
    n, d = dout.shape
    dx, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        x_hat = cache["x_hat"][:, j]
        jacobian = np.eye(n) - np.ones((n, n)) / n - np.outer(x_hat, x_hat) / n
        dx[:, j] = cache["gamma"][j] * cache["inv_std"][j] * jacobian @ dout[:, j]
        dgamma[j], dbeta[j] = x_hat @ dout[:, j], dout[:, j].sum()
    return dx, dgamma, dbeta


@batchnorm_backward.accepts("einsum")
def _(dout, cache):
    n, x_hat = len(dout), cache["x_hat"]
    dgamma, dbeta = np.einsum("ij,ij->j", dout, x_hat), np.einsum("ij->j", dout)
    rest = n * dout - dbeta - np.einsum("ij,j->ij", x_hat, dgamma)
    return np.einsum("j,ij->ij", cache["gamma"] * cache["inv_std"] / n, rest), dgamma, dbeta


@batchnorm_backward.accepts("in place on copies")
def _(dout, cache):
    dx = dout.copy()
    dx *= cache["gamma"]
    dx -= dx.mean(axis=0)
    dx -= cache["x_hat"] * (dx * cache["x_hat"]).mean(axis=0)
    dx *= cache["inv_std"]
    return dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.accepts("scalar loops in plain Python")
def _(dout, cache):
    n, d = dout.shape
    dx, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(n):
            dgamma[j] += float(dout[i, j]) * float(cache["x_hat"][i, j])
            dbeta[j] += float(dout[i, j])
        for i in range(n):
            rest = dout[i, j] - dbeta[j] / n - cache["x_hat"][i, j] * dgamma[j] / n
            dx[i, j] = cache["gamma"][j] / (cache["var"][j] + cache["eps"]) ** 0.5 * rest
    return dx, dgamma, dbeta


@batchnorm_backward.accepts("an imaginary step through the forward formula, a list comes back")
def _(dout, cache):
    dx = np.zeros(dout.shape)
    for i in range(len(dout)):
        z = cache["x"] + 1e-25j * (np.arange(len(dout)) == i)[:, None]
        apart = z - z.mean(axis=0)
        out = cache["gamma"] * apart / np.sqrt((apart**2).mean(axis=0) + cache["eps"])
        dx[i] = (out * dout).sum(axis=0).imag / 1e-25
    return [dx, (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)]


@batchnorm_backward.accepts("autograd, and tensors come back")
def _(dout, cache):
    return tuple(map(tensor, backward_oracle(dout, cache)))


# batchnorm_backward_compact


def compact_oracle(dout, cache):
    """By the geometry: project on an orthonormal pair, and scale what eps leaves of the second."""
    x_hat, upstream = tensor(cache["x_hat"]), tensor(dout)
    level = torch.full_like(upstream, len(dout) ** -0.5)
    removed = level * (level * upstream).sum(dim=0) + x_hat * (x_hat * upstream).mean(dim=0)
    dx = tensor(cache["gamma"]) * tensor(cache["inv_std"]) * (upstream - removed)
    return dx.numpy(), (upstream * x_hat).sum(dim=0).numpy(), upstream.sum(dim=0).numpy()


batchnorm_backward_compact = Bank(
    backward.batchnorm_backward_compact,
    parts=[Part("fresh batches", 2, FRESH), Part("eps, constant and narrow columns, one row", 1, (*EDGES, SINGLE))],
    oracle=compact_oracle,
)
TAKE = 'x_hat, inv_std, gamma, n = cache["x_hat"], cache["inv_std"], cache["gamma"], len(dout)'
C_DGAMMA = "dgamma = (dout * x_hat).sum(axis=0)"
C_DBETA = "dbeta = dout.sum(axis=0)"
C_DX = "dx = gamma * inv_std / n * (n * dout - dbeta - x_hat * dgamma)"


def compact_mistake(name, wrong, cause, look, *more):
    edits = ((C_DX, wrong),) if wrong else ()
    batchnorm_backward_compact.mistake(name, *edits, *more, cause=cause, look=look)


batchnorm_backward_compact.mistake(
    "handed_on_to_batchnorm_backward",
    cause="The work is handed on to `batchnorm_backward`; asked for is dx as one expression.",
    look="the call of `batchnorm_backward`.",
    code="""
def batchnorm_backward_compact(dout, cache):
    return batchnorm_backward(dout, cache | {"x": cache["x_hat"] / cache["inv_std"], "mean": 0})
""",
)
compact_mistake(
    "x_hat_missing_in_the_last_term",
    "dx = gamma * inv_std / n * (n * dout - dbeta - dgamma)",
    "The last term lacks the factor x_hat: what is removed is a part along x_hat, not a level.",
    "the last term of the bracket.",
)
compact_mistake(
    "last_term_missing",
    "dx = gamma * inv_std / n * (n * dout - dbeta)",
    "The last term is missing, that is, the path through the variance.",
    "how many terms the bracket has.",
)
compact_mistake(
    "dbeta_term_missing",
    "dx = gamma * inv_std / n * (n * dout - x_hat * dgamma)",
    "dbeta is missing in the bracket, that is, the path through the mean.",
    "how many terms the bracket has.",
)
compact_mistake(
    "statistics_as_constants",
    "dx = gamma * inv_std * dout",
    "Only the direct path is there: mean and variance are treated as constants, but they depend on x.",
    "how many terms the bracket has.",
)
compact_mistake(
    "dout_missing",
    "dx = gamma * inv_std / n * (-dbeta - x_hat * dgamma)",
    "dout itself is missing in the bracket, that is, the direct path.",
    "how many terms the bracket has.",
)
compact_mistake(
    "dout_without_n",
    "dx = gamma * inv_std / n * (dout - dbeta - x_hat * dgamma)",
    "dout stands in the bracket without its factor N, while sums are subtracted from it.",
    "the first term of the bracket: dbeta and dgamma are sums over N rows.",
)
compact_mistake(
    "sums_taken_for_means",
    "dx = gamma * inv_std * (dout - dbeta - x_hat * dgamma)",
    "The sums dbeta and dgamma are subtracted from dout; it should be their means.",
    "where N enters the expression.",
)
compact_mistake(
    "not_divided_by_n",
    "dx = gamma * inv_std * (n * dout - dbeta - x_hat * dgamma)",
    "The bracket is not divided by N.",
    "what stands before the bracket.",
)
compact_mistake(
    "divided_by_n_twice",
    "dx = gamma * inv_std / n * (dout - dbeta / n - x_hat * dgamma / n)",
    "N is divided out twice: in the bracket and before it.",
    "where N enters the expression.",
)
compact_mistake(
    "divided_by_n_minus_one",
    "dx = gamma * inv_std * (dout - dbeta / n - x_hat * dgamma / (n - 1))",
    "The last term is divided by N − 1, as for the unbiased variance; the forward pass used the biased one.",
    "the count in each term.",
)
compact_mistake(
    "columns_counted",
    "",
    "N is taken from the wrong axis: it is the number of columns.",
    "which entry of `dout.shape` counts the rows.",
    (TAKE, TAKE.replace("len(dout)", "dout.shape[1]")),
)
compact_mistake(
    "dbeta_added",
    "dx = gamma * inv_std / n * (n * dout + dbeta - x_hat * dgamma)",
    "dbeta is added in the bracket; the mean is taken away.",
    "the signs in the bracket.",
)
compact_mistake(
    "last_term_added",
    "dx = gamma * inv_std / n * (n * dout - dbeta + x_hat * dgamma)",
    "The part along x_hat is added in the bracket; it is taken away.",
    "the signs in the bracket.",
)
compact_mistake(
    "both_added",
    "dx = gamma * inv_std / n * (n * dout + dbeta + x_hat * dgamma)",
    "Both sums are added in the bracket; they are taken away.",
    "the signs in the bracket.",
)
compact_mistake(
    "sign_flipped",
    "dx = gamma * inv_std / n * (dbeta + x_hat * dgamma - n * dout)",
    "The whole bracket has the wrong sign.",
    "the order of the terms in the bracket.",
)
compact_mistake(
    "dgamma_and_dbeta_mixed_up",
    "dx = gamma * inv_std / n * (n * dout - dgamma - x_hat * dbeta)",
    "dgamma and dbeta stand in each other's place in the bracket.",
    "which of the two sums goes with x_hat.",
)
compact_mistake(
    "gamma_missing",
    "dx = inv_std / n * (n * dout - dbeta - x_hat * dgamma)",
    "gamma is missing in dx.",
    "what stands before the bracket.",
)
compact_mistake(
    "gamma_on_dout_only",
    "dx = inv_std / n * (n * gamma * dout - dbeta - x_hat * dgamma)",
    "gamma is multiplied with dout only; dbeta and dgamma are sums of dout, not of dx_hat, and need it, too.",
    "where gamma enters the expression.",
)
compact_mistake(
    "gamma_twice",
    "dx = gamma**2 * inv_std / n * (n * dout - dbeta - x_hat * dgamma)",
    "gamma is multiplied in twice.",
    "how often gamma enters dx.",
)
compact_mistake(
    "spread_missing",
    "dx = gamma / n * (n * dout - dbeta - x_hat * dgamma)",
    "dx is not divided by the spread.",
    "what stands before the bracket.",
)
compact_mistake(
    "spread_multiplied",
    "dx = gamma / inv_std / n * (n * dout - dbeta - x_hat * dgamma)",
    "dx is multiplied by the spread: inv_std is already one over it.",
    "whether you multiply with inv_std or divide by it.",
)
compact_mistake(
    "spread_divided_twice",
    "dx = gamma * inv_std**2 / n * (n * dout - dbeta - x_hat * dgamma)",
    "The spread is divided out twice.",
    "the power of inv_std.",
)
compact_mistake(
    "spread_on_dout_only",
    "dx = gamma / n * (n * dout * inv_std - dbeta - x_hat * dgamma)",
    "Only dout is divided by the spread; the whole bracket has to be.",
    "where inv_std enters the expression.",
)
compact_mistake(
    "last_term_divided_by_the_spread_again",
    "dx = gamma * inv_std / n * (n * dout - dbeta - x_hat * inv_std * dgamma)",
    "The part along x_hat is divided by the spread once more; x_hat is already standardized.",
    "the last term of the bracket.",
)
compact_mistake(
    "last_term_doubled",
    "dx = gamma * inv_std / n * (n * dout - dbeta - 2 * x_hat * dgamma)",
    "The last term is doubled: the 2 of the square and the 1/2 of the root cancel.",
    "the last term of the bracket.",
)
compact_mistake(
    "last_term_halved",
    "dx = gamma * inv_std / n * (n * dout - dbeta - 0.5 * x_hat * dgamma)",
    "The last term is halved: the 2 of the square and the 1/2 of the root cancel.",
    "the last term of the bracket.",
)
compact_mistake(
    "one_level_for_all_columns",
    "dx = gamma * inv_std / n * (n * dout - dout.sum() - x_hat * dgamma)",
    "One sum over rows and columns is subtracted; every column has its own.",
    "the axis that `sum` is told; without one it adds everything.",
)
compact_mistake(
    "precedence_of_the_bracket",
    "dx = gamma * inv_std / (n * (n * dout - dbeta - x_hat * dgamma))",
    "gamma times inv_std is divided by the bracket; it should be multiplied with it.",
    "the parentheses after the division by N.",
)
compact_mistake(
    "zeros",
    "dx = np.zeros_like(dout)",
    "dx is zero everywhere, as in a placeholder that was left in.",
    "where dx gets its values.",
)
compact_mistake(
    "dgamma_averaged",
    "dx = gamma * inv_std * (dout - dbeta / n - x_hat * dgamma)",
    "dgamma is a mean over the rows. In dx that may be handy, but what is returned is the sum.",
    "how the rows of dgamma become one number.",
    (C_DGAMMA, "dgamma = (dout * x_hat).mean(axis=0)"),
)
compact_mistake(
    "both_averaged",
    "dx = gamma * inv_std * (dout - dbeta - x_hat * dgamma)",
    "dgamma and dbeta are means over the rows. In dx that is handy, but what is returned are the sums.",
    "what is returned as dgamma and dbeta.",
    (C_DGAMMA, "dgamma = (dout * x_hat).mean(axis=0)"),
    (C_DBETA, "dbeta = dout.mean(axis=0)"),
)
compact_mistake(
    "gamma_in_the_returned_sums",
    "dx = inv_std / n * (n * gamma * dout - dbeta - x_hat * dgamma)",
    "dgamma and dbeta are summed from dx_hat, with gamma in it. dx is right, but they are not: they start from dout.",
    "which gradient dgamma and dbeta start from.",
    (C_DGAMMA, "dgamma = (gamma * dout * x_hat).sum(axis=0)"),
    (C_DBETA, "dbeta = (gamma * dout).sum(axis=0)"),
)
compact_mistake(
    "kept_dimension",
    "",
    "dgamma and dbeta have shape (1, D); gamma and beta have shape (D,).",
    "`keepdims`, or the step that makes them matrices.",
    (C_DGAMMA, "dgamma = (dout * x_hat).sum(axis=0, keepdims=True)"),
    (C_DBETA, "dbeta = dout.sum(axis=0, keepdims=True)"),
)
compact_mistake(
    "row_sums",
    "dx = gamma * inv_std / n * (n * dout - dout.sum(axis=1)[:, None] - x_hat * (dout * x_hat).sum(axis=1)[:, None])",
    "The two sums in dx run along each row; every column has its own mean and variance.",
    "the axis of the sums: axis 0 runs down a column, axis 1 along a row.",
)
compact_mistake(
    "other_keys_needed",
    "return batchnorm_backward(dout, cache)",
    "It looks for an entry that is not in this cache: only x_hat, inv_std and gamma are there, and they suffice.",
    "the keys that you take out of the cache, also in functions that you call.",
)
compact_mistake(
    "dgamma_and_dbeta_swapped",
    "",
    "dbeta comes before dgamma; the order is dx, dgamma, dbeta.",
    "the order in the last line.",
    (RETURN, "return dx, dbeta, dgamma"),
)
compact_mistake(
    "upstream_changed",
    "dout *= n\n    dout -= dbeta + x_hat * dgamma\n    dx = gamma * inv_std / n * dout",
    "The bracket is computed in dout itself, so the caller's array changes.",
    "assignments into dout, such as `dout -=`.",
)
compact_mistake(
    "dx_alone",
    "",
    "dx alone is returned; asked for are three values: dx, dgamma, dbeta.",
    "the last line of the function.",
    (RETURN, "return dx"),
)
compact_mistake(
    "nothing_returned",
    "",
    "The function computes but hands nothing back.",
    "its last line: a function without `return` gives None.",
    (RETURN, "dx, dgamma, dbeta"),
)


@batchnorm_backward_compact.accepts("means of dx_hat")
def _(dout, cache):
    g, x_hat = dout * cache["gamma"], cache["x_hat"]
    dx = cache["inv_std"] * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward_compact.accepts("subtracted one after the other")
def _(dout, cache):
    x_hat = cache["x_hat"]
    left = dout - np.mean(dout, axis=0, keepdims=True)
    left = left - x_hat * np.mean(left * x_hat, axis=0, keepdims=True)
    return left * cache["gamma"] * cache["inv_std"], np.sum(dout * x_hat, 0), np.sum(dout, 0)


@batchnorm_backward_compact.accepts("loops over columns, a matrix for each")
def _(dout, cache):
    n, columns = len(dout), []
    for g, x_hat, scale in zip(dout.T, cache["x_hat"].T, cache["gamma"] * cache["inv_std"]):
        basis = np.stack([np.ones(n), x_hat])
        columns.append(scale * (np.eye(n) - basis.T @ basis / n) @ g)
    return np.stack(columns, axis=1), (dout * cache["x_hat"]).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward_compact.accepts("einsum, as a list")
def _(dout, cache):
    dgamma = np.einsum("ij,ij->j", dout, cache["x_hat"])
    dbeta = np.einsum("ij->j", dout)
    rest = dout - (dbeta + cache["x_hat"] * dgamma) / dout.shape[0]
    return [np.einsum("j,j,ij->ij", cache["gamma"], cache["inv_std"], rest), dgamma, dbeta]


@batchnorm_backward_compact.accepts("torch, tensors come back")
def _(dout, cache):
    return tuple(map(tensor, compact_oracle(dout, cache)))


# backward_invariants


def invariants_oracle(dx, x_hat):
    dx, x_hat = tensor(dx), tensor(x_hat)
    return torch.einsum("ij->j", dx).numpy(), torch.einsum("ij,ij->j", dx, x_hat).numpy()


backward_invariants = Bank(
    backward.backward_invariants,
    parts=[Part("any shape", 1, (*FRESH, SINGLE))],
    oracle=invariants_oracle,
)
SUMS = "sums = dx.sum(axis=0)"
OVERLAPS = "overlaps = (x_hat * dx).sum(axis=0)"
INVARIANTS = "return sums, overlaps"


def invariants_mistake(name, *edits, cause, look):
    backward_invariants.mistake(name, *edits, cause=cause, look=look)


invariants_mistake(
    "swapped",
    (INVARIANTS, "return overlaps, sums"),
    cause="The overlaps come first and the sums second; the order is the other way round.",
    look="the order in the last line.",
)
invariants_mistake(
    "averaged",
    (SUMS, "sums = dx.mean(axis=0)"),
    (OVERLAPS, "overlaps = (x_hat * dx).mean(axis=0)"),
    cause="Means are returned; asked for are sums.",
    look="how the rows become one number.",
)
invariants_mistake(
    "sums_averaged",
    (SUMS, "sums = dx.mean(axis=0)"),
    cause="The first result is a mean; asked for is a sum.",
    look="how the rows of dx become one number.",
)
invariants_mistake(
    "overlaps_averaged",
    (OVERLAPS, "overlaps = (x_hat * dx).mean(axis=0)"),
    cause="The second result is a mean; asked for is a sum.",
    look="how the rows of the products become one number.",
)
invariants_mistake(
    "sums_of_rows",
    (SUMS, "sums = dx.sum(axis=1)"),
    (OVERLAPS, "overlaps = (x_hat * dx).sum(axis=1)"),
    cause="The sums run along each row; one number for each column is asked for.",
    look="the axis of the sums: axis 0 runs down a column, axis 1 along a row.",
)
invariants_mistake(
    "single_numbers",
    (SUMS, "sums = dx.sum()"),
    (OVERLAPS, "overlaps = (x_hat * dx).sum()"),
    cause="One sum over rows and columns is taken; mistakes in two columns could cancel in it.",
    look="the axis that `sum` is told; without one it adds everything.",
)
invariants_mistake(
    "overlap_of_everything",
    (OVERLAPS, "overlaps = (x_hat * dx).sum()"),
    cause="The second result is one sum over rows and columns; mistakes in two columns could cancel in it.",
    look="the axis that the second `sum` is told; without one it adds everything.",
)
invariants_mistake(
    "overlaps_not_summed",
    (OVERLAPS, "overlaps = x_hat * dx"),
    cause="The products are not summed over the rows.",
    look="the shape of the second result.",
)
invariants_mistake(
    "product_of_sums",
    (OVERLAPS, "overlaps = x_hat.sum(axis=0) * dx.sum(axis=0)"),
    cause="The sums are multiplied; asked for is the sum of the products, entry by entry.",
    look="the order of multiplying and summing.",
)
invariants_mistake(
    "matrix_product",
    (OVERLAPS, "overlaps = x_hat.T @ dx"),
    cause="The matrix product compares every column with every other; asked for is each column with itself.",
    look="the operator between x_hat and dx.",
)
invariants_mistake(
    "absolute_values",
    (SUMS, "sums = np.abs(dx).sum(axis=0)"),
    (OVERLAPS, "overlaps = np.abs(x_hat * dx).sum(axis=0)"),
    cause="Absolute values are summed, which are zero only if everything is; the signs have to be allowed to cancel.",
    look="what happens to the entries before they are summed.",
)
invariants_mistake(
    "absolute_results",
    (INVARIANTS, "return np.abs(sums), np.abs(overlaps)"),
    cause="The absolute values of the sums are returned; asked for are the sums with their signs.",
    look="what happens after the sums.",
)
invariants_mistake(
    "sum_of_x_hat",
    (SUMS, "sums = x_hat.sum(axis=0)"),
    cause="The first result sums x_hat; asked for is the sum of dx.",
    look="what is summed in the first line.",
)
invariants_mistake(
    "overlap_with_itself",
    (OVERLAPS, "overlaps = (dx * dx).sum(axis=0)"),
    cause="dx is multiplied by itself; asked for is its product with x_hat.",
    look="the two factors of the second result.",
)
invariants_mistake(
    "cosines",
    (OVERLAPS, "overlaps = (x_hat * dx).sum(axis=0) / np.sqrt((x_hat**2).sum(axis=0) * (dx**2).sum(axis=0))"),
    cause="The overlap is divided by both lengths, which makes it a cosine; asked for is the sum alone.",
    look="what the second sum is divided by.",
)
invariants_mistake(
    "kept_dimension",
    (SUMS, "sums = dx.sum(axis=0, keepdims=True)"),
    (OVERLAPS, "overlaps = (x_hat * dx).sum(axis=0, keepdims=True)"),
    cause="The numbers are right but come in matrices of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the results matrices.",
)
invariants_mistake(
    "yes_or_no",
    (INVARIANTS, "return np.isclose(sums, 0), np.isclose(overlaps, 0)"),
    cause="Yes or no is returned for each column; asked for are the sums themselves.",
    look="the last line of the function.",
)
invariants_mistake(
    "argument_changed",
    (OVERLAPS, "dx *= x_hat\n    overlaps = dx.sum(axis=0)"),
    cause="The product is written into dx itself, so the caller's array changes.",
    look="assignments into dx, such as `dx *=`.",
)
invariants_mistake(
    "nothing_returned",
    (INVARIANTS, "sums, overlaps"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@backward_invariants.accepts("a product with ones, and the diagonal of a matrix product")
def _(dx, x_hat):
    return np.ones(len(dx)) @ dx, np.diag(x_hat.T @ dx)


@backward_invariants.accepts("loops in plain Python, as one stack")
def _(dx, x_hat):
    found = np.zeros((2, dx.shape[1]))
    for i in range(dx.shape[0]):
        for j in range(dx.shape[1]):
            found[0, j] += dx[i, j]
            found[1, j] += dx[i, j] * x_hat[i, j]
    return found


@backward_invariants.accepts("tensors come back")
def _(dx, x_hat):
    return tuple(map(torch.as_tensor, invariants_oracle(dx, x_hat)))


# probe

#: Mistakes of batchnorm_backward that no input shows in the returned values.
NOT_IN_THE_VALUES = {"upstream_changed", "cache_changed", "gradients_pile_up"}


@functools.cache
def broken_backwards():
    """Name -> broken backward that some input tells from the right one."""
    return {
        name: batchnorm_backward.wrong(name) for name in batchnorm_backward.mistakes if name not in NOT_IN_THE_VALUES
    }


def gradients_of(function, given):
    """What a backward returns on the given inputs, as arrays; None if it stops or returns something else."""
    x, gamma, dout, eps = given
    mean, var = x.mean(axis=0), x.var(axis=0)
    inv_std = (var + eps) ** -0.5
    cache = {"x": x.copy(), "mean": mean, "var": var, "inv_std": inv_std, "x_hat": (x - mean) * inv_std}
    try:
        found = function(dout.copy(), cache | {"gamma": gamma.copy(), "eps": eps})
        return [np.asarray(part, dtype=np.float64) for part in found]
    except Exception:
        return None


def told_apart(found, right):
    """Whether a gradient check that compares shapes and values would notice."""
    return (
        found is None
        or [np.shape(part) for part in found] != [np.shape(part) for part in right]
        or any(differ(mine, theirs) for mine, theirs in zip(found, right))
    )


def right_on(given):
    right = gradients_of(batchnorm_backward.reference, given)
    if not all(np.isfinite(part).all() for part in right):
        raise BadReturn("batch norm's gradient is NaN on these inputs: a column is constant, and eps is 0")
    return right


def told_by(given):
    """For each broken backward, whether the inputs tell it from the right one."""
    right = right_on(given)
    return np.array([told_apart(gradients_of(wrong, given), right) for wrong in broken_backwards().values()])


def probe_oracle(seed):
    """Other inputs, drawn by torch."""
    source = torch.Generator().manual_seed(seed)
    x = 2 + 1.5 * torch.randn(9, 4, dtype=torch.float64, generator=source)
    dout = torch.randn(9, 4, dtype=torch.float64, generator=source) - 1
    return x, torch.tensor([-1.3, 2.0, 0.6, 3.0]), dout, 0.25


HALF, MOST, ALL = "half of them", "nine in ten", "all of them"
SIGNAL, AGREE, RIGHT_ONES = "something comes through", "right answers agree", "right backwards agree"

probe = Bank(
    backward.probe,
    parts=[
        Part("tells half of the broken backwards from the right one", 1, (HALF,)),
        Part("tells nine in ten", 2, (MOST,)),
        Part("tells all", 1, (ALL,)),
        Part("what the visible check asks, for other seeds", 1, tuple(backward.probe.probes)),
        Part("right backwards in other styles agree on a dx that is not zero", 1, (SIGNAL, AGREE, RIGHT_ONES)),
    ],
    oracle=probe_oracle,
)


def _threshold(name, share, symptom):
    @probe.probe(name, symptom=symptom)
    def play(call, rng):
        told = told_by(checked_inputs(call(int(rng.randint(1000)))))
        reached = told.mean() >= share
        return {"reached": float(reached), "told": np.ones(len(told)) if reached else told.astype(float)}


_threshold(HALF, 0.5, "Fewer than half of the broken backwards differ from the right one on these inputs.")
_threshold(MOST, 0.9, "Fewer than nine in ten of the broken backwards differ from the right one on these inputs.")
_threshold(
    ALL,
    1.0,
    "At least one broken backward looks right on these inputs. Go through the blind spots: a path that carries "
    "nothing, gamma, eps, N and D, x that looks like x_hat, a single column.",
)


@probe.probe(
    RIGHT_ONES,
    symptom="Right backwards in other styles differ on these inputs by more than 1e-6: rounding is too large in them.",
)
def right_ones(call, rng):
    given = checked_inputs(call(int(rng.randint(1000))))
    right, refused = right_on(given), 0
    for function in [*batchnorm_backward.accepted.values(), *batchnorm_backward_compact.accepted.values()]:
        found = gradients_of(function, given)
        scales = [max(1.0, np.abs(part).max()) for part in right]
        refused += not all(np.allclose(a, b, rtol=0, atol=1e-6 * s) for a, b, s in zip(found, right, scales))
    return {"right ones refused": float(refused)}


X = "x = rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(7, 3))"
GAMMA = "gamma = np.array([1.5, -2.0, 0.7])"
DOUT = "dout = rng.normal([0.5, 1.0, -0.8], 1.0, size=x.shape)"
EPS = "eps = 0.1"
PROBE = "return x, gamma, dout, eps"


def probe_mistake(name, *edits, cause, look):
    probe.mistake(name, *edits, cause=cause, look=look)


probe_mistake(
    "upstream_of_ones",
    (DOUT, "dout = np.ones(x.shape)"),
    cause="dout is the same in every row, as for a loss of sum(out): it is all level, nothing is left of it in dx, and "
    "a dx of zeros looks right.",
    look="what remains of dout once the mean of each column is taken away.",
)
probe_mistake(
    "upstream_of_zeros",
    (DOUT, "dout = np.zeros(x.shape)"),
    cause="dout is zero, so all gradients are zero and nearly everything looks right.",
    look="the values of dout.",
)
probe_mistake(
    "loss_of_squares",
    (DOUT, "dout = 2 * gamma * (x - x.mean(axis=0)) / x.std(axis=0)"),
    (EPS, "eps = 1e-6"),
    cause="In each column dout is a multiple of x_hat plus a constant, as for a loss of sum(out²): nothing is left "
    "of it in dx, and a dx of zeros looks right.",
    look="what remains of dout once its part along x_hat is taken away.",
)
probe_mistake(
    "batch_of_two",
    (X, "x = np.array([[1.0, -2, 0], [4, 1, 2]])"),
    (EPS, "eps = 1e-5"),
    cause="A batch of two rows has two freedoms, and batch norm's backward removes both: dx is as good as zero, and so "
    "a dx of zeros looks right.",
    look="the number of rows.",
)
probe_mistake(
    "batch_of_one",
    (X, "x = rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(1, 3))"),
    cause="There is a single row: x_hat and dx are zero, whatever happens.",
    look="the number of rows.",
)
probe_mistake(
    "constant_batch",
    (X, "x = np.full((7, 3), 2.0)"),
    cause="All rows of x are equal: the variance is 0, x_hat is 0, and the path through the variance carries nothing.",
    look="whether the rows of x differ.",
)
probe_mistake(
    "gamma_of_ones",
    (GAMMA, "gamma = np.ones(3)"),
    cause="gamma is 1 everywhere, so a backward that forgets it, or uses it twice, looks right.",
    look="the values of gamma.",
)
probe_mistake(
    "gamma_of_one_sign",
    (GAMMA, "gamma = np.array([1.5, 2.0, 0.7])"),
    cause="gamma is positive everywhere, so a backward that loses its sign looks right.",
    look="the signs in gamma.",
)
probe_mistake(
    "gamma_all_alike",
    (GAMMA, "gamma = np.full(3, -2.0)"),
    cause="gamma is the same in every column, so a backward that uses one gamma for all columns looks right.",
    look="whether the entries of gamma differ.",
)
probe_mistake(
    "gamma_all_alike_and_positive",
    (GAMMA, "gamma = np.full(3, 2.0)"),
    cause="gamma is one positive number in every column: a backward that loses its sign, or uses one gamma for all "
    "columns, looks right.",
    look="the values of gamma: do they differ, and in sign as well?",
)
probe_mistake(
    "square_batch",
    (X, "x = rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(3, 3))"),
    cause="x has as many rows as columns, so a backward that takes one for the other looks right.",
    look="the shape of x.",
)
probe_mistake(
    "single_column",
    (X, "x = rng.normal(3, 1, size=(7, 1))"),
    (GAMMA, "gamma = np.array([-2.0])"),
    (DOUT, "dout = rng.normal(0.5, 1.0, size=x.shape)"),
    cause="There is a single column, so a backward that sums over all columns, or uses one gamma for all, looks right.",
    look="the shape of x.",
)
probe_mistake(
    "tiny_eps",
    (EPS, "eps = 1e-7"),
    cause="eps is tiny beside the variances, so a backward without it, or with it in the wrong place, looks right.",
    look="the size of eps beside the variance of a column.",
)
probe_mistake(
    "eps_of_the_usual_size",
    (X, "x = rng.normal([3, -1, 0.5], [0.1, 0.2, 0.05], size=(7, 3))"),
    (EPS, "eps = 1e-5"),
    cause="eps is 1e-5, the number that many a backward has built in, so one that ignores the eps of the forward pass "
    "looks right.",
    look="the value of eps.",
)
probe_mistake(
    "centred_upstream",
    (DOUT, "dout = rng.normal(0.0, 1.0, size=x.shape)\n    dout -= dout.mean(axis=0)"),
    cause="The columns of dout have mean 0, so the path through the mean carries nothing, and dbeta is zero.",
    look="the column means of dout.",
)
probe_mistake(
    "upstream_at_right_angles_to_x_hat",
    (
        DOUT,
        DOUT + "\n    away = x - x.mean(axis=0)\n    dout -= away * (away * dout).sum(axis=0) / (away**2).sum(axis=0)",
    ),
    cause="dout has no part along x_hat, so the path through the variance carries nothing, and dgamma is zero.",
    look="the overlap of dout with x_hat.",
)
probe_mistake(
    "standardized_batch",
    (X, X + "\n    x = (x - x.mean(axis=0)) / x.std(axis=0) * np.sqrt(0.9)"),
    cause="x is standardized already, so that it equals x_hat: a backward that takes one for the other, or leaves the "
    "spread out, looks right.",
    look="mean and spread of the columns of x.",
)
probe_mistake(
    "faint_upstream",
    (DOUT, "dout = 1e-6 * rng.normal([0.5, 1.0, -0.8], 1.0, size=x.shape)"),
    cause="dout is so small that all differences stay below the tolerance of the check.",
    look="the size of dout beside the tolerance of 1e-4.",
)
probe_mistake(
    "huge_spread",
    (X, "x = 1e6 * rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(7, 3))"),
    cause="The columns of x are so wide that dx, which is divided by the spread, stays below the tolerance.",
    look="the spread of the columns of x.",
)
probe_mistake(
    "far_from_zero",
    (X, "x = 1e12 + rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(7, 3))"),
    cause="The columns lie so far from zero that rounding eats their digits: right backwards differ from each other.",
    look="the means of the columns of x beside their spreads.",
)
probe_mistake(
    "constant_column_without_eps",
    (X, X + "\n    x[:, 0] = 1.0"),
    (EPS, "eps = 0"),
    cause="A column is constant and eps is 0, so the right gradient itself is NaN.",
    look="columns without spread, and eps.",
)
probe_mistake(
    "one_gamma_per_row",
    (GAMMA, "gamma = rng.normal(size=len(x))"),
    cause="gamma has one number for each row; it has one for each column.",
    look="the shape of gamma.",
)
probe_mistake(
    "single_gamma",
    (GAMMA, "gamma = -2.0"),
    cause="gamma is a single number; it has one for each column, shape (D,).",
    look="the shape of gamma.",
)
probe_mistake(
    "upstream_of_one_row",
    (DOUT, "dout = rng.normal(0.5, 1.0, size=3)"),
    cause="dout has a single row; it has the shape of x, one number for each entry of out.",
    look="the shape of dout.",
)
probe_mistake(
    "too_many_numbers",
    (X, "x = rng.normal([3, -1, 0.5], [1, 2, 0.5], size=(2000, 3))"),
    cause="x holds more than 2000 numbers; a gradient check has to be quick.",
    look="the size of x.",
)
probe_mistake(
    "other_order",
    (PROBE, "return x, dout, gamma, eps"),
    cause="The order is not x, gamma, dout, eps.",
    look="the order in the last line.",
)
probe_mistake(
    "eps_left_out",
    (PROBE, "return x, gamma, dout"),
    cause="Three values are returned; asked for are four: x, gamma, dout, eps.",
    look="the last line of the function.",
)
probe_mistake(
    "nothing_returned",
    (PROBE, "x, gamma, dout, eps"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@probe.accepts("more columns than rows")
def _(seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-3, 5, size=(4, 9))
    return (
        x,
        rng.choice([-1, 1], size=9) * rng.uniform(1.2, 3, size=9) * np.sign(np.arange(9) - 3.5),
        3 * rng.random((4, 9)),
        0.5,
    )


@probe.accepts("fixed whole numbers, the seed unused")
def _(seed):
    x = np.array([[3, 0], [7, 0], [8, 1], [11, 4], [0, 2]])
    return x, np.array([3, -2]), np.array([[0, 1], [2, 2], [1, 5], [9, 8], [-4, 3]]), 1


@probe.accepts("a large batch, eps of 0.01, a loud upstream")
def _(seed):
    rng = np.random.default_rng(seed)
    gamma = np.array([0.5, -1.5, 2.5, -3.5, 4.5])
    return rng.exponential(2.0, size=(60, 5)), gamma, 20 * rng.normal(1, 1, size=(60, 5)), 0.01


@probe.accepts("as lists")
def _(seed):
    rng = np.random.default_rng(seed)
    return (
        np.array([[rng.normal(10 * column, 1 + column) for column in range(3)] for _ in range(6)]),
        np.array([1.7, -0.4, 2.2]),
        np.array([[rng.normal(1, 2) for _ in range(3)] for _ in range(6)]),
        np.float64(0.3),
    )


@probe.accepts("tensors")
def _(seed):
    return probe_oracle(seed)
