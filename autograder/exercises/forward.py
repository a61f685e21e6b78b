"""Bank of lesson 03."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import forward


def tensor(array):
    return torch.as_tensor(np.asarray(array, dtype=np.float64))


# batch_statistics


def torch_statistics(x):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return mean.numpy(), var.numpy()


batch_statistics = Bank(
    forward.batch_statistics,
    parts=[
        Part(
            "one mean and one variance per column",
            1,
            ("seven rows, five columns", "four rows, six columns", "as many rows as columns"),
        ),
        Part(
            "one row, whole numbers, float32 far from zero",
            1,
            ("a batch of one", "whole numbers", "float32 far from zero"),
        ),
    ],
    oracle=torch_statistics,
)
MEAN, VAR = "mean = x.mean(axis=0)", "var = ((x - mean) ** 2).mean(axis=0)"

batch_statistics.mistake(
    "unbiased_variance",
    (VAR, "var = x.var(axis=0, ddof=1)"),
    cause="The squared differences are divided by N − 1; batch norm normalizes with the biased variance, divided by N.",
    look="what the sum of squares is divided by, and the default or `ddof` of the function you call.",
)
batch_statistics.mistake(
    "standard_deviation_returned",
    (VAR, "var = x.std(axis=0)"),
    cause="The standard deviation is returned where the variance, its square, is asked for.",
    look="the power in the second result: are its units those of x, or of x squared?",
)
batch_statistics.mistake(
    "unbiased_standard_deviation",
    (VAR, "var = x.std(axis=0, ddof=1)"),
    cause="The second result is the standard deviation with N − 1; asked for is the biased variance.",
    look="two things in the second result: its power, and what it divides by.",
)
batch_statistics.mistake(
    "results_swapped",
    ("return mean, var", "return var, mean"),
    cause="The variance comes first and the mean second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
batch_statistics.mistake(
    "row_statistics",
    (MEAN, "mean = x.mean(axis=1)"),
    (VAR, "var = x.var(axis=1)"),
    cause="The statistics of each row are taken; batch norm needs those of each column.",
    look="the axis: axis 0 runs down a column, axis 1 along a row.",
)
batch_statistics.mistake(
    "row_means_only",
    (MEAN, "mean = x.mean(axis=1)"),
    (VAR, "var = x.var(axis=0)"),
    cause="The mean is taken along each row; batch norm needs that of each column. (The variance is right.)",
    look="the axis of the mean: axis 0 runs down a column, axis 1 along a row.",
)
batch_statistics.mistake(
    "row_variances_only",
    (VAR, "var = x.var(axis=1)"),
    cause="The variance is taken along each row; batch norm needs that of each column. (The mean is right.)",
    look="the axis of the variance: axis 0 runs down a column, axis 1 along a row.",
)
batch_statistics.mistake(
    "one_mean_for_all",
    (MEAN, "mean = x.mean()"),
    (VAR, "var = x.var(axis=0)"),
    cause="One mean of the whole batch is taken; each column needs its own. (The variance is right.)",
    look="the axis that `mean` is told; without one it averages everything.",
)
batch_statistics.mistake(
    "one_mean_and_variance_for_all",
    (MEAN, "mean = x.mean()"),
    (VAR, "var = x.var()"),
    cause="One mean and one variance of the whole batch are taken; each column needs its own.",
    look="the axis that `mean` is told; without one it averages everything.",
)
batch_statistics.mistake(
    "one_variance_for_all",
    (VAR, "var = ((x - mean) ** 2).mean()"),
    cause="The variances of all columns are averaged into a single number; each column needs its own.",
    look="the axis of the second mean.",
)
batch_statistics.mistake(
    "variance_around_the_overall_mean",
    (VAR, "var = ((x - x.mean()) ** 2).mean(axis=0)"),
    cause="The differences are taken from the mean of the whole batch, not from the mean of their own column.",
    look="what is subtracted inside the square.",
)
batch_statistics.mistake(
    "sum_of_squares",
    (VAR, "var = ((x - mean) ** 2).sum(axis=0)"),
    cause="The squared differences are summed but not divided by the number of rows.",
    look="the step from a sum to a mean.",
)
batch_statistics.mistake(
    "sum_for_the_mean",
    (MEAN, "mean = x.sum(axis=0)"),
    (VAR, "var = x.var(axis=0)"),
    cause="The first result is the column's sum; the mean is the sum divided by the number of rows.",
    look="the step from a sum to a mean in the first result.",
)
batch_statistics.mistake(
    "divided_by_the_columns",
    (MEAN, "mean = x.sum(axis=0) / x.shape[1]"),
    (VAR, "var = ((x - mean) ** 2).sum(axis=0) / x.shape[1]"),
    cause="The sums are divided by the number of columns; each is a sum over rows, so the number of rows counts.",
    look="which entry of `x.shape` is N.",
)
batch_statistics.mistake(
    "mean_over_n_minus_one",
    (MEAN, "mean = x.sum(axis=0) / (len(x) - 1)"),
    (VAR, "var = x.var(axis=0)"),
    cause="The mean divides by N − 1; a mean always divides by N.",
    look="what the column's sum is divided by.",
)
batch_statistics.mistake(
    "not_centred",
    (VAR, "var = (x**2).mean(axis=0)"),
    cause="The mean of the squares is taken without subtracting the mean first: that is not the variance.",
    look="what is squared.",
)
batch_statistics.mistake(
    "differences_not_squared",
    (VAR, "var = (x - mean).mean(axis=0)"),
    cause="The differences from the mean are averaged without squaring; positive and negative ones cancel to 0.",
    look="what happens to a difference before it is averaged.",
)
batch_statistics.mistake(
    "mean_absolute_deviation",
    (VAR, "var = np.abs(x - mean).mean(axis=0)"),
    cause="The absolute differences are averaged; the variance averages their squares.",
    look="what happens to a difference before it is averaged.",
)
batch_statistics.mistake(
    "mean_of_squares_minus_square_of_mean",
    (VAR, "var = (x**2).mean(axis=0) - mean**2"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 "
    "two huge numbers are subtracted and nearly all digits are lost.",
    look="the order of squaring and subtracting.",
)
batch_statistics.mistake(
    "median_for_mean",
    (MEAN, "mean = np.median(x, axis=0)"),
    (VAR, "var = x.var(axis=0)"),
    cause="The median is returned, not the mean.",
    look="which average the formula asks for.",
)
batch_statistics.mistake(
    "kept_dimension",
    (MEAN, "mean = x.mean(axis=0, keepdims=True)"),
    (VAR, "var = ((x - mean) ** 2).mean(axis=0, keepdims=True)"),
    cause="The numbers are right but come in a matrix of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the statistics a matrix.",
)
batch_statistics.mistake(
    "eps_added_already",
    (VAR, "var = ((x - mean) ** 2).mean(axis=0) + 1e-5"),
    cause="A small constant is added to the variance here; it belongs to the next exercise, not to the statistics.",
    look="what is added after the mean of the squares.",
)
batch_statistics.mistake(
    "root_of_variance_and_eps",
    (VAR, "var = np.sqrt(x.var(axis=0) + 1e-5)"),
    cause="The second result is already the root of variance plus a small constant; asked for is the variance alone.",
    look="what is done to the mean of the squares: root and constant belong to the next exercise.",
)
batch_statistics.mistake(
    "whole_number_division",
    (MEAN, "mean = x.sum(axis=0) // len(x)"),
    cause="The mean is rounded down to a whole number.",
    look="the division: one slash divides, two slashes round down.",
)
batch_statistics.mistake(
    "integers_truncated",
    cause="The results are written into arrays of the same type as x; for whole numbers that cuts off all decimals.",
    look="the lines that make the arrays for the results, and their dtype.",
    code="""
