"""Probes of activation_statistics."""

from itertools import pairwise

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("activation_statistics", arguments=("x", "weights", "activation"), returns=("mean", "std", "stuck"))


def _layers(rng, *sizes, scale=0.6):
    """Weights of a net with these widths, each layer a little larger than the one before."""
    shapes = pairwise(sizes)
    return tuple(rng.normal(0, scale + 0.2 * k, size=shape) for k, shape in enumerate(shapes))


def _moments(seen):
    return {"mean": seen["mean"], "std": seen["std"]}


def _stuck(seen):
    return {"stuck": seen["stuck"]}


@exercise.probe("relu, three layers", symptom="Mean or std is wrong in a net of three relu layers of different widths.")
def relu_layers(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(7, 5)), _layers(rng, 5, 4, 6, 3), "relu"))


@exercise.probe("tanh, three layers", symptom="Mean or std is wrong in a net of three tanh layers of different widths.")
def tanh_layers(call, rng):
    return _moments(call(rng.normal(-0.5, 1.5, size=(6, 4)), _layers(rng, 4, 3, 5, 6), "tanh"))


@exercise.probe("identity, two layers", symptom="Mean or std is wrong in a net whose activation is 'identity'.")
def identity_layers(call, rng):
    return _moments(call(rng.normal(1.0, 2.0, size=(5, 4)), _layers(rng, 4, 6, 3), "identity"))


@exercise.probe(
    "as many rows as units everywhere",
    symptom="Mean or std is wrong where rows, columns and units are equally many: is something transposed?",
)
def square_layers(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(4, 4)), _layers(rng, 4, 4, 4), "tanh"))


@exercise.probe("a single layer", symptom="The result is wrong for a net of one layer.")
def one_layer(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(6, 5)), _layers(rng, 5, 4), "relu"))


@exercise.probe("a single row", symptom="With one row the spread is still that of the layer's units; yours differs.")
def one_row(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(1, 5)), _layers(rng, 5, 6, 4), "tanh"))


@exercise.probe(
    "whole numbers", symptom="The result is wrong for whole numbers: is something stored in an array of integers?"
)
def whole_numbers(call, rng):
    return _moments(call(rng.randint(-3, 6, size=(5, 3)), (rng.randint(-2, 4, size=(3, 4)),), "relu"))


@exercise.probe("the weights afterwards", symptom="The caller's weights are not what they were before the call.")
def weights_afterwards(call, rng):
    x, weights = rng.normal(0.5, 1.5, size=(6, 4)), _layers(rng, 4, 5, 3)
    before = [weight.copy() for weight in weights]
    seen = _moments(call(x, weights, "relu"))
    unchanged = [np.array_equal(old, new) for old, new in zip(before, weights)]
    return seen | {"the share of weights left as they were": np.mean(unchanged)}


@exercise.probe("relu, units dead on the whole batch", symptom="The share of dead units is wrong: when is a unit dead?")
def dead_units(call, rng):
    x = rng.uniform(0.5, 2.0, size=(6, 4)) * np.where(rng.uniform(size=(6, 4)) < 0.2, -0.2, 1.0)
    first = rng.normal(0, 1.0, size=(4, 8))
    first[:, :2], first[:, 2], first[1:, 3] = 0.7, 0.0, -0.1
    first[:, 4] = [2.0, -1.0, -1.0, 0.3]
    second = np.abs(rng.normal(0, 0.5, size=(8, 5)))
    second[:, [0, 3, 4]] *= -1.0
    return _stuck(call(x, (first, second), "relu"))


@exercise.probe(
    "relu, units that are off on some rows",
    symptom="A unit that is 0 on some rows and positive on others is not dead.",
)
def off_on_some_rows(call, rng):
    x = rng.normal(size=(9, 3))
    return _stuck(call(np.vstack([x, -x]), _layers(rng, 3, 7, 5), "relu"))


@exercise.probe("relu, a faint unit", symptom="A unit with tiny positive values is not dead: it is not 0.")
def faint_unit(call, rng):
    weight = np.abs(rng.normal(0, 1, size=(3, 5)))
    weight[:, 1], weight[:, 3], weight[:, 4] = 1e-14, -1.0, 1e-5
    return _stuck(call(rng.uniform(1, 2, size=(6, 3)), (weight,), "relu"))


@exercise.probe("relu, a single row", symptom="With a single row, each unit that is 0 on it is dead; yours differs.")
def dead_on_one_row(call, rng):
    weight = rng.normal(0, 1, size=(4, 7))
    weight[:, 0], weight[:, 1], weight[:, 2] = 1.0, -1.0, -0.5
    return _stuck(call(rng.uniform(0.5, 1, size=(1, 4)), (weight,), "relu"))


@exercise.probe(
    "tanh, large values of both signs", symptom="The share of saturated entries is wrong in a net of tanh layers."
)
def saturated_both_signs(call, rng):
    x = rng.normal(0, 1, size=(8, 4))
    x[:2] *= 40.0  # so far out that tanh is 1 to the last digit
    return _stuck(call(x, (rng.normal(0.4, 1.6, size=(4, 7)), rng.normal(0, 1.6, size=(7, 6))), "tanh"))


@exercise.probe(
    "tanh, values around 0.99", symptom="The share of saturated entries is wrong near the threshold: which one is it?"
)
def around_the_threshold(call, rng):
    """Activations spread over 0.85 to 0.9999, never close to 0.99 itself."""
    h = np.array([0.85, 0.92, 0.935, 0.96, 0.97, 0.986, 0.9925, 0.994, 0.996, 0.998, 0.9993, 0.9997])
    signs = np.where(rng.uniform(size=(12, 12)) < 0.5, -1.0, 1.0)
    return _stuck(call(np.eye(12), (signs * np.arctanh(rng.permutation(h)),), "tanh"))


@exercise.probe(
    "identity, values beyond 1", symptom="Nothing can be dead or saturated where the activation is 'identity'."
)
def nothing_stuck(call, rng):
    x = rng.normal(0, 3, size=(5, 4))
    weight = rng.normal(0, 1, size=(4, 6))
    weight[:, 2] = 0.0
    return _stuck(call(x, (weight,), "identity"))
