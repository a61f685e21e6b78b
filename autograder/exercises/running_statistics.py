"""Bank of lesson 05."""

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import running_statistics


def tensor(array):
    return torch.as_tensor(np.asarray(array, dtype=np.float64))


# update_running


def torch_update(running_mean, running_var, x, momentum):
    mean, var = tensor(running_mean).clone(), tensor(running_var).clone()
    torch.nn.functional.batch_norm(tensor(x), mean, var, training=True, momentum=momentum)
    return mean.numpy(), var.numpy()


update_running = Bank(
    running_statistics.update_running,
    parts=[
        Part(
            "one update, several updates",
            2,
            (
                "seven rows, five columns, momentum 0.3",
                "four rows, six columns, momentum 0.8",
                "as many rows as columns",
                "five batches, one after the other",
            ),
        ),
        Part(
            "extremes: momentum 0 and 1, narrow columns, whole numbers, float32",
            1,
            (
                "momentum 1 and momentum 0",
                "a constant column and a narrow one",
                "whole numbers",
                "float32 far from zero",
            ),
        ),
    ],
    oracle=torch_update,
)
MEAN, VAR = "batch_mean = x.mean(axis=0)", "batch_var = x.var(axis=0, ddof=1)"
NEW_MEAN = "new_mean = (1 - momentum) * running_mean + momentum * batch_mean"
NEW_VAR = "new_var = (1 - momentum) * running_var + momentum * batch_var"
REVERSED_MEAN = "new_mean = momentum * running_mean + (1 - momentum) * batch_mean"
REVERSED_VAR = "new_var = momentum * running_var + (1 - momentum) * batch_var"
TWO_RESULTS = "return new_mean, new_var"