def batch_statistics(x):
    mean, var = np.zeros(x.shape[1], x.dtype), np.zeros(x.shape[1], x.dtype)
    for j in range(x.shape[1]):
        mean[j] = x[:, j].mean()
        var[j] = x[:, j].var()
    return mean, var
""",
)
batch_statistics.mistake(
    "loop_over_rows_for_columns",
    cause="The loop runs as often as there are rows, but it handles columns.",
    look="the range of the loop: which entry of `x.shape` counts the columns?",
    code="""
def batch_statistics(x):
    mean, var = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for j in range(len(x)):
        mean[j] = x[:, j].mean()
        var[j] = ((x[:, j] - mean[j]) ** 2).mean()
    return mean, var
""",
)
batch_statistics.mistake(
    "argument_changed",
    (VAR, "x -= mean\n    var = (x**2).mean(axis=0)"),
    cause="The subtraction is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=`, `x[...] =` or `out=x`.",
)
batch_statistics.mistake(
    "batch_of_one_refused",
    (MEAN, "if len(x) == 1:\n        raise ValueError('need more than one row')\n    " + MEAN),
    cause="A batch of one row is refused; here its mean is the row itself and its variance is 0.",
    look="what happens when x has a single row.",
)
batch_statistics.mistake(
    "one_array_returned",
    ("return mean, var", "return mean"),
    cause="A single array is returned; asked for are two values, the mean and the variance.",
    look="the last line of the function: are both there, and apart from each other?",
)
batch_statistics.mistake(
    "nothing_returned",
    ("return mean, var", "mean, var"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@batch_statistics.accepts("loops in plain Python")
def _(x):
    n, d = x.shape
    mean, var = np.zeros(d), np.zeros(d)
    for j in range(d):
        values = [float(value) for value in x[:, j]]
        mean[j] = sum(values) / n
        var[j] = sum((value - mean[j]) ** 2 for value in values) / n
    return mean, var


@batch_statistics.accepts("NumPy's own var")
def _(x):
    return np.mean(x, axis=0), np.var(x, axis=0)


@batch_statistics.accepts("Welford's running update")
def _(x):
    mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for count, row in enumerate(x, 1):
        before = row - mean
        mean = mean + before / count
        squares = squares + before * (row - mean)
    return mean, squares / len(x)


@batch_statistics.accepts("half the mean squared difference of pairs, as a list")
def _(x):
    wide = x.astype(np.float64)
    return [wide.mean(0), ((wide[:, None] - wide) ** 2).mean(axis=(0, 1)) / 2]


@batch_statistics.accepts("mean of squares minus square of mean, but in float64")
def _(x):
    wide = x.astype(np.float64)
    return wide.mean(axis=0), (wide**2).mean(axis=0) - wide.mean(axis=0) ** 2


@batch_statistics.accepts("tensors come back")
def _(x):
    wide = tensor(x)
    return wide.mean(dim=0), wide.var(dim=0, correction=0)


# batchnorm_forward


def torch_forward(x, gamma, beta, eps=1e-5):
    # below torch.nn.functional, which refuses a batch of one
    out = torch.batch_norm(tensor(x), tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return out.numpy(), None


batchnorm_forward = Bank(
    forward.batchnorm_forward,
    parts=[
        Part(
            "fresh batches, gamma and beta",
            3,
            ("seven rows, five columns, eps 0", "four rows, six columns, eps 0", "as many rows as columns"),
        ),
        Part(
            "eps: given, not given, constant and narrow columns",
            2,
            ("eps from 0.1 to 1", "eps not given", "a constant column", "a column of spread 0.01"),
        ),
        Part(
            "a batch of one, whole numbers, float32 far from zero",
            2,
            ("a batch of one", "whole numbers", "float32 far from zero"),
        ),
    ],
    oracle=torch_forward,
)
STATISTICS = "mean, var = batch_statistics(x)"
X_HAT = "x_hat = (x - mean) / np.sqrt(var + eps)"
OUT = "out = gamma * x_hat + beta"
SIGNATURE = "eps=1e-5"
RETURN = "return out, cache"

# eps

batchnorm_forward.mistake(
    "eps_outside_root",
    (X_HAT, "x_hat = (x - mean) / (np.sqrt(var) + eps)"),
    cause="eps is added to the standard deviation, after the root; it belongs to the variance, inside the root.",
    look="the parentheses of the square root.",
)
batchnorm_forward.mistake(
    "eps_left_out",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var)"),
    cause="The root is taken of the variance alone, without eps; a constant column then divides zero by zero.",
    look="whether eps is used anywhere in the function.",
)
batchnorm_forward.mistake(
    "eps_fixed",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var + 1e-5)"),
    cause="A fixed number is added to the variance, so the argument eps has no effect.",
    look="numbers written into the formula where a name belongs.",
)
batchnorm_forward.mistake(
    "eps_fixed_tiny",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var + 1e-8)"),
    cause="A fixed tiny number is added to the variance, so the argument eps has no effect.",
    look="numbers written into the formula where a name belongs.",
)
batchnorm_forward.mistake(
    "eps_subtracted",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var - eps)"),
    cause="eps is subtracted from the variance; where the variance is small the root of a negative number is NaN.",
    look="the sign in front of eps.",
)
batchnorm_forward.mistake(
    "eps_squared",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var + eps**2)"),
    cause="The square of eps is added to the variance; eps itself is meant.",
    look="the power of eps under the root.",
)
batchnorm_forward.mistake(
    "eps_as_floor",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(np.maximum(var, eps))"),
    cause="eps is used as a lower limit of the variance; the formula adds it to every variance.",
    look="how variance and eps are put together under the root.",
)
batchnorm_forward.mistake(
    "eps_as_floor_of_the_deviation",
    (X_HAT, "x_hat = (x - mean) / np.maximum(np.sqrt(var), eps)"),
    cause="eps is a lower limit of the standard deviation; the formula adds it to the variance before the root.",
    look="how eps enters, and whether that is before the root or after.",
)
batchnorm_forward.mistake(
    "zero_variance_replaced_by_one",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(np.where(var == 0, 1.0, var))"),
    cause="Constant columns are treated as a special case and eps is not used; it has to act on every column.",
    look="whether eps is used anywhere in the function.",
)
batchnorm_forward.mistake(
    "eps_added_to_x_hat",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(var) + eps"),
    cause="eps is added to the quotient as a whole; it belongs to the variance, inside the root.",
    look="the parentheses: what is added before dividing, and what after?",
)
batchnorm_forward.mistake(
    "eps_in_the_numerator",
    (X_HAT, "x_hat = (x - mean + eps) / np.sqrt(var + eps)"),
    cause="eps is added to the differences x − mean as well; it belongs to the variance only.",
    look="the numerator of the quotient.",
)
batchnorm_forward.mistake(
    "eps_used_twice",
    (X_HAT, "x_hat = (x - mean) / (np.sqrt(var + eps) + eps)"),
    cause="eps is added twice: to the variance and again to its root. Inside the root once is what is asked.",
    look="how often eps occurs in the denominator.",
)
batchnorm_forward.mistake(
    "default_eps_of_another_library",
    (SIGNATURE, "eps=1e-3"),
    cause="When eps is not given, 1e-3 is used, which is the default of Keras; here it is 1e-5.",
    look="the signature of the function.",
)
batchnorm_forward.mistake(
    "no_default_eps",
    (SIGNATURE, "eps"),
    cause="eps has no default, so a call that leaves it out stops; the default is 1e-5.",
    look="the signature of the function.",
)
batchnorm_forward.mistake(
    "default_eps_tiny",
    (SIGNATURE, "eps=1e-12"),
    cause="When eps is not given, a number far smaller than 1e-5 is used.",
    look="the signature of the function.",
)

# the spread

batchnorm_forward.mistake(
    "unbiased_variance",
    (STATISTICS, "mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)"),
    cause="The variance is divided by N − 1; batch norm normalizes with the biased one, divided by N.",
    look="how the variance is computed: `ddof`, or the default of the function you call.",
)
batchnorm_forward.mistake(
    "unbiased_deviation_plus_eps",
    (X_HAT, "x_hat = (x - mean) / (x.std(axis=0, ddof=1) + eps)"),
    cause="Two things at once: the deviation is taken with N − 1, and eps is added after the root.",
    look="the denominator: what the variance is divided by, and where eps stands.",
)
batchnorm_forward.mistake(
    "unbiased_deviation_without_eps",
    (X_HAT, "x_hat = (x - mean) / x.std(axis=0, ddof=1)"),
    cause="Two things at once: the deviation is taken with N − 1, and eps is not used.",
    look="the denominator: what the variance is divided by, and whether eps is in it.",
)
batchnorm_forward.mistake(
    "unbiased_by_a_factor",
    (X_HAT, "x_hat = (x - mean) / np.sqrt((var + eps) * len(x) / max(len(x) - 1, 1))"),
    cause="The variance is corrected to N − 1; batch norm normalizes with the biased one, divided by N.",
    look="factors such as N/(N − 1).",
)
batchnorm_forward.mistake(
    "divided_by_the_variance",
    (X_HAT, "x_hat = (x - mean) / (var + eps)"),
    cause="The differences are divided by the variance, which is in squared units; its root has the units of x.",
    look="the denominator: is there a root?",
)
batchnorm_forward.mistake(
    "double_root",
    (X_HAT, "x_hat = (x - mean) / np.sqrt(np.sqrt(var) + eps)"),
    cause="The root is taken of a standard deviation, which is a root already.",
    look="what the root is taken of, and whether it was a variance.",
)
batchnorm_forward.mistake(
    "squared_instead_of_root",
    (X_HAT, "x_hat = (x - mean) / (var + eps) ** 2"),
    cause="The variance plus eps is squared where its root is asked for.",
    look="the exponent in the denominator.",
)
batchnorm_forward.mistake(
    "multiplied_by_the_root",
    (X_HAT, "x_hat = (x - mean) * np.sqrt(var + eps)"),
    cause="The differences are multiplied by the spread where they should be divided by it.",
    look="the sign between the differences and the root, and the sign of an exponent if you use one.",
)
batchnorm_forward.mistake(
    "not_divided",
    (X_HAT, "x_hat = x - mean"),
    cause="The columns are centred but not divided by their spread.",
    look="what happens to x − mean before gamma.",
)
batchnorm_forward.mistake(
    "sum_of_squares",
    (STATISTICS, "mean = x.mean(axis=0)\n    var = ((x - mean) ** 2).sum(axis=0)"),
    cause="The squared differences are summed but not divided by the number of rows.",
    look="how the variance is computed: the step from a sum to a mean.",
)
batchnorm_forward.mistake(
    "variance_not_centred",
    (STATISTICS, "mean = x.mean(axis=0)\n    var = (x**2).mean(axis=0)"),
    cause="The mean of the squares stands in for the variance; the variance subtracts the mean before squaring.",
    look="how the variance is computed: what is squared?",
)
batchnorm_forward.mistake(
    "mean_of_squares_minus_square_of_mean",
    (STATISTICS, "mean = x.mean(axis=0)\n    var = (x**2).mean(axis=0) - mean**2"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 "
    "two huge numbers are subtracted and nearly all digits are lost.",
    look="how the variance is computed: the order of squaring and subtracting.",
)
batchnorm_forward.mistake(
    "mean_absolute_deviation",
    (X_HAT, "x_hat = (x - mean) / (np.abs(x - mean).mean(axis=0) + eps)"),
    cause="The differences are divided by their mean absolute value, not by the root of variance plus eps.",
    look="which measure of spread stands in the denominator.",
)
batchnorm_forward.mistake(
    "divided_by_the_range",
    (X_HAT, "x_hat = (x - x.min(axis=0)) / (x.max(axis=0) - x.min(axis=0) + eps)"),
    cause="The columns are mapped to the range 0 to 1; batch norm gives them mean 0 and spread 1.",
    look="which two statistics of a column are used.",
)
batchnorm_forward.mistake(
    "one_variance_for_all",
    (STATISTICS, "mean, var = x.mean(axis=0), x.var()"),
    cause="One variance of the whole batch is used; each column needs its own.",
    look="the axis over which the variance is taken.",
)

# the centre

batchnorm_forward.mistake(
    "not_centred",
    (X_HAT, "x_hat = x / np.sqrt(var + eps)"),
    cause="The mean is not subtracted before the division.",
    look="the numerator of the quotient.",
)
batchnorm_forward.mistake(
    "mean_added",
    (X_HAT, "x_hat = (x + mean) / np.sqrt(var + eps)"),
    cause="The mean is added where it should be taken away.",
    look="the sign between x and its mean.",
)
batchnorm_forward.mistake(
    "difference_reversed",
    (X_HAT, "x_hat = (mean - x) / np.sqrt(var + eps)"),
    cause="The difference is the wrong way round, mean minus value, so every x_hat has the opposite sign.",
    look="the order of the two terms in the numerator.",
)
batchnorm_forward.mistake(
    "division_before_subtraction",
    (X_HAT, "x_hat = x - mean / np.sqrt(var + eps)"),
    cause="Only the mean is divided, not the difference: division binds tighter than subtraction.",
    look="the parentheses around the numerator.",
)
batchnorm_forward.mistake(
    "centred_after_dividing",
    (X_HAT, "x_hat = x / np.sqrt(var + eps) - mean"),
    cause="x is divided first and the undivided mean subtracted after; the mean has to go before the division.",
    look="the order of subtracting and dividing, and the parentheses.",
)
batchnorm_forward.mistake(
    "median_subtracted",
    (X_HAT, "x_hat = (x - np.median(x, axis=0)) / np.sqrt(var + eps)"),
    cause="The median is subtracted, not the mean.",
    look="which average is taken away.",
)
batchnorm_forward.mistake(
    "one_mean_for_all",
    (STATISTICS, "mean, var = x.mean(), x.var(axis=0)"),
    cause="One mean of the whole batch is subtracted; each column needs its own.",
    look="the axis over which the mean is taken.",
)
batchnorm_forward.mistake(
    "one_mean_and_variance_for_all",
    (STATISTICS, "mean, var = x.mean(), x.var()"),
    cause="One mean and one variance of the whole batch are used; each column needs its own.",
    look="the axis over which the statistics are taken.",
)
batchnorm_forward.mistake(
    "first_row_for_mean",
    (X_HAT, "x_hat = (x - x[0]) / np.sqrt(var + eps)"),
    cause="The first row is subtracted from all rows, not the mean of the rows.",
    look="what is taken away from x.",
)

# rows for columns

batchnorm_forward.mistake(
    "layer_norm",
    (STATISTICS, "mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)"),
    cause="Each row is normalized with its own statistics: that is layer norm. Batch norm takes those of each column.",
    look="the axis: axis 0 runs down a column, axis 1 along a row.",
)
batchnorm_forward.mistake(
    "row_statistics_on_columns",
    (STATISTICS, "mean, var = x.mean(axis=1), x.var(axis=1)"),
    cause="The statistics of the rows are taken and then lined up with the columns; it runs only where N = D.",
    look="the axis: axis 0 runs down a column, axis 1 along a row.",
)
batchnorm_forward.mistake(
    "row_means_only",
    (STATISTICS, "mean, var = x.mean(axis=1, keepdims=True), x.var(axis=0)"),
    cause="The mean is taken along each row, the variance down each column; both belong to the columns.",
    look="the axis of the mean.",
)
batchnorm_forward.mistake(
    "row_variances_only",
    (STATISTICS, "mean, var = x.mean(axis=0), x.var(axis=1, keepdims=True)"),
    cause="The variance is taken along each row, the mean down each column; both belong to the columns.",
    look="the axis of the variance.",
)
batchnorm_forward.mistake(
    "gamma_as_a_column",
    (OUT, "out = gamma[:, None] * x_hat + beta"),
    cause="gamma is turned into a column of shape (D, 1), so it scales rows; it has one number for each column of x.",
    look="the shape of gamma where it meets x_hat.",
)
batchnorm_forward.mistake(
    "gamma_and_beta_as_columns",
    (OUT, "out = gamma.reshape(-1, 1) * x_hat + beta.reshape(-1, 1)"),
    cause="gamma and beta become columns of shape (D, 1), so they act on rows; each has one number per column of x.",
    look="the shapes of gamma and beta where they meet x_hat.",
)
batchnorm_forward.mistake(
    "gamma_as_a_dot_product",
    (OUT, "out = x_hat @ gamma + beta"),
    cause="x_hat is multiplied with gamma as a matrix product, which sums over the columns; gamma scales each column.",
    look="the operator between x_hat and gamma.",
)
batchnorm_forward.mistake(
    "transposed",
    (RETURN, "return out.T, cache"),
    cause="The output is transposed: its rows are the columns of x.",
    look="the shape of out, and each `.T`.",
)
batchnorm_forward.mistake(
    "extra_dimension",
    (RETURN, "return out[None], cache"),
    cause="The output has one dimension too many; out has the shape of x.",
    look="the shape of out, and where a dimension is kept or added.",
)
batchnorm_forward.mistake(
    "loop_over_rows_for_columns",
    cause="The loop runs as often as there are rows, but it handles columns.",
    look="the range of the loop: which entry of `x.shape` counts the columns?",
    code="""
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    out = np.zeros(x.shape)
    for j in range(len(x)):
        column = x[:, j]
        out[:, j] = gamma[j] * (column - column.mean()) / np.sqrt(column.var() + eps) + beta[j]
    return out, None
