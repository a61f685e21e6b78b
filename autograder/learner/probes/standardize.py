"""Probes of lesson 01."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

SCALES = np.array([1.0, 0.3, 5.0, 0.01, 2.0])
MEANS = np.array([3.0, -1.0, 1e4, 0.0, 7.0])

min_max_scale = Exercise("min_max_scale", arguments=("x_train", "x"), returns=("scaled",))
fit_standardizer = Exercise("fit_standardizer", arguments=("x",), returns=("mean", "std"))
standardize = Exercise("standardize", arguments=("x", "mean", "std", "eps"), returns=("x_hat",))
condition_number = Exercise("condition_number", arguments=("x",), returns=("condition",))
largest_stable_step = Exercise("largest_stable_step", arguments=("x",), returns=("step",))


def features(rng, rows, columns=5):
    """Columns with a mean and a spread of their own. Shape: (rows, columns)."""
    return rng.normal(MEANS[:columns], SCALES[:columns], size=(rows, columns))


def directions(rng, rows, columns=4):
    """Columns whose condition number is far from the limit of float64. Shape: (rows, columns)."""
    return rng.normal([3.0, -1.0, 2.0, 0.5][:columns], [1.0, 0.3, 4.0, 2.0][:columns], size=(rows, columns))


# min_max_scale


@min_max_scale.probe(
    "new rows within the training range",
    symptom="The values are wrong on rows of x that lie between the training minimum and maximum.",
)
def new_rows(call, rng):
    x_train = features(rng, 7)
    low, high = x_train.min(axis=0), x_train.max(axis=0)
    return call(x_train, low + rng.uniform(0.2, 0.8, size=(4, 5)) * (high - low))


@min_max_scale.probe(
    "as many rows as columns", symptom="Rows and columns are mixed up when x_train is a square matrix."
)
def square_scaling(call, rng):
    x_train = features(rng, 5)
    return call(x_train, x_train[::-1] + np.where(x_train[::-1] > x_train.mean(axis=0), -0.001, 0.001))


@min_max_scale.probe(
    "a single new row",
    symptom="The result is wrong when x is one row: its own minimum and maximum tell nothing.",
)
def one_new_row(call, rng):
    x_train = features(rng, 6)
    return call(x_train, x_train[2:3])


@min_max_scale.probe(
    "values outside the training range",
    symptom="Values below the training minimum or above its maximum are wrong: the line goes straight on.",
)
def outside(call, rng):
    x_train = features(rng, 7)
    return call(x_train, MEANS + SCALES * rng.uniform(3.0, 6.0, size=(4, 5)) * np.array([1, -1, 1, 1, -1]))


@min_max_scale.probe(
    "a feature that is constant in training",
    symptom="The result is wrong where a training column has the same value in every row.",
)
def constant_in_training(call, rng):
    x_train, x = features(rng, 7), features(rng, 4)
    x_train[:, 1], x[:, 1] = 4.0, [4.0, 6.0, 3.5, 4.0]
    return call(x_train, x)


@min_max_scale.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?"
)
def whole_numbers_scaling(call, rng):
    x_train = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    x_train[0] += 20
    x = rng.randint(0, 10, size=(4, 3)) + np.array([1, 12, 103])
    return call(x_train, np.clip(x, x_train.min(axis=0), x_train.max(axis=0)))


# fit_standardizer


@fit_standardizer.probe(
    "seven rows, five columns",
    symptom="The values are wrong on a plain matrix of seven rows and five columns.",
)
def plain_fit(call, rng):
    return call(features(rng, 7))


@fit_standardizer.probe(
    "as many rows as columns",
    symptom="Rows and columns are mixed up when there are as many of the one as of the other.",
)
def square_fit(call, rng):
    return call(features(rng, 5))


@fit_standardizer.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?"
)
def whole_numbers_fit(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100]))


@fit_standardizer.probe(
    "a constant feature",
    symptom="A column with the same value in every row has a standard deviation of 0; yours differs.",
)
def constant_fit(call, rng):
    x = features(rng, 7)
    x[:, 1] = 4.0
    return call(x)


@fit_standardizer.probe(
    "a single row",
    symptom="With one row, each mean is the value itself and each biased std is 0; yours differ.",
)
def one_row_fit(call, rng):
    return call(features(rng, 1))


@fit_standardizer.probe(
    "a large mean, a small spread",
    symptom="Digits are lost where the mean is much larger than the spread: two nearly equal numbers cancel.",
)
def large_mean(call, rng):
    """Powers of 2, so that wrong code loses its digits in the same way on every machine."""
    signs = np.stack([rng.permutation(np.repeat([-1, 1], 4)) for _ in range(3)], axis=1)
    return call(np.array([2.0**27, -3 * 2.0**26, 2.0**28]) + np.array([0.25, 0.5, 0.25]) * signs)


# standardize


def fitted(rng, columns=5):
    """A mean and a standard deviation for each feature, not those of the rows that will be passed."""
    return MEANS[:columns] + rng.normal(size=columns), SCALES[:columns] * rng.uniform(0.5, 2.0, size=columns)


@standardize.probe(
    "other rows than the fitted ones",
    symptom="The values are wrong for rows whose own mean and spread are not the ones that are passed.",
)
def other_rows(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.1)


@standardize.probe(
    "as many rows as columns",
    symptom="Rows and columns are mixed up when there are as many of the one as of the other.",
)
def square_standardize(call, rng):
    return call(features(rng, 5), *fitted(rng), 0.3)


@standardize.probe("a single row", symptom="The result is wrong for one row: its own mean and spread tell nothing.")
def one_row_standardize(call, rng):
    return call(features(rng, 1), *fitted(rng), 0.2)


@standardize.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?"
)
def whole_numbers_standardize(call, rng):
    x = rng.randint(0, 10, size=(6, 3)) + np.array([0, 10, 100])
    return call(x, np.array([4.0, 15.0, 104.0]), np.array([2.0, 3.0, 0.5]), 0.4)


@standardize.probe(
    "eps as large as the variance",
    symptom="The values are wrong where eps is large. How do std and eps come together?",
)
def large_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 1.0)


@standardize.probe(
    "eps not given",
    symptom="The values are wrong when eps is left at its default of 1e-5 and a feature's std is near 0.01.",
)
def default_eps(call, rng):
    return call(features(rng, 4), *fitted(rng))


@standardize.probe(
    "eps of 0", symptom="The values are wrong with eps = 0, where each feature is divided by its std alone."
)
def no_eps(call, rng):
    return call(features(rng, 4), *fitted(rng), 0.0)


@standardize.probe(
    "a feature that is constant in training",
    symptom="The values are wrong where std is 0: there the divisor is √eps, whatever the value of x.",
)
def constant_standardize(call, rng):
    x, (mean, std) = features(rng, 4), fitted(rng)
    mean[1], std[1] = 4.0, 0.0
    x[:, 1] = [4.0, 6.0, 3.5, 4.0]
    return call(x, mean, std, 0.04)


# condition_number


@condition_number.probe(
    "seven rows, four columns", symptom="The value is wrong on a plain matrix of seven rows and four columns."
)
def plain_condition(call, rng):
    return call(directions(rng, 7))


@condition_number.probe("whole numbers", symptom="The value is wrong for whole numbers.")
def whole_numbers_condition(call, rng):
    return call(rng.randint(0, 10, size=(12, 3)) + np.array([0, 5, 10]))


@condition_number.probe(
    "small numbers", symptom="The value is wrong where the features are much smaller than the 1 of the bias."
)
def small_condition(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@condition_number.probe(
    "large numbers", symptom="The value is wrong where the features are much larger than the 1 of the bias."
)
def large_condition(call, rng):
    return call(rng.normal([10.0, 20.0, 30.0], [5.0, 20.0, 40.0], size=(9, 3)))


@condition_number.probe(
    "a wide range of scales",
    symptom="The value is wrong where features differ by a factor of a thousand: large is not yet infinite.",
)
def wide_condition(call, rng):
    return call(rng.normal(0.0, [1000.0, 1.0, 10.0], size=(12, 3)))


@condition_number.probe(
    "fewer rows than columns",
    symptom="With fewer rows than columns some direction is flat: the condition number is infinite.",
)
def few_rows(call, rng):
    return noise_as_1e16(call(directions(rng, 3)))


@condition_number.probe(
    "as many rows as columns",
    symptom="The bias is one unknown more than there are rows: the condition number is infinite.",
)
def square_condition(call, rng):
    return noise_as_1e16(call(directions(rng, 4)))


@condition_number.probe(
    "the same feature twice",
    symptom="With the same feature twice, one direction is flat: the condition number is infinite.",
)
def twice(call, rng):
    x = directions(rng, 9)
    return noise_as_1e16(call(x[:, [0, 1, 2, 1, 3]]))


@condition_number.probe(
    "a constant feature",
    symptom="A constant feature does what the bias does, so the condition number is infinite.",
)
def constant_condition(call, rng):
    x = directions(rng, 9)
    x[:, 1] = 4.0
    return noise_as_1e16(call(x))


@condition_number.probe(
    "flat data and others in turn",
    symptom="Data with a flat direction and others are not told apart: the number is infinite for the former alone.",
)
def flat_in_turn(call, rng):
    """Where nothing is flat all eigenvalues are near 1, so that no other mistake takes them for flat."""
    conditions = []
    for constant in rng.permutation([False, False, False, True, True, True]):
        x = rng.normal(size=(40, 3))
        x[:, 1] = 4.0 if constant else x[:, 1]
        conditions.append(call(x)["condition"])
    return {"is finite, not noise": np.abs(conditions) < 1e11}


def noise_as_1e16(seen):
    """A number divided by rounding noise differs from machine to machine: let it be 1e16, which is its order."""
    value = seen["condition"]
    noise = np.isfinite(value) & ((value < 0) | (value > 1e11))
    return {"condition": np.where(noise, 1e16, value)}


# largest_stable_step


@largest_stable_step.probe(
    "seven rows, four columns", symptom="The value is wrong on a plain matrix of seven rows and four columns."
)
def plain_step(call, rng):
    return call(directions(rng, 7))


@largest_stable_step.probe(
    "as many rows as columns", symptom="The value is wrong where there are as many rows as columns."
)
def square_step(call, rng):
    return call(directions(rng, 4))


@largest_stable_step.probe("whole numbers", symptom="The value is wrong for whole numbers.")
def whole_numbers_step(call, rng):
    return call(rng.randint(0, 10, size=(6, 3)) + np.array([0, 5, 10]))


@largest_stable_step.probe(
    "small numbers", symptom="The value is wrong where the features are much smaller than the 1 of the bias."
)
def small_step(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@largest_stable_step.probe(
    "a flat direction",
    symptom="A flat direction (fewer rows than columns, a constant feature) does not change the formula.",
)
def flat_step(call, rng):
    x = directions(rng, 3)
    x[:, 1] = 4.0
    return noise_as_infinite(call(x))


@largest_stable_step.probe("a single row", symptom="The value is wrong for a single row.")
def one_row_step(call, rng):
    return noise_as_infinite(call(directions(rng, 1)))


def noise_as_infinite(seen):
    """A number divided by rounding noise differs from machine to machine: let it be infinite."""
    value = seen["step"]
    return {"step": np.where((value > 0) & (value < 1e6), value, np.inf)}
