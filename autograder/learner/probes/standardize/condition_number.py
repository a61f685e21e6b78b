"""Probes of condition_number."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.standardize.inputs import directions

exercise = Exercise("condition_number", arguments=("x",), returns=("condition",))

exercise.case(x=[[1], [-1]])
exercise.case(x=[[2], [-2]])
exercise.case(x=[[-1], [1], [3]])
exercise.case(x=[[1, 1], [-1, 1], [0, -2]])
exercise.case(x=[[-2, -1], [-1, 3], [1, -1]])
exercise.case(x=[[1000], [-1000]])
exercise.case(x=[[0.01], [-0.01]])
exercise.case(x=[[3], [3]])
exercise.case(x=[[2]])
exercise.case(x=[[1, 1], [-1, -1], [0, 0]])


@exercise.probe(
    "seven rows, four columns",
    symptom="It is wrong on a plain table of seven rows and four columns. Which matrix does the text build from x?",
)
def plain_condition(call, rng):
    return call(directions(rng, 7))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers (an integer dtype). Which dtype does each of your arrays have?",
)
def whole_numbers_condition(call, rng):
    return call(rng.randint(0, 10, size=(12, 3)) + np.array([0, 5, 10]))


@exercise.probe(
    "small numbers",
    symptom="It is wrong where the features are much smaller than the 1 of the bias. "
    "Which direction is the steepest there?",
)
def small_condition(call, rng):
    return call(rng.normal(0.02, [0.02, 0.1, 0.05], size=(9, 3)))


@exercise.probe(
    "large numbers",
    symptom="It is wrong where the features are much larger than the 1 of the bias. "
    "Which direction is the flattest there?",
)
def large_condition(call, rng):
    return call(rng.normal([10.0, 20.0, 30.0], [5.0, 20.0, 40.0], size=(9, 3)))


@exercise.probe(
    "a wide range of scales",
    symptom="It is wrong where features differ by a factor of a thousand. "
    "Which eigenvalue is small there, and how small beside the largest?",
)
def wide_condition(call, rng):
    return call(rng.normal(0.0, [1000.0, 1.0, 10.0], size=(12, 3)))


@exercise.probe(
    "fewer rows than columns",
    symptom="It is wrong where x has fewer rows than columns. "
    "How many rows and columns does H have then, and which directions are flat?",
)
def few_rows(call, rng):
    return noise_as_1e16(call(directions(rng, 3)))


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong where x has as many rows as columns. "
    "How many unknowns are there beside the rows, the bias included?",
)
def square_condition(call, rng):
    return noise_as_1e16(call(directions(rng, 4)))


@exercise.probe(
    "the same feature twice",
    symptom="It is wrong where x holds the same feature twice. "
    "Which eigenvalues does H have then, on paper and as computed?",
)
def twice(call, rng):
    x = directions(rng, 9)
    return noise_as_1e16(call(x[:, [0, 1, 2, 1, 3]]))


@exercise.probe(
    "a constant feature",
    symptom="It is wrong where one feature is constant. How does its column differ from that of the bias?",
)
def constant_condition(call, rng):
    x = directions(rng, 9)
    x[:, 1] = 4.0
    return noise_as_1e16(call(x))


@exercise.probe(
    "flat data and others in turn",
    symptom="It is wrong on several tables in turn, some with a constant feature and some without: for each it "
    "matters whether the answer is finite.",
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
    """Rounding noise, and a number divided by it, differ from machine to machine, the sign too: let both be 1e16."""
    value = seen["condition"]
    noise = np.isfinite(value) & ((value < 1e-9) | (value > 1e11))
    return {"condition": np.where(noise, 1e16, value)}


@exercise.probe(
    "on both sides of the threshold",
    symptom="The threshold is not where it should be: it is a share of the largest value, not a number by itself.",
)
def around_the_threshold(call, rng):
    """The smallest value is near 1, the largest the square of the spread."""
    conditions = [call(spread * rng.normal(size=(40, 2)))["condition"] for spread in (2e5, 5e6)]
    return {"is finite": np.isfinite(conditions)}


@exercise.probe(
    "close to the threshold",
    symptom="It is wrong where the smallest eigenvalue is close to the bound for flat directions. "
    "Compare your bound with the text's, power by power.",
)
def close_to_the_threshold(call, rng):
    """Two opposite rows: the eigenvalues are the square of their number, and 1, to the last digit."""
    exponents = rng.permutation([rng.uniform(11.2, 11.8), rng.uniform(12.2, 12.8)])
    conditions = [call(np.array([[1.0], [-1.0]]) * 10 ** (-exponent / 2))["condition"] for exponent in exponents]
    return {"is finite": np.isfinite(conditions)}