""",
)

# gamma and beta

batchnorm_forward.mistake(
    "gamma_left_out",
    (OUT, "out = x_hat + beta"),
    cause="gamma is not used: the columns keep spread 1.",
    look="the last step, from x_hat to out.",
)
batchnorm_forward.mistake(
    "beta_left_out",
    (OUT, "out = gamma * x_hat"),
    cause="beta is not used: the columns keep mean 0.",
    look="the last step, from x_hat to out.",
)
batchnorm_forward.mistake(
    "gamma_and_beta_left_out",
    (OUT, "out = x_hat"),
    cause="x_hat itself is returned; gamma and beta are not used.",
    look="the last step, from x_hat to out.",
)
batchnorm_forward.mistake(
    "gamma_and_beta_swapped",
    (OUT, "out = beta * x_hat + gamma"),
    cause="gamma and beta have changed places: gamma multiplies, beta is added.",
    look="the last step, from x_hat to out.",
)
batchnorm_forward.mistake(
    "beta_scaled_too",
    (OUT, "out = gamma * (x_hat + beta)"),
    cause="beta is added before gamma multiplies, so it is scaled as well.",
    look="the parentheses in the last step.",
)
batchnorm_forward.mistake(
    "gamma_added",
    (OUT, "out = gamma + x_hat + beta"),
    cause="gamma is added; it has to multiply x_hat.",
    look="the operator between gamma and x_hat.",
)
batchnorm_forward.mistake(
    "gamma_divides",
    (OUT, "out = x_hat / gamma + beta"),
    cause="x_hat is divided by gamma; it has to be multiplied.",
    look="the operator between gamma and x_hat.",
)
batchnorm_forward.mistake(
    "beta_subtracted",
    (OUT, "out = gamma * x_hat - beta"),
    cause="beta is subtracted; it has to be added.",
    look="the sign in front of beta.",
)
batchnorm_forward.mistake(
    "first_gamma_for_all",
    (OUT, "out = gamma[0] * x_hat + beta"),
    cause="The first gamma is used for all columns; each column has its own.",
    look="the index at gamma.",
)
batchnorm_forward.mistake(
    "first_beta_for_all",
    (OUT, "out = gamma * x_hat + beta[0]"),
    cause="The first beta is used for all columns; each column has its own.",
    look="the index at beta.",
)
batchnorm_forward.mistake(
    "gamma_before_normalizing",
    cause="gamma and beta are applied to x before it is normalized, so the normalization cancels them.",
    look="the order of the steps: which array do gamma and beta act on?",
    code="""
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    scaled = gamma * x + beta
    mean, var = batch_statistics(scaled)
    return (scaled - mean) / np.sqrt(var + eps), None
