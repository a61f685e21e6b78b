"""Bank of lesson 01."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import standardize as probes


def tensor(x):
    return torch.as_tensor(x, dtype=torch.float64)


# min_max_scale


def torch_min_max_scale(x_train, x):
    low, high = torch.aminmax(tensor(x_train), dim=0)
    return torch.where(high > low, (tensor(x) - low) / (high - low), tensor(x) - low)


min_max_scale = Bank(
    probes.min_max_scale,
    parts=[
        Part(
            "the training range",
            1,
            ("new rows within the training range", "as many rows as columns", "a single new row", "whole numbers"),
        ),
        Part("values outside it", 1, ("values outside the training range",)),
        Part("constant features", 1, ("a feature that is constant in training",)),
    ],
    oracle=torch_min_max_scale,
)
LOW_HIGH = "x_train.min(axis=0), x_train.max(axis=0)"
WIDTH = "np.where(high > low, high - low, 1.0)"
SCALED = "(x - low) / width"

min_max_scale.mistake(
    "fitted_on_x",
    (LOW_HIGH, "x.min(axis=0), x.max(axis=0)"),
    cause="The range is taken from x, the rows to be scaled; it has to come from the training rows.",
    look="the name in front of `min` and `max`.",
)
min_max_scale.mistake(
    "fitted_on_both",
    (LOW_HIGH, "np.vstack([x_train, x]).min(axis=0), np.vstack([x_train, x]).max(axis=0)"),
    cause="The range is taken from training rows and new rows together, so the new rows have a say in their own ruler.",
    look="the rows that `min` and `max` get to see.",
)
min_max_scale.mistake(
    "arguments_swapped",
    (LOW_HIGH, "x.min(axis=0), x.max(axis=0)"),
    (SCALED, "(x_train - low) / width"),
    cause="The two arguments have changed places: the training rows are scaled by the range of x.",
    look="the order of the arguments: the rows that set the range come first.",
)
min_max_scale.mistake(
    "training_rows_returned",
    (SCALED, "(x_train - low) / width"),
    cause="The training rows are scaled and returned; asked for are the rows of x.",
    look="the array from which the minimum is subtracted.",
)
min_max_scale.mistake(
    "one_range_for_all",
    (LOW_HIGH, "x_train.min(), x_train.max()"),
    cause="One minimum and one maximum of the whole matrix are used; each feature needs its own.",
    look="the axis that `min` and `max` are told; without one they look at everything.",
)
min_max_scale.mistake(
    "range_of_rows",
    (LOW_HIGH, "x_train.min(axis=1, keepdims=True), x_train.max(axis=1, keepdims=True)"),
    cause="Minimum and maximum are taken along each row, over different features; each column needs its own.",
    look="the axis of `min` and `max`: axis 0 runs down a column.",
)
min_max_scale.mistake(
    "each_row_by_itself",
    (LOW_HIGH, "x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)"),
    cause="Each row of x is scaled by its own minimum and maximum, over different features; each column needs its own, "
    "from the training rows.",
    look="the axis of `min` and `max`, and the array they are called on.",
)
min_max_scale.mistake(
    "clipped",
    (SCALED, "np.clip((x - low) / width, 0, 1)"),
    cause="Values outside the training range are cut off at 0 and 1, so different rows become the same.",
    look="what happens to a value above the training maximum.",
)
min_max_scale.mistake(
    "constant_divides_by_zero",
    (WIDTH, "high - low"),
    cause="A feature that is constant in training has a range of 0, and that is what x is divided by.",
    look="the divisor of a feature whose minimum and maximum are the same.",
)
min_max_scale.mistake(
    "eps_in_the_range",
    (WIDTH, "high - low + 1e-8"),
    cause="A tiny number is added to the range, so a new value of a constant feature becomes enormous.",
    look="the divisor of a constant feature: the text asks for 1 there.",
)
min_max_scale.mistake(
    "constant_forced_to_zero",
    (SCALED, "np.where(high > low, (x - low) / width, 0.0)"),
    cause="A feature that is constant in training becomes 0 in every row; a new row that differs should show it.",
    look="what is left of a constant feature once it is divided by 1.",
)
min_max_scale.mistake(
    "constant_left_alone",
    (SCALED, "np.where(high > low, (x - low) / width, x)"),
    cause="A feature that is constant in training is returned as it is; its minimum is subtracted from it too.",
    look="the case of a constant feature: only the divisor is different there.",
)
min_max_scale.mistake(
    "one_constant_stops_all",
    (WIDTH, "high - low if (high > low).all() else np.ones_like(low)"),
    cause="One constant feature switches off the scaling of all the others.",
    look="the guard: it has to decide for each feature by itself.",
)
min_max_scale.mistake(
    "minimum_not_subtracted",
    (SCALED, "x / width"),
    cause="x is divided by the range without the minimum being subtracted, so the scale does not begin at 0.",
    look="what becomes of the training minimum itself.",
)
min_max_scale.mistake(
    "divided_by_the_maximum",
    (WIDTH, "np.where(high > low, high, 1.0)"),
    cause="The shifted values are divided by the maximum; the range is the maximum minus the minimum.",
    look="what becomes of the training maximum itself.",
)
min_max_scale.mistake(
    "only_divided_by_the_maximum",
    (SCALED, "x / high"),
    cause="x is divided by the maximum alone; the minimum plays no part.",
    look="where the training minimum ends up.",
)
min_max_scale.mistake(
    "brackets_missing",
    (SCALED, "x - low / width"),
    cause="The division comes before the subtraction: only the minimum is divided by the range.",
    look="the order in which the operations are done.",
)
min_max_scale.mistake(
    "low_and_high_swapped",
    (LOW_HIGH, "x_train.max(axis=0), x_train.min(axis=0)"),
    cause="Minimum and maximum have changed places, so every feature looks constant.",
    look="the names to which `min` and `max` are given.",
)
min_max_scale.mistake(
    "upside_down",
    (SCALED, "(high - x) / width"),
    cause="The scale runs backwards: the training minimum becomes 1 and the maximum 0.",
    look="the order of the difference.",
)
min_max_scale.mistake(
    "minus_one_to_one",
    (SCALED, "2 * (x - low) / width - 1"),
    cause="The training range is mapped to −1 to 1; asked for is 0 to 1.",
    look="what happens after the division.",
)
min_max_scale.mistake(
    "mean_subtracted",
    (SCALED, "(x - x_train.mean(axis=0)) / width"),
    cause="The mean is subtracted where the minimum belongs, so the scale is centred and does not begin at 0.",
    look="what is subtracted from x.",
)
min_max_scale.mistake(
    "standardized_instead",
    (SCALED, "(x - x_train.mean(axis=0)) / np.where(high > low, x_train.std(axis=0), 1.0)"),
    cause="This is standardization, with mean and standard deviation; asked for are minimum and range.",
    look="the two numbers that describe each feature here.",
)
min_max_scale.mistake(
    "range_of_x",
    (WIDTH, "np.where(np.ptp(x, axis=0) > 0, np.ptp(x, axis=0), 1.0)"),
    cause="The minimum comes from the training rows but the width from x.",
    look="the rows that the width is taken from.",
)
min_max_scale.mistake(
    "integers_truncated",
    (
        "return (x - low) / width",
        "out = np.empty_like(x)\n    out[...] = (x - low) / width\n    return out",
    ),
    cause="The result is written into an array of the type of x; for whole numbers that cuts off all decimals.",
    look="the line that makes the result's array, and its dtype.",
)
min_max_scale.mistake(
    "argument_changed",
    ("return (x - low) / width", "out = (x - low) / width\n    x -= low.astype(x.dtype)\n    return out"),
    cause="The subtraction is written into x itself, so the caller's data change.",
    look="assignments into x, such as `x -=`, `x[...] =` or `out=x`.",
)
min_max_scale.mistake(
    "nothing_returned",
    ("return (x", "(x"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@min_max_scale.accepts("a loop over columns")
def _(x_train, x):
    out = np.zeros(x.shape)
    for j in range(x.shape[1]):
        low, high = min(x_train[:, j]), max(x_train[:, j])
        for i in range(len(x)):
            out[i, j] = (x[i, j] - low) / (high - low if high > low else 1)
    return out


@min_max_scale.accepts("keepdims and ptp")
def _(x_train, x):
    width = np.ptp(x_train, axis=0, keepdims=True).astype(float)
    width[width == 0] = 1
    return (x - x_train.min(axis=0, keepdims=True)) / width


@min_max_scale.accepts("a slope and an intercept")
def _(x_train, x):
    low, high = np.sort(x_train, axis=0)[[0, -1]]
    slope = 1 / np.where(high == low, 1, high - low)
    return x * slope - low * slope


@min_max_scale.accepts("np.divide with where")
def _(x_train, x):
    low, high = np.percentile(x_train, [0, 100], axis=0)
    out = x - low
    return np.divide(out, high - low, out=out, where=high > low)


@min_max_scale.accepts("a tensor comes back")
def _(x_train, x):
    return torch_min_max_scale(x_train, x)


@min_max_scale.accepts("in place on a copy")
def _(x_train, x):
    out, low = x.astype(np.float64), x_train.min(axis=0)
    out -= low
    width = x_train.max(axis=0) - low
    out /= width + (width == 0)
    return out


# fit_standardizer


def torch_fit_standardizer(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean, torch.sqrt(var)


fit_standardizer = Bank(
    probes.fit_standardizer,
    parts=[
        Part("mean and biased std", 1, ("seven rows, five columns", "as many rows as columns", "whole numbers")),
        Part(
            "one row, constant features, large means",
            1,
            ("a single row", "a constant feature", "a large mean, a small spread"),
        ),
    ],
    oracle=torch_fit_standardizer,
)
FIT = "return x.mean(axis=0), x.std(axis=0)"

fit_standardizer.mistake(
    "unbiased",
    ("x.std(axis=0)", "x.std(axis=0, ddof=1)"),
    cause="The squared deviations are divided by N − 1 (unbiased); here they are divided by N (biased).",
    look="the number that divides the sum of squares; in NumPy `ddof` changes it, in torch the default does.",
)
fit_standardizer.mistake(
    "variance_returned",
    ("x.std(axis=0)", "x.var(axis=0)"),
    cause="The variance is returned; the standard deviation is its root.",
    look="the unit of the second value: a variance is in squared units.",
)
fit_standardizer.mistake(
    "unbiased_variance_returned",
    ("x.std(axis=0)", "x.var(axis=0, ddof=1)"),
    cause="The unbiased variance is returned: the root is missing, and the sum is divided by N − 1 where N belongs.",
    look="the last steps of the formula: divide by N, then take the root.",
)
fit_standardizer.mistake(
    "order_swapped",
    (FIT, "return x.std(axis=0), x.mean(axis=0)"),
    cause="The two values come back in the other order.",
    look="the order in the last line: first the mean, then the std.",
)
fit_standardizer.mistake(
    "over_each_row",
    (FIT, "return x.mean(axis=1), x.std(axis=1)"),
    cause="Mean and std are taken along each row, over different features; each column needs its own.",
    look="the axis: axis 0 runs down a column.",
)
fit_standardizer.mistake(
    "one_for_all",
    (FIT, "return x.mean(), x.std()"),
    cause="One mean and one std of the whole matrix are returned; each feature needs its own.",
    look="the axis that `mean` and `std` are told; without one they take everything.",
)
fit_standardizer.mistake(
    "one_std_for_all",
    ("x.std(axis=0)", "x.std() * np.ones(x.shape[1])"),
    cause="Each feature has its own mean, but one std of the whole matrix stands for all.",
    look="the axis of the std.",
)
fit_standardizer.mistake(
    "spread_about_the_overall_mean",
    ("x.std(axis=0)", "np.sqrt(((x - x.mean()) ** 2).mean(axis=0))"),
    cause="The deviations are taken from the mean of the whole matrix, not from each feature's own mean.",
    look="the mean inside the squared deviations.",
)
fit_standardizer.mistake(
    "extra_dimension",
    (FIT, "return x.mean(axis=0, keepdims=True), x.std(axis=0, keepdims=True)"),
    cause="The values have shape (1, D); asked for is (D,).",
    look="`keepdims`, or whatever keeps the axis that was averaged away.",
)
fit_standardizer.mistake(
    "sum_for_mean",
    ("x.mean(axis=0)", "x.sum(axis=0)"),
    cause="The first value is the sum of each column; the mean is the sum divided by N.",
    look="the step from sum to mean.",
)
fit_standardizer.mistake(
    "median_for_mean",
    ("x.mean(axis=0)", "np.median(x, axis=0)"),
    cause="The first value is the median, the row in the middle; asked for is the mean.",
    look="which average the text asks for.",
)
fit_standardizer.mistake(
    "absolute_deviation",
    ("x.std(axis=0)", "np.abs(x - x.mean(axis=0)).mean(axis=0)"),
    cause="The second value is the mean absolute deviation; a standard deviation is the root of the mean square.",
    look="what is done to the deviations before they are averaged.",
)
fit_standardizer.mistake(
    "not_centred",
    ("x.std(axis=0)", "np.sqrt((x**2.0).mean(axis=0))"),
    cause="The root of the mean of x² is taken without the mean being subtracted first: it measures distance from 0.",
    look="what is squared.",
)
fit_standardizer.mistake(
    "sum_of_squares_not_divided",
    ("x.std(axis=0)", "np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0))"),
    cause="The squared deviations are summed but not divided by N before the root.",
    look="the step from the sum of squares to the variance.",
)
fit_standardizer.mistake(
    "divided_by_features",
    ("x.std(axis=0)", "np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) / x.shape[1])"),
    cause="The sum of squares is divided by the number of features D; it is a sum over N rows.",
    look="which of the two sizes of x divides the sum.",
)
fit_standardizer.mistake(
    "divided_after_the_root",
    ("x.std(axis=0)", "np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0)) / len(x)"),
    cause="The division by N comes after the root, so the spread is √N times too small; N belongs under the root. "
    "(A std that is divided by √N once more, the standard error of the mean, gives the same.)",
    look="the order of root and division.",
)
fit_standardizer.mistake(
    "root_twice",
    ("x.std(axis=0)", "np.sqrt(x.std(axis=0))"),
    cause="The root of a standard deviation is returned: it was a root already.",
    look="how often the root is taken.",
)
fit_standardizer.mistake(
    "range_for_std",
    ("x.std(axis=0)", "x.max(axis=0) - x.min(axis=0)"),
    cause="The second value is the range, maximum minus minimum; asked for is the standard deviation.",
    look="the second value.",
)
fit_standardizer.mistake(
    "eps_too_early",
    ("x.std(axis=0)", "np.sqrt(x.var(axis=0) + 1e-5)"),
    cause="An eps is already in this std; `standardize` adds it, and would add it a second time.",
    look="the formula of std in the text: nothing is added there.",
)
fit_standardizer.mistake(
    "zero_replaced_by_one",
    ("x.std(axis=0)", "np.where(x.std(axis=0) > 1e-9, x.std(axis=0), 1.0)"),
    cause="The std of a constant feature is replaced by 1; it is 0, and `standardize` takes care of that.",
    look="what happens to a std of 0.",
)
fit_standardizer.mistake(
    "large_numbers_cancel",
    ("x.std(axis=0)", "np.sqrt(np.maximum((x**2.0).mean(axis=0) - x.mean(axis=0) ** 2, 0))"),
    cause="The variance is taken as mean of squares minus square of the mean: where the mean is large, these two "
    "nearly equal numbers cancel, digits and all.",
    look="the order of subtracting and squaring: deviations are small, squares of x are not.",
)
fit_standardizer.mistake(
    "float32_inside",
    (FIT, "x = x.astype(np.float32)\n    return x.mean(axis=0), x.std(axis=0)"),
    cause="The numbers are turned into float32, which keeps about 7 digits: too few where the mean is large.",
    look="the dtype that the computation is done in.",
)
fit_standardizer.mistake(
    "integers_truncated",
    (FIT, "return x.mean(axis=0).astype(x.dtype), x.std(axis=0).astype(x.dtype)"),
    cause="Mean and std are stored in the type of x; for whole numbers that cuts off all decimals.",
    look="the dtype of the arrays that hold the results.",
)
fit_standardizer.mistake(
    "argument_changed",
    (FIT, "mean, std = x.mean(axis=0), x.std(axis=0)\n    x -= mean.astype(x.dtype)\n    return mean, std"),
    cause="The mean is subtracted from x itself, so the caller's data change.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)
fit_standardizer.mistake(
    "nothing_returned",
    ("return x", "x"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@fit_standardizer.accepts("loops over columns and rows")
def _(x):
    n, d = x.shape
    mean, std = np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(n):
            mean[j] += x[i, j] / n
        for i in range(n):
            std[j] += (x[i, j] - mean[j]) ** 2 / n
        std[j] = std[j] ** 0.5
    return mean, std


@fit_standardizer.accepts("the formula written out")
def _(x):
    mean = np.sum(x, axis=0) / x.shape[0]
    return mean, np.sqrt(np.mean(np.square(x - mean), axis=0))


@fit_standardizer.accepts("einsum, and a list")
def _(x):
    ones = np.ones(len(x)) / len(x)
    mean = ones @ x
    return [mean, np.einsum("i,ij,ij->j", ones, x - mean, x - mean) ** 0.5]


@fit_standardizer.accepts("one array with two rows")
def _(x):
    return np.stack([x.mean(axis=0), x.std(axis=0)])


@fit_standardizer.accepts("norms of the deviations")
def _(x):
    mean = np.average(x, axis=0)
    return mean, np.linalg.norm(x - mean, axis=0) / np.sqrt(len(x))


@fit_standardizer.accepts("tensors come back")
def _(x):
    return torch_fit_standardizer(x)


@fit_standardizer.accepts("Welford's running update")
def _(x):
    mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for count, row in enumerate(x, 1):
        before = row - mean
        mean = mean + before / count
        squares = squares + before * (row - mean)
    return mean, np.sqrt(squares / len(x))


# standardize


def torch_standardize(x, mean, std, eps=1e-5):
    return torch.nn.functional.batch_norm(tensor(x), tensor(mean), tensor(std) ** 2, eps=eps)


standardize = Bank(
    probes.standardize,
    parts=[
        Part(
            "mean and std as given",
            1,
            ("other rows than the fitted ones", "as many rows as columns", "a single row", "whole numbers"),
        ),
        Part("eps", 1, ("eps as large as the variance", "eps not given", "eps of 0")),
        Part("constant features", 1, ("a feature that is constant in training",)),
    ],
    oracle=torch_standardize,
)
X_HAT = "(x - mean) / np.sqrt(std**2 + eps)"
ROOT = "np.sqrt(std**2 + eps)"

standardize.mistake(
    "eps_outside_root",
    (ROOT, "(std + eps)"),
    cause="eps is added to the std; here it is added to the variance, inside the root.",
    look="what stands under the root.",
)
standardize.mistake(
    "eps_missing",
    (ROOT, "std"),
    cause="eps plays no part: x is divided by the std alone, and a constant feature by 0.",
    look="the divisor, and where eps enters it.",
)
standardize.mistake(
    "eps_hard_coded",
    (ROOT, "np.sqrt(std**2 + 1e-5)"),
    cause="A fixed 1e-5 is used whatever eps is passed.",
    look="where the argument eps is used.",
)
standardize.mistake(
    "default_eps_changed",
    ("eps=1e-5", "eps=1e-8"),
    cause="The default of eps is 1e-8; the text says 1e-5.",
    look="the first line of the function.",
)
standardize.mistake(
    "eps_added_to_std_under_the_root",
    (ROOT, "np.sqrt(std + eps)"),
    cause="The root of the std is taken; the argument is a standard deviation, so it has to be squared first.",
    look="what stands under the root: a variance belongs there.",
)
standardize.mistake(
    "divided_by_variance",
    (ROOT, "(std**2 + eps)"),
    cause="x is divided by the variance plus eps; the root is missing.",
    look="the unit of the divisor: a variance is in squared units.",
)
standardize.mistake(
    "eps_squared",
    (ROOT, "np.sqrt(std**2 + eps**2)"),
    cause="eps is squared along with the std.",
    look="what the square applies to.",
)
standardize.mistake(
    "eps_subtracted",
    (ROOT, "np.sqrt(std**2 - eps)"),
    cause="eps is subtracted from the variance, so the root of a negative number can occur.",
    look="the sign before eps.",
)
standardize.mistake(
    "eps_after_the_division",
    (X_HAT, "(x - mean) / std + eps"),
    cause="eps is added to the result, after the division.",
    look="where eps enters: it belongs to the divisor.",
)
standardize.mistake(
    "eps_twice",
    (ROOT, "(np.sqrt(std**2 + eps) + eps)"),
    cause="eps is added inside the root and once more outside.",
    look="how often eps stands in the divisor.",
)
standardize.mistake(
    "multiplied",
    (X_HAT, "(x - mean) * np.sqrt(std**2 + eps)"),
    cause="The deviations are multiplied by the root; they have to be divided by it.",
    look="the operation between the two brackets.",
)
standardize.mistake(
    "refitted_on_x",
    (X_HAT, "(x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"),
    cause="Mean and std are measured again on x; the function has to use the ones it is given.",
    look="where mean and std come from: they are arguments.",
)
standardize.mistake(
    "refitted_on_x_unbiased",
    (X_HAT, "(x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) / (len(x) - 1) + eps)"),
    cause="Mean and (unbiased) std are measured again on x; the function has to use the ones it is given.",
    look="where mean and std come from: they are arguments.",
)
standardize.mistake(
    "mean_and_std_swapped",
    (X_HAT, "(x - std) / np.sqrt(mean**2 + eps)"),
    cause="mean and std have changed places.",
    look="which of the two is subtracted, and which one is squared.",
)
standardize.mistake(
    "along_the_rows",
    (X_HAT, "(x - mean[:, None]) / np.sqrt(std[:, None] ** 2 + eps)"),
    cause="mean and std are stood up as columns, one value for each row; they hold one value for each feature.",
    look="the shapes: (M, D) with (D,) needs no `None`, no reshape and no transpose.",
)
standardize.mistake(
    "mean_refitted_on_x",
    ("x - mean", "x - x.mean(axis=0)"),
    cause="The mean is measured again on x; the function has to use the one it is given.",
    look="which mean is subtracted.",
)
standardize.mistake(
    "std_refitted_on_x",
    (ROOT, "np.sqrt(x.var(axis=0) + eps)"),
    cause="The spread is measured again on x; the function has to use the std it is given.",
    look="which std stands under the root.",
)
standardize.mistake(
    "not_centred",
    ("(x - mean)", "x"),
    cause="x is divided without the mean being subtracted.",
    look="the numerator.",
)
standardize.mistake(
    "mean_added",
    ("x - mean", "x + mean"),
    cause="The mean is added where it should be taken away.",
    look="the sign between x and mean.",
)
standardize.mistake(
    "sign_flipped",
    ("x - mean", "mean - x"),
    cause="The difference is the wrong way round: mean minus value.",
    look="the order of the two terms.",
)
standardize.mistake(
    "brackets_missing",
    ("(x - mean) /", "x - mean /"),
    cause="The division comes before the subtraction: only the mean is divided.",
    look="the order in which the operations are done.",
)
standardize.mistake(
    "scaled_before_centring",
    (X_HAT, "x / np.sqrt(std**2 + eps) - mean"),
    cause="x is divided first, and then the mean, in its old unit, is subtracted.",
    look="the order of subtraction and division.",
)
standardize.mistake(
    "root_of_each_term",
    (ROOT, "(std + np.sqrt(eps))"),
    cause="The root is taken of each term by itself: √(a + b) is not √a + √b.",
    look="what stands under the root together.",
)
standardize.mistake(
    "zeros_replaced_by_one",
    (ROOT, "np.where(std > 0, std, 1.0)"),
    cause="A std of 0 is replaced by 1 and eps is not used; the formula of the text holds for every std.",
    look="the divisor: there is no case to tell apart.",
)
standardize.mistake(
    "eps_only_where_zero",
    (ROOT, "np.where(std > 0, std, np.sqrt(eps))"),
    cause="eps is used only where the std is 0; the formula adds it to every variance.",
    look="the divisor: there is no case to tell apart.",
)
standardize.mistake(
    "eps_as_a_floor",
    (ROOT, "np.sqrt(np.maximum(std**2, eps))"),
    cause="eps serves as the smallest allowed variance; the formula adds it to every variance.",
    look="how std and eps are put together.",
)
standardize.mistake(
    "std_floor",
    (ROOT, "np.maximum(std, eps)"),
    cause="eps serves as the smallest allowed std; the formula adds it to the variance, inside the root.",
    look="how std and eps are put together.",
)
standardize.mistake(
    "constant_forced_to_zero",
    (X_HAT, "np.where(std > 0, (x - mean) / np.sqrt(std**2 + eps), 0.0)"),
    cause="A constant feature becomes 0 in every row; by the formula only rows that equal the mean do.",
    look="what is done where std is 0: the same formula holds.",
)
standardize.mistake(
    "root_over_eps_alone",
    (ROOT, "std ** 2 + eps ** 0.5"),
    cause="The root stands on eps alone; it has to reach over the variance too.",
    look="how far the root, or the power 0.5, reaches.",
)
standardize.mistake(
    "clipped",
    (X_HAT, "np.clip((x - mean) / np.sqrt(std**2 + eps), -3, 3)"),
    cause="Values beyond 3 standard deviations are cut off; the formula leaves them.",
    look="what happens after the division.",
)
standardize.mistake(
    "integers_truncated",
    ("return (x", "x_hat = np.empty_like(x)\n    x_hat[...] = (x"),
    ("std**2 + eps)", "std**2 + eps)\n    return x_hat"),
    cause="The result is written into an array of the type of x; for whole numbers that cuts off all decimals.",
    look="the line that makes the result's array, and its dtype.",
)
standardize.mistake(
    "argument_changed",
    (
        "return (x - mean) / np.sqrt(std**2 + eps)",
        "x_hat = (x - mean) / np.sqrt(std**2 + eps)\n    x -= mean.astype(x.dtype)\n    return x_hat",
    ),
    cause="The subtraction is written into x itself, so the caller's data change.",
    look="assignments into x, such as `x -=`, `x[...] =` or `out=x`.",
)
standardize.mistake(
    "std_changed",
    (
        "return (x - mean) / np.sqrt(std**2 + eps)",
        "x_hat = (x - mean) / np.sqrt(std**2 + eps)\n    std += 1\n    return x_hat",
    ),
    cause="The array std is changed, so the next call with it gives something else.",
    look="assignments into std, such as `std +=` or `std[...] =`.",
)
standardize.mistake(
    "nothing_returned",
    ("return (x", "(x"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@standardize.accepts("loops")
def _(x, mean, std, eps=1e-5):
    out = np.zeros(x.shape)
    for i in range(len(x)):
        for j in range(len(mean)):
            out[i, j] = (x[i, j] - mean[j]) / (std[j] ** 2 + eps) ** 0.5
    return out


@standardize.accepts("a power of -1/2")
def _(x, mean, std, eps=1e-5):
    return (x - mean[None, :]) * np.power(std * std + eps, -0.5)[None, :]


@standardize.accepts("a slope and an intercept")
def _(x, mean, std, eps=1e-5):
    slope = 1 / np.hypot(std, np.sqrt(eps))
    return x * slope - mean * slope


@standardize.accepts("a diagonal matrix")
def _(x, mean, std, eps=1e-5):
    return (x - np.ones((len(x), 1)) @ mean.reshape(1, -1)) @ np.diag(1 / np.sqrt(std**2 + eps))


@standardize.accepts("in place on a copy")
def _(x, mean, std, eps=1e-5):
    out = x.astype(np.float64)
    out -= mean
    out /= np.sqrt(np.square(std) + eps)
    return out


@standardize.accepts("a tensor comes back")
def _(x, mean, std, eps=1e-5):
    return (tensor(x) - tensor(mean)) * torch.rsqrt(tensor(std) ** 2 + eps)


# condition_number


def torch_condition_number(x):
    singular = torch.linalg.svdvals(torch.hstack([tensor(x), torch.ones(len(x), 1)])) ** 2
    few = len(x) < x.shape[1] + 1
    return np.inf if few or singular[-1] <= 1e-12 * singular[0] else singular[0] / singular[-1]


condition_number = Bank(
    probes.condition_number,
    parts=[
        Part("regular data", 1, ("seven rows, four columns", "whole numbers")),
        Part("other scales", 1, ("small numbers", "large numbers", "a wide range of scales")),
        Part(
            "flat directions and no others",
            1,
            (
                "fewer rows than columns",
                "as many rows as columns",
                "the same feature twice",
                "a constant feature",
                "flat data and others in turn",
            ),
        ),
    ],
    oracle=torch_condition_number,
)
A = "np.column_stack([x, np.ones(len(x))])"
H = "a.T @ a / len(a)"
RATIO = "largest / smallest if smallest > 1e-12 * largest else np.inf"

condition_number.mistake(
    "ones_missing",
    (A, "np.asarray(x)"),
    cause="The column of ones is missing: this is the Hessian of a model without a bias.",
    look="the matrix A: the text appends something to x.",
)
condition_number.mistake(
    "zeros_for_ones",
    (A, "np.column_stack([x, np.zeros(len(x))])"),
    cause="The appended column is zero, so one direction is always flat.",
    look="the column that is appended to x.",
)
condition_number.mistake(
    "centred_first",
    (A, "np.column_stack([x - x.mean(axis=0), np.ones(len(x))])"),
    cause="The features are centred first; x is to be used as it is, or the effect of centring cannot be measured.",
    look="what is done to x before the ones are appended.",
)
condition_number.mistake(
    "standardized_first",
    (
        A,
        "np.column_stack([(x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1), np.ones(len(x))])",
    ),
    cause="The features are standardized first, or their correlations are used, which is the same; x is to be used as "
    "it is, or the effect of standardizing cannot be measured.",
    look="what is done to x before the ones are appended.",
)
condition_number.mistake(
    "covariance_instead",
    (H, "np.atleast_2d(np.cov(x, rowvar=False))"),
    cause="This is the condition number of the covariance matrix: centred features, and no bias.",
    look="the matrix whose eigenvalues are taken.",
)
condition_number.mistake(
    "condition_of_the_data",
    (RATIO, "np.linalg.cond(a)"),
    cause="This is the condition number of the data matrix A: the root of that of the Hessian.",
    look="singular values of A and eigenvalues of the Hessian: one is the square of the other.",
)
condition_number.mistake(
    "condition_of_x",
    (RATIO, "np.linalg.cond(np.asarray(x, dtype=float))"),
    cause="This is the condition number of x: without the column of ones, and the root of what a Hessian has.",
    look="the matrix whose condition number is taken: the text builds it in two steps from x.",
)
condition_number.mistake(
    "missing_zeros_of_a_wide_matrix",
    (RATIO, "np.linalg.cond(a) ** 2"),
    cause="Squaring the condition number of A is right while A is tall. With fewer rows than columns A has no singular "
    "values for the flat directions, and repeated features are not told from rounding noise.",
    look="the case N < D + 1, and the limit that the text sets for a smallest eigenvalue.",
)
condition_number.mistake(
    "ones_as_a_row",
    (A, "np.vstack([x, np.ones(x.shape[1])])"),
    cause="The ones are appended as a row, as if they were one more sample; the bias is one more column.",
    look="the shape of A: (N, D + 1).",
)
condition_number.mistake(
    "squared_once_too_often",
    (RATIO, "(largest / smallest) ** 2 if smallest > 1e-12 * largest else np.inf"),
    cause="The ratio of the Hessian's eigenvalues is squared; that is for singular values of A only.",
    look="what is squared: the eigenvalues of H are squares already.",
)
condition_number.mistake(
    "rows_instead_of_columns",
    (H, "a @ a.T / len(a)"),
    cause="A times its transpose is N by N and compares rows; the Hessian is D + 1 by D + 1.",
    look="which of the two factors is transposed.",
)
condition_number.mistake(
    "no_check_for_flat_directions",
    (RATIO, "largest / smallest"),
    cause="In a flat direction the smallest eigenvalue is rounding noise, and the largest is divided by that noise.",
    look="the case in which the smallest eigenvalue is at most 1e-12 of the largest.",
)
condition_number.mistake(
    "flat_directions_left_out",
    (RATIO, "largest / eigenvalues[eigenvalues > 1e-12 * largest][0]"),
    cause="Eigenvalues that are practically 0 are skipped, so a bowl with a flat direction passes for a round one.",
    look="what the text asks for when the smallest eigenvalue is practically 0.",
)
condition_number.mistake(
    "threshold_too_high",
    ("1e-12 * largest", "1e-5 * largest"),
    cause="A narrow valley is taken for a flat one: the threshold is far above 1e-12 of the largest eigenvalue.",
    look="the number that the smallest eigenvalue is compared with.",
)
condition_number.mistake(
    "absolute_threshold",
    ("1e-12 * largest", "1e-2"),
    cause="The smallest eigenvalue is compared with a fixed number; whether it is small depends on the largest.",
    look="the comparison: small against what?",
)
condition_number.mistake(
    "zero_for_flat",
    ("else np.inf", "else 0.0"),
    cause="A flat direction gives 0; the ratio grows without limit there.",
    look="what is returned for a flat direction.",
)
condition_number.mistake(
    "nan_for_flat",
    ("else np.inf", "else np.nan"),
    cause="A flat direction gives NaN, which compares with nothing; the text asks for infinity.",
    look="what is returned for a flat direction.",
)
condition_number.mistake(
    "upside_down",
    (RATIO, "smallest / largest if smallest > 1e-12 * largest else np.inf"),
    cause="The smallest eigenvalue is divided by the largest; a condition number is at least 1.",
    look="the order of the division.",
)
condition_number.mistake(
    "difference_for_ratio",
    (RATIO, "largest - smallest if smallest > 1e-12 * largest else np.inf"),
    cause="The difference of the two eigenvalues is returned; asked for is their ratio.",
    look="the operation between the two eigenvalues.",
)
condition_number.mistake(
    "largest_only",
    (RATIO, "largest if smallest > 1e-12 * largest else np.inf"),
    cause="The largest eigenvalue is returned without being divided by the smallest.",
    look="the last line.",
)
condition_number.mistake(
    "second_smallest",
    ("eigenvalues[0]", "eigenvalues[1]"),
    cause="The second smallest eigenvalue is taken for the smallest.",
    look="the index of the smallest: counting begins at 0.",
)
condition_number.mistake(
    "second_largest",
    ("eigenvalues[-1]", "eigenvalues[-2]"),
    cause="The second largest eigenvalue is taken for the largest.",
    look="the index of the largest.",
)
condition_number.mistake(
    "diagonal_instead_of_eigenvalues",
    (f"np.linalg.eigvalsh({H})", f"np.sort(np.diag({H}))"),
    cause="The diagonal of H is used in place of its eigenvalues: that sees the scales but no correlation.",
    look="the numbers of which the largest and the smallest are taken.",
)
condition_number.mistake(
    "variances_instead_of_eigenvalues",
    (f"np.linalg.eigvalsh({H})", "np.sort(np.var(x, axis=0))"),
    cause="The features' variances are compared; the bias, the means and all correlations are left out.",
    look="the numbers of which the largest and the smallest are taken.",
)
condition_number.mistake(
    "all_eigenvalues_returned",
    (RATIO, "eigenvalues"),
    cause="All eigenvalues are returned; asked for is one number.",
    look="the last line.",
)
condition_number.mistake(
    "nothing_returned",
    ("return largest", "largest"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)
condition_number.mistake(
    "argument_changed",
    ("return largest", "x -= x.mean(axis=0).astype(x.dtype)\n    return largest"),
    cause="The mean is subtracted from x itself, so the caller's data change.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)


@condition_number.accepts("singular values of A, squared")
def _(x):
    a = np.hstack([x, np.ones((len(x), 1))])
    if len(a) < a.shape[1]:
        return np.inf
    squares = np.linalg.svd(a, compute_uv=False) ** 2
    return squares.max() / squares.min() if squares.min() > 1e-12 * squares.max() else np.inf


@condition_number.accepts("without the factor 1/N, in any order of columns")
def _(x):
    a = np.insert(np.asarray(x, dtype=float), 0, 1, axis=1)
    found = sorted(np.linalg.eigvalsh(np.einsum("ni,nj->ij", a, a)))
    return float("inf") if found[0] <= 1e-12 * found[-1] else float(found[-1] / found[0])


@condition_number.accepts("np.linalg.cond of H, with a limit")
def _(x):
    a = np.c_[x, np.ones(len(x))]
    found = np.linalg.cond(a.T @ a / len(a))
    return found if found < 1e12 else np.inf


@condition_number.accepts("H in blocks")
def _(x):
    mean = x.mean(axis=0)
    h = np.block([[x.T @ x / len(x), mean[:, None]], [mean[None, :], np.ones((1, 1))]])
    found = np.linalg.eigvals(h).real
    return found.max() / found.min() if found.min() > found.max() / 1e12 else np.inf


@condition_number.accepts("a loop over rows")
def _(x):
    d = x.shape[1] + 1
    h = np.zeros((d, d))
    for row in x:
        a = np.append(row, 1.0)
        h += np.outer(a, a) / len(x)
    values, _ = np.linalg.eigh(h)
    if values[0] / values[-1] <= 1e-12:
        return np.inf
    return values[-1] / values[0]


@condition_number.accepts("a tensor comes back")
def _(x):
    return torch.as_tensor(torch_condition_number(x))


# largest_stable_step


def torch_largest_stable_step(x):
    a = torch.hstack([tensor(x), torch.ones(len(x), 1)])
    return 2 * len(a) / torch.linalg.matrix_norm(a, 2) ** 2


largest_stable_step = Bank(
    probes.largest_stable_step,
    parts=[
        Part(
            "regular data", 1, ("seven rows, four columns", "as many rows as columns", "whole numbers", "small numbers")
        ),
        Part("flat directions", 1, ("a flat direction", "a single row")),
    ],
    oracle=torch_largest_stable_step,
)
STEP = "2 / np.linalg.eigvalsh(a.T @ a / len(a))[-1]"
EIGENVALUE = "np.linalg.eigvalsh(a.T @ a / len(a))[-1]"

largest_stable_step.mistake(
    "half_the_limit",
    ("return 2 /", "return 1 /"),
    cause="This is half of the limit, 1/λ: the safe step that reaches the bottom of the steepest direction at once. "
    "(The same comes out with a Hessian that is twice too large: the loss has a factor 1/2.)",
    look="the number over the largest eigenvalue, and the factor in the loss.",
)
largest_stable_step.mistake(
    "four_for_two",
    ("return 2 /", "return 4 /"),
    cause="This is twice the limit. (The same comes out with a Hessian that has an extra factor 1/2.)",
    look="the number over the largest eigenvalue, and the factor of H.",
)
largest_stable_step.mistake(
    "not_divided_by_n",
    (" / len(a)", ""),
    cause="The factor 1/N is missing: this is the limit for the sum of the squared errors, not for their mean.",
    look="the factor in front of AᵀA.",
)
largest_stable_step.mistake(
    "divided_by_n_twice",
    (" / len(a)", " / len(a) ** 2"),
    cause="The Hessian is divided by N twice.",
    look="the factor in front of AᵀA.",
)
largest_stable_step.mistake(
    "divided_by_n_minus_one",
    (" / len(a)", " / (len(a) - 1)"),
    cause="AᵀA is divided by N − 1; the loss is a mean over N rows.",
    look="the factor in front of AᵀA.",
)
largest_stable_step.mistake(
    "divided_by_columns",
    (" / len(a)", " / a.shape[1]"),
    cause="AᵀA is divided by the number of its columns, D + 1; it is a sum over N rows.",
    look="which of the two sizes of A divides the product.",
)
largest_stable_step.mistake(
    "ones_missing",
    (A, "np.asarray(x)"),
    cause="The column of ones is missing: this is the limit for a model without a bias.",
    look="the matrix A: the text appends something to x.",
)
largest_stable_step.mistake(
    "plain_product_of_x",
    (STEP, "2 / np.linalg.eigvalsh(x.T @ x)[-1]"),
    cause="The eigenvalue of xᵀx is taken as it is: the ones of the bias and the factor 1/N are both missing.",
    look="the two steps from x to H in the text.",
)
largest_stable_step.mistake(
    "half_the_limit_for_the_sum",
    (STEP, "1 / np.linalg.eigvalsh(a.T @ a)[-1]"),
    cause="The factor 1/N is missing, and 1 stands where 2 is asked for.",
    look="the factor in front of AᵀA, and the number over the eigenvalue.",
)
largest_stable_step.mistake(
    "condition_for_eigenvalue",
    (STEP, "2 / condition_number(x)"),
    cause="2 is divided by the condition number; the limit depends on the largest eigenvalue alone.",
    look="the number in the denominator.",
)
largest_stable_step.mistake(
    "variance_for_eigenvalue",
    (STEP, "2 / np.var(x, axis=0).max()"),
    cause="2 is divided by the largest variance; means, correlations and the bias make the largest eigenvalue larger.",
    look="the number in the denominator.",
)
largest_stable_step.mistake(
    "centred_first",
    (A, "np.column_stack([x - x.mean(axis=0), np.ones(len(x))])"),
    cause="The features are centred first; x is to be used as it is.",
    look="what is done to x before the ones are appended.",
)
largest_stable_step.mistake(
    "standardized_first",
    (
        A,
        "np.column_stack([(x - x.mean(axis=0)) / np.where(x.std(axis=0) > 0, x.std(axis=0), 1), np.ones(len(x))])",
    ),
    cause="The features are standardized first; x is to be used as it is.",
    look="what is done to x before the ones are appended.",
)
largest_stable_step.mistake(
    "covariance_instead",
    (EIGENVALUE, "np.linalg.eigvalsh(np.atleast_2d(np.cov(x, rowvar=False)))[-1]"),
    cause="The covariance matrix is used: centred features, no bias, and N − 1.",
    look="the matrix whose eigenvalue is taken.",
)
largest_stable_step.mistake(
    "smallest_eigenvalue",
    ("[-1]", "[0]"),
    cause="The smallest eigenvalue is used; the steepest direction, with the largest, sets the limit.",
    look="which end of the ascending eigenvalues is taken.",
)
largest_stable_step.mistake(
    "second_largest",
    ("[-1]", "[-2]"),
    cause="The second largest eigenvalue is taken for the largest.",
    look="the index of the eigenvalue.",
)
largest_stable_step.mistake(
    "best_step",
    (
        "return " + STEP,
        "eigenvalues = np.linalg.eigvalsh(a.T @ a / len(a))\n    return 2 / (eigenvalues[0] + eigenvalues[-1])",
    ),
    cause="This is the best step in the worst case, 2/(smallest + largest); asked for is the limit of stability.",
    look="the denominator: one eigenvalue belongs there.",
)
largest_stable_step.mistake(
    "singular_value_not_squared",
    (EIGENVALUE, "np.linalg.norm(a, 2)"),
    cause="The largest singular value of A is used; the Hessian's eigenvalue is its square, divided by N.",
    look="the step from singular values of A to eigenvalues of H.",
)
largest_stable_step.mistake(
    "singular_value_squared_without_root_n",
    (EIGENVALUE, "np.linalg.norm(a, 2) / len(a)"),
    cause="The largest singular value of A is divided by N but not squared.",
    look="the step from singular values of A to eigenvalues of H.",
)
largest_stable_step.mistake(
    "root_of_the_eigenvalue",
    (STEP, "2 / np.sqrt(np.linalg.eigvalsh(a.T @ a / len(a))[-1])"),
    cause="The root of the eigenvalue is taken; the eigenvalue itself belongs there.",
    look="the denominator.",
)
largest_stable_step.mistake(
    "frobenius_norm",
    (EIGENVALUE, "np.linalg.norm(a.T @ a / len(a))"),
    cause="`norm` of a matrix is by default the root of all its squared entries, which exceeds the largest eigenvalue.",
    look="what `np.linalg.norm` returns when it is not told which norm.",
)
largest_stable_step.mistake(
    "trace_for_eigenvalue",
    (EIGENVALUE, "np.trace(a.T @ a / len(a))"),
    cause="The trace, the sum of all eigenvalues, is used: a safe bound, not the limit.",
    look="the number in the denominator: the largest eigenvalue alone.",
)
largest_stable_step.mistake(
    "largest_diagonal_entry",
    (EIGENVALUE, "np.diag(a.T @ a / len(a)).max()"),
    cause="The largest diagonal entry of H is used; with correlated features the largest eigenvalue is larger.",
    look="the number in the denominator.",
)
largest_stable_step.mistake(
    "upside_down",
    (STEP, "np.linalg.eigvalsh(a.T @ a / len(a))[-1] / 2"),
    cause="The fraction is upside down: half the eigenvalue, where 2 divided by it is asked for.",
    look="numerator and denominator.",
)
largest_stable_step.mistake(
    "eigenvalue_returned",
    (STEP, EIGENVALUE),
    cause="The largest eigenvalue itself is returned.",
    look="the last step, from the eigenvalue to the step size.",
)
largest_stable_step.mistake(
    "all_eigenvalues_used",
    ("[-1]", ""),
    cause="One limit for each eigenvalue is returned; the smallest of them, from the largest eigenvalue, is the limit.",
    look="the last line: one number is asked for.",
)
largest_stable_step.mistake(
    "nothing_returned",
    ("return 2", "2"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)
largest_stable_step.mistake(
    "argument_changed",
    ("return 2", "x -= x.mean(axis=0).astype(x.dtype)\n    return 2"),
    cause="The mean is subtracted from x itself, so the caller's data change.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)


@largest_stable_step.accepts("the spectral norm of A")
def _(x):
    a = np.hstack([np.ones((len(x), 1)), x])
    return 2 * len(x) / np.linalg.norm(a, ord=2) ** 2


@largest_stable_step.accepts("the matrix of rows, with the same largest eigenvalue")
def _(x):
    a = np.c_[x, np.ones(len(x))]
    return 2 / np.linalg.eigvalsh(a @ a.T / len(x)).max()


@largest_stable_step.accepts("power iteration")
def _(x):
    a = np.append(x, np.ones((len(x), 1)), axis=1)
    h, v = a.T @ a / len(a), np.ones(a.shape[1])
    for _ in range(20000):
        v = h @ v
        v /= np.linalg.norm(v)
    return 2 / (v @ h @ v)


@largest_stable_step.accepts("a loop over rows, all eigenvalues compared")
def _(x):
    h = 0
    for row in x:
        a = np.append(row, 1.0)
        h = h + np.outer(a, a)
    return min(2 / value for value in np.linalg.eigvalsh(h / len(x)) if value > 1e-9)


@largest_stable_step.accepts("eigenvalues of a matrix not known to be symmetric")
def _(x):
    a = np.column_stack((np.ones(x.shape[0]), x))
    return 2.0 / np.max(np.abs(np.linalg.eigvals(a.T.dot(a) / x.shape[0])))


@largest_stable_step.accepts("a tensor comes back")
def _(x):
    return torch_largest_stable_step(x)