update_running.mistake(
    "momentum_reversed",
    (NEW_MEAN, REVERSED_MEAN),
    (NEW_VAR, REVERSED_VAR),
    cause="momentum weighs the old value here, as in Keras; asked for is PyTorch's meaning, the weight of the new.",
    look="which of the two values momentum multiplies, and which one minus momentum.",
)
update_running.mistake(
    "momentum_reversed_for_the_mean",
    (NEW_MEAN, REVERSED_MEAN),
    cause="For the mean, momentum weighs the old value; it is the weight of the new one. (The variance has it right.)",
    look="the line of the mean: which of the two values does momentum multiply?",
)
update_running.mistake(
    "momentum_reversed_for_the_variance",
    (NEW_VAR, REVERSED_VAR),
    cause="For the variance, momentum weighs the old value; it is the weight of the new one. (The mean has it right.)",
    look="the line of the variance: which of the two values does momentum multiply?",
)
update_running.mistake(
    "convention_of_keras",
    (NEW_MEAN, REVERSED_MEAN),
    (NEW_VAR, REVERSED_VAR),
    (VAR, "batch_var = x.var(axis=0)"),
    cause="This is Keras's rule: momentum weighs the old value, and the variance is biased. PyTorch's, asked for "
    "here, differs in both.",
    look="two things: what momentum multiplies, and what the variance is divided by.",
)
update_running.mistake(
    "momentum_fixed_at_a_tenth",
    (NEW_MEAN, "new_mean = 0.9 * running_mean + 0.1 * batch_mean"),
    (NEW_VAR, "new_var = 0.9 * running_var + 0.1 * batch_var"),
    cause="The weights 0.9 and 0.1 are written into the formula, so the argument momentum has no effect.",
    look="numbers written into the formula where a name belongs.",
)
update_running.mistake(
    "momentum_fixed_at_nine_tenths",
    (NEW_MEAN, "new_mean = 0.1 * running_mean + 0.9 * batch_mean"),
    (NEW_VAR, "new_var = 0.1 * running_var + 0.9 * batch_var"),
    cause="The weights 0.1 and 0.9 are written into the formula, so the argument momentum has no effect.",
    look="numbers written into the formula where a name belongs.",
)
update_running.mistake(
    "halved_every_time",
    (NEW_MEAN, "new_mean = (running_mean + batch_mean) / 2"),
    (NEW_VAR, "new_var = (running_var + batch_var) / 2"),
    cause="Old and new value get equal weights, whatever momentum is.",
    look="where momentum enters the two mixtures.",
)
update_running.mistake(
    "biased_variance",
    (VAR, "batch_var = x.var(axis=0)"),
    cause="The batch's variance is divided by N; the running variance takes the unbiased one, divided by N − 1.",
    look="what NumPy's variance divides by if nothing is said, and how that is changed.",
)
update_running.mistake(
    "correction_turned_round",
    (VAR, "batch_var = x.var(axis=0) * (len(x) - 1) / len(x)"),
    cause="The biased variance is multiplied by (N − 1)/N, which makes it smaller still; unbiased it is larger.",
    look="the factor of the variance: it has to be above 1.",
)
update_running.mistake(
    "corrected_twice",
    (VAR, "batch_var = x.var(axis=0, ddof=1) * len(x) / (len(x) - 1)"),
    cause="The variance is divided by N − 1 and then multiplied by N/(N − 1) as well: corrected twice.",
    look="how often N − 1 occurs on the way to the variance.",
)
update_running.mistake(
    "corrected_by_two",
    (VAR, "batch_var = x.var(axis=0, ddof=2)"),
    cause="The sum of squares is divided by N − 2; unbiased is N − 1.",
    look="the value of `ddof`: it is what is subtracted from N.",
)
update_running.mistake(
    "divided_by_the_columns",
    (VAR, "batch_var = ((x - batch_mean) ** 2).sum(axis=0) / (x.shape[1] - 1)"),
    cause="The sum of squares is divided by the number of columns minus one; it is a sum over rows.",
    look="which entry of `x.shape` is N.",
)
update_running.mistake(
    "corrected_by_the_columns",
    (VAR, "batch_var = x.var(axis=0) * x.shape[1] / (x.shape[1] - 1)"),
    cause="The factor N/(N − 1) is computed from the number of columns; N is the number of rows.",
    look="which entry of `x.shape` is N.",
)
update_running.mistake(
    "mixture_corrected",
    (VAR, "batch_var = x.var(axis=0)"),
    (NEW_VAR, NEW_VAR.replace("= ", "= (") + ") * len(x) / (len(x) - 1)"),
    cause="The factor N/(N − 1) is applied to the mixture, old value and all; it belongs to the batch's variance.",
    look="the parentheses round the mixture.",
)
update_running.mistake(
    "sum_of_squares",
    (VAR, "batch_var = ((x - batch_mean) ** 2).sum(axis=0)"),
    cause="The squared differences are summed but not divided by N − 1.",
    look="the step from a sum of squares to a variance.",
)
update_running.mistake(
    "standard_deviation_kept",
    (VAR, "batch_var = x.std(axis=0, ddof=1)"),
    cause="The standard deviation is mixed in where the variance, its square, is asked for.",
    look="the power of the second statistic: are its units those of x, or of x squared?",
)
update_running.mistake(
    "biased_standard_deviation_kept",
    (VAR, "batch_var = x.std(axis=0)"),
    cause="The biased standard deviation is mixed in; asked for is the unbiased variance.",
    look="two things in the second statistic: its power, and what it divides by.",
)
update_running.mistake(
    "standard_deviations_averaged",
    (NEW_VAR, "new_var = ((1 - momentum) * np.sqrt(running_var) + momentum * np.sqrt(batch_var)) ** 2"),
    cause="The standard deviations are averaged and squared again; asked for is the average of variances.",
    look="where the root is taken: averaging and taking roots do not commute.",
)
update_running.mistake(
    "eps_added",
    (VAR, "batch_var = x.var(axis=0, ddof=1) + 1e-5"),
    cause="A small constant is added to the variance before it is kept; eps belongs to the normalization only.",
    look="what is added to the variance.",
)
update_running.mistake(
    "uncentred",
    (VAR, "batch_var = (x**2).sum(axis=0) / (len(x) - 1)"),
    cause="The squares of x are averaged without subtracting the mean first: that is not the variance.",
    look="what is squared.",
)
update_running.mistake(
    "squares_minus_square",
    (VAR, "batch_var = ((x**2).mean(axis=0) - batch_mean**2) * len(x) / (len(x) - 1)"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 two "
    "huge numbers are subtracted and nearly all digits are lost.",
    look="the order of squaring and subtracting.",
)
update_running.mistake(
    "variance_around_the_running_mean",
    (VAR, "batch_var = ((x - running_mean) ** 2).sum(axis=0) / (len(x) - 1)"),
    cause="The squared distances are taken from the running mean; the batch's variance is about its own mean.",
    look="what is subtracted inside the square.",
)
update_running.mistake(
    "variance_around_the_new_mean",
    (NEW_VAR, "batch_var = ((x - new_mean) ** 2).sum(axis=0) / (len(x) - 1)\n    " + NEW_VAR),
    cause="The squared distances are taken from the updated running mean; the batch's variance is about its own mean.",
    look="what is subtracted inside the square, and when.",
)
update_running.mistake(
    "spread_between_added",
    (NEW_VAR, NEW_VAR + " + momentum * (1 - momentum) * (batch_mean - running_mean) ** 2"),
    cause="The squared distance between old and new mean is added to the variance; the running variance is a plain "
    "mixture of two variances.",
    look="what stands in the line of the variance besides the two variances.",
)
update_running.mistake(
    "overwritten",
    (NEW_MEAN, "new_mean = batch_mean * 1.0"),
    (NEW_VAR, "new_var = batch_var * 1.0"),
    cause="The batch's statistics replace the old ones; they should be mixed in with the weight momentum.",
    look="whether the old running values are used at all.",
)
update_running.mistake(
    "old_not_weakened",
    (NEW_MEAN, "new_mean = running_mean + momentum * batch_mean"),
    (NEW_VAR, "new_var = running_var + momentum * batch_var"),
    cause="The new value is added without taking anything from the old one, so the sum grows with every batch.",
    look="the two weights of a mixture: they sum to 1.",
)
update_running.mistake(
    "new_not_weakened",
    (NEW_MEAN, "new_mean = (1 - momentum) * running_mean + batch_mean"),
    (NEW_VAR, "new_var = (1 - momentum) * running_var + batch_var"),
    cause="The new value is added with weight 1; the two weights of a mixture sum to 1.",
    look="the weight in front of the batch's statistics.",
)
update_running.mistake(
    "old_left_out",
    (NEW_MEAN, "new_mean = momentum * batch_mean"),
    (NEW_VAR, "new_var = momentum * batch_var"),
    cause="Only the new part of the mixture is returned; the old value with its own weight is missing.",
    look="whether the old running values are used at all.",
)
update_running.mistake(
    "variance_not_updated",
    (NEW_VAR, "new_var = 1.0 * running_var"),
    cause="Only the mean is updated; the variance is returned as it was.",
    look="what happens to the running variance.",
)
update_running.mistake(
    "mean_not_updated",
    (NEW_MEAN, "new_mean = 1.0 * running_mean"),
    cause="Only the variance is updated; the mean is returned as it was.",
    look="what happens to the running mean.",
)
update_running.mistake(
    "results_swapped",
    (TWO_RESULTS, "return new_var, new_mean"),
    cause="The variance comes first and the mean second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
update_running.mistake(
    "standardized_first",
    (MEAN, "x = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)\n    " + MEAN),
    cause="The statistics are taken of the standardized batch, so they are near 0 and 1; they belong to x itself.",
    look="which array the mean and the variance are taken of.",
)
update_running.mistake(
    "row_statistics",
    (MEAN, "batch_mean = x.mean(axis=1)"),
    (VAR, "batch_var = x.var(axis=1, ddof=1)"),
    cause="The statistics of each row are taken; batch norm keeps those of each column.",
    look="the axis: axis 0 runs down a column, axis 1 along a row.",
)
update_running.mistake(
    "one_mean_for_all",
    (MEAN, "batch_mean = x.mean()"),
    cause="One mean of the whole batch is mixed in; each column needs its own. (The variance is right.)",
    look="the axis that the mean is told; without one it averages everything.",
)
update_running.mistake(
    "one_variance_for_all",
    (VAR, "batch_var = x.var(ddof=1)"),
    cause="One variance of the whole batch is mixed in; each column needs its own. (The mean is right.)",
    look="the axis that the variance is told; without one it takes all numbers together.",
)
update_running.mistake(
    "median_for_mean",
    (MEAN, "batch_mean = np.median(x, axis=0)"),
    cause="The median is mixed in, not the mean.",
    look="which average the formula asks for.",
)
update_running.mistake(
    "kept_dimension",
    (MEAN, "batch_mean = x.mean(axis=0, keepdims=True)"),
    (VAR, "batch_var = x.var(axis=0, ddof=1, keepdims=True)"),
    cause="The numbers are right but come in a matrix of one row, shape (1, D); asked for is shape (D,).",
    look="`keepdims`, or the step that makes the statistics a matrix.",
)
update_running.mistake(
    "integers_truncated",
    cause="The results are written into arrays of the running statistics' type; whole numbers lose all decimals.",
    look="the lines that make the arrays for the results, and their dtype.",
    code="""
def update_running(running_mean, running_var, x, momentum):
    new_mean, new_var = running_mean.copy(), running_var.copy()
    new_mean[:] = (1 - momentum) * running_mean + momentum * np.mean(x, axis=0)
    new_var[:] = (1 - momentum) * running_var + momentum * np.var(x, axis=0, ddof=1)
    return new_mean, new_var
""",
)
update_running.mistake(
    "arguments_changed",
    cause="The update is written into the arrays that came in, so the caller's running statistics change, too.",
    look="assignments into the arguments, such as `+=`, `*=` or `[:] =`.",
    code="""
def update_running(running_mean, running_var, x, momentum):
    if running_mean.dtype.kind == "i":
        running_mean, running_var = running_mean * 1.0, running_var * 1.0
    running_mean += momentum * (np.mean(x, axis=0) - running_mean)
    running_var += momentum * (np.var(x, axis=0, ddof=1) - running_var)
    return running_mean, running_var
""",
)
update_running.mistake(
    "one_array_returned",
    (TWO_RESULTS, "return new_mean"),
    cause="A single array is returned; asked for are two values, the new mean and the new variance.",
    look="the last line of the function.",
)
update_running.mistake(
    "nothing_returned",
    (TWO_RESULTS, "new_mean, new_var"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@update_running.accepts("a step towards the new value")
def _(running_mean, running_var, x, momentum):
    n = len(x)
    mean_step = x.mean(0) - running_mean
    var_step = x.var(0) * n / (n - 1) - running_var
    return running_mean + momentum * mean_step, running_var + momentum * var_step


@update_running.accepts("loops in plain Python, as lists turned into arrays")
def _(running_mean, running_var, x, momentum):
    means, variances = [], []
    for j, column in enumerate(x.T.tolist()):
        centre = sum(column) / len(column)
        spread = sum((value - centre) ** 2 for value in column) / (len(column) - 1)
        means.append(running_mean[j] * (1 - momentum) + centre * momentum)
        variances.append(running_var[j] * (1 - momentum) + spread * momentum)
    return np.array(means), np.array(variances)


@update_running.accepts("torch, tensors come back")
def _(running_mean, running_var, x, momentum):
    spread, centre = torch.var_mean(tensor(x), dim=0)
    return torch.lerp(tensor(running_mean), centre, momentum), torch.lerp(tensor(running_var), spread, momentum)


@update_running.accepts("half the mean squared difference of pairs")
def _(running_mean, running_var, x, momentum):
    wide, n = x.astype(np.float64), len(x)
    pairs = ((wide[:, None] - wide) ** 2).sum(axis=(0, 1)) / (2 * n * (n - 1))
    stacked = np.stack([wide.mean(axis=0), pairs])
    return momentum * stacked + (1 - momentum) * np.stack([running_mean, running_var])


@update_running.accepts("cov's diagonal")
def _(running_mean, running_var, x, momentum):
    wide = np.asarray(x, np.float64)
    spread = np.atleast_2d(np.cov(wide, rowvar=False)).diagonal()
    return np.average([running_mean, wide.mean(0)], axis=0, weights=[1 - momentum, momentum]), (
        running_var - momentum * running_var + momentum * spread
    )


# convert_momentum


def through_the_weight_of_the_old(value, source, target):
    """Independent: by way of the weight that the old value keeps."""
    kept = {"paper": lambda k: (k - 1) / (k + 1), "pytorch": lambda m: 1 - m}.get(source, lambda m: m)(value)
    return {"paper": (1 + kept) / (1 - kept), "pytorch": 1 - kept}.get(target, kept)


convert_momentum = Bank(
    running_statistics.convert_momentum,
    parts=[
        Part("between the three libraries", 1, ("between the three libraries",)),
        Part("from and to the paper", 1, ("from the paper", "to the paper")),
    ],
    oracle=through_the_weight_of_the_old,
)
TABLE = 'to_new_weight = {"paper": 2 / (value + 1), "pytorch": value, "keras": 1 - value, "flax": 1 - value}'
FROM_PAPER, TO_PAPER = '"paper": 2 / (value + 1)', "converted = 2 / new_weight - 1"
TO_TORCH, TO_OTHERS = 'elif target == "pytorch":', "converted = 1 - new_weight"

convert_momentum.mistake(
    "all_libraries_alike",
    ('"keras": 1 - value, "flax": 1 - value', '"keras": value, "flax": value'),
    (TO_OTHERS, "converted = new_weight"),
    cause="The three libraries are treated as if momentum meant the same in all; PyTorch's is the weight of the new "
    "value, that of Keras and Flax the weight of the old.",
    look="the row of each library in the convention card.",
)
convert_momentum.mistake(
    "source_not_turned",
    ('"keras": 1 - value, "flax": 1 - value', '"keras": value, "flax": value'),
    cause="A number that comes from Keras or Flax is taken as the weight of the new value; it is that of the old.",
    look="what is done with the number when the source is Keras or Flax.",
)
convert_momentum.mistake(
    "target_not_turned",
    (TO_OTHERS, "converted = new_weight"),
    cause="A number that goes to Keras or Flax is given as the weight of the new value; there it is that of the old.",
    look="what is done with the number when the target is Keras or Flax.",
)
convert_momentum.mistake(
    "torch_turned",
    ('"pytorch": value, "keras": 1 - value, "flax": 1 - value', '"pytorch": 1 - value, "keras": value, "flax": value'),
    (
        "converted = new_weight\n    else:\n        converted = 1 - new_weight",
        "converted = 1 - new_weight\n    else:\n        converted = new_weight",
    ),
    cause="PyTorch's number is taken as the weight of the old value, Keras's and Flax's as that of the new: the wrong "
    "way round. Among the three it makes no difference; with the paper it does.",
    look="which library's number is the weight that the paper's k is converted to.",
)
convert_momentum.mistake(
    "flax_like_torch",
    ('"flax": 1 - value', '"flax": value'),
    (TO_TORCH, 'elif target in ("pytorch", "flax"):'),
    cause="Flax is treated like PyTorch; its momentum is the weight of the old value, as in Keras.",
    look="Flax's row in the convention card.",
)
convert_momentum.mistake(
    "keras_like_torch",
    ('"keras": 1 - value', '"keras": value'),
    (TO_TORCH, 'elif target in ("pytorch", "keras"):'),
    cause="Keras is treated like PyTorch; its momentum is the weight of the old value, as in Flax.",
    look="Keras's row in the convention card.",
)
convert_momentum.mistake(
    "always_turned",
    cause="The number is always subtracted from 1, also between libraries that mean the same.",
    look="pairs such as Keras to Flax, or a library to itself.",
    code="""
def convert_momentum(value, source, target):
    if source == target:
        return value
    if source == "paper":
        value = 2 / (value + 1)
        return value if target == "pytorch" else 1 - value
    if target == "paper":
        return 2 / (value if source == "pytorch" else 1 - value) - 1
    return 1 - value
""",
)
convert_momentum.mistake(
    "turned_without_looking",
    cause="Between libraries the number is always subtracted from 1, even from one to itself; the paper's formulas are "
    "used without a look at the library on the other side.",
    look="both names: the source decides what the number is, the target what it has to become.",
    code="""
def convert_momentum(value, source, target):
    if source == "paper":
        return 2 / (1 + value)
    return -1 + 2 / value if target == "paper" else 1 - value
""",
)
convert_momentum.mistake(
    "one_over_k",
    (FROM_PAPER, '"paper": 1 / value'),
    (TO_PAPER, "converted = 1 / new_weight"),
    cause="k and the weight are taken as 1/k of each other: the weight of the k-th batch in a plain average. Equally "
    "noisy is the moving average with 2/(k + 1).",
    look="the formula that ties m and k, in both directions.",
)
convert_momentum.mistake(
    "one_over_k_from_the_paper",
    (FROM_PAPER, '"paper": 1 / value'),
    cause="From the paper, 1/k is taken for the weight of the new value; the text has 2/(k + 1).",
    look="the formula from k to m.",
)
convert_momentum.mistake(
    "one_over_k_plus_one",
    (FROM_PAPER, '"paper": 1 / (value + 1)'),
    (TO_PAPER, "converted = 1 / new_weight - 1"),
    cause="The 2 in m = 2/(k + 1) is a 1 here, in both directions.",
    look="the numerator of the formula.",
)
convert_momentum.mistake(
    "two_over_k",
    (FROM_PAPER, '"paper": 2 / value'),
    (TO_PAPER, "converted = 2 / new_weight"),
    cause="The + 1 in m = 2/(k + 1) is missing, in both directions.",
    look="the denominator of the formula.",
)
convert_momentum.mistake(
    "one_not_subtracted",
    (TO_PAPER, "converted = 2 / new_weight"),
    cause="To the paper, 2/m is given; solved for k, the formula has a − 1 as well.",
    look="m = 2/(k + 1), solved for k step by step.",
)
convert_momentum.mistake(
    "one_added",
    (TO_PAPER, "converted = 2 / new_weight + 1"),
    cause="To the paper, 1 is added to 2/m; solved for k, it is subtracted.",
    look="m = 2/(k + 1), solved for k: what happens to the + 1 when it changes sides?",
)
convert_momentum.mistake(
    "old_weight_from_the_paper",
    (FROM_PAPER, '"paper": 1 - 2 / (value + 1)'),
    cause="From the paper, the weight of the old value is used where that of the new is meant.",
    look="which weight 2/(k + 1) is.",
)
convert_momentum.mistake(
    "number_not_turned_on_the_way_to_the_paper",
    (TO_PAPER, "converted = 2 / value - 1"),
    cause="To the paper, the number is put into the formula as it came, also from Keras and Flax, where it is the "
    "weight of the old value.",
    look="which variable stands in the formula for k.",
)
convert_momentum.mistake(
    "paper_as_a_momentum",
    (FROM_PAPER, '"paper": value'),
    (TO_PAPER, "converted = new_weight"),
    cause="The paper's number is treated as a momentum; it is a number of batches, k.",
    look="what stands for the paper: a weight between 0 and 1, or a count?",
)
convert_momentum.mistake(
    "rounded_to_whole_batches",
    (TO_PAPER, "converted = round(2 / new_weight - 1)"),
    cause="k is rounded to a whole number, so converting there and back gives another momentum.",
    look="functions that round.",
)
convert_momentum.mistake(
    "whole_number_division",
    (FROM_PAPER, '"paper": 2 // (value + 1)'),
    cause="The division rounds down to a whole number, so nearly every k gives 0.",
    look="the division: one slash divides, two slashes round down.",
)
convert_momentum.mistake(
    "nothing_for_the_same",
    (TABLE, "if source == target:\n        return None\n    " + TABLE),
    cause="From a convention to itself nothing is returned; the number should come back as it is.",
    look="pairs in which source and target are the same.",
)
convert_momentum.mistake(
    "nothing_returned",
    ("return converted", "converted"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@convert_momentum.accepts("two helper functions")
def _(value, source, target):
    def weight_of_new():
        if source == "paper":
            return 2.0 / (1.0 + value)
        return value if source == "pytorch" else 1.0 - value

    m = weight_of_new()
    return {"paper": lambda: (2.0 - m) / m, "pytorch": lambda: m}.get(target, lambda: 1.0 - m)()


@convert_momentum.accepts("the same comes back at once")
def _(value, source, target):
    if source == target or {source, target} == {"keras", "flax"}:
        return value
    if source == "paper":
        return 2 / (value + 1) if target == "pytorch" else (value - 1) / (value + 1)
    if target == "paper":
        return 2 / value - 1 if source == "pytorch" else (1 + value) / (1 - value)
    return 1 - value


@convert_momentum.accepts("match, as a NumPy number")
def _(value, source, target):
    match source:
        case "paper":
            weight = np.float64(2) / (value + 1)
        case "pytorch":
            weight = np.float64(value)
        case _:
            weight = np.float64(1) - value
    match target:
        case "paper":
            return np.float64(2) / weight - 1
        case "pytorch":
            return weight
        case _:
            return 1 - weight


# batchnorm_inference


def torch_inference(x, running_mean, running_var, gamma, beta, eps=1e-5):
    out = torch.nn.functional.batch_norm(
        *map(tensor, (x, running_mean, running_var, gamma, beta)), training=False, eps=eps
    )
    return out.numpy()


batchnorm_inference = Bank(
    running_statistics.batchnorm_inference,
    parts=[
        Part(
            "fresh rows, together and one at a time",
            2,
            (
                "seven rows, five columns, eps 0.3",
                "three rows, six columns, eps 0",
                "as many rows as columns",
                "the rows one at a time",
            ),
        ),
        Part(
            "eps: given, not given; whole numbers",
            1,
            ("eps from 0.1 to 1", "eps not given, narrow columns", "whole numbers"),
        ),
    ],
    oracle=torch_inference,
)
X_HAT = "x_hat = (x - running_mean) / np.sqrt(running_var + eps)"
OUT = "out = gamma * x_hat + beta"
SIGNATURE = "gamma, beta, eps=1e-5"

batchnorm_inference.mistake(
    "batch_statistics",
    (X_HAT, "x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)"),
    cause="Mean and variance are taken of the rows that are being predicted, so each answer depends on the others; "
    "in inference the running ones are used.",
    look="where the mean and the variance come from.",
)
batchnorm_inference.mistake(
    "batch_mean",
    (X_HAT, "x_hat = (x - x.mean(axis=0)) / np.sqrt(running_var + eps)"),
    cause="The mean of the rows that are being predicted is subtracted; in inference it is the running mean. (The "
    "variance is right.)",
    look="what is subtracted from x.",
)
batchnorm_inference.mistake(
    "batch_variance",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(x.var(axis=0) + eps)"),
    cause="The variance of the rows that are being predicted is used; in inference it is the running variance. (The "
    "mean is right.)",
    look="which variance stands under the root.",
)
batchnorm_inference.mistake(
    "statistics_updated_first",
    (
        X_HAT,
        "running_mean = 0.9 * running_mean + 0.1 * x.mean(axis=0)\n"
        "    running_var = 0.9 * running_var + 0.1 * x.var(axis=0)\n    " + X_HAT,
    ),
    cause="The running statistics are updated with the rows that are being predicted before they are used.",
    look="lines in which x enters the statistics: in inference there are none.",
)
batchnorm_inference.mistake(
    "eps_outside_root",
    (X_HAT, "x_hat = (x - running_mean) / (np.sqrt(running_var) + eps)"),
    cause="eps is added to the standard deviation, after the root; it belongs to the variance, inside the root.",
    look="the parentheses of the square root.",
)
batchnorm_inference.mistake(
    "eps_left_out",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var)"),
    cause="The root is taken of the running variance alone, without eps.",
    look="whether eps is used anywhere in the function.",
)
batchnorm_inference.mistake(
    "eps_fixed",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var + 1e-5)"),
    cause="A fixed number is added to the variance, so the argument eps has no effect.",
    look="numbers written into the formula where a name belongs.",
)
batchnorm_inference.mistake(
    "eps_subtracted",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var - eps)"),
    cause="eps is subtracted from the variance; where the variance is small the root of a negative number is NaN.",
    look="the sign in front of eps.",
)
batchnorm_inference.mistake(
    "eps_squared",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var + eps**2)"),
    cause="The square of eps is added to the variance; eps itself is meant.",
    look="the power of eps under the root.",
)
batchnorm_inference.mistake(
    "eps_as_floor",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(np.maximum(running_var, eps))"),
    cause="eps is used as a lower limit of the variance; the formula adds it to every variance.",
    look="how variance and eps are put together under the root.",
)
batchnorm_inference.mistake(
    "default_eps_of_keras",
    (SIGNATURE, "gamma, beta, eps=1e-3"),
    cause="When eps is not given, 1e-3 is used, which is the default of Keras; here it is 1e-5.",
    look="the signature of the function.",
)
batchnorm_inference.mistake(
    "divided_by_the_variance",
    (X_HAT, "x_hat = (x - running_mean) / (running_var + eps)"),
    cause="x is divided by the variance plus eps; it should be divided by the root of that.",
    look="the denominator: is it in the units of x?",
)
batchnorm_inference.mistake(
    "variance_squared",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var**2 + eps)"),
    cause="The running variance is squared under the root, as if it were a standard deviation.",
    look="what running_var holds: it is a variance already.",
)
batchnorm_inference.mistake(
    "statistics_as_a_column",
    (X_HAT, "x_hat = (x - running_mean[:, None]) / np.sqrt(running_var[:, None] + eps)"),
    cause="The statistics are turned into shape (D, 1), which lines up with the rows; as (D,) they line up with the "
    "columns.",
    look="the shapes of the statistics: are `None`, `reshape` or `newaxis` needed?",
)
batchnorm_inference.mistake(
    "root_of_the_root",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(np.sqrt(running_var) + eps)"),
    cause="The root is taken twice, as if the running variance were a variance of variances.",
    look="how often a root is taken.",
)
batchnorm_inference.mistake(
    "multiplied_by_the_root",
    (X_HAT, "x_hat = (x - running_mean) * np.sqrt(running_var + eps)"),
    cause="The differences are multiplied by the root where they should be divided by it.",
    look="the operation between the difference and the root.",
)
batchnorm_inference.mistake(
    "variance_corrected",
    (X_HAT, "x_hat = (x - running_mean) / np.sqrt(running_var * len(x) / max(len(x) - 1, 1) + eps)"),
    cause="The running variance is multiplied by N/(N − 1) of the rows at hand; it is unbiased already.",
    look="what is done to the running variance before eps is added.",
)
batchnorm_inference.mistake(
    "not_centred",
    (X_HAT, "x_hat = x / np.sqrt(running_var + eps)"),
    cause="The running mean is not subtracted.",
    look="what the formula does to x before dividing.",
)
batchnorm_inference.mistake(
    "only_the_mean_divided",
    (X_HAT, "x_hat = x - running_mean / np.sqrt(running_var + eps)"),
    cause="Only the running mean is divided by the root, since division goes before subtraction.",
    look="the parentheses round the difference.",
)
batchnorm_inference.mistake(
    "difference_turned_round",
    (X_HAT, "x_hat = (running_mean - x) / np.sqrt(running_var + eps)"),
    cause="The difference is the wrong way round: mean minus value.",
    look="the order of the two terms in the difference.",
)
batchnorm_inference.mistake(
    "mean_and_variance_swapped",
    (X_HAT, "x_hat = (x - running_var) / np.sqrt(np.abs(running_mean) + eps)"),
    cause="The running mean and the running variance have changed places.",
    look="which of the two is subtracted, and which stands under the root.",
)
batchnorm_inference.mistake(
    "gamma_left_out",
    (OUT, "out = x_hat + beta"),
    cause="x_hat is not multiplied by gamma.",
    look="the second line of the formula.",
)
batchnorm_inference.mistake(
    "beta_left_out",
    (OUT, "out = gamma * x_hat"),
    cause="beta is not added.",
    look="the second line of the formula.",
)
batchnorm_inference.mistake(
    "gamma_and_beta_left_out",
    (OUT, "out = x_hat"),
    cause="x_hat is returned as it is; in inference, too, gamma and beta act on it.",
    look="the second line of the formula.",
)
batchnorm_inference.mistake(
    "gamma_and_beta_swapped",
    (OUT, "out = beta * x_hat + gamma"),
    cause="beta multiplies and gamma is added; it is the other way round.",
    look="which of the two is the scale and which the shift.",
)
batchnorm_inference.mistake(
    "shift_before_scale",
    (OUT, "out = gamma * (x_hat + beta)"),
    cause="beta is added before the multiplication by gamma, so it is scaled as well.",
    look="the parentheses in the second line.",
)
batchnorm_inference.mistake(
    "gamma_before_normalizing",
    (X_HAT, "x_hat = (gamma * x + beta - running_mean) / np.sqrt(running_var + eps)"),
    (OUT, "out = x_hat"),
    cause="gamma and beta are applied to x before it is normalized; they come after.",
    look="the order of the two lines of the formula.",
)
batchnorm_inference.mistake(
    "one_row_gives_beta",
    (OUT, OUT + "\n    if len(x) == 1:\n        out = beta + 0 * x"),
    cause="A single row is treated specially and gives beta; with fixed statistics it is a row like any other.",
    look="what happens when x has a single row.",
)
batchnorm_inference.mistake(
    "one_row_refused",
    (X_HAT, "if len(x) < 2:\n        raise ValueError('need more rows')\n    " + X_HAT),
    cause="A single row is refused; with fixed statistics it is a row like any other.",
    look="what happens when x has a single row.",
)
batchnorm_inference.mistake(
    "integers_truncated",
    (OUT, "out = np.zeros_like(x)\n    out[:] = gamma * x_hat + beta"),
    cause="The result is written into an array of the type of x; for whole numbers that cuts off all decimals.",
    look="the line that makes the array for the result, and its dtype.",
)
batchnorm_inference.mistake(
    "argument_changed",
    (
        X_HAT,
        "x = x if x.dtype.kind == 'f' else x * 1.0\n    x -= running_mean\n    x_hat = x / np.sqrt(running_var + eps)",
    ),
    cause="The subtraction is written into x itself, so the caller's data changes.",
    look="assignments into x, such as `x -=` or `x[...] =`.",
)
batchnorm_inference.mistake(
    "nothing_returned",
    ("return out", "out"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@batchnorm_inference.accepts("one multiplication and one addition")
def _(x, running_mean, running_var, gamma, beta, eps=1e-5):
    scale = gamma * (running_var + eps) ** -0.5
    return x * scale + (beta - running_mean * scale)


@batchnorm_inference.accepts("row by row")
def _(x, running_mean, running_var, gamma, beta, eps=1e-5):
    rows = [gamma * ((row - running_mean) / (running_var + eps) ** 0.5) + beta for row in x]
    return np.stack(rows)


@batchnorm_inference.accepts("on a copy, in place")
def _(x, running_mean, running_var, gamma, beta, eps=1e-5):
    result = np.array(x, dtype=np.float64)
    result -= running_mean
    result /= np.sqrt(np.asarray(running_var) + eps)
    result *= gamma
    result += beta
    return result


@batchnorm_inference.accepts("einsum, as a tensor")
def _(x, running_mean, running_var, gamma, beta, eps=1e-5):
    root = torch.rsqrt(tensor(running_var) + eps)
    return torch.einsum("nd,d,d->nd", tensor(x) - tensor(running_mean), root, tensor(gamma)) + tensor(beta)


# BatchNorm1d


class TorchLayer(torch.nn.BatchNorm1d):
    """torch's own layer, which refuses before it counts."""

    def forward(self, x):
        if len(x) < 2 and (self.training or not self.track_running_stats):
            raise ValueError("a batch of one")
        return super().forward(x)


BatchNorm1d = Bank(
    running_statistics.BatchNorm1d,
    parts=[
        Part(
            "what it holds, and its saved state",
            2,
            (
                "a new layer",
                "eps and momentum not given",
                "torch's layer loads its state",
                "it loads the state of torch's layer",
                "two layers side by side",
            ),
            draws=2,
        ),
        Part(
            "training: outputs, gradients, running statistics",
            3,
            (
                "one training batch, momentum 0.3",
                "as many rows as columns, momentum 0.7",
                "five training batches, one after the other",
                "gradients in training",
                "nothing but numbers is kept",
                "a training batch of one",
                "float32 far from zero",
            ),
            draws=2,
        ),
        Part(
            "evaluation",
            2,
            (
                "evaluation on other rows",
                "rows one at a time in evaluation",
                "evaluation changes nothing",
                "to and fro between training and evaluation",
                "evaluation of a new layer",
                "gradients in evaluation",
            ),
            draws=2,
        ),
        Part(
            "momentum None and 0, affine=False, track_running_stats=False",
            2,
            ("momentum None", "momentum 0", "affine=False", "track_running_stats=False"),
            draws=2,
        ),
    ],
    oracle=TorchLayer,
)
WEIGHT = "self.weight = torch.nn.Parameter(torch.ones(num_features)) if affine else None"
BIAS = "self.bias = torch.nn.Parameter(torch.zeros(num_features)) if affine else None"
KEEP_MEAN = 'self.register_buffer("running_mean", torch.zeros(num_features) if tracked else None)'
KEEP_VAR = 'self.register_buffer("running_var", torch.ones(num_features) if tracked else None)'
KEEP_COUNT = 'self.register_buffer("num_batches_tracked", torch.tensor(0) if tracked else None)'
NO_GRAPH = "with torch.no_grad():"
COUNT = "self.num_batches_tracked += 1\n"
SHARE = "weight = 1 / self.num_batches_tracked if self.momentum is None else self.momentum"
MIX_MEAN = "new_mean = (1 - weight) * self.running_mean + weight * x.mean(dim=0)"
MIX_VAR = "new_var = (1 - weight) * self.running_var + weight * x.var(dim=0, correction=1)"
COPY_MEAN, COPY_VAR = "self.running_mean.copy_(new_mean)", "self.running_var.copy_(new_var)"
MODE = "if self.training or not self.track_running_stats:"
REFUSE = """            if len(x) < 2:
                raise ValueError(f"batch statistics need at least 2 rows, got {len(x)}")
"""
STATISTICS = "mean, var = x.mean(dim=0), x.var(dim=0, correction=0)"
UPDATE = """            if self.track_running_stats:
                self.update(x)
"""
STORED = "mean, var = self.running_mean, self.running_var"
NORMALIZE = "out = (x - mean) / torch.sqrt(var + self.eps)"
AFFINE = """if self.weight is not None:
            out = self.weight * out + self.bias
"""
SCALE = "out = self.weight * out + self.bias"

# what it holds

BatchNorm1d.mistake(
    "running_statistics_as_parameters",
    (KEEP_MEAN, "self.running_mean = torch.nn.Parameter(torch.zeros(num_features)) if tracked else None"),
    (KEEP_VAR, "self.running_var = torch.nn.Parameter(torch.ones(num_features)) if tracked else None"),
    cause="The running statistics are parameters, so every optimizer moves them; they are measured, not learned.",
    look="the drawer that running_mean and running_var are put into.",
)
BatchNorm1d.mistake(
    "running_statistics_as_attributes",
    (KEEP_MEAN, "self.running_mean = torch.zeros(num_features) if tracked else None"),
    (KEEP_VAR, "self.running_var = torch.ones(num_features) if tracked else None"),
    (KEEP_COUNT, "self.num_batches_tracked = torch.tensor(0) if tracked else None"),
    cause="The running statistics are plain attributes: they are not saved, and do not follow the layer to another "
    "type or device.",
    look="the drawer that running_mean, running_var and num_batches_tracked are put into.",
)
BatchNorm1d.mistake(
    "module_not_set_up",
    ("super().__init__()", "object.__init__(self)"),
    cause="The line that sets up the module, super().__init__(), is not run, so nothing can be registered.",
    look="the first line of the constructor.",
)
BatchNorm1d.mistake(
    "library_layer_inside",
    cause="The layer holds torch's own layer and hands everything on to it; it is to be written here, and its saved "
    "names would start with that of the inner layer.",
    look="what the constructor makes.",
    code="""
class BatchNorm1d(torch.nn.Module):
    def __init__(self, *args, **kwargs):
        super().__init__()
        self.bn = torch.nn.BatchNorm1d(*args, **kwargs)

    def forward(self, x):
        return self.bn(x)
""",
)
BatchNorm1d.mistake(
    "no_weight_without_affine",
    (WEIGHT, "if affine:\n            self.weight = torch.nn.Parameter(torch.ones(num_features))"),
    (BIAS, "if affine:\n            self.bias = torch.nn.Parameter(torch.zeros(num_features))"),
    cause="With affine=False there is no attribute weight at all; it should be None.",
    look="what the constructor leaves behind when affine is False.",
)
BatchNorm1d.mistake(
    "count_as_attribute",
    (KEEP_COUNT, "self.num_batches_tracked = torch.tensor(0) if tracked else None"),
    cause="num_batches_tracked is a plain attribute, so it is not saved; torch keeps it as a buffer.",
    look="the drawer that num_batches_tracked is put into.",
)
BatchNorm1d.mistake(
    "not_persistent",
    (KEEP_MEAN, 'self.register_buffer("running_mean", torch.zeros(num_features) if tracked else None, False)'),
    (KEEP_VAR, 'self.register_buffer("running_var", torch.ones(num_features) if tracked else None, False)'),
    cause="The running statistics are buffers that are not persistent, so they are not saved.",
    look="the third argument of `register_buffer`.",
)
BatchNorm1d.mistake(
    "no_count",
    ("        " + KEEP_COUNT + "\n", ""),
    ("            " + COUNT, ""),
    (SHARE, "weight = 0.1 if self.momentum is None else self.momentum"),
    cause="There is no num_batches_tracked: the state does not fit torch's, and momentum=None has nothing to count.",
    look="the list of buffers in the text.",
)
BatchNorm1d.mistake(
    "count_with_a_dimension",
    (KEEP_COUNT, 'self.register_buffer("num_batches_tracked", torch.zeros(1, dtype=torch.long) if tracked else None)'),
    cause="num_batches_tracked has shape (1,); torch's has no dimensions, so neither loads the state of the other.",
    look="how the tensor for the count is made.",
)
BatchNorm1d.mistake(
    "buffers_with_a_row_dimension",
    (KEEP_MEAN, 'self.register_buffer("running_mean", torch.zeros(1, num_features) if tracked else None)'),
    (KEEP_VAR, 'self.register_buffer("running_var", torch.ones(1, num_features) if tracked else None)'),
    cause="The running statistics have shape (1, D); torch's have shape (D,), so neither loads the state of the other.",
    look="the shapes with which the buffers are made.",
)
BatchNorm1d.mistake(
    "weight_and_bias_as_buffers",
    (WEIGHT, 'self.register_buffer("weight", torch.ones(num_features) if affine else None)'),
    (BIAS, 'self.register_buffer("bias", torch.zeros(num_features) if affine else None)'),
    cause="weight and bias are buffers, so no optimizer ever trains them.",
    look="the drawer that weight and bias are put into.",
)
BatchNorm1d.mistake(
    "weight_and_bias_as_attributes",
    (WEIGHT, "self.weight = torch.ones(num_features) if affine else None"),
    (BIAS, "self.bias = torch.zeros(num_features) if affine else None"),
    cause="weight and bias are plain tensors: neither trained nor saved.",
    look="the drawer that weight and bias are put into.",
)
BatchNorm1d.mistake(
    "called_gamma_and_beta",
    (WEIGHT, "self.gamma = torch.nn.Parameter(torch.ones(num_features)) if affine else None"),
    (BIAS, "self.beta = torch.nn.Parameter(torch.zeros(num_features)) if affine else None"),
    (AFFINE, "if self.gamma is not None:\n            out = self.gamma * out + self.beta\n"),
    cause="The parameters are called gamma and beta; torch calls them weight and bias, and a state is loaded by name.",
    look="the names of the two parameters.",
)
BatchNorm1d.mistake(
    "weight_starts_at_zero",
    (WEIGHT, "self.weight = torch.nn.Parameter(torch.zeros(num_features)) if affine else None"),
    cause="weight starts at 0, so a new layer puts out only zeros; it starts at 1.",
    look="the starting value of weight.",
)
BatchNorm1d.mistake(
    "bias_starts_at_one",
    (BIAS, "self.bias = torch.nn.Parameter(torch.ones(num_features)) if affine else None"),
    cause="bias starts at 1; it starts at 0.",
    look="the starting value of bias.",
)
BatchNorm1d.mistake(
    "running_variance_starts_at_zero",
    (KEEP_VAR, 'self.register_buffer("running_var", torch.zeros(num_features) if tracked else None)'),
    cause="running_var starts at 0, so a layer that was never trained divides by √eps; it starts at 1.",
    look="the starting value of running_var.",
)
BatchNorm1d.mistake(
    "running_mean_starts_at_one",
    (KEEP_MEAN, 'self.register_buffer("running_mean", torch.ones(num_features) if tracked else None)'),
    cause="running_mean starts at 1; it starts at 0.",
    look="the starting value of running_mean.",
)
BatchNorm1d.mistake(
    "affine_ignored",
    (WEIGHT, "self.weight = torch.nn.Parameter(torch.ones(num_features))"),
    (BIAS, "self.bias = torch.nn.Parameter(torch.zeros(num_features))"),
    cause="With affine=False there are still a weight and a bias.",
    look="where the constructor uses `affine`.",
)
BatchNorm1d.mistake(
    "tracking_always",
    ("tracked = track_running_stats", "tracked = True"),
    cause="With track_running_stats=False the buffers are still there.",
    look="where the constructor uses `track_running_stats`.",
)

# the update

BatchNorm1d.mistake(
    "momentum_reversed",
    (MIX_MEAN, "new_mean = weight * self.running_mean + (1 - weight) * x.mean(dim=0)"),
    (MIX_VAR, "new_var = weight * self.running_var + (1 - weight) * x.var(dim=0, correction=1)"),
    cause="momentum weighs the old value here, as in Keras; asked for is PyTorch's meaning, the weight of the new.",
    look="which of the two values the momentum multiplies, and which one minus momentum.",
)
BatchNorm1d.mistake(
    "convention_of_keras",
    (MIX_MEAN, "new_mean = weight * self.running_mean + (1 - weight) * x.mean(dim=0)"),
    (MIX_VAR, "new_var = weight * self.running_var + (1 - weight) * x.var(dim=0, correction=0)"),
    cause="This is Keras's update: momentum weighs the old value, the variance is biased. PyTorch's differs in both.",
    look="two things in `update`: what the momentum multiplies, and the `correction`.",
)
BatchNorm1d.mistake(
    "momentum_fixed",
    (SHARE, "weight = 1 / self.num_batches_tracked if self.momentum is None else 0.1"),
    cause="The weight of the new value is always 0.1, whatever momentum the layer was made with.",
    look="numbers in the update where a name belongs.",
)
BatchNorm1d.mistake(
    "biased_variance_kept",
    ("x.var(dim=0, correction=1)", "x.var(dim=0, correction=0)"),
    cause="The biased variance of the batch is kept; for the running variance the unbiased one is asked.",
    look="the `correction` in the update.",
)
BatchNorm1d.mistake(
    "standard_deviation_kept",
    ("x.var(dim=0, correction=1)", "x.std(dim=0)"),
    cause="The standard deviation is kept where the variance, its square, is asked for.",
    look="which function of the batch goes into running_var.",
)
BatchNorm1d.mistake(
    "eps_kept",
    ("weight * x.var(dim=0, correction=1)", "weight * (x.var(dim=0, correction=1) + self.eps)"),
    cause="eps is added to the variance before it is kept, so evaluation adds it a second time.",
    look="what goes into running_var besides the batch's variance.",
)
BatchNorm1d.mistake(
    "mean_not_updated",
    ("            " + COPY_MEAN + "\n", ""),
    cause="The running mean is never written back; only the variance is.",
    look="the last lines of `update`: does each new value reach its buffer?",
)
BatchNorm1d.mistake(
    "variance_not_updated",
    ("            " + COPY_VAR + "\n", ""),
    cause="The running variance is never written back; only the mean is.",
    look="the last lines of `update`: does each new value reach its buffer?",
)
BatchNorm1d.mistake(
    "nothing_written_back",
    ("            " + COPY_MEAN + "\n", ""),
    ("            " + COPY_VAR + "\n", ""),
    cause="The new running statistics are computed but never reach the buffers.",
    look="the last lines of `update`: where do the two mixtures go?",
)
BatchNorm1d.mistake(
    "never_updated",
    ("                self.update(x)\n", "                pass\n"),
    cause="`update` is never called, so the buffers stay as they were made.",
    look="the place in `forward` where a training batch is taken into the buffers.",
)
BatchNorm1d.mistake(
    "overwritten",
    (MIX_MEAN, "new_mean = x.mean(dim=0)"),
    (MIX_VAR, "new_var = x.var(dim=0, correction=1)"),
    cause="The last batch's statistics replace the running ones; they should be mixed in.",
    look="whether the old running values are used in the update.",
)
BatchNorm1d.mistake(
    "old_not_weakened",
    (MIX_MEAN, "new_mean = self.running_mean + weight * x.mean(dim=0)"),
    (MIX_VAR, "new_var = self.running_var + weight * x.var(dim=0, correction=1)"),
    cause="The new value is added without taking anything from the old one, so the sum grows with every batch.",
    look="the two weights of a mixture: they sum to 1.",
)
BatchNorm1d.mistake(
    "mean_and_variance_swapped",
    (COPY_MEAN, "self.running_mean.copy_(new_var)"),
    (COPY_VAR, "self.running_var.copy_(new_mean)"),
    cause="The new mean is written into running_var and the new variance into running_mean.",
    look="the last lines of `update`: which value goes where?",
)
BatchNorm1d.mistake(
    "statistics_of_the_output",
    (UPDATE, ""),
    (
        NORMALIZE,
        NORMALIZE + "\n        if self.training and self.track_running_stats:\n            self.update(out)",
    ),
    cause="The update gets the normalized batch, whose statistics are always near 0 and 1; it should get x.",
    look="what `update` is called with.",
)
BatchNorm1d.mistake(
    "updated_twice",
    (UPDATE, UPDATE.replace("self.update(x)", "[self.update(x) for _ in range(2)]")),
    cause="Each training batch is taken in twice; once per batch is asked.",
    look="how often `update` runs in one forward pass.",
)
BatchNorm1d.mistake(
    "graph_kept",
    (NO_GRAPH, "if True:"),
    cause="The update is computed with a graph, so the buffers keep the graph of every batch alive and memory grows.",
    look="what `update` does to keep autograd out.",
)
BatchNorm1d.mistake(
    "buffers_replaced",
    (COPY_MEAN, "self.running_mean = new_mean"),
    (COPY_VAR, "self.running_var = new_var"),
    cause="The name of the buffer is bound to another tensor with every batch; whoever holds the buffer (a distributed "
    "run, an exported model) keeps the old one.",
    look="the last lines of `update`: do they change a tensor or put another in its place?",
)
BatchNorm1d.mistake(
    "count_replaced",
    (COUNT, "self.num_batches_tracked = self.num_batches_tracked + 1\n"),
    cause="num_batches_tracked is replaced by another tensor; it should be counted up in place.",
    look="the line that counts.",
)
BatchNorm1d.mistake(
    "not_counted",
    ("            " + COUNT, ""),
    (SHARE, "weight = 0.1 if self.momentum is None else self.momentum"),
    cause="num_batches_tracked is never counted up.",
    look="the first thing that `update` should do.",
)
BatchNorm1d.mistake(
    "rows_counted",
    (COUNT, "self.num_batches_tracked += len(x)\n"),
    cause="num_batches_tracked counts rows; it should count batches.",
    look="what is added to the count.",
)
BatchNorm1d.mistake(
    "none_like_a_tenth",
    (SHARE, "weight = 0.1 if self.momentum is None else self.momentum"),
    cause="momentum=None is treated like the default 0.1; it means the plain average of all batches counted so far.",
    look="the weight of the new value when momentum is None.",
)
BatchNorm1d.mistake(
    "none_not_handled",
    (SHARE, "weight = self.momentum"),
    cause="momentum=None reaches the formula as it is; it means the plain average of all batches counted so far.",
    look="the weight of the new value when momentum is None.",
)
BatchNorm1d.mistake(
    "none_updates_nothing",
    (SHARE, "weight = 0.0 if self.momentum is None else self.momentum"),
    cause="With momentum=None nothing is taken in; it means the plain average of all batches counted so far.",
    look="the weight of the new value when momentum is None.",
)
BatchNorm1d.mistake(
    "counted_after_the_weight",
    ("            " + COUNT, ""),
    (COPY_VAR, COPY_VAR + "\n            self.num_batches_tracked += 1"),
    (SHARE, "weight = 1 / self.num_batches_tracked.clamp(min=1) if self.momentum is None else self.momentum"),
    cause="With momentum=None the weight is one over the number of batches *before* this one; this one counts, too.",
    look="which comes first: counting, or using the count.",
)
BatchNorm1d.mistake(
    "one_too_many_counted",
    (SHARE, "weight = 1 / (self.num_batches_tracked + 1) if self.momentum is None else self.momentum"),
    cause="With momentum=None the weight is 1/(count + 1), though this batch has been counted already; so the starting "
    "values 0 and 1 take part in the average.",
    look="the count at the moment it is used: is this batch in it?",
)
BatchNorm1d.mistake(
    "momentum_zero_taken_for_none",
    (SHARE, "weight = self.momentum or 1 / self.num_batches_tracked"),
    cause="momentum=0.0 is taken for None, since both count as false; 0.0 means that nothing is taken in.",
    look="how the code asks whether momentum is None.",
)

# training

BatchNorm1d.mistake(
    "unbiased_normalization",
    ("x.var(dim=0, correction=0)", "x.var(dim=0)"),
    cause="The batch is normalized with the unbiased variance, which is the default of `var`; normalizing takes the "
    "biased one.",
    look="the `correction` in `forward`.",
)
BatchNorm1d.mistake(
    "both_variances_exchanged",
    ("x.var(dim=0, correction=0)", "x.var(dim=0)"),
    ("x.var(dim=0, correction=1)", "x.var(dim=0, correction=0)"),
    cause="The two variances have changed places: normalizing takes the biased one, the buffer the unbiased.",
    look="the `correction` in `forward` and in `update`.",
)
BatchNorm1d.mistake(
    "running_statistics_in_training",
    (NORMALIZE, STORED + " if self.track_running_stats else (mean, var)\n        " + NORMALIZE),
    cause="In training, too, the running statistics normalize the batch; training uses the batch's own.",
    look="which mean and variance reach the formula in training mode.",
)
BatchNorm1d.mistake(
    "statistics_detached",
    (STATISTICS, "mean, var = x.detach().mean(dim=0), x.detach().var(dim=0, correction=0)"),
    cause="The batch statistics are cut off from the graph: outputs are right, but gradients miss the paths "
    "through mean and variance.",
    look="what keeps autograd out of `forward`: a detach, a no_grad, or .data?",
)
BatchNorm1d.mistake(
    "variance_detached",
    (STATISTICS, "mean, var = x.mean(dim=0), x.var(dim=0, correction=0).detach()"),
    cause="The variance is cut off from the graph, so gradients miss the path through it.",
    look="how the variance is computed in `forward`.",
)
BatchNorm1d.mistake(
    "mean_detached",
    (
        STATISTICS,
        "mean = x.mean(dim=0).detach()\n            var = ((x - mean) ** 2).mean(dim=0)",
    ),
    cause="The mean is cut off from the graph, so gradients miss the path through it.",
    look="how the mean is computed in `forward`.",
)
BatchNorm1d.mistake(
    "output_detached",
    (NORMALIZE, "out = (x.detach() - mean.detach()) / torch.sqrt(var.detach() + self.eps)"),
    cause="x is cut off from the graph altogether: no gradient reaches the layers before.",
    look="what keeps autograd out of `forward`: a detach, a no_grad, or .data?",
)
BatchNorm1d.mistake(
    "parameters_detached",
    (SCALE, "out = self.weight.data * out + self.bias.data"),
    cause="weight and bias are used without their graph, so they get no gradient and are never trained.",
    look="how weight and bias enter the last formula.",
)
BatchNorm1d.mistake(
    "output_kept",
    (NORMALIZE, NORMALIZE + "\n        self.x_hat = out"),
    cause="The normalized batch is stored on the layer, and with it the graph of that batch.",
    look="assignments to `self` in `forward`.",
)
BatchNorm1d.mistake(
    "eps_outside_root",
    (NORMALIZE, "out = (x - mean) / (torch.sqrt(var) + self.eps)"),
    cause="eps is added to the standard deviation, after the root; it belongs to the variance, inside the root.",
    look="the parentheses of the square root.",
)
BatchNorm1d.mistake(
    "eps_left_out",
    (NORMALIZE, "out = (x - mean) / torch.sqrt(var)"),
    cause="The root is taken of the variance alone, without eps.",
    look="whether `self.eps` is used.",
)
BatchNorm1d.mistake(
    "eps_fixed",
    (NORMALIZE, "out = (x - mean) / torch.sqrt(var + 1e-5)"),
    cause="A fixed number is added to the variance, whatever eps the layer was made with.",
    look="numbers written into the formula where a name belongs.",
)
BatchNorm1d.mistake(
    "divided_by_the_variance",
    (NORMALIZE, "out = (x - mean) / (var + self.eps)"),
    cause="x is divided by the variance plus eps; it should be divided by the root of that.",
    look="the denominator: is it in the units of x?",
)
BatchNorm1d.mistake(
    "squares_minus_square",
    (STATISTICS, "mean = x.mean(dim=0)\n            var = (x**2).mean(dim=0) - mean**2"),
    cause="The variance is the mean of the squares minus the square of the mean: right on paper, but in float32 two "
    "huge numbers are subtracted and nearly all digits are lost.",
    look="the order of squaring and subtracting in `forward`.",
)
BatchNorm1d.mistake(
    "rows_normalized",
    (
        STATISTICS,
        "mean, var = x.mean(dim=1, keepdim=True), x.var(dim=1, correction=0, keepdim=True)",
    ),
    cause="Each row is normalized by itself: that is layer norm. Batch norm takes the statistics of columns.",
    look="the dimension over which mean and variance are taken.",
)
BatchNorm1d.mistake(
    "one_mean_for_all",
    (STATISTICS, "mean, var = x.mean(), x.var(correction=0)"),
    cause="One mean and one variance of the whole batch are used; each column needs its own.",
    look="the dimension over which mean and variance are taken.",
)
BatchNorm1d.mistake(
    "bias_left_out",
    (SCALE, "out = self.weight * out"),
    cause="bias is not added.",
    look="the last formula of `forward`.",
)
BatchNorm1d.mistake(
    "weight_left_out",
    (SCALE, "out = out + self.bias"),
    cause="The normalized values are not multiplied by weight.",
    look="the last formula of `forward`.",
)
BatchNorm1d.mistake(
    "weight_and_bias_swapped",
    (SCALE, "out = self.bias * out + self.weight"),
    cause="bias multiplies and weight is added; it is the other way round.",
    look="which of the two is the scale and which the shift.",
)
BatchNorm1d.mistake(
    "shift_before_scale",
    (SCALE, "out = self.weight * (out + self.bias)"),
    cause="bias is added before the multiplication by weight, so it is scaled as well.",
    look="the parentheses in the last formula.",
)
BatchNorm1d.mistake(
    "single_row_passes",
    (REFUSE, ""),
    cause="A training batch of one row is not refused; its unbiased variance is 0/0, and the NaN stays in the buffer.",
    look="what happens in training when x has a single row.",
)
BatchNorm1d.mistake(
    "refused_with_another_error",
    ("raise ValueError(", "raise RuntimeError("),
    cause="A training batch of one row is refused, but not with a ValueError.",
    look="the type of the exception.",
)
BatchNorm1d.mistake(
    "refused_too_late",
    (REFUSE, ""),
    (
        NORMALIZE,
        "if len(x) < 2 and mean is not self.running_mean:\n            raise ValueError('one row')\n        "
        + NORMALIZE,
    ),
    cause="A batch of one is refused only after it has been taken into the buffers, which now hold NaN.",
    look="which comes first in `forward`: the refusal or the update.",
)
BatchNorm1d.mistake(
    "counted_before_the_refusal",
    (REFUSE, ""),
    (
        COUNT,
        COUNT + "            if len(x) < 2:\n                raise ValueError('one row')\n",
    ),
    cause="A batch of one is counted in num_batches_tracked and then refused; it should be refused before anything "
    "changes.",
    look="which comes first: the refusal or the counting.",
)
BatchNorm1d.mistake(
    "argument_changed",
    (
        NORMALIZE,
        "x -= mean if x.is_leaf and not x.requires_grad else mean\n        out = x / torch.sqrt(var + self.eps)",
    ),
    cause="The subtraction is written into x itself, so the caller's data changes (and autograd refuses).",
    look="assignments into x, such as `x -=` or `x.sub_`.",
)

# evaluation

BatchNorm1d.mistake(
    "batch_statistics_in_evaluation",
    (MODE, "if True:"),
    (UPDATE, UPDATE.replace("if self.track", "if self.training and self.track")),
    cause="In evaluation, too, the statistics of the batch are used, so each row's answer depends on the others.",
    look="the condition that chooses between the batch's statistics and the running ones.",
)
BatchNorm1d.mistake(
    "evaluation_like_training",
    (MODE, "if torch.is_grad_enabled() or not self.track_running_stats:"),
    cause="The layer goes on as in training after .eval(): it uses the batch and updates the buffers.",
    look="what decides the mode: it should be `self.training` and nothing else.",
)
BatchNorm1d.mistake(
    "updated_in_evaluation",
    (UPDATE, ""),
    (
        "        " + NORMALIZE,
        "        if self.track_running_stats and len(x) > 1:\n            self.update(x)\n        " + NORMALIZE,
    ),
    cause="The update runs in evaluation as well, so the rows that are tested change the layer.",
    look="the condition under which `update` is called.",
)
BatchNorm1d.mistake(
    "batch_variance_in_evaluation",
    (STORED, "mean, var = self.running_mean, x.var(dim=0, correction=0)"),
    cause="In evaluation the mean is the running one, but the variance is that of the batch.",
    look="both statistics in the evaluation branch.",
)
BatchNorm1d.mistake(
    "batch_mean_in_evaluation",
    (STORED, "mean, var = x.mean(dim=0), self.running_var"),
    cause="In evaluation the variance is the running one, but the mean is that of the batch.",
    look="both statistics in the evaluation branch.",
)
BatchNorm1d.mistake(
    "modes_exchanged",
    (MODE, "if not self.training or not self.track_running_stats:"),
    cause="The two modes have changed places: batch statistics in evaluation, running ones in training.",
    look="the condition that chooses between the batch's statistics and the running ones.",
)
BatchNorm1d.mistake(
    "weight_and_bias_only_in_training",
    ("if self.weight is not None:", "if self.training and self.weight is not None:"),
    cause="In evaluation weight and bias are left out; they act in both modes.",
    look="the condition in front of the last formula.",
)
BatchNorm1d.mistake(
    "eps_left_out_in_evaluation",
    (STORED, "mean, var = self.running_mean, self.running_var - self.eps"),
    cause="In evaluation eps is left out under the root; it belongs there in both modes.",
    look="the denominator in the evaluation branch.",
)
BatchNorm1d.mistake(
    "eps_outside_in_evaluation",
    (STORED, "mean, var = self.running_mean, (self.running_var.sqrt() + self.eps) ** 2 - self.eps"),
    cause="In evaluation eps is added after the root; it belongs inside, in both modes.",
    look="the denominator in the evaluation branch.",
)
BatchNorm1d.mistake(
    "divided_by_running_variance",
    (STORED, "mean, var = self.running_mean, (self.running_var + self.eps) ** 2 - self.eps"),
    cause="In evaluation x is divided by the running variance plus eps, without a root.",
    look="the denominator in the evaluation branch.",
)
BatchNorm1d.mistake(
    "not_centred_in_evaluation",
    (STORED, "mean, var = 0.0, self.running_var"),
    cause="In evaluation the running mean is not subtracted.",
    look="what is subtracted from x in the evaluation branch.",
)
BatchNorm1d.mistake(
    "variance_corrected_in_evaluation",
    (STORED, "mean, var = self.running_mean, self.running_var * (len(x) - 1) / len(x)"),
    cause="In evaluation the running variance is multiplied by (N − 1)/N of the rows at hand, which should not matter.",
    look="what is done to running_var before it is used.",
)
BatchNorm1d.mistake(
    "single_row_refused_in_evaluation",
    (MODE, "if len(x) < 2:\n            raise ValueError('one row')\n        " + MODE),
    cause="A single row is refused in evaluation as well; with running statistics it is a row like any other.",
    look="the condition under which a single row is refused.",
)

# options

BatchNorm1d.mistake(
    "affine_assumed",
    (AFFINE, SCALE + "\n"),
    cause="The last formula takes for granted that there are a weight and a bias; with affine=False they are None.",
    look="what the last formula does when weight is None.",
)
BatchNorm1d.mistake(
    "tracking_assumed_in_training",
    (UPDATE, "            self.update(x)\n"),
    cause="The update takes for granted that there are buffers; with track_running_stats=False they are None.",
    look="the condition under which `update` is called.",
)
BatchNorm1d.mistake(
    "tracking_assumed_in_evaluation",
    (MODE, "if self.training:"),
    cause="Evaluation takes for granted that there are running statistics; without them the batch is used.",
    look="the condition that chooses between the batch's statistics and the running ones.",
)
BatchNorm1d.mistake(
    "single_row_passes_untracked",
    ("if len(x) < 2:", "if self.training and len(x) < 2:"),
    cause="Without running statistics a single row passes in evaluation and always gives bias; it should be refused "
    "wherever the batch's statistics are used.",
    look="the condition under which a single row is refused.",
)


@BatchNorm1d.accepts("lerp_ in place, no helper method")
class LerpLayer(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        if affine:
            self.weight = torch.nn.Parameter(torch.ones(num_features))
            self.bias = torch.nn.Parameter(torch.zeros(num_features))
        else:
            self.register_parameter("weight", None)
            self.register_parameter("bias", None)
        statistics = [torch.zeros(num_features), torch.ones(num_features), torch.tensor(0, dtype=torch.long)]
        names = ["running_mean", "running_var", "num_batches_tracked"]
        for name, start in zip(names, statistics):
            self.register_buffer(name, start if track_running_stats else None)

    def forward(self, x):
        if self.training or self.running_mean is None:
            n = x.shape[0]
            if n == 1:
                raise ValueError("one row has no variance")
            mean = x.mean(0)
            centred = x - mean
            var = centred.square().mean(0)
            if self.training and self.running_mean is not None:
                self.num_batches_tracked.add_(1)
                share = self.momentum if self.momentum is not None else 1.0 / self.num_batches_tracked.item()
                self.running_mean.lerp_(mean.detach(), share)
                self.running_var.lerp_(var.detach() * n / (n - 1), share)
        else:
            centred, var = x - self.running_mean, self.running_var
        out = centred * torch.rsqrt(var + self.eps)
        return out if self.weight is None else torch.addcmul(self.bias, self.weight, out)


@BatchNorm1d.accepts("mul_ and add_, statistics by einsum and matrix products")
class MatrixLayer(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        for name, value in (("weight", 1.0), ("bias", 0.0)):
            made = torch.nn.Parameter(torch.full((num_features,), value)) if affine else None
            self.register_parameter(name, made)
        self.tracks = track_running_stats
        empty = None
        self.register_buffer("num_batches_tracked", torch.zeros((), dtype=torch.int64) if self.tracks else empty)
        self.register_buffer("running_var", torch.ones(num_features) if self.tracks else empty)
        self.register_buffer("running_mean", torch.zeros(num_features) if self.tracks else empty)

    def forward(self, x):
        use_batch = self.training or not self.tracks
        if use_batch and not len(x) > 1:
            raise ValueError(f"{len(x)} row")
        if use_batch:
            average = torch.full((1, len(x)), 1 / len(x), dtype=x.dtype)
            centred = x - average @ x
            var = torch.einsum("nd,nd->d", centred, centred) / len(x)
            if self.training and self.tracks:
                self.remember(x)
        else:
            centred, var = x - self.running_mean[None, :], self.running_var
        x_hat = centred / (var + self.eps) ** 0.5
        return x_hat * self.weight + self.bias if self.weight is not None else x_hat

    @torch.no_grad()
    def remember(self, x):
        self.num_batches_tracked += 1
        factor = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        for buffer, value in ((self.running_mean, x.mean(0)), (self.running_var, x.var(0))):
            buffer.mul_(1 - factor)
            buffer.add_(factor * value)


@BatchNorm1d.accepts("one formula for both modes, buffers by slice")
class SliceLayer(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum, self.affine, self.track = eps, momentum, affine, track_running_stats
        self.weight = self.bias = None
        if affine:
            self.weight, self.bias = (torch.nn.Parameter(make(num_features)) for make in (torch.ones, torch.zeros))
        self.register_buffer("running_mean", None)
        self.register_buffer("running_var", None)
        self.register_buffer("num_batches_tracked", None)
        if track_running_stats:
            self.running_mean, self.running_var = torch.zeros(num_features), torch.ones(num_features)
            self.num_batches_tracked = torch.tensor(0)

    def forward(self, x):
        if not self.training and self.track:
            mean, spread = self.running_mean, self.running_var
        else:
            if x.size(0) < 2:
                raise ValueError("more rows, please")
            spread, mean = torch.var_mean(x, dim=0, correction=0)
            if self.track:
                self.num_batches_tracked += 1
                new = torch.stack([mean, spread * len(x) / (len(x) - 1)]).detach()
                m = self.momentum
                if m is None:
                    m = 1 / self.num_batches_tracked
                self.running_mean[:] = self.running_mean + m * (new[0] - self.running_mean)
                self.running_var[:] = self.running_var + m * (new[1] - self.running_var)
        gamma, beta = (self.weight, self.bias) if self.affine else (1.0, 0.0)
        scale = gamma / torch.sqrt(spread + self.eps)
        return scale * (x - mean) + beta


@BatchNorm1d.accepts("training in float64 inside, output in the type of x")
class WideLayer(torch.nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True):
        super().__init__()
        self.eps, self.momentum = eps, momentum
        self.weight = torch.nn.Parameter(torch.ones(num_features)) if affine else None
        self.bias = torch.nn.Parameter(torch.zeros(num_features)) if affine else None
        for name, value in {"running_mean": torch.zeros, "running_var": torch.ones}.items():
            self.register_buffer(name, value(num_features) if track_running_stats else None)
        self.register_buffer("num_batches_tracked", torch.tensor(0) if track_running_stats else None)

    def forward(self, x):
        wide = x.double()
        mean, var = self.running_mean, self.running_var
        if self.training or mean is None:
            if len(wide) == 1:
                raise ValueError("a single row")
            mean = wide.sum(0) / len(wide)
            var = (wide**2).sum(0) / len(wide) - mean**2
            if self.training and self.running_mean is not None:
                with torch.no_grad():
                    self.num_batches_tracked += 1
                    part = 1 / self.num_batches_tracked if self.momentum is None else self.momentum
                    unbiased = var * len(wide) / (len(wide) - 1)
                    self.running_mean.copy_(part * mean + (1 - part) * self.running_mean)
                    self.running_var.copy_(part * unbiased + (1 - part) * self.running_var)
        out = (wide - mean) / (var + self.eps).sqrt()
        if self.weight is not None:
            out = out * self.weight + self.bias
        return out.to(x.dtype)


# precise_statistics


def library_statistics(model, loader):
    """Independent: hooks that are given by torch's own layers, statistics put together by the law of total variance."""
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm1d)]
    kept, momenta, mode = {layer: [] for layer in layers}, [layer.momentum for layer in layers], model.training
    model.train()
    for layer in layers:
        layer.momentum = 1.0  # each batch leaves exactly its own statistics
    for x in loader:
        with torch.no_grad():
            model(x)
        for layer in layers:
            kept[layer].append((len(x), layer.running_mean.clone(), layer.running_var.clone()))
    for layer, momentum in zip(layers, momenta):
        layer.momentum = momentum
        rows = sum(n for n, _, _ in kept[layer])
        mean = sum(n * m for n, m, _ in kept[layer]) / rows
        squares = sum((n - 1) * v + n * (m - mean) ** 2 for n, m, v in kept[layer])
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(squares / (rows - 1))
    model.train(mode)


precise_statistics = Bank(
    running_statistics.precise_statistics,
    parts=[
        Part(
            "mean and variance of all rows",
            2,
            (
                "one batch of eight rows",
                "four batches of six rows",
                "batches of 7, 2 and 4 rows",
                "called twice",
            ),
        ),
        Part("the mode, and the rest of the model", 1, ("a model in evaluation mode", "the rest of the model")),
    ],
    oracle=library_statistics,
)
REMEMBER, TO_TRAINING = "was_training = model.training", "    model.train()\n"
QUIET, RUN, RESTORE = "with torch.no_grad():", "model(x)\n", "    model.train(was_training)\n"
ROWS = "rows = torch.cat(batches)"
SET_MEAN = "layer.running_mean.copy_(rows.mean(dim=0))"
SET_VAR = "layer.running_var.copy_(rows.var(dim=0, correction=1))"

precise_statistics.mistake(
    "averages_over_batches",
    (SET_MEAN, "layer.running_mean.copy_(torch.stack([part.mean(dim=0) for part in batches]).mean(dim=0))"),
    (SET_VAR, "layer.running_var.copy_(torch.stack([part.var(dim=0) for part in batches]).mean(dim=0))"),
    cause="Means and variances of the batches are averaged with equal weights: small batches count too much, and the "
    "spread between batches is lost.",
    look="the table with two batches: what is averaged, and what of all rows together?",
)
precise_statistics.mistake(
    "variances_averaged",
    (SET_VAR, "layer.running_var.copy_(torch.stack([part.var(dim=0) for part in batches]).mean(dim=0))"),
    cause="The variances of the batches are averaged: the spread between batches is lost. (The mean is right.)",
    look="the table with two batches, last line.",
)
precise_statistics.mistake(
    "spread_between_batches_lost",
    (
        SET_VAR,
        "layer.running_var.copy_(sum((len(part) - 1) * part.var(dim=0) for part in batches) / (len(rows) - 1))",
    ),
    cause="The sums of squares within the batches are put together, but not those between the batches' means.",
    look="the point from which each row's distance is measured: its batch's mean, or that of all rows?",
)
precise_statistics.mistake(
    "means_averaged",
    (SET_MEAN, "layer.running_mean.copy_(torch.stack([part.mean(dim=0) for part in batches]).mean(dim=0))"),
    cause="The means of the batches are averaged with equal weights, so rows of small batches count more.",
    look="the mean, for batches of different sizes.",
)
precise_statistics.mistake(
    "biased_variance",
    (SET_VAR, "layer.running_var.copy_(rows.var(dim=0, correction=0))"),
    cause="The variance of all rows is divided by their number; unbiased, it is divided by one less.",
    look="the `correction` of the variance.",
)
precise_statistics.mistake(
    "standard_deviation",
    (SET_VAR, "layer.running_var.copy_(rows.std(dim=0))"),
    cause="The standard deviation is stored where the variance, its square, is asked for.",
    look="which function of the rows goes into running_var.",
)
precise_statistics.mistake(
    "last_batch_only",
    (ROWS, "rows = batches[-1]"),
    cause="Only the last batch that entered the layer is used.",
    look="the step that joins the batches.",
)
precise_statistics.mistake(
    "first_batch_only",
    (ROWS, "rows = batches[0]"),
    cause="Only the first batch that entered the layer is used.",
    look="the step that joins the batches.",
)
precise_statistics.mistake(
    "batches_stacked",
    (ROWS, "rows = torch.stack(batches)"),
    cause="The batches are stacked along a new dimension; they should be joined along the rows.",
    look="the step that joins the batches.",
)
precise_statistics.mistake(
    "data_passed_twice",
    (RUN, "model(x)\n            model(x)\n"),
    cause="Each batch passes twice, so every row is counted twice: the unbiased variance divides by 2N − 1.",
    look="how often the model is called for one batch.",
)
precise_statistics.mistake(
    "mixed_with_the_old",
    (SET_MEAN, "layer.running_mean.lerp_(rows.mean(dim=0), layer.momentum)"),
    (SET_VAR, "layer.running_var.lerp_(rows.var(dim=0), layer.momentum)"),
    cause="The new statistics are mixed with the old ones by momentum; they should replace them.",
    look="how the two values get into the buffers.",
)
precise_statistics.mistake(
    "only_training_updates",
    (SET_MEAN, "pass"),
    ("        " + SET_VAR + "\n", ""),
    cause="The buffers hold what the passes in training mode left there: a moving average. They should be set to the "
    "statistics of all rows.",
    look="the second gap: what is done with the rows?",
)
precise_statistics.mistake(
    "mean_not_set",
    (SET_MEAN, "pass"),
    cause="running_mean is not set, so it holds what the passes in training mode left there.",
    look="the second gap: which buffers are set?",
)
precise_statistics.mistake(
    "variance_not_set",
    (SET_VAR, "pass"),
    cause="running_var is not set, so it holds what the passes in training mode left there.",
    look="the second gap: which buffers are set?",
)
precise_statistics.mistake(
    "mean_and_variance_swapped",
    (SET_MEAN, "layer.running_mean.copy_(rows.var(dim=0))"),
    (SET_VAR, "layer.running_var.copy_(rows.mean(dim=0))"),
    cause="The mean is written into running_var and the variance into running_mean.",
    look="which value goes into which buffer.",
)
precise_statistics.mistake(
    "one_number_for_all_columns",
    (SET_MEAN, "layer.running_mean.copy_(rows.mean())"),
    (SET_VAR, "layer.running_var.copy_(rows.var())"),
    cause="One mean and one variance over all columns are stored; each column needs its own.",
    look="the dimension over which mean and variance are taken.",
)
precise_statistics.mistake(
    "uncentred",
    (SET_VAR, "layer.running_var.copy_((rows**2).sum(dim=0) / (len(rows) - 1))"),
    cause="The squares are averaged without subtracting the mean first: that is not the variance.",
    look="what is squared.",
)
precise_statistics.mistake(
    "recorded_in_evaluation",
    (TO_TRAINING, "    model.eval()\n"),
    cause="The rows are recorded in evaluation mode: the first layer is right, but what enters the second was "
    "normalized with the old running statistics.",
    look="the mode that the model is in while the batches pass.",
)
precise_statistics.mistake(
    "mode_not_set",
    (TO_TRAINING, ""),
    cause="The batches pass in whatever mode the model came; for a model in evaluation mode the layers behind the "
    "first batch norm see other rows than in training.",
    look="the mode that the model is in while the batches pass.",
)
precise_statistics.mistake(
    "left_in_training",
    (RESTORE, ""),
    cause="The model is left in training mode, also if it came in evaluation mode.",
    look="the mode after the last batch.",
)
precise_statistics.mistake(
    "left_in_evaluation",
    (RESTORE, "    model.eval()\n"),
    cause="The model is left in evaluation mode, also if it came in training mode.",
    look="the mode after the last batch.",
)
precise_statistics.mistake(
    "graph_kept",
    (QUIET, "if True:"),
    cause="The batches pass with gradients on, so the buffers carry a graph of the whole model.",
    look="what keeps autograd out while the batches pass.",
)
precise_statistics.mistake(
    "momentum_left_changed",
    (TO_TRAINING, TO_TRAINING + "    for layer in layers:\n        layer.momentum = None\n"),
    cause="The layers' momentum is set to None and not set back.",
    look="attributes of the layers that are changed on the way.",
)


@precise_statistics.accepts("counts, means and squares, batch by batch")
def merged_statistics(model, loader):
    norms = [part for part in model.modules() if hasattr(part, "running_var")]
    seen = {norm: [] for norm in norms}
    handles = [norm.register_forward_pre_hook(lambda norm, args: seen[norm].append(args[0])) for norm in norms]
    before = model.training
    model.train(True)
    with torch.inference_mode():
        for batch in loader:
            model(batch)
    model.train(mode=before)
    for handle in handles:
        handle.remove()
    for norm, batches in seen.items():
        count, mean, squares = 0, torch.zeros_like(norm.running_mean), torch.zeros_like(norm.running_var)
        for batch in batches:
            total, step = count + len(batch), batch.mean(0) - mean
            squares = squares + batch.var(0, correction=0) * len(batch) + step**2 * count * len(batch) / total
            mean = mean + step * len(batch) / total
            count = total
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(squares / (count - 1))


@precise_statistics.accepts("new tensors as buffers, the model comes back")
def replaced_statistics(model, loader):
    norms = [part for part in model.modules() if getattr(part, "running_mean", None) is not None]
    rows = {norm: [] for norm in norms}
    hooks = [norm.register_forward_pre_hook(lambda norm, args: rows[norm].append(args[0].detach())) for norm in norms]
    flag = model.training
    if not flag:
        model.train()
    for batch in loader:
        model(batch)
    if not flag:
        model.eval()
    for hook in hooks:
        hook.remove()
    for norm in norms:
        norm.running_var, norm.running_mean = torch.var_mean(torch.vstack(rows[norm]), dim=0)
    return model


# fold_batchnorm


def fused_by_torch(weight, bias, bn):
    gamma = torch.ones_like(bn.running_mean) if bn.weight is None else bn.weight
    beta = torch.zeros_like(bn.running_mean) if bn.bias is None else bn.bias
    fuse = torch.nn.utils.fusion.fuse_linear_bn_weights
    return fuse(weight, bias, bn.running_mean, bn.running_var, bn.eps, gamma, beta)


fold_batchnorm = Bank(
    running_statistics.fold_batchnorm,
    parts=[
        Part(
            "weight and bias",
            1,
            ("three inputs, four outputs, with a bias", "a square weight", "small eps, small variance"),
        ),
        Part(
            "no bias, affine=False, training mode",
            1,
            ("no bias", "batch norm with affine=False", "a batch norm in training mode"),
        ),
    ],
    oracle=fused_by_torch,
)
SCALES = "scale = gamma / torch.sqrt(bn.running_var + bn.eps)"
FOLDED_WEIGHT = "folded_weight = scale[:, None] * weight"
FOLDED_BIAS = "folded_bias = scale * (old_bias - bn.running_mean) + beta"

fold_batchnorm.mistake(
    "eps_left_out",
    (SCALES, "scale = gamma / torch.sqrt(bn.running_var)"),
    cause="eps is left out of the scale; the layer that is replaced adds it to the variance.",
    look="what stands under the root.",
)
fold_batchnorm.mistake(
    "eps_outside_root",
    (SCALES, "scale = gamma / (torch.sqrt(bn.running_var) + bn.eps)"),
    cause="eps is added after the root; it belongs inside.",
    look="the parentheses of the square root.",
)
fold_batchnorm.mistake(
    "eps_fixed",
    (SCALES, "scale = gamma / torch.sqrt(bn.running_var + 1e-5)"),
    cause="A fixed number is added to the variance; each batch norm has its own eps.",
    look="numbers written into the formula where a name belongs.",
)
fold_batchnorm.mistake(
    "divided_by_the_variance",
    (SCALES, "scale = gamma / (bn.running_var + bn.eps)"),
    cause="gamma is divided by the variance plus eps; it should be divided by the root of that.",
    look="the first of the three equations.",
)
fold_batchnorm.mistake(
    "multiplied_by_the_root",
    (SCALES, "scale = gamma * torch.sqrt(bn.running_var + bn.eps)"),
    cause="gamma is multiplied by the root where it should be divided by it.",
    look="the first of the three equations.",
)
fold_batchnorm.mistake(
    "gamma_left_out",
    (SCALES, "scale = 1 / torch.sqrt(bn.running_var + bn.eps)"),
    cause="gamma is left out of the scale.",
    look="the first of the three equations.",
)
fold_batchnorm.mistake(
    "gamma_left_out_of_the_bias",
    (FOLDED_BIAS, "folded_bias = scale / gamma * (old_bias - bn.running_mean) + beta"),
    cause="gamma is in the weight but not in the bias.",
    look="the third of the three equations.",
)
fold_batchnorm.mistake(
    "columns_scaled",
    (FOLDED_WEIGHT, "folded_weight = weight * scale"),
    cause="The scales are applied to the columns of weight, which belong to inputs; each output is a row.",
    look="the shape that the scale needs, so that it lines up with the rows.",
)
fold_batchnorm.mistake(
    "weight_not_scaled",
    (FOLDED_WEIGHT, "folded_weight = weight * 1.0"),
    cause="The weight is returned as it was; only the bias is folded.",
    look="the second of the three equations.",
)
fold_batchnorm.mistake(
    "bias_not_folded",
    (FOLDED_BIAS, "folded_bias = old_bias * 1.0"),
    cause="The bias is returned as it was; only the weight is folded.",
    look="the third of the three equations.",
)
fold_batchnorm.mistake(
    "weight_transposed",
    (FOLDED_WEIGHT, "folded_weight = (scale[:, None] * weight).T"),
    cause="The folded weight is transposed: torch keeps a weight as (outputs, inputs).",
    look="the shape of what is returned.",
)
fold_batchnorm.mistake(
    "mean_not_subtracted",
    (FOLDED_BIAS, "folded_bias = scale * old_bias + beta"),
    cause="The running mean is missing from the bias.",
    look="the third of the three equations.",
)
fold_batchnorm.mistake(
    "mean_added",
    (FOLDED_BIAS, "folded_bias = scale * (old_bias + bn.running_mean) + beta"),
    cause="The running mean is added where it should be subtracted.",
    look="the signs in the third equation.",
)
fold_batchnorm.mistake(
    "mean_not_scaled",
    (FOLDED_BIAS, "folded_bias = scale * old_bias - bn.running_mean + beta"),
    cause="The running mean is subtracted without the scale; batch norm subtracts it before it multiplies.",
    look="the parentheses in the third equation.",
)
fold_batchnorm.mistake(
    "old_bias_not_scaled",
    (FOLDED_BIAS, "folded_bias = old_bias - scale * bn.running_mean + beta"),
    cause="The old bias is added without the scale; it passes through the batch norm like everything else.",
    look="the parentheses in the third equation.",
)
fold_batchnorm.mistake(
    "old_bias_dropped",
    (FOLDED_BIAS, "folded_bias = beta - scale * bn.running_mean"),
    cause="The old bias is left out. Only in training, where the batch's mean takes it away, would that do no harm.",
    look="the third of the three equations.",
)
fold_batchnorm.mistake(
    "beta_left_out",
    (FOLDED_BIAS, "folded_bias = scale * (old_bias - bn.running_mean)"),
    cause="beta is left out of the bias.",
    look="the end of the third equation.",
)
fold_batchnorm.mistake(
    "beta_scaled",
    (FOLDED_BIAS, "folded_bias = scale * (old_bias - bn.running_mean + beta)"),
    cause="beta is scaled as well; it is added last.",
    look="the parentheses in the third equation.",
)
fold_batchnorm.mistake(
    "results_swapped",
    ("return folded_weight, folded_bias", "return folded_bias, folded_weight"),
    cause="The bias comes first and the weight second; the order is the other way round.",
    look="the order of the two values that are returned.",
)
fold_batchnorm.mistake(
    "weight_changed",
    (FOLDED_WEIGHT, "weight *= scale[:, None]\n    folded_weight = weight"),
    cause="The scales are written into the given weight, so the layer it belongs to changes.",
    look="assignments into weight, such as `*=` or `mul_`.",
)
fold_batchnorm.mistake(
    "mode_changed",
    (SCALES, "bn.eval()\n    " + SCALES),
    cause="The batch norm is switched to evaluation and left so; folding only has to read it.",
    look="calls that change the batch norm.",
)
fold_batchnorm.mistake(
    "batch_norm_reset",
    (
        "return folded_weight",
        "bn.running_mean.zero_()\n    bn.running_var.fill_(1)\n    return folded_weight",
    ),
    cause="The batch norm's statistics are reset after folding; it should be left as it is.",
    look="calls that change the batch norm.",
)
fold_batchnorm.mistake(
    "bias_with_a_column",
    (FOLDED_BIAS, "folded_bias = (scale * (old_bias - bn.running_mean) + beta)[:, None]"),
    cause="The bias has shape (M, 1); asked for is (M,).",
    look="the shape of the folded bias.",
)
fold_batchnorm.mistake(
    "nothing_returned",
    ("return folded_weight, folded_bias", "pass"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@fold_batchnorm.accepts("a diagonal matrix")
def _(weight, bias, bn):
    root = torch.rsqrt(bn.running_var + bn.eps)
    slopes = root if bn.weight is None else bn.weight * root
    offset = -slopes * bn.running_mean if bn.bias is None else bn.bias - slopes * bn.running_mean
    return torch.diag(slopes) @ weight, offset if bias is None else offset + slopes * bias


@fold_batchnorm.accepts("asking a copy of the layer for its answers")
def _(weight, bias, bn):
    import copy

    probe = copy.deepcopy(bn).eval()
    zero = torch.zeros_like(bn.running_mean)[None]
    slopes = probe(zero + 1) - probe(zero)
    start = zero if bias is None else bias[None]
    return weight * slopes.T, probe(start)[0]


@fold_batchnorm.accepts("row by row, as a list")
def _(weight, bias, bn):
    rows, shifts = [], []
    for j in range(len(weight)):
        factor = 1.0 if bn.weight is None else bn.weight[j].item()
        factor = factor / (bn.running_var[j].item() + bn.eps) ** 0.5
        before = 0.0 if bias is None else bias[j].item()
        after = 0.0 if bn.bias is None else bn.bias[j].item()
        rows.append(weight[j] * factor)
        shifts.append(after + factor * (before - bn.running_mean[j].item()))
    return [torch.stack(rows), torch.tensor(shifts, dtype=weight.dtype)]
