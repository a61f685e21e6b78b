"""Bank of lesson 08."""

import math

import numpy as np
import torch
from torch.nn import functional

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import alternatives as probes


def tensor(array):
    return torch.as_tensor(np.asarray(array), dtype=torch.float64)


def own_statistics_mistakes(bank, right, x, axes, what):
    """Mistakes in the statistics of one set, for an exercise whose solution calls `normalize` once.

    Args:
        right: the text in the solution that is replaced.
        x, axes: expressions for what is normalized and over which axes.
        what: how the learner calls one set of values.
    """
    mean, std = f"{x}.mean(axis={axes}, keepdims=True)", f"{x}.std(axis={axes}, keepdims=True)"
    var = f"{x}.var(axis={axes}, keepdims=True)"
    ddof = "keepdims=True, ddof=1)"
    centred = f"({x} - {mean})"
    bank.mistake(
        "eps_outside_root",
        (right, f"({centred} / ({std} + eps))"),
        cause="eps is added to the standard deviation, after the root; it belongs to the variance, inside the root.",
        look="the parentheses of the square root.",
    )
    bank.mistake(
        "unbiased_variance",
        (right, f"({centred} / np.sqrt({var.replace('keepdims=True)', ddof)} + eps))"),
        cause="The squared differences are divided by their number less one; all norms of this lesson divide by "
        "their number (the biased variance).",
        look="the `ddof` or the default of the function that gives the variance.",
    )
    bank.mistake(
        "unbiased_and_eps_outside",
        (right, f"({centred} / ({std.replace('keepdims=True)', ddof)} + eps))"),
        cause="Two things differ: the standard deviation is the unbiased one, and eps is added after the root. Much "
        "code in circulation does both; PyTorch's layers do neither.",
        look="how the spread is computed: what is divided by, and where eps enters.",
    )
    bank.mistake(
        "divided_by_the_variance",
        (right, f"({centred} / ({var} + eps))"),
        cause="The difference is divided by variance plus eps itself; it has to be divided by the root of it.",
        look="the step between adding eps and dividing.",
    )
    bank.mistake(
        "root_of_the_standard_deviation",
        (right, f"({centred} / np.sqrt({std} + eps))"),
        cause="A root is taken of the standard deviation, which is a root already.",
        look="whether the function you call gives a variance or a standard deviation.",
    )
    bank.mistake(
        "multiplied_by_the_spread",
        (right, f"({centred} * np.sqrt({var} + eps))"),
        cause="The difference is multiplied by the root; it has to be divided by it.",
        look="the operator in front of the root, or what a reciprocal root is used for.",
    )
    bank.mistake(
        "mean_square_for_variance",
        (right, f"({centred} / np.sqrt(({x} ** 2).mean(axis={axes}, keepdims=True) + eps))"),
        cause="The difference is divided by the root mean square of x, not of the differences from the mean.",
        look="what is squared for the denominator.",
    )
    bank.mistake(
        "not_centred",
        (right, f"({x} / np.sqrt({var} + eps))"),
        cause=f"The mean of {what} is not subtracted before dividing.",
        look="the numerator.",
    )
    bank.mistake(
        "root_mean_square_norm",
        (right, f"({x} / np.sqrt(({x} ** 2).mean(axis={axes}, keepdims=True) + eps))"),
        cause=f"Each value is divided by the root mean square and no mean is subtracted: that is RMS norm for {what}.",
        look="the switch `center`, or the missing subtraction.",
    )
    bank.mistake(
        "only_centred",
        (right, centred),
        cause="The mean is subtracted but nothing is divided.",
        look="what happens after the subtraction.",
    )
    bank.mistake(
        "sum_of_squares",
        (right, f"({centred} / np.sqrt(({centred} ** 2).sum(axis={axes}, keepdims=True) + eps))"),
        cause="The squared differences are summed and not averaged, so the result depends on how many there are.",
        look="the step from a sum to a mean.",
    )
    bank.mistake(
        "eps_fixed",
        (right, f"({centred} / np.sqrt({var} + 1e-5))"),
        cause="1e-5 is used whatever eps is asked for: the argument has no effect.",
        look="whether eps is passed on, or a number written where a name belongs.",
    )
    bank.mistake(
        "eps_left_out",
        (right, f"({centred} / {std})"),
        cause="eps is not used at all, so a constant set divides zero by zero.",
        look="whether eps occurs in the function.",
    )
    bank.mistake(
        "eps_squared",
        (right, f"({centred} / np.sqrt({var} + eps ** 2))"),
        cause="The square of eps is added to the variance; eps itself is meant.",
        look="the power of eps under the root.",
    )
    bank.mistake(
        "eps_as_floor",
        (right, f"({centred} / np.sqrt(np.maximum({var}, eps)))"),
        cause="eps is a lower limit of the variance; the formula adds it to every variance.",
        look="how variance and eps are put together.",
    )


def default_eps_mistakes(bank):
    bank.mistake(
        "default_eps_of_another_library",
        ("eps=1e-5", "eps=1e-3"),
        cause="When eps is not given, 1e-3 is used, which is a default of Keras; here it is 1e-5.",
        look="the signature of the function.",
    )
    bank.mistake(
        "default_eps_tiny",
        ("eps=1e-5", "eps=1e-12"),
        cause="When eps is not given, a number far smaller than 1e-5 is used.",
        look="the signature of the function.",
    )


def affine_mistakes(bank, right, gamma="gamma", beta="beta", x_hat="x_hat"):
    """Mistakes with a gamma and a beta that have the right shape. `right` is the expression in the solution."""
    for name, wrong, cause, look in (
        (
            "gamma_missing",
            f"{x_hat} + {beta}",
            "gamma is not used: the normalized values are shifted but not scaled.",
            "the scaling after the normalization.",
        ),
        (
            "beta_missing",
            f"{gamma} * {x_hat}",
            "beta is not used: the normalized values are scaled but not shifted.",
            "what comes after the multiplication by gamma.",
        ),
        (
            "gamma_and_beta_missing",
            x_hat,
            "The normalized values are returned without gamma and beta.",
            "the last step of the formula.",
        ),
        (
            "gamma_and_beta_swapped",
            f"{beta} * {x_hat} + {gamma}",
            "gamma and beta have changed places: gamma scales and beta shifts.",
            "which of the two multiplies.",
        ),
        (
            "beta_scaled_too",
            f"{gamma} * ({x_hat} + {beta})",
            "beta is added before the multiplication, so gamma scales it as well.",
            "the parentheses around the sum.",
        ),
        (
            "beta_subtracted",
            f"{gamma} * {x_hat} - {beta}",
            "beta is subtracted; it is added.",
            "the sign in front of beta.",
        ),
        (
            "divided_by_gamma",
            f"{x_hat} / {gamma} + {beta}",
            "The normalized values are divided by gamma; they are multiplied by it.",
            "the operator between x_hat and gamma.",
        ),
        (
            "size_of_gamma",
            f"np.abs({gamma}) * {x_hat} + {beta}",
            "The sign of gamma is lost; a negative gamma turns its values round.",
            "what is done to gamma before the multiplication.",
        ),
    ):
        bank.mistake(name, (right, wrong), cause=cause, look=look)


def whole_number_mistake(bank, right):
    bank.mistake(
        "whole_numbers_kept",
        (right, f"({right}).astype(x.dtype)"),
        cause="The result is stored in the type of x; for whole numbers that cuts off all decimals.",
        look="the array that the result is written into, and its dtype.",
    )


def return_mistakes(bank, name="out"):
    bank.mistake(
        "nothing_returned",
        (f"return {name}", name),
        cause="The function computes but hands nothing back.",
        look="its last line: a function without `return` gives None.",
    )


# normalize


def torch_normalize(x, axes, eps=1e-5, center=True):
    x = tensor(x)
    axes = (axes,) if isinstance(axes, int) else tuple(axes)
    if center:
        var, mean = torch.var_mean(x, dim=axes, keepdim=True, correction=0)
        return (x - mean) * torch.rsqrt(var + eps)
    return x * torch.rsqrt(x.square().mean(dim=axes, keepdim=True) + eps)


normalize = Bank(
    probes.normalize,
    parts=[
        Part(
            "sets along any axes",
            1.5,
            (
                "a matrix, over axis 0, eps 0",
                "a matrix, over axis 1, eps 0",
                "over the last axis, given as -1",
                "four axes, over three of them",
                "four axes, over the two last",
                "over all axes",
                "all lengths equal",
                "whole numbers",
            ),
        ),
        Part("centred or not, as asked", 0.5, ("not centred", "centred and not, over two axes")),
        Part(
            "eps, constant sets, sets of one value, float32",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant set", "sets of one value", "float32 far from zero"),
        ),
    ],
    oracle=torch_normalize,
)
MEAN = "mean = x.mean(axis=axes, keepdims=True) if center else 0"
POWER = "power = ((x - mean) ** 2).mean(axis=axes, keepdims=True)"
X_HAT = "x_hat = (x - mean) / np.sqrt(power + eps)"
AXES_TUPLE = "axes = (axes,) if isinstance(axes, int) else axes\n    axes = tuple(axis % x.ndim for axis in axes)\n    "
OTHERS = "axes = tuple(axis for axis in range(x.ndim) if axis not in axes)\n    "


def normalize_mistake(name, *edits, cause, look, code=""):
    normalize.mistake(name, *edits, cause=cause, look=look, code=code)