""",
)
batchnorm_forward.mistake(
    "affine_of_x",
    (OUT, "out = gamma * x + beta"),
    cause="gamma and beta are applied to x, so the normalization has no effect on out.",
    look="which array gamma is multiplied with.",
)
batchnorm_forward.mistake(
    "beta_added_before_dividing",
    (X_HAT, "x_hat = (x - mean + beta) / np.sqrt(var + eps)"),
    (OUT, "out = gamma * x_hat"),
    cause="beta is added before the division, so it is divided and scaled as well; it comes last.",
    look="the place where beta is added.",
)

# the array, the type, the return

batchnorm_forward.mistake(
    "argument_changed",
    (STATISTICS, "mean, var = x.mean(axis=0), x.var(axis=0)\n    x -= mean"),
    (X_HAT, "x_hat = x / np.sqrt(var + eps)"),
    cause="The subtraction is written into x itself, so the caller's array is changed.",
    look="assignments into x, such as `x -=`, `x /=`, `x[...] =` or `out=x`.",
)
batchnorm_forward.mistake(
    "beta_changed",
    (OUT, "beta -= gamma * mean / np.sqrt(var + eps)\n    out = gamma * x / np.sqrt(var + eps) + beta"),
    cause="A result is written into beta itself, so the caller's array is changed.",
    look="assignments into an argument, such as `beta +=`, also through another name for it.",
)
batchnorm_forward.mistake(
    "gamma_changed",
    (OUT, "gamma /= np.sqrt(var + eps)\n    out = gamma * (x - mean) + beta"),
    cause="gamma is divided in place, so the caller's array is changed.",
    look="assignments into an argument, such as `gamma /=`.",
)
batchnorm_forward.mistake(
    "integers_truncated",
    cause="The output is written into an array of the same type as x; for whole numbers that cuts off all decimals.",
    look="the line that makes the array for the result, and its dtype.",
    code="""
def batchnorm_forward(x, gamma, beta, eps=1e-5):
    out = np.empty_like(x)
    for j in range(x.shape[1]):
        column = x[:, j]
        out[:, j] = gamma[j] * (column - column.mean()) / np.sqrt(column.var() + eps) + beta[j]
    return out, None
