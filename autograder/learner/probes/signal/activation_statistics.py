"""Probes of activation_statistics."""

from itertools import pairwise

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("activation_statistics", arguments=("x", "weights", "activation"), returns=("mean", "std", "stuck"))


def _on_paper(told_activation, x, *weights, also=(), keep=exercise.returns):
    """Add a rung: a net with these weights; of what it returns only `keep` is looked at."""
    layers = ", ".join(str(weight) for weight in weights)
    told = (f"x = {x}", f"weights: {layers} (one matrix for each layer)", f"activation = {told_activation!r}", *also)

    @exercise.case_of(*told)
    def rung(call):
        matrices = tuple(np.array(weight, dtype=np.float64) for weight in weights)
        seen = call(np.array(x, dtype=np.float64), matrices, told_activation)
        return {name: seen[name] for name in keep}


_on_paper("identity", [[1], [3]], [[1]])
_on_paper("identity", [[1], [3]], [[1, 3]])
_on_paper("identity", [[1, 0], [1, 2]], [[1], [1]])
_on_paper("relu", [[-2], [2]], [[1]])
_on_paper("relu", [[2]], [[1, -1]])
_on_paper("tanh", [[-100], [100], [0], [0]], [[1]], also=("tanh(100) is 1 to the last digit",), keep=("mean", "stuck"))
_on_paper(
    "tanh", [[2.4], [2.8], [0], [0]], [[1]], also=("tanh(2.4) is 0.984, and tanh(2.8) is 0.993",), keep=("stuck",)
)
_on_paper("relu", [[2], [-2]], [[1]], [[-1]])
_on_paper("identity", [[2], [2]], [[2, 0]])


@exercise.case_of(
    "x = [[1], [2]]", "weights: [[1]] (one layer)", "activation = 'identity'", "all whole numbers (int64)"
)
def whole_numbers_on_paper(call):
    return call(np.array([[1], [2]]), (np.array([[1]]),), "identity")


def _layers(rng, *sizes, scale=0.6):
    """Weights of a net with these widths, each layer a little larger than the one before."""
    shapes = pairwise(sizes)
    return tuple(rng.normal(0, scale + 0.2 * k, size=shape) for k, shape in enumerate(shapes))


def _moments(seen):
    return {"mean": seen["mean"], "std": seen["std"]}


def _stuck(seen):
    return {"stuck": seen["stuck"]}


@exercise.probe(
    "relu, three layers",
    symptom="It is wrong in a plain net of three relu layers of different widths, where mean and std are looked "
    "at. What goes into each layer, what comes out?",
)
def relu_layers(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(7, 5)), _layers(rng, 5, 4, 6, 3), "relu"))


@exercise.probe(
    "tanh, three layers",
    symptom="It is wrong in a plain net of three tanh layers of different widths, where mean and std are looked "
    "at. What goes into each layer, what comes out?",
)
def tanh_layers(call, rng):
    return _moments(call(rng.normal(-0.5, 1.5, size=(6, 4)), _layers(rng, 4, 3, 5, 6), "tanh"))


@exercise.probe(
    "identity, two layers",
    symptom="It is wrong in a net of two layers whose activation is 'identity', where mean and std are looked "
    "at. What does such a layer put out?",
)
def identity_layers(call, rng):
    return _moments(call(rng.normal(1.0, 2.0, size=(5, 4)), _layers(rng, 4, 6, 3), "identity"))


@exercise.probe(
    "as many rows as units everywhere",
    symptom="It is wrong where rows, columns and units are equally many; mean and std are looked at. "
    "What does each axis of x and of a weight count?",
)
def square_layers(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(4, 4)), _layers(rng, 4, 4, 4), "tanh"))


@exercise.probe(
    "a single layer",
    symptom="It is wrong in a net of one relu layer, where mean and std are looked at. Which shape do they have there?",
)
def one_layer(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(6, 5)), _layers(rng, 5, 4), "relu"))