normalize_mistake(
    "eps_outside_root",
    (X_HAT, "x_hat = (x - mean) / (np.sqrt(power) + eps)"),
    cause="eps is added after the root is taken; it belongs inside the root.",
    look="the parentheses of the square root.",
)
normalize_mistake(
    "eps_left_out",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(power)"),
    cause="eps is not used at all, so a constant set divides zero by zero.",
    look="whether eps occurs in the function.",
)
normalize_mistake(
    "eps_fixed",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(power + 1e-5)"),
    cause="A fixed number is added, so the argument eps has no effect.",
    look="numbers written into the formula where a name belongs.",
)
normalize_mistake(
    "eps_squared",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(power + eps**2)"),
    cause="The square of eps is added to the variance; eps itself is meant.",
    look="the power of eps under the root.",
)
normalize_mistake(
    "eps_subtracted",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(power - eps)"),
    cause="eps is subtracted from the variance; where the variance is small the root is then NaN.",
    look="the sign in front of eps.",
)
normalize_mistake(
    "eps_as_floor",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(np.maximum(power, eps))"),
    cause="eps is a lower limit of the variance; the formula adds it to every variance.",
    look="how variance and eps are put together under the root.",
)
normalize_mistake(
    "divided_by_the_variance",
    (X_HAT, "x_hat = (x - mean) / (power + eps)"),
    cause="The difference is divided by variance plus eps itself; it has to be divided by the root of it.",
    look="the step between adding eps and dividing.",
)
normalize_mistake(
    "fourth_root",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(np.sqrt(power) + eps)"),
    cause="The root is taken twice.",
    look="how many roots there are between the squares and the division.",
)
normalize_mistake(
    "multiplied_by_the_spread",
    (X_HAT, "x_hat = (x - mean) * np.sqrt(power + eps)"),
    cause="The difference is multiplied by the root; it has to be divided by it.",
    look="the operator in front of the root.",
)
normalize_mistake(
    "squared_denominator",
    (X_HAT, "x_hat = (x - mean) / (power + eps) ** 2"),
    cause="Variance plus eps is squared; its root is asked for, the power 0.5.",
    look="the exponent of the denominator.",
)
normalize_mistake(
    "only_centred",
    (X_HAT, "x_hat = x - mean"),
    cause="The mean is subtracted but nothing is divided.",
    look="what happens after the subtraction.",
)
normalize_mistake(
    "mean_divided_alone",
    (X_HAT, "x_hat = x - mean / np.sqrt(power + eps)"),
    cause="Only the mean is divided by the root: division binds closer than subtraction.",
    look="the parentheses around the difference.",
)
normalize_mistake(
    "unbiased_variance",
    (
        POWER,
        "count = x.size / np.mean(x, axis=axes).size\n    "
        "power = ((x - mean) ** 2).sum(axis=axes, keepdims=True) / (count - 1 if center else count)",
    ),
    cause="The squared differences are divided by their number less one; asked for is the biased variance.",
    look="what the sum of squares is divided by, and the `ddof` of the function you call.",
)
normalize_mistake(
    "unbiased_and_eps_outside",
    cause="Two things differ: the standard deviation is the unbiased one, and eps is added after the root.",
    look="how the spread is computed: what is divided by, and where eps enters.",
    code="""
def normalize(x, axes, eps=1e-5, center=True):
    mean = x.mean(axis=axes, keepdims=True) if center else 0
    return (x - mean) / (x.std(axis=axes, keepdims=True, ddof=1) + eps)
""",
)
normalize_mistake(
    "sum_of_squares",
    (POWER, "power = ((x - mean) ** 2).sum(axis=axes, keepdims=True)"),
    cause="The squared differences are summed and not averaged, so the result depends on how many there are.",
    look="the step from a sum to a mean.",
)
normalize_mistake(
    "mean_absolute_difference",
    (POWER, "power = np.abs(x - mean).mean(axis=axes, keepdims=True) ** 2"),
    cause="The spread is the mean absolute difference; asked for is the root of the mean squared one.",
    look="what happens to a difference before it is averaged.",
)
normalize_mistake(
    "mean_square_for_variance",
    (POWER, "power = (x**2).mean(axis=axes, keepdims=True)"),
    cause="The mean is subtracted above the line only; below it, x itself is squared.",
    look="what is squared for the denominator.",
)
normalize_mistake(
    "short_formula_in_float32",
    (POWER, "power = (x**2).mean(axis=axes, keepdims=True) - (mean**2 if center else 0)"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 two "
    "huge numbers are subtracted and nearly all digits are lost.",
    look="the order of squaring and subtracting.",
)
normalize_mistake(
    "never_centred",
    (MEAN, "mean = 0"),
    cause="The mean is never subtracted, whatever `center` says.",
    look="how `center` decides about the mean.",
)
normalize_mistake(
    "always_centred",
    (MEAN, "mean = x.mean(axis=axes, keepdims=True)"),
    cause="The mean is subtracted always; with center=False it has to stay.",
    look="whether `center` is used anywhere.",
)
normalize_mistake(
    "center_reversed",
    (MEAN, "mean = 0 if center else x.mean(axis=axes, keepdims=True)"),
    cause="`center` works the wrong way round: the mean is subtracted when it is False.",
    look="the two branches of the decision.",
)
normalize_mistake(
    "variance_when_not_centred",
    (POWER, "power = x.var(axis=axes, keepdims=True)"),
    cause="With center=False x is divided by its standard deviation; asked for is the root of the mean square.",
    look="the denominator in the case that is not centred: `var` subtracts the mean on its own.",
)
normalize_mistake(
    "centred_above_only_when_not_centred",
    (X_HAT, "x_hat = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(power + eps)"),
    cause="With center=False the denominator is right, but the mean is still subtracted above the line.",
    look="the numerator in the case that is not centred.",
)
normalize_mistake(
    "axes_ignored",
    (MEAN, "axes = None\n    " + MEAN),
    cause="One mean and one variance are taken over the whole array; `axes` has no effect.",
    look="what `mean` is told about axes.",
)
normalize_mistake(
    "always_axis_zero",
    (MEAN, "axes = 0\n    " + MEAN),
    cause="The mean always runs over axis 0; `axes` has no effect.",
    look="what `mean` is told about axes.",
)
normalize_mistake(
    "always_the_last_axis",
    (MEAN, "axes = -1\n    " + MEAN),
    cause="The mean always runs over the last axis; `axes` has no effect.",
    look="what `mean` is told about axes.",
)
normalize_mistake(
    "the_other_axes",
    (MEAN, AXES_TUPLE + OTHERS + MEAN),
    cause="The mean runs over the axes that are *not* named; `axes` are those that are averaged over.",
    look="what `axes` stands for: the ones that disappear, or the ones that stay.",
)
normalize_mistake(
    "first_of_the_axes_only",
    (MEAN, AXES_TUPLE + "axes = axes[0]\n    " + MEAN),
    cause="Only the first of the axes is averaged over.",
    look="what happens when `axes` is a tuple of several.",
)
normalize_mistake(
    "one_axis_after_the_other",
    cause="Each axis is standardized after the one before; several axes have to be averaged over together.",
    look="a loop over the axes, if there is one.",
    code="""
def normalize(x, axes, eps=1e-5, center=True):
    for axis in (axes,) if isinstance(axes, int) else axes:
        mean = x.mean(axis=axis, keepdims=True) if center else 0
        x = (x - mean) / np.sqrt(((x - mean) ** 2).mean(axis=axis, keepdims=True) + eps)
    return x
""",
)
normalize_mistake(
    "averaged_axes_dropped",
    (MEAN, "mean = x.mean(axis=axes) if center else 0"),
    (POWER, "power = ((x - mean) ** 2).mean(axis=axes)"),
    cause="The averaged axes are gone from the mean, so it no longer lines up with x: NumPy stops, or pairs up the "
    "wrong axes where lengths happen to fit.",
    look="the shape of the mean beside the shape of x.",
)
normalize_mistake(
    "tuple_refused",
    cause="Several axes at once are not handled.",
    look="what happens when `axes` is a tuple.",
    code="""
def normalize(x, axes, eps=1e-5, center=True):
    count = x.shape[axes]
    mean = x.sum(axis=axes, keepdims=True) / count if center else 0
    power = ((x - mean) ** 2).sum(axis=axes, keepdims=True) / count
    return (x - mean) / np.sqrt(power + eps)
""",
)
normalize_mistake(
    "argument_changed",
    (X_HAT, "x -= mean\n    x_hat = x / np.sqrt(power + eps)"),
    cause="The subtraction is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)
normalize_mistake(
    "whole_numbers_kept",
    (X_HAT, "x_hat = np.empty_like(x)\n    x_hat[...] = (x - mean) / np.sqrt(power + eps)"),
    cause="The result is stored in the type of x; for whole numbers that cuts off all decimals.",
    look="the array that the result is written into, and its dtype.",
)
default_eps_mistakes(normalize)
return_mistakes(normalize, "x_hat")


@normalize.accepts("var and mean of NumPy, by case")
def _(x, axes, eps=1e-5, center=True):
    if center:
        return (x - np.mean(x, axes, keepdims=True)) / (np.var(x, axes, keepdims=True) + eps) ** 0.5
    return x / (np.mean(np.square(x), axes, keepdims=True) + eps) ** 0.5


@normalize.accepts("the averaged axes moved to the end and flattened")
def _(x, axes, eps=1e-5, center=True):
    axes = [axis % x.ndim for axis in np.atleast_1d(axes)]
    kept = [axis for axis in range(x.ndim) if axis not in axes]
    moved = x.transpose(*kept, *axes)
    flat = moved.reshape(*[x.shape[axis] for axis in kept], -1).astype(np.float64)
    flat = flat - (flat.mean(-1)[..., None] if center else 0)
    flat = flat / np.sqrt((flat**2).mean(-1) + eps)[..., None]
    return flat.reshape(moved.shape).transpose(*np.argsort([*kept, *axes]))


@normalize.accepts("expand_dims instead of keepdims")
def _(x, axes, eps=1e-5, center=True):
    d = x - np.expand_dims(x.mean(axes), axes) if center else x
    return d / np.expand_dims(np.sqrt((d * d).mean(axes) + eps), axes)


@normalize.accepts("hypot with the root of eps")
def _(x, axes, eps=1e-5, center=True):
    d = np.asarray(x, dtype=np.float64)
    if center:
        d = d - d.mean(axis=axes, keepdims=True)
    return d / np.hypot(np.sqrt(np.mean(d**2, axis=axes, keepdims=True)), math.sqrt(eps))


@normalize.accepts("a loop over all places")
def _(x, axes, eps=1e-5, center=True):
    axes = [axis % x.ndim for axis in ([axes] if isinstance(axes, int) else axes)]
    out = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        values = x[tuple(slice(None) if axis in axes else place[axis] for axis in range(x.ndim))].astype(float)
        mean = values.mean() if center else 0.0
        out[place] = (x[place] - mean) / math.sqrt(((values - mean) ** 2).mean() + eps)
    return out


@normalize.accepts("tensors come back")
def _(x, axes, eps=1e-5, center=True):
    return torch_normalize(x, axes, eps, center)


# layer_norm


def torch_layer_norm(x, gamma, beta, eps=1e-5):
    return functional.layer_norm(tensor(x), (x.shape[-1],), tensor(gamma), tensor(beta), eps)


layer_norm = Bank(
    probes.layer_norm,
    parts=[
        Part(
            "rows and tokens, gamma and beta",
            1,
            (
                "seven rows, five features, eps 0",
                "three sequences of four tokens, five features",
                "all lengths equal",
                "a single row",
                "whole numbers",
            ),
        ),
        Part("eps: given, not given, a constant row", 1, ("eps from 0.1 to 1", "eps not given", "a constant row")),
    ],
    oracle=torch_layer_norm,
)
LN = "normalize(x, -1, eps)"
LN_OUT = "gamma * normalize(x, -1, eps) + beta"
for name, axes, cause, look in (
    (
        "over_the_batch",
        "0",
        "The statistics are taken over axis 0, across the rows: that is batch norm's direction.",
        "the axis that is averaged: a row's own features, not other rows.",
    ),
    (
        "over_the_tokens",
        "1",
        "The statistics are taken over axis 1. In (N, T, D) that is time; the features are the last axis.",
        "how the axis is named when there are three of them.",
    ),
    (
        "over_the_whole_sequence",
        "tuple(range(1, x.ndim))",
        "All tokens of a sequence share one mean; each token has to be normalized by itself, over D.",
        "which axes are averaged in (N, T, D): all but the first, or the last alone?",
    ),
    (
        "over_all_but_the_features",
        "tuple(range(x.ndim - 1))",
        "Each feature is normalized over all rows and tokens: that is batch norm.",
        "which axes are averaged: all but the last, or the last?",
    ),
    (
        "one_mean_for_all",
        "tuple(range(x.ndim))",
        "One mean and one variance are taken over everything.",
        "the axes that are averaged.",
    ),
):
    layer_norm.mistake(name, (LN, f"normalize(x, {axes}, eps)"), cause=cause, look=look)
own_statistics_mistakes(layer_norm, LN, "x", "-1", "a row")
affine_mistakes(layer_norm, LN_OUT, x_hat=LN)
default_eps_mistakes(layer_norm)
whole_number_mistake(layer_norm, LN_OUT)
return_mistakes(layer_norm)
layer_norm.mistake(
    "affine_before_normalizing",
    (LN_OUT, "normalize(gamma * x + beta, -1, eps)"),
    cause="gamma and beta are applied before the normalization, which takes their common part away again.",
    look="the order of normalizing, scaling and shifting.",
)
layer_norm.mistake(
    "one_gamma_for_all",
    (LN_OUT, "gamma[0] * normalize(x, -1, eps) + beta[0]"),
    cause="One gamma and one beta serve all features; there is one pair for each feature.",
    look="how gamma and beta meet the normalized values.",
)
layer_norm.mistake(
    "gamma_per_row",
    (LN_OUT, "gamma[:, None] * normalize(x, -1, eps) + beta[:, None]"),
    cause="gamma and beta go down the rows: entry i scales row i. They belong to features, the last axis.",
    look="the axis that gamma and beta line up with.",
)
layer_norm.mistake(
    "cache_returned",
    ("return out", "return out, None"),
    cause="Two values are returned; here it is the output alone.",
    look="the last line.",
)
layer_norm.mistake(
    "transposed",
    (LN_OUT, "(gamma * normalize(x, -1, eps) + beta).T"),
    cause="The result is transposed.",
    look="a `.T` that is not undone.",
)
layer_norm.mistake(
    "argument_changed",
    ("out = gamma", "x -= x.mean(axis=-1, keepdims=True)\n    out = gamma"),
    cause="The mean is subtracted in x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=`.",
)


@layer_norm.accepts("written out")
def _(x, gamma, beta, eps=1e-5):
    d = x - x.mean(axis=-1, keepdims=True)
    return d / np.sqrt((d * d).mean(axis=-1, keepdims=True) + eps) * gamma + beta


@layer_norm.accepts("a loop over rows")
def _(x, gamma, beta, eps=1e-5):
    flat = x.reshape(-1, x.shape[-1])
    rows = [[(v - row.mean()) / math.sqrt(row.var() + eps) for v in row] for row in flat]
    return np.array(rows).reshape(x.shape) * gamma + beta


@layer_norm.accepts("transposed in and out")
def _(x, gamma, beta, eps=1e-5):
    t = np.moveaxis(x, -1, 0)
    t = (t - t.mean(0)) / np.sqrt(t.var(0) + eps)
    return np.moveaxis(t, 0, -1) * gamma + beta


@layer_norm.accepts("as a matrix product with the centring matrix")
def _(x, gamma, beta, eps=1e-5):
    d = x.shape[-1]
    centred = x @ (np.eye(d) - 1 / d)
    return gamma * centred / np.sqrt(np.einsum("...i,...i->...", centred, centred)[..., None] / d + eps) + beta


@layer_norm.accepts("torch's own layer")
def _(x, gamma, beta, eps=1e-5):
    return torch_layer_norm(x, gamma, beta, eps)


# rms_norm


def torch_rms_norm(x, gamma, eps=1e-5):
    return functional.rms_norm(tensor(x), (x.shape[-1],), tensor(gamma), eps)


rms_norm = Bank(
    probes.rms_norm,
    parts=[
        Part(
            "rows and tokens, gamma",
            1,
            (
                "seven rows, five features, eps 0",
                "three sequences of four tokens, five features",
                "all lengths equal",
                "a single row",
                "whole numbers",
            ),
        ),
        Part("eps: given, not given, a row of zeros", 1, ("eps from 0.1 to 1", "eps not given", "a row of zeros")),
    ],
    oracle=torch_rms_norm,
)
RMS = "normalize(x, -1, eps, center=False)"
RMS_OUT = "gamma * normalize(x, -1, eps, center=False)"
SQUARE = "(x**2).mean(axis=-1, keepdims=True)"
for name, wrong, cause, look in (
    (
        "centred",
        "gamma * normalize(x, -1, eps)",
        "The mean is subtracted: that is layer norm. RMS norm leaves it.",
        "the switch `center`.",
    ),
    (
        "divided_by_the_standard_deviation",
        "gamma * x / np.sqrt(x.var(axis=-1, keepdims=True) + eps)",
        "x is divided by its standard deviation; asked for is the root of the mean square, which keeps the mean in.",
        "what is squared in the denominator: `var` subtracts the mean on its own.",
    ),
    (
        "centred_above_only",
        f"gamma * (x - x.mean(axis=-1, keepdims=True)) / np.sqrt({SQUARE} + eps)",
        "The mean is subtracted above the line; RMS norm subtracts nothing.",
        "the numerator.",
    ),
    (
        "over_the_batch",
        "gamma * normalize(x, 0, eps, center=False)",
        "The mean square is taken over axis 0, across the rows; each row has its own.",
        "the axis that is averaged.",
    ),
    (
        "over_the_tokens",
        "gamma * normalize(x, 1, eps, center=False)",
        "The mean square is taken over axis 1. In (N, T, D) that is time; the features are the last axis.",
        "how the axis is named when there are three of them.",
    ),
    (
        "over_the_whole_sequence",
        "gamma * normalize(x, tuple(range(1, x.ndim)), eps, center=False)",
        "All tokens of a sequence share one mean square; each token has its own.",
        "which axes are averaged in (N, T, D).",
    ),
    (
        "one_for_all",
        "gamma * normalize(x, tuple(range(x.ndim)), eps, center=False)",
        "One mean square is taken over everything; each row has its own.",
        "the axes that are averaged.",
    ),
    (
        "root_missing",
        f"gamma * x / ({SQUARE} + eps)",
        "x is divided by the mean square itself; the root of it is missing.",
        "the step between adding eps and dividing.",
    ),
    (
        "length_instead_of_root_mean_square",
        "gamma * x / np.sqrt((x**2).sum(axis=-1, keepdims=True) + eps)",
        "x is divided by its length, the root of the *sum* of squares; the root of their mean is asked for.",
        "the step from a sum to a mean.",
    ),
    (
        "root_before_the_mean",
        "gamma * x / (np.abs(x).mean(axis=-1, keepdims=True) + eps)",
        "The mean of the absolute values is taken: the root comes too early, before the mean.",
        "the order of square, mean and root.",
    ),
    (
        "square_of_the_mean",
        "gamma * x / np.sqrt(x.mean(axis=-1, keepdims=True) ** 2 + eps)",
        "The mean is squared; it has to be the mean of the squares.",
        "the order of squaring and averaging.",
    ),
    (
        "multiplied_by_the_root",
        f"gamma * x * np.sqrt({SQUARE} + eps)",
        "x is multiplied by the root; it has to be divided by it.",
        "the operator in front of the root, or what a reciprocal root is used for.",
    ),
    (
        "eps_outside_root",
        f"gamma * x / (np.sqrt({SQUARE}) + eps)",
        "eps is added after the root is taken; it belongs inside the root.",
        "the parentheses of the square root.",
    ),
    (
        "eps_left_out",
        f"gamma * x / np.sqrt({SQUARE})",
        "eps is not used at all, so a row of zeros divides zero by zero.",
        "whether eps occurs in the function.",
    ),
    (
        "eps_fixed",
        "gamma * normalize(x, -1, center=False)",
        "1e-5 is used whatever eps is asked for: the argument has no effect.",
        "whether eps is passed on.",
    ),
    (
        "eps_squared",
        f"gamma * x / np.sqrt({SQUARE} + eps**2)",
        "The square of eps is added; eps itself is meant.",
        "the power of eps under the root.",
    ),
    (
        "gamma_missing",
        RMS,
        "gamma is not used.",
        "the scaling after the division.",
    ),
    (
        "one_added_to_gamma",
        "(1 + gamma) * " + RMS,
        "The result is multiplied by 1 + gamma, as some language models store it; here it is gamma itself.",
        "the factor in front.",
    ),
    (
        "gamma_added",
        "gamma + " + RMS,
        "gamma is added; it multiplies.",
        "the operator between gamma and the normalized values.",
    ),
    (
        "scaled_before_dividing",
        "normalize(gamma * x, -1, eps, center=False)",
        "gamma is applied before the root mean square is taken, so it enters the denominator as well.",
        "the order of normalizing and scaling.",
    ),
    (
        "one_gamma_for_all",
        "gamma[0] * " + RMS,
        "One gamma serves all features; there is one for each.",
        "how gamma meets the normalized values.",
    ),
    (
        "gamma_per_row",
        "gamma[:, None] * " + RMS,
        "gamma goes down the rows; it belongs to features, the last axis.",
        "the axis that gamma lines up with.",
    ),
):
    rms_norm.mistake(name, (RMS_OUT, wrong), cause=cause, look=look)
default_eps_mistakes(rms_norm)
whole_number_mistake(rms_norm, RMS_OUT)
return_mistakes(rms_norm)
rms_norm.mistake(
    "argument_changed",
    ("out = gamma", "x /= np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)\n    out = gamma"),
    cause="The division is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x /=`.",
)


@rms_norm.accepts("written out")
def _(x, gamma, eps=1e-5):
    return x * gamma / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)


@rms_norm.accepts("length and number of features")
def _(x, gamma, eps=1e-5):
    d = x.shape[-1]
    return gamma * x * math.sqrt(d) / np.sqrt(np.linalg.norm(x, axis=-1, keepdims=True) ** 2 + d * eps)


@rms_norm.accepts("variance plus square of the mean")
def _(x, gamma, eps=1e-5):
    square = x.var(axis=-1) + x.mean(axis=-1) ** 2
    return gamma * (x / np.sqrt(square + eps)[..., None])


@rms_norm.accepts("einsum")
def _(x, gamma, eps=1e-5):
    power = np.einsum("...d,...d->...", x, x) / x.shape[-1]
    return np.einsum("...d,...,d->...d", x, (power + eps) ** -0.5, gamma)


@rms_norm.accepts("torch's own layer")
def _(x, gamma, eps=1e-5):
    return torch_rms_norm(x, gamma, eps)


# instance_norm


def torch_instance_norm(x, gamma, beta, eps=1e-5):
    # torch refuses one position per channel; group norm with a group per channel does not
    return functional.group_norm(tensor(x), x.shape[1], tensor(gamma), tensor(beta), eps)


instance_norm = Bank(
    probes.instance_norm,
    parts=[
        Part(
            "each channel of each picture, gamma and beta",
            1,
            ("three pictures, four channels of 5 x 2, eps 0", "all lengths equal", "whole numbers"),
        ),
        Part(
            "eps: given, not given, a constant picture, one position",
            1,
            ("eps from 0.1 to 1", "eps not given", "a constant picture", "one position"),
        ),
    ],
    oracle=torch_instance_norm,
)
IN = "normalize(x, (2, 3), eps)"
IN_OUT = "gamma[:, None, None] * x_hat + beta[:, None, None]"
GAMMA, BETA = "gamma[:, None, None]", "beta[:, None, None]"
for name, wrong, cause, look in (
    (
        "batch_norm",
        "normalize(x, (0, 2, 3), eps)",
        "All pictures share one mean per channel: that is batch norm. Here a picture must not depend on the others.",
        "whether axis 0, the pictures, is among the averaged axes.",
    ),
    (
        "layer_norm_of_the_picture",
        "normalize(x, (1, 2, 3), eps)",
        "All channels of a picture share one mean: that is layer norm of the whole picture.",
        "whether axis 1, the channels, is among the averaged axes.",
    ),
    (
        "over_the_channels",
        "normalize(x, 1, eps)",
        "Each position is normalized over its channels; it has to be each channel over its positions.",
        "which axes are averaged: the channels or the positions?",
    ),
    (
        "over_the_pictures",
        "normalize(x, 0, eps)",
        "Each pixel is normalized over the pictures: batch norm for every pixel by itself.",
        "which axes are averaged.",
    ),
    (
        "over_the_height_only",
        "normalize(x, 2, eps)",
        "Only the height is averaged over, so each column of a picture has its own mean.",
        "how many axes a position has.",
    ),
    (
        "over_the_width_only",
        "normalize(x, 3, eps)",
        "Only the width is averaged over, so each line of a picture has its own mean.",
        "how many axes a position has.",
    ),
    (
        "over_everything",
        "normalize(x, (0, 1, 2, 3), eps)",
        "One mean and one variance are taken over everything.",
        "the axes that are averaged.",
    ),
    (
        "reshaped_to_columns",
        "normalize(x.reshape(-1, x.shape[1]), 0, eps).reshape(x.shape)",
        "x is reshaped to columns without moving the channel axis, so a column mixes channels and positions.",
        "the order of the axes before the reshape: which one varies fastest?",
    ),
    (
        "over_pictures_and_channels",
        "normalize(x, (0, 1), eps)",
        "Each pixel is normalized over all pictures and channels; it has to be each channel over its positions.",
        "which axes are averaged: the ones in front, or the ones behind?",
    ),
    (
        "axes_as_if_channels_last",
        "normalize(x, (1, 2), eps)",
        "Axes 1 and 2 are averaged, as if the channels came last; here they come second.",
        "where the channels stand in (N, C, H, W).",
    ),
):
    instance_norm.mistake(name, (IN, wrong), cause=cause, look=look)
own_statistics_mistakes(instance_norm, IN, "x", "(2, 3)", "a channel of a picture")
affine_mistakes(instance_norm, IN_OUT, GAMMA, BETA)
default_eps_mistakes(instance_norm)
whole_number_mistake(instance_norm, IN_OUT)
return_mistakes(instance_norm)
instance_norm.mistake(
    "gamma_along_the_width",
    (IN_OUT, "gamma * x_hat + beta"),
    cause="gamma and beta of shape (C,) line up with the last axis, the width; they belong to the channels.",
    look="how NumPy lines (C,) up with (N, C, H, W).",
)
instance_norm.mistake(
    "gamma_along_the_height",
    (IN_OUT, "gamma[:, None] * x_hat + beta[:, None]"),
    cause="gamma and beta of shape (C, 1) line up with the height; they belong to the channels.",
    look="how NumPy lines (C, 1) up with (N, C, H, W).",
)
instance_norm.mistake(
    "gamma_per_picture",
    (IN_OUT, "gamma[:, None, None, None] * x_hat + beta[:, None, None, None]"),
    cause="gamma and beta of shape (C, 1, 1, 1) line up with the pictures; they belong to the channels.",
    look="how NumPy lines (C, 1, 1, 1) up with (N, C, H, W).",
)
instance_norm.mistake(
    "affine_before_normalizing",
    (IN, "normalize(gamma[:, None, None] * x + beta[:, None, None], (2, 3), eps)"),
    (IN_OUT, "x_hat"),
    cause="gamma and beta are applied before the normalization, which takes them away again but for gamma's sign.",
    look="the order of normalizing, scaling and shifting.",
)
instance_norm.mistake(
    "argument_changed",
    ("x_hat = ", "x -= x.mean(axis=(2, 3), keepdims=True)\n    x_hat = "),
    cause="The mean is subtracted in x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=`.",
)


@instance_norm.accepts("loops over pictures and channels")
def _(x, gamma, beta, eps=1e-5):
    out = np.zeros(x.shape)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            out[n, c] = (x[n, c] - x[n, c].mean()) / math.sqrt(x[n, c].var() + eps) * gamma[c] + beta[c]
    return out


@instance_norm.accepts("positions as one axis")
def _(x, gamma, beta, eps=1e-5):
    flat = x.reshape(*x.shape[:2], -1)
    flat = (flat - flat.mean(2)[:, :, None]) / np.sqrt(flat.var(2) + eps)[:, :, None]
    return (flat * gamma[:, None] + beta[:, None]).reshape(x.shape)


@instance_norm.accepts("one factor and one shift per channel and picture")
def _(x, gamma, beta, eps=1e-5):
    factor = gamma / np.sqrt(x.var(axis=(2, 3)) + eps)  # Shape: (N, C)
    shift = beta - x.mean(axis=(2, 3)) * factor
    return np.einsum("nchw,nc->nchw", x, factor) + shift[:, :, None, None]


@instance_norm.accepts("channels last in between")
def _(x, gamma, beta, eps=1e-5):
    t = x.transpose(0, 2, 3, 1)
    t = gamma * (t - t.mean((1, 2), keepdims=True)) / np.sqrt(t.var((1, 2), keepdims=True) + eps) + beta
    return t.transpose(0, 3, 1, 2)


@instance_norm.accepts("torch's own layer")
def _(x, gamma, beta, eps=1e-5):
    return torch_instance_norm(x, gamma, beta, eps)


# group_norm


def torch_group_norm(x, groups, gamma, beta, eps=1e-5):
    if x.shape[1] % groups:
        raise ValueError("not divisible")
    return functional.group_norm(tensor(x), groups, tensor(gamma), tensor(beta), eps)


group_norm = Bank(
    probes.group_norm,
    parts=[
        Part(
            "groups of neighbouring channels",
            2,
            (
                "six channels in two groups, eps 0",
                "six channels in three groups, eps 0",
                "all lengths equal",
                "whole numbers",
            ),
        ),
        Part(
            "the extremes: one group, as many as channels, not divisible",
            1,
            ("one group", "as many groups as channels", "channels that cannot be divided"),
        ),
        Part("eps: given, not given, a constant group", 1, ("eps from 0.1 to 1", "eps not given", "a constant group")),
    ],
    oracle=torch_group_norm,
)
SETS = "sets = x.reshape(n, groups, c // groups * h * w)"
GN = "normalize(sets, 2, eps)"
GN_HAT = "x_hat = normalize(sets, 2, eps).reshape(x.shape)"
GN_OUT = "gamma[:, None, None] * x_hat + beta[:, None, None]"
REFUSE = 'if c % groups:\n        raise ValueError(f"{c} channels cannot be divided into {groups} groups")\n    '
for name, wrong, cause, look in (
    (
        "instance_norm",
        "x_hat = normalize(x, (2, 3), eps)",
        "Every channel has a mean of its own: that is instance norm, whatever G is.",
        "whether the channels of a group share a mean.",
    ),
    (
        "layer_norm_of_the_picture",
        "x_hat = normalize(x, (1, 2, 3), eps)",
        "All channels of a picture share one mean, whatever G is: that is layer norm of the whole picture.",
        "where `groups` enters the statistics.",
    ),
    (
        "batch_norm",
        "x_hat = normalize(x, (0, 2, 3), eps)",
        "All pictures share one mean per channel: that is batch norm.",
        "whether axis 0, the pictures, is among the averaged axes.",
    ),
    (
        "pictures_share_a_group",
        "x_hat = normalize(x.reshape(n, groups, -1), (0, 2), eps).reshape(x.shape)",
        "A group's mean runs over all pictures of the batch, too; here a picture must not depend on the others.",
        "whether axis 0, the pictures, is among the averaged axes.",
    ),
    (
        "each_position_by_itself",
        "x_hat = normalize(x.reshape(n, groups, c // groups, h, w), 2, eps).reshape(x.shape)",
        "The mean runs over the channels of a group at each position by itself; all positions belong to one set.",
        "which axes are averaged after the reshape to five.",
    ),
    (
        "each_channel_in_its_group",
        "x_hat = normalize(x.reshape(n, groups, c // groups, h, w), (1, 3, 4), eps).reshape(x.shape)",
        "The mean runs over the groups and not within one: channels of the same place in different groups are mixed.",
        "which axes are averaged after the reshape to five.",
    ),
    (
        "interleaved_groups",
        "sets = x.reshape(n, c // groups, groups, h, w)\n    x_hat = normalize(sets, (1, 3, 4), eps).reshape(x.shape)",
        "Groups are made of every G-th channel; they are made of neighbours: the first C/G channels, the next C/G, ...",
        "the order of the two axes that the channel axis is split into.",
    ),
    (
        "groups_and_their_size_swapped",
        "x_hat = normalize(x.reshape(n, c // groups, -1), 2, eps).reshape(x.shape)",
        "There are C/G groups of G channels; it has to be G groups of C/G channels.",
        "which of G and C/G counts the groups.",
    ),
    (
        "channels_last_reshape",
        "sets = x.transpose(0, 2, 3, 1).reshape(n, groups, -1)\n"
        "    x_hat = normalize(sets, 2, eps).reshape(n, h, w, c).transpose(0, 3, 1, 2)",
        "The channels are moved to the end before the reshape, so a group is a band of positions and not of channels.",
        "what lies next to each other in memory when the reshape happens.",
    ),
    (
        "channel_axis_lost",
        "x_hat = normalize(x.reshape(-1, groups), 0, eps).reshape(x.shape)",
        "x is reshaped to G columns, which mixes pictures, channels and positions.",
        "which values a reshape puts together: it does not know about axes.",
    ),
    (
        "shape_of_the_groups_kept",
        "x_hat = normalize(sets, 2, eps).reshape(n, groups, c // groups, h, w)\n"
        "    gamma, beta = (p.reshape(groups, c // groups, 1, 1) for p in (gamma, beta))\n"
        "    return gamma * x_hat + beta",
        "The result still has an axis for the groups; it has to have the four axes of x.",
        "the reshape back, after the normalization.",
    ),
    (
        "groups_along_the_height",
        "x_hat = normalize(x.transpose(0, 2, 1, 3).reshape(n, h, groups, -1), (1, 3), eps)\n"
        "    x_hat = x_hat.reshape(n, c, h, w)",
        "After a transpose the values are put back in another order than they were taken out.",
        "whether each transpose is undone at the end.",
    ),
):
    group_norm.mistake(name, (GN_HAT, wrong), cause=cause, look=look)
own_statistics_mistakes(group_norm, GN, "sets", "2", "a group")
affine_mistakes(group_norm, GN_OUT, GAMMA, BETA)
default_eps_mistakes(group_norm)
whole_number_mistake(group_norm, GN_OUT)
return_mistakes(group_norm)
for name, wrong, cause, look in (
    (
        "gamma_per_group",
        "np.repeat(gamma[:groups], c // groups)[:, None, None] * x_hat"
        " + np.repeat(beta[:groups], c // groups)[:, None, None]",
        "One gamma and one beta serve a whole group; every channel has its own pair.",
        "how many different gammas are used.",
    ),
    (
        "gamma_per_place_in_the_group",
        "np.tile(gamma[: c // groups], groups)[:, None, None] * x_hat"
        " + np.tile(beta[: c // groups], groups)[:, None, None]",
        "The first C/G entries of gamma and beta serve all groups; every channel has its own pair.",
        "how many different gammas are used.",
    ),
    (
        "gamma_along_the_width",
        "gamma * x_hat + beta",
        "gamma and beta of shape (C,) line up with the last axis, the width; they belong to the channels.",
        "how NumPy lines (C,) up with (N, C, H, W).",
    ),
):
    group_norm.mistake(name, (GN_OUT, wrong), cause=cause, look=look)
group_norm.mistake(
    "indivisible_channels_accepted",
    (REFUSE, ""),
    (SETS, "sets = x.reshape(n, groups, -1)"),
    cause="Channels that cannot be divided into equal groups go through where H · W happens to be divisible.",
    look="what happens for 4 channels in 3 groups.",
)
group_norm.mistake(
    "assertion_for_an_error",
    (REFUSE, "assert c % groups == 0\n    "),
    cause="An `assert` refuses channels that cannot be divided; that raises AssertionError, not a ValueError.",
    look="the type of the error that is raised.",
)
group_norm.mistake(
    "another_kind_of_error",
    (REFUSE, REFUSE.replace("raise ValueError(f", "raise ArithmeticError(f")),
    cause="Channels that cannot be divided do raise an error, but not a ValueError.",
    look="the type of the error that is raised, not its text.",
)
group_norm.mistake(
    "refusal_reversed",
    (REFUSE, REFUSE.replace("if c % groups", "if c % groups == 0")),
    cause="A ValueError is raised where the channels can be divided.",
    look="the condition: a remainder of 0 counts as False.",
)
group_norm.mistake(
    "argument_changed",
    ("sets = x", "x -= x.reshape(n, groups, -1).mean(2).repeat(c // groups, 1)[:, :, None, None]\n    sets = x"),
    cause="The mean is subtracted in x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=`.",
)


@group_norm.accepts("five axes")
def _(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    if c % groups != 0:
        raise ValueError("C must be divisible by G")
    g = x.reshape(n, groups, c // groups, h, w)
    g = (g - g.mean((2, 3, 4), keepdims=True)) / np.sqrt(g.var((2, 3, 4), keepdims=True) + eps)
    return g.reshape(n, c, h, w) * gamma.reshape(1, c, 1, 1) + beta.reshape(1, c, 1, 1)


@group_norm.accepts("loops over pictures and groups")
def _(x, groups, gamma, beta, eps=1e-5):
    size, rest = divmod(x.shape[1], groups)
    if rest:
        raise ValueError(rest)
    out = np.empty(x.shape)
    for n in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = x[n, first : first + size]
            out[n, first : first + size] = (part - part.mean()) / math.sqrt(part.var() + eps)
    return np.einsum("nchw,c->nchw", out, gamma) + beta[:, None, None]


@group_norm.accepts("np.split along the channels, whose own error is a ValueError")
def _(x, groups, gamma, beta, eps=1e-5):
    parts = np.split(x, groups, axis=1)
    parts = [(p - p.mean((1, 2, 3), keepdims=True)) / np.sqrt(p.var((1, 2, 3), keepdims=True) + eps) for p in parts]
    return np.concatenate(parts, axis=1) * gamma[:, None, None] + beta[:, None, None]


@group_norm.accepts("each group as a row of a matrix")
def _(x, groups, gamma, beta, eps=1e-5):
    n, c, h, w = x.shape
    rows = x.reshape(n * groups, c // groups, h * w).reshape(n * groups, -1)
    rows = ((rows.T - rows.mean(1)) / np.sqrt(rows.var(1) + eps)).T
    return rows.reshape(n, c, h, w) * gamma[None, :, None, None] + beta[None, :, None, None]


@group_norm.accepts("torch's own layer")
def _(x, groups, gamma, beta, eps=1e-5):
    return torch_group_norm(x, groups, gamma, beta, eps)


# layer_norm_backward


def autograd(layer, dout, x, gamma):
    """dx, dgamma and dbeta of `layer(x, gamma, beta)` by autograd."""
    x, gamma = (tensor(value).clone().requires_grad_() for value in (x, gamma))
    beta = torch.zeros_like(gamma, requires_grad=True)
    return torch.autograd.grad(layer(x, gamma, beta), (x, gamma, beta), tensor(dout))


def autograd_layer_norm_backward(dout, x, gamma, eps=1e-5):
    return autograd(lambda x, g, b: functional.layer_norm(x, (x.shape[-1],), g, b, eps), dout, x, gamma)


layer_norm_backward = Bank(
    probes.layer_norm_backward,
    parts=[
        Part("dx", 2, ("dx, seven rows, five features", "dx, (N, T, D)", "dx, all lengths equal")),
        Part(
            "dx: eps, one row, a constant row",
            1,
            ("dx, eps from 0.1 to 1", "dx, eps not given", "dx, one row and a constant row"),
        ),
        Part("dgamma and dbeta", 1, ("dgamma, (N, D)", "dgamma, (N, T, D) and equal lengths", "dbeta")),
    ],
    oracle=autograd_layer_norm_backward,
)
ROWS = "rows = tuple(range(x.ndim - 1))"
LNB_HAT = "x_hat = normalize(x, -1, eps)"
LNB_STD = "std = np.sqrt(x.var(axis=-1, keepdims=True) + eps)"
DX_HAT = "dx_hat = dout * gamma"
BY_MEAN = "through_mean = dx_hat.mean(axis=-1, keepdims=True)"
BY_VAR = "through_var = x_hat * (dx_hat * x_hat).mean(axis=-1, keepdims=True)"
DX = "dx = (dx_hat - through_mean - through_var) / std"
DGAMMA = "dgamma = (dout * x_hat).sum(axis=rows)"
DBETA = "dbeta = dout.sum(axis=rows)"
for name, edits, cause, look in (
    (
        "statistics_taken_as_constants",
        [(DX, "dx = dx_hat / std")],
        "Mean and variance are treated as constants; both depend on x, and each sends a gradient of its own back.",
        "how many paths lead from out back to x.",
    ),
    (
        "path_through_the_mean_missing",
        [(DX, "dx = (dx_hat - through_var) / std")],
        "The gradient through the mean is missing, so the rows of dx do not sum to 0.",
        "the second of the three terms.",
    ),
    (
        "path_through_the_variance_missing",
        [(DX, "dx = (dx_hat - through_mean) / std")],
        "The gradient through the variance is missing.",
        "the third of the three terms.",
    ),
    (
        "direct_path_missing",
        [(DX, "dx = (-through_mean - through_var) / std")],
        "The direct term, dx_hat itself, is missing.",
        "the first of the three terms.",
    ),
    (
        "x_hat_missing_in_the_third_term",
        [(BY_VAR, "through_var = (dx_hat * x_hat).mean(axis=-1, keepdims=True)")],
        "The mean of dx_hat times x_hat is subtracted as it is; it has to be multiplied by x_hat first.",
        "the factor in front of the third term.",
    ),
    (
        "sign_of_the_mean_path",
        [(DX, "dx = (dx_hat + through_mean - through_var) / std")],
        "The term of the mean is added; it is subtracted.",
        "the signs of the three terms.",
    ),
    (
        "sign_of_the_variance_path",
        [(DX, "dx = (dx_hat - through_mean + through_var) / std")],
        "The term of the variance is added; it is subtracted.",
        "the signs of the three terms.",
    ),
    (
        "sums_for_means",
        [
            (BY_MEAN, "through_mean = dx_hat.sum(axis=-1, keepdims=True)"),
            (BY_VAR, "through_var = x_hat * (dx_hat * x_hat).sum(axis=-1, keepdims=True)"),
        ],
        "Sums stand where means over the D features belong.",
        "the division by D.",
    ),
    (
        "divided_by_the_rows",
        [
            (BY_MEAN, "through_mean = dx_hat.sum(axis=-1, keepdims=True) / len(x)"),
            (BY_VAR, "through_var = x_hat * (dx_hat * x_hat).sum(axis=-1, keepdims=True) / len(x)"),
        ],
        "The sums over the features are divided by the number of rows; a mean over D features divides by D.",
        "which entry of `x.shape` the sums are divided by.",
    ),
    (
        "means_over_the_batch",
        [
            (BY_MEAN, "through_mean = dx_hat.mean(axis=0, keepdims=True)"),
            (BY_VAR, "through_var = x_hat * (dx_hat * x_hat).mean(axis=0, keepdims=True)"),
        ],
        "The means inside dx run over the rows, as in batch norm; here they run over the features of each row.",
        "the axis of the two means.",
    ),
    (
        "batch_norm_backward",
        [
            (LNB_HAT, "x_hat = normalize(x, 0, eps)"),
            (LNB_STD, "std = np.sqrt(x.var(axis=0, keepdims=True) + eps)"),
            (BY_MEAN, "through_mean = dx_hat.mean(axis=0, keepdims=True)"),
            (BY_VAR, "through_var = x_hat * (dx_hat * x_hat).mean(axis=0, keepdims=True)"),
        ],
        "All statistics run over the rows: this is the backward of batch norm.",
        "the axis of every mean and variance.",
    ),
    (
        "means_over_everything",
        [
            (BY_MEAN, "through_mean = dx_hat.mean()"),
            (BY_VAR, "through_var = x_hat * (dx_hat * x_hat).mean()"),
        ],
        "The means inside dx run over all rows at once; each row has its own.",
        "the axis of the two means.",
    ),
    (
        "gamma_missing_in_dx",
        [(DX_HAT, "dx_hat = dout")],
        "gamma is not used: what arrives at x_hat is dout times gamma.",
        "the step from dout to dx_hat.",
    ),
    (
        "gamma_after_the_means",
        [(DX_HAT, "dx_hat = dout"), (DX, "dx = gamma * (dx_hat - through_mean - through_var) / std")],
        "gamma is multiplied at the end. In batch norm that works, as gamma is constant in a set; here it differs from "
        "feature to feature and belongs inside the means.",
        "the place where gamma enters.",
    ),
    (
        "divided_by_gamma",
        [(DX_HAT, "dx_hat = dout / gamma")],
        "dout is divided by gamma; it is multiplied.",
        "the step from dout to dx_hat.",
    ),
    (
        "spread_missing",
        [(DX, "dx = dx_hat - through_mean - through_var")],
        "The division by the spread is missing.",
        "the factor in front of the three terms.",
    ),
    (
        "divided_by_the_variance",
        [(DX, "dx = (dx_hat - through_mean - through_var) / std**2")],
        "The three terms are divided by the variance; it has to be its root.",
        "the factor in front of the three terms.",
    ),
    (
        "multiplied_by_the_spread",
        [(DX, "dx = (dx_hat - through_mean - through_var) * std")],
        "The three terms are multiplied by the spread; they have to be divided by it.",
        "the factor in front of the three terms.",
    ),
    (
        "eps_missing_in_the_spread",
        [(LNB_STD, "std = np.sqrt(x.var(axis=-1, keepdims=True))")],
        "The spread that divides dx is taken without eps; forward divided by the root of variance plus eps.",
        "every place where the forward pass used eps.",
    ),
    (
        "eps_outside_the_root",
        [(LNB_STD, "std = np.sqrt(x.var(axis=-1, keepdims=True)) + eps")],
        "In the spread that divides dx, eps is added after the root; forward had it inside.",
        "the parentheses of the square root.",
    ),
    (
        "eps_not_passed_on",
        [(LNB_HAT, "x_hat = normalize(x, -1)"), (LNB_STD, "std = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)")],
        "1e-5 is used whatever eps is asked for: the argument has no effect.",
        "whether eps is passed on everywhere.",
    ),
    (
        "eps_nowhere",
        [(LNB_HAT, "x_hat = normalize(x, -1, 0.0)"), (LNB_STD, "std = x.std(axis=-1, keepdims=True)")],
        "eps is used neither in x_hat nor in the spread; the forward pass had it in both.",
        "every place where the forward pass used eps.",
    ),
    (
        "eps_missing_in_x_hat",
        [(LNB_HAT, "x_hat = normalize(x, -1, 0.0)")],
        "x_hat is computed without eps; forward used eps.",
        "every place where the forward pass used eps.",
    ),
    (
        "unbiased_variance",
        [(LNB_STD, "std = np.sqrt(x.var(axis=-1, keepdims=True, ddof=1) + eps)")],
        "The spread that divides dx is the unbiased one; forward used the biased variance.",
        "the `ddof` or the default of the function that gives the spread.",
    ),
    (
        "dgamma_from_x",
        [(DGAMMA, "dgamma = (dout * x).sum(axis=rows)")],
        "dgamma multiplies dout by x; gamma was multiplied by x_hat.",
        "what gamma was multiplied by in the forward pass.",
    ),
    (
        "x_for_x_hat",
        [(LNB_HAT, "x_hat = x")],
        "x stands where the normalized x_hat belongs.",
        "what is meant by x_hat in the formula.",
    ),
    (
        "difference_for_x_hat",
        [(LNB_HAT, "x_hat = x - x.mean(axis=-1, keepdims=True)")],
        "The difference x − mean stands where x_hat belongs; it is not divided by the spread.",
        "what is meant by x_hat in the formula.",
    ),
    (
        "backward_of_rms_norm",
        [
            (LNB_HAT, "x_hat = normalize(x, -1, eps, center=False)"),
            (LNB_STD, "std = np.sqrt((x**2).mean(axis=-1, keepdims=True) + eps)"),
            (DX, "dx = (dx_hat - through_var) / std"),
        ],
        "Nothing is centred: this is the backward of RMS norm.",
        "the mean: x_hat needs it, and dx has a term for it.",
    ),
    (
        "dgamma_along_the_features",
        [(DGAMMA, "dgamma = (dout * x_hat).sum(axis=-1)")],
        "dgamma sums over the features and has one entry per row; gamma has one per feature, shared by all rows.",
        "over which axes gamma is shared.",
    ),
    (
        "dgamma_over_axis_zero_only",
        [(DGAMMA, "dgamma = (dout * x_hat).sum(axis=0)")],
        "dgamma sums over axis 0 alone; in (N, T, D) all tokens share gamma as well.",
        "the shape of dgamma for x of three axes.",
    ),
    (
        "dgamma_averaged",
        [(DGAMMA, "dgamma = (dout * x_hat).mean(axis=rows)")],
        "dgamma is averaged over the rows; every row adds its part: it is a sum.",
        "sum or mean in dgamma.",
    ),
    (
        "dgamma_with_gamma",
        [(DGAMMA, "dgamma = (dx_hat * x_hat).sum(axis=rows)")],
        "dgamma contains gamma itself: dx_hat was used where dout belongs.",
        "the derivative of gamma · x_hat + beta by gamma.",
    ),
    (
        "dgamma_without_x_hat",
        [(DGAMMA, "dgamma = dout.sum(axis=rows)")],
        "dgamma is the sum of dout alone, which is dbeta; gamma was multiplied by x_hat.",
        "the derivative of gamma · x_hat + beta by gamma.",
    ),
    (
        "dgamma_of_shape_one_d",
        [(DGAMMA, "dgamma = (dout * x_hat).sum(axis=rows, keepdims=True)")],
        "dgamma keeps axes of length 1; asked for is shape (D,), that of gamma.",
        "`keepdims` in the sums for dgamma.",
    ),
    (
        "dbeta_along_the_features",
        [(DBETA, "dbeta = dout.sum(axis=-1)")],
        "dbeta sums over the features and has one entry per row; beta has one per feature.",
        "over which axes beta is shared.",
    ),
    (
        "dbeta_over_axis_zero_only",
        [(DBETA, "dbeta = dout.sum(axis=0)")],
        "dbeta sums over axis 0 alone; in (N, T, D) all tokens share beta as well.",
        "the shape of dbeta for x of three axes.",
    ),
    (
        "dbeta_averaged",
        [(DBETA, "dbeta = dout.mean(axis=rows)")],
        "dbeta is averaged over the rows; every row adds its part: it is a sum.",
        "sum or mean in dbeta.",
    ),
    (
        "dbeta_with_gamma",
        [(DBETA, "dbeta = dx_hat.sum(axis=rows)")],
        "dbeta contains gamma: dx_hat was used where dout belongs.",
        "the derivative of gamma · x_hat + beta by beta.",
    ),
    (
        "both_sums_over_axis_zero_only",
        [(ROWS, "rows = 0")],
        "dgamma and dbeta sum over axis 0 alone; in (N, T, D) all tokens share gamma and beta as well.",
        "the shape of dgamma for x of three axes.",
    ),
    (
        "both_sums_along_the_features",
        [(ROWS, "rows = -1")],
        "dgamma and dbeta sum over the features and have one entry per row; gamma and beta have one per feature.",
        "over which axes gamma and beta are shared.",
    ),
    (
        "both_averaged",
        [(DGAMMA, "dgamma = (dout * x_hat).mean(axis=rows)"), (DBETA, "dbeta = dout.mean(axis=rows)")],
        "dgamma and dbeta are averaged over the rows; every row adds its part: they are sums.",
        "sum or mean in dgamma and dbeta.",
    ),
    (
        "dgamma_and_dbeta_swapped",
        [("return dx, dgamma, dbeta", "return dx, dbeta, dgamma")],
        "dbeta comes second and dgamma third; the order is dx, dgamma, dbeta.",
        "the order of the returned values.",
    ),
    (
        "dx_alone_returned",
        [("return dx, dgamma, dbeta", "return dx")],
        "Only dx is returned; asked for are dx, dgamma and dbeta.",
        "the last line.",
    ),
    (
        "dx_left_at_zero",
        [(DX, "dx = np.zeros(x.shape)")],
        "dx is all zeros.",
        "the line that fills dx.",
    ),
    (
        "upstream_changed",
        [(DX_HAT, "dout *= gamma\n    dx_hat = dout")],
        "dout is multiplied by gamma in place: the caller's array changes, and dgamma and dbeta contain gamma.",
        "assignments such as `dout *=`.",
    ),
    (
        "default_eps_of_another_library",
        [("eps=1e-5", "eps=1e-3")],
        "When eps is not given, 1e-3 is used; here it is 1e-5.",
        "the signature of the function.",
    ),
):
    layer_norm_backward.mistake(name, *edits, cause=cause, look=look)
return_mistakes(layer_norm_backward, "dx, dgamma, dbeta")


@layer_norm_backward.accepts("step by step along the graph")
def _(dout, x, gamma, eps=1e-5):
    d = x.shape[-1]
    lead = tuple(range(x.ndim - 1))
    xm = x - x.mean(-1, keepdims=True)
    var = (xm**2).mean(-1, keepdims=True)
    inverse = (var + eps) ** -0.5
    dxhat = dout * gamma
    dvar = (dxhat * xm * -0.5 * inverse**3).sum(-1, keepdims=True)
    dmean = -(dxhat * inverse).sum(-1, keepdims=True) + dvar * (-2 * xm).sum(-1, keepdims=True) / d
    return dxhat * inverse + dvar * 2 * xm / d + dmean / d, (dout * xm * inverse).sum(lead), dout.sum(lead)


@layer_norm_backward.accepts("without the term that is exactly zero, as a matrix")
def _(dout, x, gamma, eps=1e-5):
    rows, up = x.reshape(-1, x.shape[-1]), dout.reshape(-1, x.shape[-1])
    m, s = rows.mean(1)[:, None], np.sqrt(rows.var(1) + eps)[:, None]
    h, g = (rows - m) / s, up * gamma
    dx = g / s - g.sum(1)[:, None] / s / h.shape[1] - h * (g * h).sum(1)[:, None] / s / h.shape[1]
    return dx.reshape(x.shape), (up * h).sum(0), up.sum(0)


@layer_norm_backward.accepts("the Jacobian of each row")
def _(dout, x, gamma, eps=1e-5):
    d = x.shape[-1]
    dx, dgamma, dbeta = np.zeros(x.shape), np.zeros(d), np.zeros(d)
    for place in np.ndindex(x.shape[:-1]):
        s = math.sqrt(x[place].var() + eps)
        h = (x[place] - x[place].mean()) / s
        dx[place] = (np.eye(d) - 1 / d - np.outer(h, h) / d) / s @ (gamma * dout[place])
        dgamma, dbeta = dgamma + dout[place] * h, dbeta + dout[place]
    return dx, dgamma, dbeta


@layer_norm_backward.accepts("einsum, as a list")
def _(dout, x, gamma, eps=1e-5):
    s = np.sqrt(x.var(-1) + eps)[..., None]
    h = (x - x.mean(-1)[..., None]) / s
    g = gamma * dout / s
    d = x.shape[-1]
    dx = g - np.einsum("...d->...", g)[..., None] / d - h * np.einsum("...d,...d->...", g, h)[..., None] / d
    h, up = h.reshape(-1, d), dout.reshape(-1, d)
    return [dx, np.einsum("nd,nd->d", up, h), np.einsum("nd->d", up)]


@layer_norm_backward.accepts("autograd")
def _(dout, x, gamma, eps=1e-5):
    return autograd_layer_norm_backward(dout, x, gamma, eps)


# group_norm_backward


def autograd_group_norm_backward(dout, x, groups, gamma, eps=1e-5):
    return autograd(lambda x, g, b: functional.group_norm(x, groups, g, b, eps), dout, x, gamma)


group_norm_backward = Bank(
    probes.group_norm_backward,
    parts=[
        Part(
            "dx",
            1.5,
            ("dx, six channels in two groups", "dx, all lengths equal", "dx, eps from 0.1 to 1", "dx, eps not given"),
        ),
        Part("dx for one group and for as many as channels", 0.5, ("dx, one group, and as many as channels",)),
        Part("dgamma and dbeta", 1, ("dgamma", "dgamma, one group, all groups, equal lengths", "dbeta")),
    ],
    oracle=autograd_group_norm_backward,
)
GNB_SETS = "sets = x.reshape(n * groups, c // groups * h * w)"
GNB_DX_HAT = "dx_hat = (dout * gamma[:, None, None]).reshape(sets.shape)"
GNB_CALL = "dx, _, _ = layer_norm_backward(dx_hat, sets, np.ones(sets.shape[1]), eps)"
GNB_BACK = "dx = dx.reshape(x.shape)"
GNB_HAT = "x_hat = normalize(sets, 1, eps).reshape(x.shape)"
GNB_DGAMMA = "dgamma = (dout * x_hat).sum(axis=(0, 2, 3))"
GNB_DBETA = "dbeta = dout.sum(axis=(0, 2, 3))"
BY_HAND = (
    "h_ = normalize(sets, 1, eps)\n    s_ = np.sqrt(sets.var(axis=1, keepdims=True) + eps)\n"
    "    a_ = dx_hat.mean(axis=1, keepdims=True)\n    b_ = h_ * (dx_hat * h_).mean(axis=1, keepdims=True)\n    "
)
for name, edits, cause, look in (
    (
        "statistics_taken_as_constants",
        [(GNB_CALL, BY_HAND + "dx = dx_hat / s_")],
        "Mean and variance are treated as constants; both depend on x, and each sends a gradient of its own back.",
        "how many paths lead from out back to x.",
    ),
    (
        "path_through_the_mean_missing",
        [(GNB_CALL, BY_HAND + "dx = (dx_hat - b_) / s_")],
        "The gradient through the group's mean is missing.",
        "the second of the three terms.",
    ),
    (
        "path_through_the_variance_missing",
        [(GNB_CALL, BY_HAND + "dx = (dx_hat - a_) / s_")],
        "The gradient through the group's variance is missing.",
        "the third of the three terms.",
    ),
    (
        "divided_by_the_channels_of_a_group",
        [(GNB_CALL, BY_HAND + "dx = (dx_hat - (a_ + b_) * (h * w)) / s_")],
        "The sums of a group are divided by its C/G channels only; a group has C/G · H · W values.",
        "the number of values in a set.",
    ),
    (
        "instance_norm_backward",
        [
            (GNB_SETS, "sets = x.reshape(n * c, h * w)"),
        ],
        "Every channel is a set of its own, whatever G is: that is the backward of instance norm.",
        "the number of rows that x is reshaped to.",
    ),
    (
        "layer_norm_of_the_picture",
        [(GNB_SETS, "sets = x.reshape(n, c * h * w)")],
        "A whole picture is one set, whatever G is: that is the backward of a layer norm.",
        "the number of rows that x is reshaped to.",
    ),
    (
        "groups_and_their_size_swapped",
        [(GNB_SETS, "sets = x.reshape(n * (c // groups), -1)")],
        "There are C/G groups of G channels; it has to be G groups of C/G channels.",
        "which of G and C/G counts the groups.",
    ),
    (
        "pictures_share_a_group",
        [
            (GNB_SETS, "sets = x.reshape(n, groups, -1).transpose(1, 0, 2).reshape(groups, -1)"),
            (
                GNB_DX_HAT,
                "dx_hat = (dout * gamma[:, None, None]).reshape(n, groups, -1).transpose(1, 0, 2).reshape(groups, -1)",
            ),
            (GNB_BACK, "dx = dx.reshape(groups, n, -1).transpose(1, 0, 2).reshape(x.shape)"),
            (GNB_HAT, "x_hat = normalize(sets, 1, eps).reshape(groups, n, -1).transpose(1, 0, 2).reshape(x.shape)"),
        ],
        "A group's statistics run over all pictures of the batch, too.",
        "whether a set holds values of several pictures.",
    ),
    (
        "interleaved_groups",
        [
            (
                GNB_SETS,
                "order = np.arange(c).reshape(-1, groups).T.ravel()\n    sets = x[:, order].reshape(n * groups, -1)",
            ),
            (GNB_DX_HAT, "dx_hat = (dout * gamma[:, None, None])[:, order].reshape(sets.shape)"),
            (GNB_BACK, "dx = dx.reshape(x.shape)[:, np.argsort(order)]"),
            (GNB_HAT, "x_hat = normalize(sets, 1, eps).reshape(x.shape)[:, np.argsort(order)]"),
        ],
        "Groups are made of every G-th channel; they are made of neighbours.",
        "which channels are put together.",
    ),
    (
        "gamma_missing_in_dx",
        [(GNB_DX_HAT, "dx_hat = dout.reshape(sets.shape)")],
        "gamma is not used in dx: what arrives at x_hat is dout times gamma.",
        "the step from dout to dx_hat.",
    ),
    (
        "gamma_after_the_means",
        [
            (GNB_DX_HAT, "dx_hat = dout.reshape(sets.shape)"),
            (GNB_BACK, "dx = dx.reshape(x.shape) * gamma[:, None, None]"),
        ],
        "gamma is multiplied at the end; channels of one group have different gammas, so it belongs inside the means.",
        "the place where gamma enters.",
    ),
    (
        "gamma_along_the_width",
        [(GNB_DX_HAT, "dx_hat = (dout * gamma).reshape(sets.shape)")],
        "gamma of shape (C,) lines up with the width; it belongs to the channels.",
        "how NumPy lines (C,) up with (N, C, H, W).",
    ),
    (
        "gamma_per_group",
        [(GNB_DX_HAT, "dx_hat = (dout * np.repeat(gamma[:groups], c // groups)[:, None, None]).reshape(sets.shape)")],
        "In dx one gamma serves a whole group; every channel has its own.",
        "how many different gammas are used.",
    ),
    (
        "eps_not_passed_on_for_dx",
        [(GNB_CALL, "dx, _, _ = layer_norm_backward(dx_hat, sets, np.ones(sets.shape[1]))")],
        "In dx 1e-5 is used whatever eps is asked for.",
        "whether eps is passed on to the function that makes dx.",
    ),
    (
        "eps_not_passed_on_for_dgamma",
        [(GNB_HAT, "x_hat = normalize(sets, 1).reshape(x.shape)")],
        "In dgamma 1e-5 is used whatever eps is asked for.",
        "whether eps is passed on where x_hat is made.",
    ),
    (
        "eps_not_passed_on",
        [
            (GNB_CALL, "dx, _, _ = layer_norm_backward(dx_hat, sets, np.ones(sets.shape[1]))"),
            (GNB_HAT, "x_hat = normalize(sets, 1).reshape(x.shape)"),
        ],
        "1e-5 is used whatever eps is asked for: the argument has no effect.",
        "whether eps is passed on everywhere.",
    ),
    (
        "eps_outside_the_root",
        [(GNB_CALL, BY_HAND + "dx = (dx_hat - a_ - b_) / (sets.std(axis=1, keepdims=True) + eps)")],
        "In the spread that divides dx, eps is added after the root; forward had it inside.",
        "the parentheses of the square root.",
    ),
    (
        "spread_missing",
        [(GNB_CALL, BY_HAND + "dx = dx_hat - a_ - b_")],
        "The division by the group's spread is missing.",
        "the factor in front of the three terms.",
    ),
    (
        "unbiased_variance",
        [(GNB_CALL, BY_HAND + "dx = (dx_hat - a_ - b_) / np.sqrt(sets.var(axis=1, keepdims=True, ddof=1) + eps)")],
        "The spread that divides dx is the unbiased one; forward used the biased variance.",
        "the `ddof` or the default of the function that gives the spread.",
    ),
    (
        "dx_of_the_groups_kept",
        [(GNB_BACK, "dx = dx.reshape(n, groups, -1)")],
        "dx still has the shape of the groups; it has to have the four axes of x.",
        "the reshape back.",
    ),
    (
        "dgamma_per_picture",
        [(GNB_DGAMMA, "dgamma = (dout * x_hat).sum(axis=(2, 3))")],
        "dgamma has one row per picture; gamma is shared by all pictures, so they are summed over as well.",
        "over which axes gamma is shared.",
    ),
    (
        "dgamma_over_the_pictures_only",
        [(GNB_DGAMMA, "dgamma = (dout * x_hat).sum(axis=0)")],
        "dgamma sums over the pictures alone; gamma is shared by all positions, too.",
        "over which axes gamma is shared.",
    ),
    (
        "dgamma_per_group",
        [
            (
                GNB_DGAMMA,
                "dgamma = np.repeat((dout * x_hat).reshape(n, groups, -1).sum(axis=(0, 2)), c // groups)",
            )
        ],
        "dgamma sums over all channels of a group; every channel has a gamma of its own.",
        "over which axes gamma is shared.",
    ),
    (
        "parameters_of_the_reshaped_rows",
        [
            (GNB_CALL, "dx, dgamma, dbeta = layer_norm_backward(dx_hat, sets, np.ones(sets.shape[1]), eps)"),
            (GNB_DGAMMA, "pass"),
            (GNB_DBETA, "pass"),
        ],
        "dgamma and dbeta are those of the layer norm on the reshaped rows: one entry for each place in a group. They "
        "have to be one for each channel.",
        "what gamma stands for after the reshape.",
    ),
    (
        "dgamma_averaged",
        [(GNB_DGAMMA, "dgamma = (dout * x_hat).mean(axis=(0, 2, 3))")],
        "dgamma is averaged; every picture and position adds its part: it is a sum.",
        "sum or mean in dgamma.",
    ),
    (
        "dgamma_from_x",
        [(GNB_DGAMMA, "dgamma = (dout * x).sum(axis=(0, 2, 3))")],
        "dgamma multiplies dout by x; gamma was multiplied by x_hat.",
        "what gamma was multiplied by in the forward pass.",
    ),
    (
        "dgamma_with_gamma",
        [(GNB_DGAMMA, "dgamma = gamma * (dout * x_hat).sum(axis=(0, 2, 3))")],
        "dgamma contains gamma itself: dx_hat was used where dout belongs.",
        "the derivative of gamma · x_hat + beta by gamma.",
    ),
    (
        "dgamma_with_four_axes",
        [(GNB_DGAMMA, "dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)")],
        "dgamma keeps axes of length 1; asked for is shape (C,), that of gamma.",
        "`keepdims` in the sum for dgamma.",
    ),
    (
        "both_with_four_axes",
        [
            (GNB_DGAMMA, "dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)"),
            (GNB_DBETA, "dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)"),
        ],
        "dgamma and dbeta keep axes of length 1; asked for is shape (C,).",
        "`keepdims` in the sums for dgamma and dbeta.",
    ),
    (
        "dbeta_per_picture",
        [(GNB_DBETA, "dbeta = dout.sum(axis=(2, 3))")],
        "dbeta has one row per picture; beta is shared by all pictures.",
        "over which axes beta is shared.",
    ),
    (
        "dbeta_averaged",
        [(GNB_DBETA, "dbeta = dout.mean(axis=(0, 2, 3))")],
        "dbeta is averaged; every picture and position adds its part: it is a sum.",
        "sum or mean in dbeta.",
    ),
    (
        "dbeta_with_gamma",
        [(GNB_DBETA, "dbeta = gamma * dout.sum(axis=(0, 2, 3))")],
        "dbeta contains gamma: dx_hat was used where dout belongs.",
        "the derivative of gamma · x_hat + beta by beta.",
    ),
    (
        "dgamma_and_dbeta_swapped",
        [("return dx, dgamma, dbeta", "return dx, dbeta, dgamma")],
        "dbeta comes second and dgamma third; the order is dx, dgamma, dbeta.",
        "the order of the returned values.",
    ),
    (
        "dx_alone_returned",
        [("return dx, dgamma, dbeta", "return dx")],
        "Only dx is returned; asked for are dx, dgamma and dbeta.",
        "the last line.",
    ),
    (
        "upstream_changed",
        [(GNB_DX_HAT, "dout *= gamma[:, None, None]\n    dx_hat = dout.reshape(sets.shape)")],
        "dout is multiplied by gamma in place: the caller's array changes, and dgamma and dbeta contain gamma.",
        "assignments such as `dout *=`.",
    ),
    (
        "default_eps_of_another_library",
        [("eps=1e-5", "eps=1e-3")],
        "When eps is not given, 1e-3 is used; here it is 1e-5.",
        "the signature of the function.",
    ),
):
    group_norm_backward.mistake(name, *edits, cause=cause, look=look)
return_mistakes(group_norm_backward, "dx, dgamma, dbeta")


@group_norm_backward.accepts("five axes, one expression")
def _(dout, x, groups, gamma, eps=1e-5):
    n, c, h, w = x.shape
    shape, axes = (n, groups, c // groups, h, w), (2, 3, 4)
    g = x.reshape(shape)
    s = np.sqrt(g.var(axes, keepdims=True) + eps)
    hat = (g - g.mean(axes, keepdims=True)) / s
    up = (dout * gamma.reshape(1, c, 1, 1)).reshape(shape)
    dx = (up - up.mean(axes, keepdims=True) - hat * (up * hat).mean(axes, keepdims=True)) / s
    return dx.reshape(x.shape), (dout * hat.reshape(x.shape)).sum((0, 2, 3)), dout.sum((0, 2, 3))


@group_norm_backward.accepts("loops over pictures and groups")
def _(dout, x, groups, gamma, eps=1e-5):
    size = x.shape[1] // groups
    dx, dgamma = np.zeros(x.shape), np.zeros(x.shape[1])
    for n in range(len(x)):
        for first in range(0, x.shape[1], size):
            part = slice(first, first + size)
            values, up = x[n, part], dout[n, part] * gamma[part, None, None]
            s = math.sqrt(values.var() + eps)
            hat = (values - values.mean()) / s
            dx[n, part] = (up - up.mean() - hat * (up * hat).mean()) / s
            dgamma[part] += (dout[n, part] * hat).sum(axis=(1, 2))
    return dx, dgamma, dout.sum(axis=0).sum(axis=(1, 2))


@group_norm_backward.accepts("einsum for the parameters, the graph for x")
def _(dout, x, groups, gamma, eps=1e-5):
    rows = x.reshape(len(x) * groups, -1)
    xm = rows - rows.mean(1, keepdims=True)
    inverse = ((xm**2).mean(1, keepdims=True) + eps) ** -0.5
    up = np.einsum("nchw,c->nchw", dout, gamma).reshape(rows.shape)
    dvar = -0.5 * (up * xm).sum(1, keepdims=True) * inverse**3
    dxm = up * inverse + 2 * xm * dvar / rows.shape[1]
    dx = dxm - dxm.mean(1, keepdims=True)
    hat = (xm * inverse).reshape(x.shape)
    return dx.reshape(x.shape), np.einsum("nchw,nchw->c", dout, hat), np.einsum("nchw->c", dout)


@group_norm_backward.accepts("layer norm backward with gamma spread over the positions")
def _(dout, x, groups, gamma, eps=1e-5):
    n, c, h, w = x.shape
    size = c // groups * h * w
    spread = np.repeat(gamma, h * w).reshape(groups, size)
    dx = np.zeros((n, groups, size))
    xs, ups = x.reshape(dx.shape), dout.reshape(dx.shape)
    hats = np.zeros(dx.shape)
    for g in range(groups):
        s = np.sqrt(xs[:, g].var(1, keepdims=True) + eps)
        hats[:, g] = (xs[:, g] - xs[:, g].mean(1, keepdims=True)) / s
        d = ups[:, g] * spread[g]
        dx[:, g] = (d - d.mean(1, keepdims=True) - hats[:, g] * (d * hats[:, g]).mean(1, keepdims=True)) / s
    hats = hats.reshape(x.shape)
    return dx.reshape(x.shape), (dout * hats).sum(0).sum((1, 2)), dout.sum(3).sum(2).sum(0)


@group_norm_backward.accepts("autograd")
def _(dout, x, groups, gamma, eps=1e-5):
    return autograd_group_norm_backward(dout, x, groups, gamma, eps)


# weight_standardize


def torch_weight_standardize(weight, eps=1e-5):
    flat = tensor(weight).reshape(1, len(weight), -1)
    # below torch.nn.functional, which refuses an eps of 0
    return torch.batch_norm(flat, None, None, None, None, True, 0.1, eps, False).reshape(weight.shape)


weight_standardize = Bank(
    probes.weight_standardize,
    parts=[
        Part(
            "each filter of convolutions and linear layers",
            1,
            (
                "a convolution, all lengths different",
                "a linear layer",
                "three axes",
                "all lengths equal",
                "whole numbers",
            ),
        ),
        Part(
            "eps: given, not given, a constant filter", 1, ("eps from 0.1 to 1", "eps not given", "a constant filter")
        ),
    ],
    oracle=torch_weight_standardize,
)
WS = "normalize(weight, tuple(range(1, weight.ndim)), eps)"
FILTERS = "tuple(range(1, weight.ndim))"
for name, wrong, cause, look in (
    (
        "over_the_output_channels",
        "normalize(weight, 0, eps)",
        "The mean runs over the output channels, so filters are mixed; each filter has its own.",
        "whether axis 0 is among the averaged axes.",
    ),
    (
        "over_all_weights",
        "normalize(weight, tuple(range(weight.ndim)), eps)",
        "One mean and one variance are taken over all weights; each filter has its own.",
        "whether axis 0 is among the averaged axes.",
    ),
    (
        "over_the_input_channels_only",
        "normalize(weight, 1, eps)",
        "Only the input channels are averaged over, so each kernel position has its own mean.",
        "which axes belong to one filter.",
    ),
    (
        "each_kernel_by_itself",
        "normalize(weight, tuple(range(2, weight.ndim)) or 1, eps)",
        "Each kernel, one input channel of one filter, is standardized by itself; a filter is all its input channels.",
        "which axes belong to one filter.",
    ),
    (
        "input_channel_kept",
        "normalize(weight, tuple(axis for axis in range(weight.ndim) if axis != 1), eps)",
        "There is one mean for each *input* channel; it has to be one for each output channel, axis 0.",
        "which axis of the weight counts the filters.",
    ),
    (
        "output_channel_taken_last",
        "normalize(weight, tuple(range(weight.ndim - 1)), eps)",
        "The last axis is kept, as if the output channel came last (as in Keras); here it comes first.",
        "which axis of the weight counts the filters.",
    ),
    (
        "four_axes_only",
        "normalize(weight, (1, 2, 3), eps)",
        "Axes 1, 2 and 3 are written out, so the weight of a linear layer, with two axes, is refused.",
        "how the axes are named for weights of two or three axes.",
    ),
    (
        "reshaped_the_wrong_way",
        "normalize(weight.reshape(-1, len(weight)), 0, eps).reshape(weight.shape)",
        "The reshape makes columns that mix several filters; a filter is one row of (O, all the rest).",
        "which values a reshape puts together.",
    ),
    (
        "divided_by_the_root_of_the_inputs",
        "normalize(weight, tuple(range(1, weight.ndim)), eps) / np.sqrt(weight[0].size)",
        "The result is divided by the root of the number of inputs as well (the *scaled* variant of normalizer-free "
        "nets); not here.",
        "what is done after the standardization.",
    ),
    (
        "length_one",
        "weight / np.sqrt((weight**2).sum(axis=tuple(range(1, weight.ndim)), keepdims=True) + eps)",
        "Each filter is divided by its length: that is weight normalization without its learned factor.",
        "the mean, and the difference between a sum of squares and a variance.",
    ),
):
    weight_standardize.mistake(name, (WS, wrong), cause=cause, look=look)
own_statistics_mistakes(weight_standardize, WS, "weight", FILTERS, "a filter")
default_eps_mistakes(weight_standardize)
return_mistakes(weight_standardize, "standardized")
weight_standardize.mistake(
    "whole_numbers_kept",
    (WS, f"({WS}).astype(weight.dtype)"),
    cause="The result is stored in the type of weight; for whole numbers that cuts off all decimals.",
    look="the array that the result is written into, and its dtype.",
)
weight_standardize.mistake(
    "argument_changed",
    ("standardized = ", f"weight -= weight.mean(axis={FILTERS}, keepdims=True)\n    standardized = "),
    cause="The mean is subtracted in weight itself, so the caller's data changes.",
    look="assignments into weight, such as `weight -=`.",
)


@weight_standardize.accepts("each filter as a row")
def _(weight, eps=1e-5):
    rows = weight.reshape(len(weight), -1)
    rows = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + eps)
    return rows.reshape(weight.shape)


@weight_standardize.accepts("a loop over filters")
def _(weight, eps=1e-5):
    return np.stack([(one - one.mean()) / math.sqrt(one.var() + eps) for one in weight])


@weight_standardize.accepts("transposed, so that NumPy lines up by itself")
def _(weight, eps=1e-5):
    t = weight.T
    axes = tuple(range(t.ndim - 1))
    return ((t - t.mean(axes)) / (t.var(axes) + eps) ** 0.5).T


@weight_standardize.accepts("batch norm of torch on the filters as channels")
def _(weight, eps=1e-5):
    return torch_weight_standardize(weight, eps)


# local_response_norm


def torch_local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return functional.local_response_norm(tensor(x), size, alpha, beta, k)


local_response_norm = Bank(
    probes.local_response_norm,
    parts=[
        Part(
            "windows of odd size",
            1.5,
            (
                "window of 3",
                "window of 5",
                "window of 1",
                "all lengths equal",
                "alpha, beta and k not given",
                "whole numbers",
            ),
        ),
        Part("windows of even size", 0.5, ("even windows",)),
        Part("windows larger than the channels", 1, ("window larger than the channels", "a single channel")),
    ],
    oracle=torch_local_response_norm,
)
BOUNDS = "low, high = max(0, c - size // 2), min(channels, c + (size - 1) // 2 + 1)"
TOTAL = "total[:, c] = (x[:, low:high] ** 2).sum(axis=1)"
LRN = "out = x / (k + alpha * total / size) ** beta"
for name, edits, cause, look in (
    (
        "alpha_not_divided",
        [(LRN, "out = x / (k + alpha * total) ** beta")],
        "alpha is used as it is, as in the paper and in TensorFlow; PyTorch divides it by the window size.",
        "the factor in front of the sum of squares.",
    ),
    (
        "divided_by_the_existing_channels",
        [(TOTAL, "total[:, c] = (x[:, low:high] ** 2).mean(axis=1) * size")],
        "At the ends the sum is divided by the number of channels that exist; missing ones count as 0, and alpha is "
        "divided by the window size all the same.",
        "the divisor for the first and the last channels.",
    ),
    (
        "divided_by_all_channels",
        [(LRN, "out = x / (k + alpha * total / channels) ** beta")],
        "alpha is divided by the number of channels; it is divided by the window size.",
        "the divisor of alpha.",
    ),
    (
        "upper_end_missing",
        [(BOUNDS, "low, high = max(0, c - size // 2), min(channels, c + (size - 1) // 2)")],
        "The window ends one channel too early: a slice stops before its end.",
        "the upper end of the slice.",
    ),
    (
        "lower_end_one_too_high",
        [(BOUNDS, "low, high = max(0, c - size // 2 + 1), min(channels, c + (size - 1) // 2 + 1)")],
        "The window begins one channel too late.",
        "the lower end of the slice.",
    ),
    (
        "even_window_too_long",
        [(BOUNDS, "low, high = max(0, c - size // 2), min(channels, c + size // 2 + 1)")],
        "For even sizes the window has one channel too many: it reaches size // 2 both ways.",
        "the window of an even size: it is not symmetric.",
    ),
    (
        "window_one_too_long",
        [(BOUNDS, "low, high = max(0, c - size // 2), min(channels, c + (size - 1) // 2 + 2)")],
        "The window reaches one channel too far up.",
        "the upper end of the slice.",
    ),
    (
        "even_window_the_other_way",
        [(BOUNDS, "low, high = max(0, c - (size - 1) // 2), min(channels, c + size // 2 + 1)")],
        "For even sizes the window reaches farther up than down; it is the other way round.",
        "on which side an even window has one channel more.",
    ),
    (
        "size_taken_as_radius",
        [(BOUNDS, "low, high = max(0, c - size), min(channels, c + size + 1)")],
        "`size` is taken as the reach to each side, as TensorFlow's depth_radius; here it is the whole window.",
        "how many channels the window has.",
    ),
    (
        "window_begins_at_the_channel",
        [(BOUNDS, "low, high = c, min(channels, c + size)")],
        "The window begins at the channel itself; the channel has to be in its middle.",
        "the lower end of the slice.",
    ),
    (
        "lower_end_not_kept_inside",
        [(BOUNDS, "low, high = c - size // 2, min(channels, c + (size - 1) // 2 + 1)")],
        "The lower end becomes negative for the first channels; NumPy then counts from the end.",
        "the lower end of the slice for channel 0.",
    ),
    (
        "window_wraps_around",
        [
            (
                TOTAL,
                "window = np.arange(c - size // 2, c + (size - 1) // 2 + 1) % channels\n"
                "        total[:, c] = (x[:, window] ** 2).sum(axis=1)",
            )
        ],
        "The window wraps around: the last channels become neighbours of the first. Outside of x everything is 0.",
        "what stands outside of x.",
    ),
    (
        "all_channels",
        [(BOUNDS, "low, high = 0, channels")],
        "The sum runs over all channels; it runs over the window.",
        "the ends of the slice.",
    ),
    (
        "only_itself",
        [(BOUNDS, "low, high = c, c + 1")],
        "Only the channel itself is summed; its neighbours in the window count, too.",
        "the ends of the slice.",
    ),
    (
        "neighbours_without_itself",
        [(TOTAL, "total[:, c] = (x[:, low:high] ** 2).sum(axis=1) - x[:, c] ** 2")],
        "The channel itself is left out of its window.",
        "whether a channel belongs to its own window.",
    ),
    (
        "not_squared",
        [(TOTAL, "total[:, c] = np.abs(x[:, low:high]).sum(axis=1)")],
        "Absolute values are summed; the squares are asked for.",
        "what is summed over the window.",
    ),
    (
        "square_of_the_sum",
        [(TOTAL, "total[:, c] = x[:, low:high].sum(axis=1) ** 2")],
        "The sum is squared; it has to be the sum of the squares.",
        "the order of squaring and summing.",
    ),
    (
        "centred",
        [(TOTAL, "total[:, c] = x[:, low:high].var(axis=1) * (high - low)")],
        "The window's mean is subtracted; local response norm subtracts nothing.",
        "what is squared.",
    ),
    (
        "averaged_over_pictures",
        [(LRN, "out = x / (k + alpha * total.mean(axis=0) / size) ** beta")],
        "The sum is averaged over the pictures; each picture stands for itself.",
        "whether axis 0 is averaged somewhere.",
    ),
    (
        "k_left_out",
        [(LRN, "out = x / (1 + alpha * total / size) ** beta")],
        "k is not used: 1 stands in its place.",
        "the constant in the parentheses.",
    ),
    (
        "k_scaled_too",
        [(LRN, "out = x / (alpha * (k + total / size)) ** beta")],
        "alpha multiplies k as well; it multiplies the sum only.",
        "the parentheses around alpha and the sum.",
    ),
    (
        "beta_left_out",
        [(LRN, "out = x / (k + alpha * total / size)")],
        "The exponent beta is missing.",
        "the power of the denominator.",
    ),
    (
        "root_for_beta",
        [(LRN, "out = x / np.sqrt(k + alpha * total / size)")],
        "A square root is taken whatever beta is.",
        "the power of the denominator.",
    ),
    (
        "beta_for_the_sum_only",
        [(LRN, "out = x / (k + (alpha * total / size) ** beta)")],
        "beta is the exponent of the sum alone; it is the exponent of the whole denominator, k included.",
        "the parentheses in front of the exponent.",
    ),
    (
        "multiplied",
        [(LRN, "out = x * (k + alpha * total / size) ** beta")],
        "x is multiplied by the power; it has to be divided by it.",
        "the sign of the exponent, or the operator behind x.",
    ),
    (
        "x_squared",
        [(LRN, "out = x**2 / (k + alpha * total / size) ** beta")],
        "The squares are divided; x itself is to be divided.",
        "the numerator.",
    ),
    (
        "sign_lost",
        [(LRN, "out = np.abs(x) / (k + alpha * total / size) ** beta")],
        "Negative values come out positive: the sign of x is lost.",
        "the numerator.",
    ),
    (
        "factor_without_x",
        [(LRN, "out = 1 / (k + alpha * total / size) ** beta")],
        "The factor is returned and not its product with x.",
        "the numerator.",
    ),
    (
        "window_along_the_height",
        [(TOTAL, "total[:, c] = (x[:, c : c + 1] ** 2).sum(axis=2)")],
        "The sum runs along the height of the channel; it runs over neighbouring channels at the same position.",
        "which axis is summed.",
    ),
    (
        "window_over_the_pictures",
        [
            ("channels = x.shape[1]", "channels = x.shape[0]"),
            (TOTAL, "total[c] = (x[low:high] ** 2).sum(axis=0)"),
        ],
        "The window slides over the pictures; it slides over the channels.",
        "the axis of the window.",
    ),
    (
        "default_k_of_the_paper",
        [("k=1.0", "k=2.0")],
        "When k is not given, the paper's 2 is used; here the default is 1.",
        "the signature of the function.",
    ),
    (
        "default_alpha_of_another_library",
        [("alpha=1e-4", "alpha=1.0")],
        "When alpha is not given, 1 is used; here the default is 1e-4.",
        "the signature of the function.",
    ),
    (
        "default_beta_of_another_library",
        [("beta=0.75", "beta=0.5")],
        "When beta is not given, 0.5 is used, TensorFlow's default; here it is 0.75.",
        "the signature of the function.",
    ),
    (
        "whole_numbers_kept",
        [(LRN, LRN + "\n    out = out.astype(x.dtype)")],
        "The result is stored in the type of x; for whole numbers that cuts off all decimals.",
        "the array that the result is written into, and its dtype.",
    ),
    (
        "argument_changed",
        [(LRN, "x /= (k + alpha * total / size) ** beta\n    out = x")],
        "The division is written into x itself, so the caller's data changes.",
        "assignments into x, such as `x /=`.",
    ),
    (
        "overwritten_while_summing",
        [
            (
                TOTAL,
                "x = x.astype(float)\n        total[:, c] = (x[:, low:high] ** 2).sum(axis=1)\n"
                "        x[:, c] /= (k + alpha * total[:, c] / size) ** beta",
            ),
            (LRN, "out = x"),
        ],
        "Each channel is divided before the next one's sum is taken, so later windows see changed values.",
        "whether the sums are all taken from the original x.",
    ),
):
    local_response_norm.mistake(name, *edits, cause=cause, look=look)
return_mistakes(local_response_norm)


@local_response_norm.accepts("padded with zeros, one sum of shifted copies")
def _(x, size, alpha=1e-4, beta=0.75, k=1.0):
    padded = np.pad(x.astype(float) ** 2, ((0, 0), (size // 2, (size - 1) // 2), (0, 0), (0, 0)))
    total = sum(padded[:, shift : shift + x.shape[1]] for shift in range(size))
    return x * (k + alpha / size * total) ** -beta


@local_response_norm.accepts("a band matrix over the channels")
def _(x, size, alpha=1e-4, beta=0.75, k=1.0):
    c = np.arange(x.shape[1])
    distance = c - c[:, None]
    band = (distance >= -(size // 2)) & (distance <= (size - 1) // 2)
    return x / (k + alpha * np.einsum("ij,njhw->nihw", band * 1.0, x**2) / size) ** beta


@local_response_norm.accepts("running sums")
def _(x, size, alpha=1e-4, beta=0.75, k=1.0):
    channels = x.shape[1]
    running = np.concatenate([np.zeros_like(x[:, :1]), np.cumsum(x**2, axis=1)], axis=1)
    c = np.arange(channels)
    high, low = np.minimum(c + (size + 1) // 2, channels), np.maximum(c - size // 2, 0)
    return x / (k + alpha * (running[:, high] - running[:, low]) / size) ** beta


@local_response_norm.accepts("exp and log")
def _(x, size, alpha=1e-4, beta=0.75, k=1.0):
    out = np.zeros(x.shape)
    for i in range(x.shape[1]):
        window = [j for j in range(i - size // 2, i + (size - 1) // 2 + 1) if 0 <= j < x.shape[1]]
        out[:, i] = x[:, i] * np.exp(-beta * np.log(k + alpha / size * np.square(x[:, window]).sum(1)))
    return out


@local_response_norm.accepts("torch's own layer")
def _(x, size, alpha=1e-4, beta=0.75, k=1.0):
    return torch_local_response_norm(x, size, alpha, beta, k)


# ghost_batch_norm


def torch_ghost_batch_norm(x, gamma, beta, size, eps=1e-5):
    parts = tensor(x).split(size)
    # below torch.nn.functional, which refuses a part of one row
    return torch.cat(
        [torch.batch_norm(p, tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False) for p in parts]
    )


ghost_batch_norm = Bank(
    probes.ghost_batch_norm,
    parts=[
        Part(
            "batch norm in each part",
            1,
            (
                "three parts of four rows",
                "all lengths equal",
                "one part",
                "parts of one row",
                "eps from 0.1 to 1",
                "eps not given",
                "whole numbers",
            ),
        ),
    ],
    oracle=torch_ghost_batch_norm,
)
GBN_HAT = "x_hat = normalize(x.reshape(-1, size, x.shape[1]), 1, eps)"
GBN_OUT = "gamma * x_hat.reshape(x.shape) + beta"
for name, wrong, cause, look in (
    (
        "whole_batch",
        "x_hat = normalize(x, 0, eps)",
        "All rows share one mean per column: that is batch norm of the whole batch.",
        "where `size` enters.",
    ),
    (
        "layer_norm",
        "x_hat = normalize(x, 1, eps)",
        "Each row is normalized over its features: that is layer norm.",
        "the axis that is averaged.",
    ),
    (
        "over_the_parts",
        "x_hat = normalize(x.reshape(-1, size, x.shape[1]), 0, eps)",
        "The mean runs over the parts: rows of the same place in different parts are put together.",
        "which of the three axes counts the rows of a part.",
    ),
    (
        "one_mean_per_part",
        "x_hat = normalize(x.reshape(-1, size, x.shape[1]), (1, 2), eps)",
        "All features of a part share one mean; each feature has its own.",
        "which of the three axes are averaged.",
    ),
    (
        "size_taken_for_the_number_of_parts",
        "x_hat = normalize(x.reshape(size, -1, x.shape[1]), 1, eps)",
        "The batch is divided into `size` parts; it has to be parts of `size` rows.",
        "the order of the first two axes after the reshape.",
    ),
    (
        "every_so_manieth_row",
        "x_hat = normalize(x.reshape(size, -1, x.shape[1]), 0, eps)",
        "A part is made of rows that lie N/size apart; it is made of successive rows.",
        "which rows a part holds.",
    ),
    (
        "first_part_for_all",
        "m, v = x[:size].mean(axis=0), x[:size].var(axis=0)\n    x_hat = (x - m) / np.sqrt(v + eps)",
        "The statistics of the first part are used for all.",
        "whether each part has statistics of its own.",
    ),
):
    ghost_batch_norm.mistake(name, (GBN_HAT, wrong), cause=cause, look=look)
own_statistics_mistakes(
    ghost_batch_norm,
    "normalize(x.reshape(-1, size, x.shape[1]), 1, eps)",
    "x.reshape(-1, size, x.shape[1])",
    "1",
    "a column of a part",
)
affine_mistakes(ghost_batch_norm, GBN_OUT, x_hat="x_hat.reshape(x.shape)")
default_eps_mistakes(ghost_batch_norm)
whole_number_mistake(ghost_batch_norm, GBN_OUT)
return_mistakes(ghost_batch_norm)
ghost_batch_norm.mistake(
    "parts_kept",
    (GBN_OUT, "gamma * x_hat + beta"),
    cause="The result still has an axis for the parts; it has to have the shape of x.",
    look="the reshape back.",
)
ghost_batch_norm.mistake(
    "argument_changed",
    (GBN_HAT, "x -= x.reshape(-1, size, x.shape[1]).mean(1).repeat(size, 0)\n    " + GBN_HAT),
    cause="The mean is subtracted in x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=`.",
)


@ghost_batch_norm.accepts("a loop over parts")
def _(x, gamma, beta, size, eps=1e-5):
    out = np.zeros(x.shape)
    for first in range(0, len(x), size):
        part = x[first : first + size]
        out[first : first + size] = gamma * (part - part.mean(0)) / np.sqrt(part.var(0) + eps) + beta
    return out


@ghost_batch_norm.accepts("np.split and vstack")
def _(x, gamma, beta, size, eps=1e-5):
    parts = np.split(x, len(x) // size)
    return np.vstack([(p - p.mean(0)) * gamma / np.sqrt(p.var(0) + eps) + beta for p in parts])


@ghost_batch_norm.accepts("means by a block matrix")
def _(x, gamma, beta, size, eps=1e-5):
    part = np.arange(len(x)) // size
    same = (part == part[:, None]) / size
    d = x - same @ x
    return gamma * d / np.sqrt(same @ d**2 + eps) + beta


@ghost_batch_norm.accepts("torch's own layer")
def _(x, gamma, beta, size, eps=1e-5):
    return torch_ghost_batch_norm(x, gamma, beta, size, eps)