""",
)
batchnorm_forward.mistake(
    "batch_of_one_refused",
    (STATISTICS, "if len(x) == 1:\n        raise ValueError('need more than one row')\n    " + STATISTICS),
    cause="A batch of one row is refused. PyTorch does that too, but here it has to give beta.",
    look="what happens when x has a single row.",
)
batchnorm_forward.mistake(
    "batch_of_one_passed_on",
    (STATISTICS, "if len(x) == 1:\n        return gamma * x + beta, None\n    " + STATISTICS),
    cause="A batch of one row is not normalized; one row equals its own mean, so out is beta.",
    look="the special case for a single row.",
)
batchnorm_forward.mistake(
    "cache_first",
    (RETURN, "return cache, out"),
    cause="The cache is returned first and the output second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
batchnorm_forward.mistake(
    "cache_left_out",
    (RETURN, "return out"),
    cause="A single array is returned; asked for are two values, the output and a cache (which may be None for now).",
    look="the last line of the function.",
)
batchnorm_forward.mistake(
    "list_of_rows",
    (RETURN, "return [row for row in out], cache"),
    cause="The output is a list of rows; asked for is one array of shape (N, D).",
    look="how the rows are put together.",
)
batchnorm_forward.mistake(
    "nothing_returned",
    (RETURN, "out, cache"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@batchnorm_forward.accepts("loops in plain Python")
def _(x, gamma, beta, eps=1e-5):
    n, d = x.shape
    out = np.zeros((n, d))
    for j in range(d):
        mean = sum(float(x[i, j]) for i in range(n)) / n
        var = sum((float(x[i, j]) - mean) ** 2 for i in range(n)) / n
        for i in range(n):
            out[i, j] = gamma[j] * (float(x[i, j]) - mean) / (var + eps) ** 0.5 + beta[j]
    return out, None


@batchnorm_forward.accepts("einsum and a projection matrix")
def _(x, gamma, beta, eps=1e-5):
    n = len(x)
    centred = (np.eye(n) - np.full((n, n), 1 / n)) @ x
    var = np.einsum("ij,ij->j", centred, centred) / n
    return np.einsum("j,ij->ij", gamma * (var + eps) ** -0.5, centred) + beta, centred


@batchnorm_forward.accepts("kept dimensions and a dict as cache")
def _(x, gamma, beta, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    std = np.sqrt(np.var(x, axis=0, keepdims=True) + eps)
    x_hat = (x - mean) / std
    return gamma[None, :] * x_hat + beta[None, :], {"x": x, "x_hat": x_hat, "std": std, "eps": eps, "mode": "train"}


@batchnorm_forward.accepts("torch, and a tensor comes back")
def _(x, gamma, beta, eps=1e-5):
    x, gamma, beta = tensor(x), tensor(gamma), tensor(beta)
    var, mean = torch.var_mean(x, dim=0, correction=0)
    return gamma * (x - mean) * torch.rsqrt(var + eps) + beta, (x, mean)


@batchnorm_forward.accepts("in place on a copy")
def _(x, gamma, beta, eps=1e-5):
    out = x.astype(np.float64)
    out -= out.mean(axis=0)
    var = (out**2).mean(axis=0)
    out /= np.sqrt(var + eps)
    out *= gamma
    out += beta
    return out, var


@batchnorm_forward.accepts("one scale and one shift per column, in x's own precision")
def _(x, gamma, beta, eps=1e-5):
    scale = gamma / np.sqrt(x.var(axis=0) + eps)
    return x * scale + (beta - x.mean(axis=0) * scale), scale


@batchnorm_forward.accepts("float64 throughout, mean of squares minus square of mean")
def _(x, gamma, beta, eps=1e-5):
    x = np.array(x, dtype=np.float64)
    mean = x.mean(axis=0)
    var = (x * x).mean(axis=0) - mean * mean
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, None


@batchnorm_forward.accepts("transposed inside, one column after another")
def _(x, gamma, beta, eps=1e-5):
    columns = [g * (c - c.mean()) / np.sqrt(c.var() + eps) + b for c, g, b in zip(x.T, gamma, beta)]
    return np.stack(columns, axis=1), None


@batchnorm_forward.accepts("centred twice, which changes nothing")
def _(x, gamma, beta, eps=1e-5):
    centred = x - x.mean(axis=0)
    centred = centred - centred.mean(axis=0)
    return gamma * centred / np.sqrt(centred.var(axis=0) + eps) + beta, None


# identity_affine


def torch_identity(x, eps):
    var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
    return (var + eps).sqrt().numpy(), mean.numpy()


identity_affine = Bank(
    forward.identity_affine,
    parts=[
        Part(
            "fresh batches",
            1,
            ("seven rows, five columns, eps 0.4", "four rows, six columns, eps 1", "as many rows as columns"),
        ),
        Part("narrow columns, whole numbers", 1, ("narrow columns, eps 1e-5", "whole numbers")),
    ],
    oracle=torch_identity,
)
GAMMA, BETA = "gamma = np.sqrt(var + eps)", "beta = mean"

identity_affine.mistake(
    "swapped",
    ("return gamma, beta", "return beta, gamma"),
    cause="gamma and beta come in the wrong order.",
    look="the order of the two values that are returned.",
)
identity_affine.mistake(
    "eps_left_out",
    (GAMMA, "gamma = np.sqrt(var)"),
    cause="gamma is the standard deviation without eps; batch norm divided by a little more than that.",
    look="what exactly batch norm divides by.",
)
identity_affine.mistake(
    "variance_without_eps",
    (GAMMA, "gamma = var"),
    cause="gamma is the variance; batch norm divided by the root of variance plus eps.",
    look="what exactly batch norm divides by.",
)
identity_affine.mistake(
    "unbiased_deviation_without_eps",
    (GAMMA, "gamma = x.std(axis=0, ddof=1)"),
    cause="gamma is the standard deviation with N − 1 and without eps; batch norm divided by the root of the biased "
    "variance plus eps.",
    look="two things: what the variance is divided by, and where eps is.",
)
identity_affine.mistake(
    "eps_outside_root",
    (GAMMA, "gamma = np.sqrt(var) + eps"),
    cause="In gamma eps is added after the root; batch norm adds it before.",
    look="the parentheses of the square root.",
)
identity_affine.mistake(
    "eps_subtracted",
    (GAMMA, "gamma = np.sqrt(var - eps)"),
    cause="In gamma eps is subtracted from the variance; batch norm added it, and gamma has to be the same number.",
    look="the sign in front of eps.",
)
identity_affine.mistake(
    "eps_fixed",
    (GAMMA, "gamma = np.sqrt(var + 1e-5)"),
    cause="A fixed number stands where the argument eps belongs.",
    look="numbers written into the formula where a name belongs.",
)
identity_affine.mistake(
    "variance_for_gamma",
    (GAMMA, "gamma = var + eps"),
    cause="gamma is the variance plus eps; batch norm divided by the root of that.",
    look="whether there is a root in gamma.",
)
identity_affine.mistake(
    "inverse_gamma",
    (GAMMA, "gamma = 1 / np.sqrt(var + eps)"),
    cause="gamma is one over the spread, so the columns are divided a second time instead of being stretched back.",
    look="whether gamma has to undo a division or repeat it.",
)
identity_affine.mistake(
    "the_normalization_itself",
    (GAMMA, "gamma = 1 / np.sqrt(var + eps)"),
    (BETA, "beta = -mean / np.sqrt(var + eps)"),
    cause="These are the scale and the shift that batch norm applies; asked for are those that undo it.",
    look="the direction: from x to x_hat, or from x_hat back to x?",
)
identity_affine.mistake(
    "unbiased_variance",
    (GAMMA, "gamma = np.sqrt(x.var(axis=0, ddof=1) + eps)"),
    cause="gamma uses the variance divided by N − 1; batch norm normalized with the biased one.",
    look="how the variance is computed.",
)
identity_affine.mistake(
    "beta_negated",
    (BETA, "beta = -mean"),
    cause="beta is minus the mean; it is added, so it has to bring back what was subtracted.",
    look="the sign of beta.",
)
identity_affine.mistake(
    "beta_zero",
    (BETA, "beta = np.zeros_like(gamma)"),
    cause="beta is zero, so the columns stay at mean 0.",
    look="what brings the mean back.",
)
identity_affine.mistake(
    "gamma_one",
    (GAMMA, "gamma = np.ones(x.shape[1])"),
    cause="gamma is one, so the columns keep spread 1.",
    look="what brings the spread back.",
)
identity_affine.mistake(
    "beta_divided_by_gamma",
    (BETA, "beta = mean / gamma"),
    cause="beta is the mean divided by gamma, as if gamma would multiply it; gamma multiplies x_hat only.",
    look="the order of multiplying and adding in batch norm's last step.",
)
identity_affine.mistake(
    "beta_times_gamma",
    (BETA, "beta = mean * gamma"),
    cause="beta is the mean times gamma; beta is added last and not scaled.",
    look="the order of multiplying and adding in batch norm's last step.",
)
identity_affine.mistake(
    "row_statistics",
    ("mean, var = batch_statistics(x)", "mean, var = x.mean(axis=1), x.var(axis=1)"),
    cause="The statistics of the rows are used; gamma and beta belong to the columns.",
    look="the axis over which the statistics are taken.",
)
identity_affine.mistake(
    "one_pair_for_all",
    ("mean, var = batch_statistics(x)", "mean, var = x.mean(), x.var()"),
    cause="One gamma and one beta for the whole batch are returned; each column needs its own.",
    look="the axis over which the statistics are taken.",
)
identity_affine.mistake(
    "kept_dimension",
    (
        "mean, var = batch_statistics(x)",
        "mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)",
    ),
    cause="The numbers are right but come in matrices of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the statistics a matrix.",
)
identity_affine.mistake(
    "columns_returned",
    ("return gamma, beta", "return gamma.reshape(-1, 1), beta.reshape(-1, 1)"),
    cause="The numbers are right but come as columns of shape (D, 1); asked for is shape (D,).",
    look="the step that gives the statistics a second dimension.",
)
identity_affine.mistake(
    "reconstruction_returned",
    ("return gamma, beta", "return batchnorm_forward(x, gamma, beta, eps)[0]"),
    cause="The reconstructed batch is returned; asked for are the gamma and the beta that make it.",
    look="the last line of the function.",
)
identity_affine.mistake(
    "argument_changed",
    (GAMMA, "x -= mean\n    gamma = np.sqrt((x**2).mean(axis=0) + eps)"),
    cause="The subtraction is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)
identity_affine.mistake(
    "nothing_returned",
    ("return gamma, beta", "gamma, beta"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@identity_affine.accepts("NumPy's own mean and var")
def _(x, eps):
    return (np.var(x, axis=0) + eps) ** 0.5, np.mean(x, axis=0)


@identity_affine.accepts("from the forward pass: what does it make of two rows that differ by one?")
def _(x, eps):
    # x_hat is x divided by gamma, up to a shift: two rows tell gamma
    x_hat, _ = torch_forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]), eps)
    low, high, columns = x.argmin(axis=0), x.argmax(axis=0), np.arange(x.shape[1])
    gamma = (x[high, columns] - x[low, columns]) / (x_hat[high, columns] - x_hat[low, columns])
    return gamma, (x - gamma * x_hat).mean(axis=0)


@identity_affine.accepts("loops in plain Python")
def _(x, eps):
    gamma, beta = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for j in range(x.shape[1]):
        beta[j] = sum(x[:, j].tolist()) / len(x)
        gamma[j] = (sum((value - beta[j]) ** 2 for value in x[:, j].tolist()) / len(x) + eps) ** 0.5
    return gamma, beta


@identity_affine.accepts("tensors come back")
def _(x, eps):
    return tuple(map(torch.as_tensor, torch_identity(x, eps)))


# redundant_bias


def torch_bias(x, weight, bias, gamma, beta, eps=1e-5):
    linear = torch.nn.functional.linear(tensor(x), tensor(weight).T, tensor(bias))
    no_bias = torch.nn.functional.linear(tensor(x), tensor(weight).T)
    options = (tensor(gamma), tensor(beta), None, None, True, 0.1, eps, False)
    return torch.batch_norm(linear, *options).numpy(), torch.batch_norm(no_bias, *options).numpy()


redundant_bias = Bank(
    forward.redundant_bias,
    parts=[
        Part(
            "layers of several shapes",
            1,
            ("eight rows, three inputs, four outputs", "a square weight"),
        ),
        Part("eps not given, a large bias", 1, ("eps not given", "a bias of 1000")),
    ],
    oracle=torch_bias,
)
WITH = "with_bias, _ = batchnorm_forward(x @ weight + bias, gamma, beta, eps)"
WITHOUT = "without_bias, _ = batchnorm_forward(x @ weight, gamma, beta, eps)"
BOTH = "return with_bias, without_bias"

redundant_bias.mistake(
    "bias_after_the_norm",
    (WITH, "with_bias = batchnorm_forward(x @ weight, gamma, beta, eps)[0] + bias"),
    cause="The bias is added after batch norm, where nothing takes it away; it belongs to the layer, before.",
    look="the order of the layer and batch norm.",
)
redundant_bias.mistake(
    "bias_before_gamma",
    (WITH, "with_bias = gamma * (batchnorm_forward(x @ weight, gamma * 0 + 1, beta * 0, eps)[0] + bias) + beta"),
    cause="The bias is added to x_hat, after the normalization; it belongs to the layer, before.",
    look="the place where the bias is added.",
)
redundant_bias.mistake(
    "bias_for_beta",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight, gamma, bias, eps)"),
    cause="The bias is passed as beta; beta has its own argument, and the bias belongs to the layer.",
    look="the third argument of batchnorm_forward.",
)
redundant_bias.mistake(
    "bias_added_to_beta",
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, gamma, beta + bias, eps)"),
    cause="In the layer without bias, the bias is added to beta; nothing is to be made up for, because batch norm "
    "removes the bias anyway.",
    look="the beta of the second call.",
)
redundant_bias.mistake(
    "bias_taken_off_again",
    (WITHOUT, "without_bias = with_bias - bias"),
    cause="The bias is subtracted from batch norm's output; it is not in there any more.",
    look="how the second output is made: it needs a call of its own.",
)
redundant_bias.mistake(
    "beta_left_out_without_bias",
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, gamma, np.zeros_like(beta), eps)"),
    cause="Without the bias, beta is left out as well; beta belongs to batch norm and stays.",
    look="the beta of the second call.",
)
redundant_bias.mistake(
    "affine_left_out",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight + bias, np.ones(len(bias)), np.zeros(len(bias)), eps)"),
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, np.ones(len(bias)), np.zeros(len(bias)), eps)"),
    cause="gamma and beta are not used: the outputs have mean 0 and spread 1.",
    look="the arguments handed to batchnorm_forward.",
)
redundant_bias.mistake(
    "gamma_and_beta_swapped",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight + bias, beta, gamma, eps)"),
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, beta, gamma, eps)"),
    cause="gamma and beta are handed on in the wrong order.",
    look="the order of the arguments of batchnorm_forward.",
)
redundant_bias.mistake(
    "eps_not_passed_on",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight + bias, gamma, beta)"),
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, gamma, beta)"),
    cause="eps is not handed on, so batch norm uses its own default.",
    look="the last argument of the two calls.",
)
redundant_bias.mistake(
    "eps_not_passed_on_without_bias",
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight, gamma, beta)"),
    cause="In the call without bias eps is not handed on, so batch norm uses its own default there.",
    look="the last argument of the second call.",
)
redundant_bias.mistake(
    "default_eps_of_another_library",
    ("eps=1e-5", "eps=1e-3"),
    cause="When eps is not given, 1e-3 is used, which is the default of Keras; here it is 1e-5.",
    look="the signature of the function.",
)
redundant_bias.mistake(
    "cache_not_left_aside",
    (WITH, "with_bias = batchnorm_forward(x @ weight + bias, gamma, beta, eps)"),
    (WITHOUT, "without_bias = batchnorm_forward(x @ weight, gamma, beta, eps)"),
    cause="batchnorm_forward gives back a pair, output and cache; here only the output is asked for.",
    look="what is assigned from the two calls.",
)
redundant_bias.mistake(
    "not_normalized",
    (WITH, "with_bias = x @ weight + bias"),
    (WITHOUT, "without_bias = x @ weight"),
    cause="The layer's values are returned as they are, before batch norm.",
    look="what happens after x @ weight.",
)
redundant_bias.mistake(
    "normalized_before_the_layer",
    (
        WITH,
        "h = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)\n    with_bias = gamma * (h @ weight + bias) + beta",
    ),
    (WITHOUT, "without_bias = gamma * (h @ weight) + beta"),
    cause="x is normalized before the layer; here batch norm follows the layer.",
    look="which array is normalized.",
)
redundant_bias.mistake(
    "layer_norm_inside",
    (WITH, "h = x @ weight + bias\n    with_bias = gamma * ((h.T - h.mean(1)) / np.sqrt(h.var(1) + eps)).T + beta"),
    (WITHOUT, "h = x @ weight\n    without_bias = gamma * ((h.T - h.mean(1)) / np.sqrt(h.var(1) + eps)).T + beta"),
    cause="Each row is normalized by itself: that is layer norm, and there a bias does count.",
    look="the axis over which the statistics are taken.",
)
redundant_bias.mistake(
    "weight_transposed",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight.T + bias, gamma, beta, eps)"),
    (WITHOUT, "without_bias, _ = batchnorm_forward(x @ weight.T, gamma, beta, eps)"),
    cause="The weight is transposed; here its shape is (D, M) and it is used as it is.",
    look="the product of x and weight.",
)
redundant_bias.mistake(
    "no_product_of_x_and_weight",
    (WITH, "with_bias, _ = batchnorm_forward(weight @ x + bias, gamma, beta, eps)"),
    cause="x and weight are put together so that their shapes do not fit: the layer is the matrix product x @ weight.",
    look="the operator between x and weight, and their order.",
)
redundant_bias.mistake(
    "bias_after_both",
    (WITH, "with_bias = batchnorm_forward(x @ weight, gamma, beta, eps)[0] + bias"),
    (WITHOUT, "without_bias = with_bias"),
    cause="The bias is added after batch norm, in both outputs; it belongs to the layer, and to one of them only.",
    look="the place where the bias is added.",
)
redundant_bias.mistake(
    "bias_as_a_column",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight + np.resize(bias, (len(x), 1)), gamma, beta, eps)"),
    cause="The bias is added along the rows, one number for each example; it has one number for each output column.",
    look="the shape of the bias where it is added.",
)
redundant_bias.mistake(
    "bias_multiplied",
    (WITH, "with_bias, _ = batchnorm_forward(x @ weight * bias, gamma, beta, eps)"),
    cause="The bias is multiplied; a bias is added.",
    look="the operator in front of the bias.",
)
redundant_bias.mistake(
    "difference_returned",
    (BOTH, "return with_bias - without_bias"),
    cause="The difference of the two outputs is returned; asked for are the two outputs themselves.",
    look="the last line of the function.",
)
redundant_bias.mistake(
    "agreement_returned",
    (BOTH, "return np.allclose(with_bias, without_bias)"),
    cause="Whether the two outputs agree is returned; asked for are the two outputs themselves.",
    look="the last line of the function.",
)
redundant_bias.mistake(
    "argument_changed",
    (WITHOUT, WITHOUT + "\n    x -= x.mean(axis=0)"),
    cause="x itself is changed, so the caller's data is not what it was.",
    look="assignments into x, such as `x -=`, `x @=` or `x[...] =`.",
)
redundant_bias.mistake(
    "nothing_returned",
    (BOTH, "with_bias, without_bias"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


def normalized(h, gamma, beta, eps):
    return gamma * (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + eps) + beta


@redundant_bias.accepts("normalization written out")
def _(x, weight, bias, gamma, beta, eps=1e-5):
    h = x @ weight
    return normalized(h + bias, gamma, beta, eps), normalized(h, gamma, beta, eps)


@redundant_bias.accepts("the theorem: one array, returned twice")
def _(x, weight, bias, gamma, beta, eps=1e-5):
    out = normalized(x @ weight, gamma, beta, eps)
    return out, out


@redundant_bias.accepts("a row of ones for the bias, a list of two")
def _(x, weight, bias, gamma, beta, eps=1e-5):
    wide = np.hstack([x, np.ones((len(x), 1))])
    pair = [np.vstack([weight, b]) for b in (bias, 0 * bias)]
    return [normalized(wide @ w, gamma, beta, eps) for w in pair]


@redundant_bias.accepts("tensors come back")
def _(x, weight, bias, gamma, beta, eps=1e-5):
    return tuple(map(torch.as_tensor, torch_bias(x, weight, bias, gamma, beta, eps)))


# weight_scale_gap


def torch_gap(x, weight, scale, eps):
    hats = [
        torch.batch_norm(tensor(x) @ tensor(w), None, None, None, None, True, 0.1, eps, False)
        for w in (weight, scale * weight)
    ]
    return float((hats[0] - hats[1]).abs().max())


weight_scale_gap = Bank(
    forward.weight_scale_gap,
    parts=[
        Part("eps 0: scales of both signs", 1, ("scale 3, eps 0", "scale -2, eps 0")),
        Part(
            "eps that counts: scales from 0.1 to 20",
            1,
            ("scale 0.2, eps 0.3", "scale 20, eps 0.5", "scale -0.5, eps 1", "a square weight"),
        ),
    ],
    oracle=torch_gap,
)
PLAIN = "plain, _ = batchnorm_forward(x @ weight, ones, zeros, eps)"
SCALED = "scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros, eps)"
GAP = "gap = np.abs(scaled - plain).max()"

weight_scale_gap.mistake(
    "signed_difference",
    (GAP, "gap = (scaled - plain).max()"),
    cause="The largest difference is taken with its sign, so a large negative one is overlooked.",
    look="what is done to the differences before the largest is taken.",
)
weight_scale_gap.mistake(
    "signed_difference_reversed",
    (GAP, "gap = (plain - scaled).max()"),
    cause="The largest difference is taken with its sign, so a large negative one is overlooked.",
    look="what is done to the differences before the largest is taken.",
)
weight_scale_gap.mistake(
    "mean_for_max",
    (GAP, "gap = np.abs(scaled - plain).mean()"),
    cause="The mean of the absolute differences is taken; asked for is the largest.",
    look="which single number is made of the differences.",
)
weight_scale_gap.mistake(
    "sum_for_max",
    (GAP, "gap = np.abs(scaled - plain).sum()"),
    cause="The absolute differences are summed; asked for is the largest.",
    look="which single number is made of the differences.",
)
weight_scale_gap.mistake(
    "length_for_max",
    (GAP, "gap = np.linalg.norm(scaled - plain)"),
    cause="The length (root of the sum of squares) of the differences is taken; asked for is the largest absolute one.",
    look="which single number is made of the differences.",
)
weight_scale_gap.mistake(
    "squared_difference",
    (GAP, "gap = ((scaled - plain) ** 2).max()"),
    cause="The largest squared difference is returned; asked for is the largest absolute one.",
    look="the power of the differences.",
)
weight_scale_gap.mistake(
    "relative_difference",
    (GAP, "gap = (np.abs(scaled - plain) / np.abs(plain)).max()"),
    cause="The differences are divided by the values; asked for is the absolute difference.",
    look="what happens after the subtraction.",
)
weight_scale_gap.mistake(
    "difference_of_maxima",
    (GAP, "gap = abs(np.abs(scaled).max() - np.abs(plain).max())"),
    cause="The largest values are compared with each other; asked for is the largest difference, place by place.",
    look="the order of subtracting and taking the largest.",
)
weight_scale_gap.mistake(
    "difference_of_spreads",
    (GAP, "gap = np.abs(scaled.std(axis=0) - plain.std(axis=0)).max()"),
    cause="The spreads of the columns are compared; asked for is the largest difference of the values, place by place.",
    look="what is subtracted from what.",
)
weight_scale_gap.mistake(
    "one_gap_per_column",
    (GAP, "gap = np.abs(scaled - plain).max(axis=0)"),
    cause="One gap for each column is returned; asked for is a single number.",
    look="the axis of the maximum.",
)
weight_scale_gap.mistake(
    "all_differences_returned",
    (GAP, "gap = np.abs(scaled - plain)"),
    cause="All absolute differences are returned; asked for is the largest alone.",
    look="the last step.",
)
weight_scale_gap.mistake(
    "yes_or_no_returned",
    (GAP, "gap = np.allclose(scaled, plain)"),
    cause="Whether the two agree is returned; asked for is how far they are apart.",
    look="the last step.",
)
weight_scale_gap.mistake(
    "position_returned",
    (GAP, "gap = np.abs(scaled - plain).argmax()"),
    cause="The position of the largest difference is returned, not its size.",
    look="the last step.",
)
weight_scale_gap.mistake(
    "scaled_after_the_norm",
    (SCALED, "scaled = scale * plain"),
    cause="x_hat is multiplied by the scale; the scale belongs to the weights, before the normalization.",
    look="the place where the scale comes in.",
)
weight_scale_gap.mistake(
    "scale_passed_as_gamma",
    (SCALED, "scaled, _ = batchnorm_forward(x @ weight, ones, zeros + scale, eps)"),
    cause="The scale is handed to batch norm as a parameter; it belongs to the weights, before the normalization.",
    look="the place where the scale comes in.",
)
weight_scale_gap.mistake(
    "gap_before_the_norm",
    (GAP, "gap = np.abs(scale * (x @ weight) - x @ weight).max()"),
    cause="The gap is measured before the normalization; asked for is that of x_hat.",
    look="which two arrays are compared.",
)
weight_scale_gap.mistake(
    "scale_without_effect",
    (PLAIN, "plain, _ = batchnorm_forward(scale * (x @ weight), ones, zeros, eps)"),
    cause="The gap is 0 for every scale: both sides hold the same thing, or the scale is added like a bias and taken "
    "away by batch norm, or differences of both signs are averaged and cancel.",
    look="what the two calls are given, the operator in front of the scale, and what is done to the differences.",
)
weight_scale_gap.mistake(
    "sign_of_the_scale_dropped",
    (SCALED, "scaled, _ = batchnorm_forward(abs(scale) * (x @ weight), ones, zeros, eps)"),
    cause="The scale is used without its sign; a negative scale turns every x_hat round, and the gap has to see that.",
    look="what is done to the scale before it multiplies.",
)
weight_scale_gap.mistake(
    "scale_added_to_the_weights",
    (SCALED, "scaled, _ = batchnorm_forward(x @ (weight + scale), ones, zeros, eps)"),
    cause="The scale is added to the weights; it has to multiply them.",
    look="the operator between scale and weight.",
)
weight_scale_gap.mistake(
    "scale_divides",
    (SCALED, "scaled, _ = batchnorm_forward(x @ weight / scale, ones, zeros, eps)"),
    cause="The layer's values are divided by the scale; they have to be multiplied.",
    look="the operator between scale and the product.",
)
weight_scale_gap.mistake(
    "eps_not_passed_on",
    (PLAIN, "plain, _ = batchnorm_forward(x @ weight, ones, zeros)"),
    (SCALED, "scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros)"),
    cause="eps is not handed on, so batch norm uses its own default.",
    look="the last argument of the two calls.",
)
weight_scale_gap.mistake(
    "eps_always_zero",
    (PLAIN, "plain, _ = batchnorm_forward(x @ weight, ones, zeros, 0)"),
    (SCALED, "scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros, 0)"),
    cause="Both calls are given eps 0, so the argument eps has no effect.",
    look="the last argument of the two calls.",
)
weight_scale_gap.mistake(
    "eps_passed_on_once",
    (SCALED, "scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros)"),
    cause="In the call with the scale eps is not handed on, so batch norm uses its own default there.",
    look="the last argument of the two calls.",
)
weight_scale_gap.mistake(
    "eps_scaled_too",
    (SCALED, "scaled, _ = batchnorm_forward(scale * (x @ weight), ones, zeros, scale**2 * eps)"),
    cause="eps is scaled along with the variance, so its effect cancels; both calls use the same eps.",
    look="the last argument of the two calls.",
)
weight_scale_gap.mistake(
    "weight_transposed",
    (PLAIN, "plain, _ = batchnorm_forward(x @ weight.T, ones, zeros, eps)"),
    (SCALED, "scaled, _ = batchnorm_forward(scale * (x @ weight.T), ones, zeros, eps)"),
    cause="The weight is transposed; here its shape is (D, M) and it is used as it is.",
    look="the product of x and weight.",
)
weight_scale_gap.mistake(
    "cache_not_left_aside",
    (PLAIN, "plain = batchnorm_forward(x @ weight, ones, zeros, eps)"),
    (SCALED, "scaled = batchnorm_forward(scale * (x @ weight), ones, zeros, eps)"),
    cause="batchnorm_forward gives back a pair, output and cache; pairs cannot be subtracted.",
    look="what is assigned from the two calls.",
)
weight_scale_gap.mistake(
    "weight_changed",
    (SCALED, "weight *= scale\n    scaled, _ = batchnorm_forward(x @ weight, ones, zeros, eps)"),
    cause="The scale is multiplied into weight itself, so the caller's array is changed.",
    look="assignments into an argument, such as `weight *=`.",
)
weight_scale_gap.mistake(
    "nothing_returned",
    ("return gap", "gap"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@weight_scale_gap.accepts("the weights scaled, the largest found by sorting")
def _(x, weight, scale, eps):
    one, zero = np.ones(weight.shape[1]), np.zeros(weight.shape[1])
    plain, scaled = (normalized(x @ w, one, zero, eps) for w in (weight, scale * weight))
    return float(sorted(np.abs(plain - scaled).ravel())[-1])


@weight_scale_gap.accepts("the input scaled, an array of no dimension")
def _(x, weight, scale, eps):
    plain, scaled = (normalized(h @ weight, 1.0, 0.0, eps) for h in (x, x * scale))
    return np.array(max((scaled - plain).max(), (plain - scaled).max()))


@weight_scale_gap.accepts("in closed form")
def _(x, weight, scale, eps):
    h = x @ weight
    h, var = h - h.mean(axis=0), h.var(axis=0)
    return np.abs(h * (scale / np.sqrt(scale**2 * var + eps) - 1 / np.sqrt(var + eps))).max()


@weight_scale_gap.accepts("a tensor comes back")
def _(x, weight, scale, eps):
    return torch.tensor(torch_gap(x, weight, scale, eps), dtype=torch.float64)