@exercise.probe(
    "a single row",
    symptom="It is wrong for a single row, where mean and std are looked at. "
    "Over which entries of a layer's output does each run?",
)
def one_row(call, rng):
    return _moments(call(rng.normal(0.5, 1.5, size=(1, 5)), _layers(rng, 5, 6, 4), "tanh"))


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x and the weight hold whole numbers (an integer dtype); mean and std are looked "
    "at. Which dtype do your results have, and why?",
)
def whole_numbers(call, rng):
    return _moments(call(rng.randint(-3, 6, size=(5, 3)), (rng.randint(-2, 4, size=(3, 4)),), "relu"))


@exercise.probe(
    "the weights afterwards",
    symptom="It is wrong in a net of two relu layers where the weights are also compared with what they were "
    "before the call.",
)
def weights_afterwards(call, rng):
    x, weights = rng.normal(0.5, 1.5, size=(6, 4)), _layers(rng, 4, 5, 3)
    before = [weight.copy() for weight in weights]
    seen = _moments(call(x, weights, "relu"))
    unchanged = [np.array_equal(old, new) for old, new in zip(before, weights)]
    return seen | {"the share of weights left as they were": np.mean(unchanged)}


@exercise.probe(
    "relu, units dead on the whole batch",
    symptom="It is wrong for two relu layers with units that are 0 on all rows, where stuck is looked at. "
    "When does the text call a unit dead?",
)
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
    symptom="It is wrong where many relu units are 0 on some rows and positive on others; stuck is looked at. "
    "Are these dead by the text?",
)
def off_on_some_rows(call, rng):
    x = rng.normal(size=(9, 3))
    return _stuck(call(np.vstack([x, -x]), _layers(rng, 3, 7, 5), "relu"))


@exercise.probe(
    "relu, a faint unit",
    symptom="It is wrong where a relu unit has tiny positive values on all rows; stuck is looked at. "
    "Is it dead by the text?",
)
def faint_unit(call, rng):
    weight = np.abs(rng.normal(0, 1, size=(3, 5)))
    weight[:, 1], weight[:, 3], weight[:, 4] = 1e-14, -1.0, 1e-5
    return _stuck(call(rng.uniform(1, 2, size=(6, 3)), (weight,), "relu"))


@exercise.probe(
    "relu, a single row",
    symptom="It is wrong for one row and one relu layer, where stuck is looked at. "
    "Which units are dead on a single row?",
)
def dead_on_one_row(call, rng):
    weight = rng.normal(0, 1, size=(4, 7))
    weight[:, 0], weight[:, 1], weight[:, 2] = 1.0, -1.0, -0.5
    return _stuck(call(rng.uniform(0.5, 1, size=(1, 4)), (weight,), "relu"))


@exercise.probe(
    "tanh, large values of both signs",
    symptom="It is wrong for two tanh layers with large values of both signs, where stuck is looked at. "
    "What does the text count there, and where?",
)
def saturated_both_signs(call, rng):
    x = rng.normal(0, 1, size=(8, 4))
    x[:2] *= 40.0  # so far out that tanh is 1 to the last digit
    return _stuck(call(x, (rng.normal(0.4, 1.6, size=(4, 7)), rng.normal(0, 1.6, size=(7, 6))), "tanh"))


@exercise.probe(
    "tanh, values around 0.99",
    symptom="It is wrong for a tanh layer whose outputs lie around 0.99, where stuck is looked at. "
    "Which outputs does the text count?",
)
def around_the_threshold(call, rng):
    """Activations spread over 0.85 to 0.9999, never close to 0.99 itself."""
    h = np.array([0.85, 0.92, 0.935, 0.96, 0.97, 0.986, 0.9925, 0.994, 0.996, 0.998, 0.9993, 0.9997])
    signs = np.where(rng.uniform(size=(12, 12)) < 0.5, -1.0, 1.0)
    return _stuck(call(np.eye(12), (signs * np.arctanh(rng.permutation(h)),), "tanh"))


@exercise.probe(
    "identity, values beyond 1",
    symptom="It is wrong for an 'identity' layer with values beyond 1 and a unit that is always 0; stuck is "
    "looked at. What does the text ask there?",
)
def nothing_stuck(call, rng):
    x = rng.normal(0, 3, size=(5, 4))
    weight = rng.normal(0, 1, size=(4, 6))
    weight[:, 2] = 0.0
    return _stuck(call(x, (weight,), "identity"))
