"""Bank of lesson 02."""

import math

import numpy as np
import torch

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes import signal as probes


def tensor(x):
    return torch.as_tensor(np.asarray(x), dtype=torch.float64)


# activation_statistics


def torch_activation_statistics(x, weights, activation):
    layer, rows = tensor(x), []
    for weight in weights:
        layer = torch.nn.functional.linear(layer, tensor(weight).T)
        if activation == "relu":
            layer = torch.nn.functional.relu(layer)
            stuck = (layer.amax(dim=0) == 0).double().mean()
        elif activation == "tanh":
            layer = torch.tanh(layer)
            stuck = (layer.abs() > 0.99).double().mean()
        else:
            stuck = torch.tensor(0.0, dtype=torch.float64)
        var, mean = torch.var_mean(layer, correction=0)
        rows.append(torch.stack([mean, var.sqrt(), stuck]))
    return tuple(torch.stack(rows).T)


activation_statistics = Bank(
    probes.activation_statistics,
    parts=[
        Part(
            "mean and spread of each layer",
            2,
            (
                "relu, three layers",
                "tanh, three layers",
                "identity, two layers",
                "as many rows as units everywhere",
                "a single layer",
                "a single row",
                "whole numbers",
                "the weights afterwards",
            ),
        ),
        Part(
            "dead relu units",
            2,
            (
                "relu, units dead on the whole batch",
                "relu, units that are off on some rows",
                "relu, a faint unit",
                "relu, a single row",
            ),
        ),
        Part(
            "saturated tanh entries",
            1,
            ("tanh, large values of both signs", "tanh, values around 0.99", "identity, values beyond 1"),
        ),
    ],
    oracle=torch_activation_statistics,
)
STEP = "h = act(h @ weight)"
LOOP = "for weight in weights:"
MEAN = "mean.append(h.mean())"
STD = "std.append(h.std())"
DEAD = "(h == 0).all(axis=0).mean()"
SATURATED = "(np.abs(h) > 0.99).mean()"
RETURN = "return np.array(mean), np.array(std), np.array(stuck)"


def layer_mistake(name, *edits, cause, look, code=""):
    activation_statistics.mistake(name, *edits, cause=cause, look=look, code=code)


layer_mistake(
    "weight_transposed",
    (STEP, "h = act(h @ weight.T)"),
    cause="Each weight is transposed before the product; here its shape is (inputs, units) and it is used as it is.",
    look="the product of h and weight, and the shapes on both sides of the @.",
)
layer_mistake(
    "product_reversed",
    (STEP, "h = act(weight @ h)"),
    cause="The product is taken the other way round: weight times h. Rows of h are examples, so h comes first.",
    look="the order of the two factors around the @.",
)
layer_mistake(
    "multiplied_entry_by_entry",
    (STEP, "h = act(h * weight)"),
    cause="h and weight are multiplied entry by entry; a layer takes their matrix product.",
    look="the operator between h and weight.",
)
layer_mistake(
    "activation_missing",
    (STEP, "h = h @ weight"),
    cause="The activation is never applied, so all layers together are one linear map.",
    look="what happens to the product before it goes to the next layer.",
)
layer_mistake(
    "activation_twice",
    (STEP, "h = act(act(h @ weight))"),
    cause="The activation is applied twice in each layer. For relu that changes nothing, for tanh it does.",
    look="how often the activation is called in one turn of the loop.",
)
layer_mistake(
    "activation_before_the_product",
    (STEP, "h = act(h) @ weight"),
    cause="The activation comes before the product; a layer multiplies first, and its output is activated.",
    look="the order of product and activation.",
)
layer_mistake(
    "spread_before_the_activation",
    (STEP, "z = h @ weight\n        h = act(z)"),
    (MEAN, "mean.append(z.mean())"),
    (STD, "std.append(z.std())"),
    cause="Mean and std describe the product before the activation; asked for is the layer's output, after it.",
    look="the name of the array that is described.",
)
layer_mistake(
    "saturation_before_the_activation",
    (STEP, "z = h @ weight\n        h = act(z)"),
    (SATURATED, "(np.abs(z) > 0.99).mean()"),
    cause="Saturation is looked for in the product before tanh, where 0.99 is nothing special.",
    look="the array that is compared with 0.99.",
)
layer_mistake(
    "statistics_before_the_activation",
    (STEP, "z = h @ weight\n        h = act(z)"),
    (MEAN, "mean.append(z.mean())"),
    (STD, "std.append(z.std())"),
    (DEAD, "(z == 0).all(axis=0).mean()"),
    (SATURATED, "(np.abs(z) > 0.99).mean()"),
    cause="The numbers describe the product before the activation; asked for is the layer's output, after it.",
    look="the name of the array that is described.",
)
layer_mistake(
    "last_layer_linear",
    (LOOP, "for k, weight in enumerate(weights):"),
    (STEP, "h = h @ weight if k == len(weights) - 1 else act(h @ weight)"),
    cause="The last layer is left without its activation, as in a classifier; here every layer has it.",
    look="what happens in the last turn of the loop.",
)
layer_mistake(
    "first_layer_linear",
    (LOOP, "for k, weight in enumerate(weights):"),
    (STEP, "h = act(h @ weight) if k else h @ weight"),
    cause="The first layer is left without its activation; every layer has it.",
    look="what happens in the first turn of the loop.",
)
layer_mistake(
    "layers_not_chained",
    (STEP, "h = act(x @ weight)"),
    cause="Every weight is multiplied with x; each layer's input is the output of the one before it.",
    look="the array on the left of the @.",
)
layer_mistake(
    "input_instead_of_output",
    (STEP, "given, h = h, act(h @ weight)"),
    (MEAN, "mean.append(given.mean())"),
    (STD, "std.append(given.std())"),
    (DEAD, "(given == 0).all(axis=0).mean()"),
    (SATURATED, "(np.abs(given) > 0.99).mean()"),
    cause="The numbers describe what goes into each layer, so that x is first and the last output is missing.",
    look="the order of measuring and going one layer on.",
)
layer_mistake(
    "input_included",
    (RETURN, "return np.array([x.mean(), *mean]), np.array([x.std(), *std]), np.array([0.0, *stuck])"),
    cause="The input x is described as well, so there is one number too many; only the layers' outputs count.",
    look="how many numbers come back for two layers.",
)
layer_mistake(
    "last_layer_missing",
    (LOOP, "for weight in weights[:-1]:"),
    cause="One layer too few is measured: the loop ends before the last weight.",
    look="the range of the loop.",
)
layer_mistake(
    "returned_in_the_loop",
    (
        "        else:\n            stuck.append(0.0)",
        "        else:\n            stuck.append(0.0)\n        return np.array(mean), np.array(std), np.array(stuck)",
    ),
    cause="The function ends in the first turn of the loop, so only the first layer is described.",
    look="how far the `return` is indented.",
)
layer_mistake(
    "only_the_last_layer",
    (RETURN, "return np.array(mean[-1]), np.array(std[-1]), np.array(stuck[-1])"),
    cause="Only the last layer's numbers come back; asked for is one number for each layer.",
    look="what is handed back at the end.",
)
layer_mistake(
    "relu_in_every_net",
    (STEP, "h = np.maximum(h @ weight, 0)"),
    cause="relu is used whatever activation is asked for.",
    look="where the argument `activation` decides about the layers.",
)
layer_mistake(
    "tanh_in_every_net",
    (STEP, "h = np.tanh(h @ weight)"),
    cause="tanh is used whatever activation is asked for.",
    look="where the argument `activation` decides about the layers.",
)
layer_mistake(
    "absolute_value_for_relu",
    (STEP, 'h = np.abs(h @ weight) if activation == "relu" else act(h @ weight)'),
    cause="relu is taken for the absolute value: negative numbers become positive; relu makes them 0.",
    look="what relu does to a negative number.",
)
layer_mistake(
    "leaky_relu",
    (STEP, 'z = h @ weight\n        h = np.where(z > 0, z, 0.01 * z) if activation == "relu" else act(z)'),
    cause="Negative values are made small and not 0: that is a leaky relu, which has no dead units.",
    look="what relu does to a negative number.",
)
layer_mistake(
    "one_value_per_unit",
    (MEAN, "mean.append(h.mean(axis=0))"),
    (STD, "std.append(h.std(axis=0))"),
    cause="Mean and std are taken for each unit; asked for is one number for the whole layer.",
    look="the axis of mean and std: without one they take all entries.",
)
layer_mistake(
    "spread_within_units",
    (STD, "std.append(h.std(axis=0).mean())"),
    cause="The std of each unit is averaged; the std of all entries also has the differences between units in it.",
    look="the axis of the std: without one it takes all entries together.",
)
layer_mistake(
    "spread_within_rows",
    (STD, "std.append(h.std(axis=1).mean())"),
    cause="The std of each row is averaged; the std of all entries also has the differences between rows in it.",
    look="the axis of the std: without one it takes all entries together.",
)
layer_mistake(
    "unbiased_std",
    (STD, "std.append(h.std(ddof=1) if h.size > 1 else 0.0)"),
    cause="The squared deviations are divided by their number minus 1 (unbiased); here it is their number (biased).",
    look="`ddof`, or in torch the default of `std`.",
)
layer_mistake(
    "variance_for_std",
    (STD, "std.append(h.var())"),
    cause="The variance is returned; the standard deviation is its root.",
    look="the second of the three numbers.",
)
layer_mistake(
    "root_mean_square_for_std",
    (STD, "std.append(np.sqrt((h**2.0).mean()))"),
    cause="The root of the mean square is taken without the mean being subtracted: after relu the mean is far from 0.",
    look="what is squared in the std.",
)
layer_mistake(
    "mean_of_absolute_values",
    (MEAN, "mean.append(np.abs(h).mean())"),
    cause="The mean is taken of absolute values, so that positive and negative entries do not cancel; they should.",
    look="what is done to h before the mean.",
)
layer_mistake(
    "sum_for_mean",
    (MEAN, "mean.append(h.sum())"),
    cause="The entries are added up but not divided by their number.",
    look="the step from a sum to a mean.",
)
layer_mistake(
    "median_for_mean",
    (MEAN, "mean.append(np.median(h))"),
    cause="The median is returned, the entry in the middle; asked for is the mean.",
    look="which average the text asks for.",
)
layer_mistake(
    "mean_and_std_swapped",
    (RETURN, "return np.array(std), np.array(mean), np.array(stuck)"),
    cause="The values come back in another order: first the stds, then the means.",
    look="the order in the last line: mean, std, stuck.",
)
layer_mistake(
    "dead_counted_by_entries",
    (DEAD, "(h == 0).mean()"),
    cause="The share of zero entries is counted; a unit is dead only if it is 0 on every row.",
    look="the step that asks each column about all of its rows.",
)
layer_mistake(
    "dead_on_any_row",
    (DEAD, "(h == 0).any(axis=0).mean()"),
    cause="A unit that is 0 on a single row is counted as dead; a dead unit is 0 on every row.",
    look="the difference between `any` and `all`.",
)
layer_mistake(
    "dead_rows",
    (DEAD, "(h == 0).all(axis=1).mean()"),
    cause="Rows are counted in which all units are 0; asked for are units that are 0 on all rows.",
    look="the axis along which all entries have to be 0.",
)
layer_mistake(
    "dead_counted_not_shared",
    (DEAD, "(h == 0).all(axis=0).sum()"),
    cause="The number of dead units is returned; asked for is their share, between 0 and 1.",
    look="the step from counting to a share.",
)
layer_mistake(
    "dead_divided_by_rows",
    (DEAD, "(h == 0).all(axis=0).sum() / len(h)"),
    cause="The number of dead units is divided by the number of rows; it is a share of the units.",
    look="which of the two sizes of h divides the count.",
)
layer_mistake(
    "living_units_counted",
    (DEAD, "(h > 0).any(axis=0).mean()"),
    cause="The share of living units is returned; the dead ones are the others.",
    look="the comparison: which units make it True?",
)
layer_mistake(
    "faint_counts_as_dead",
    (DEAD, "(h < 1e-6).all(axis=0).mean()"),
    cause="Units with tiny positive values are counted as dead; they still pass a gradient.",
    look="the number that h is compared with.",
)
layer_mistake(
    "dead_seen_on_one_row",
    (DEAD, "(h[0] == 0).mean()"),
    cause="Only the first row is asked whether a unit is 0; a dead unit is 0 on every row.",
    look="the rows that take part in the question.",
)
layer_mistake(
    "saturated_on_one_side",
    (SATURATED, "(h > 0.99).mean()"),
    cause="Only values above 0.99 are counted; tanh saturates at −1 as well.",
    look="what becomes of an entry of −1.",
)
layer_mistake(
    "saturated_units_counted",
    (SATURATED, "(np.abs(h) > 0.99).all(axis=0).mean()"),
    cause="Units are counted that are saturated on every row; for tanh the text counts entries.",
    look="the difference that the text makes between dead and saturated.",
)
layer_mistake(
    "saturated_on_any_row",
    (SATURATED, "(np.abs(h) > 0.99).any(axis=0).mean()"),
    cause="Units are counted that are saturated on some row; for tanh the text counts entries.",
    look="the difference that the text makes between dead and saturated.",
)
layer_mistake(
    "saturated_counted_not_shared",
    (SATURATED, "(np.abs(h) > 0.99).sum()"),
    cause="The number of saturated entries is returned; asked for is their share, between 0 and 1.",
    look="the step from counting to a share.",
)
layer_mistake(
    "threshold_0.9",
    (SATURATED, "(np.abs(h) > 0.9).mean()"),
    cause="The threshold is 0.9; the text says 0.99.",
    look="the number that |h| is compared with.",
)
layer_mistake(
    "threshold_0.95",
    (SATURATED, "(np.abs(h) > 0.95).mean()"),
    cause="The threshold is 0.95; the text says 0.99.",
    look="the number that |h| is compared with.",
)
layer_mistake(
    "threshold_0.97",
    (SATURATED, "(np.abs(h) > 0.97).mean()"),
    cause="The threshold is 0.97; the text says 0.99.",
    look="the number that |h| is compared with.",
)
layer_mistake(
    "threshold_0.999",
    (SATURATED, "(np.abs(h) > 0.999).mean()"),
    cause="The threshold is 0.999; the text says 0.99.",
    look="the number that |h| is compared with.",
)
layer_mistake(
    "threshold_1",
    (SATURATED, "(np.abs(h) >= 1).mean()"),
    cause="Entries are compared with 1 itself, which tanh reaches by rounding only; the text says 0.99.",
    look="the number that |h| is compared with.",
)
layer_mistake(
    "square_against_the_threshold",
    (SATURATED, "(h**2 > 0.99).mean()"),
    cause="h² is compared with 0.99, or the slope with 0.01; the text compares |h|.",
    look="what stands on the left of the comparison.",
)
layer_mistake(
    "unsaturated_counted",
    (SATURATED, "(np.abs(h) < 0.99).mean()"),
    cause="The share of entries within ±0.99 is returned; the saturated ones lie beyond.",
    look="the direction of the comparison.",
)
layer_mistake(
    "identity_treated_as_tanh",
    ('elif activation == "tanh":', 'elif activation in ("tanh", "identity"):'),
    cause="Entries beyond ±0.99 are counted for identity too, which does not saturate.",
    look="the branch for identity.",
)
layer_mistake(
    "no_number_for_identity",
    ("        else:\n            stuck.append(0.0)\n", ""),
    cause="For identity nothing is written down as the third number; the text asks for 0 in each layer.",
    look="what is appended to `stuck` if the activation is neither relu nor tanh.",
)
layer_mistake(
    "branches_swapped",
    (f"stuck.append({DEAD})", "pass"),
    (f"stuck.append({SATURATED})", f"stuck.append({DEAD})"),
    ("pass", f"stuck.append({SATURATED})"),
    cause="Dead units are counted for tanh and saturated entries for relu: it is the other way round.",
    look="which branch does which count.",
)
layer_mistake(
    "saturation_in_every_net",
    (
        f'if activation == "relu":\n            stuck.append({DEAD})\n        elif activation == "tanh":',
        "if activation:",
    ),
    cause="Entries beyond ±0.99 are counted where that means nothing: relu has dead units, identity has neither.",
    look="the branch that asks for the activation.",
)
layer_mistake(
    "zeros_in_every_net",
    (f'elif activation == "tanh":\n            stuck.append({SATURATED})\n        ', ""),
    (
        f'if activation == "relu":\n            stuck.append({DEAD})\n        else:\n            stuck.append(0.0)',
        f"stuck.append({DEAD})",
    ),
    cause="Units that are always 0 are counted for tanh too, which has saturated entries instead.",
    look="the branch that asks for the activation.",
)
layer_mistake(
    "identity_treated_as_relu",
    ('if activation == "relu":', 'if activation in ("relu", "identity"):'),
    cause="Units that are always 0 are counted for identity too; the text asks for 0 there.",
    look="the branch for identity.",
)
layer_mistake(
    "stuck_never_measured",
    (f"stuck.append({DEAD})", "stuck.append(0.0)"),
    (f"stuck.append({SATURATED})", "stuck.append(0.0)"),
    cause="The third number is 0 for every net.",
    look="what is appended to `stuck`.",
)
layer_mistake(
    "percent_for_share",
    (RETURN, "return np.array(mean), np.array(std), 100 * np.array(stuck)"),
    cause="Percent are returned; a share lies between 0 and 1.",
    look="the unit of the third number.",
)
layer_mistake(
    "lists_returned",
    (RETURN, "return mean, std, stuck"),
    cause="Lists are handed back; asked for are NumPy arrays.",
    look="the last line.",
)
layer_mistake(
    "one_array_returned",
    (RETURN, "return np.array([mean, std, stuck]).T"),
    cause="One array with a row for each layer comes back; asked for are three arrays, mean, std and stuck.",
    look="the last line: three values separated by commas.",
)
layer_mistake(
    "integers_truncated",
    (RETURN, "return np.array(mean).astype(x.dtype), np.array(std).astype(x.dtype), np.array(stuck)"),
    cause="The results are stored in the type of x; for whole numbers that cuts off all decimals.",
    look="the dtype of the arrays that hold the results.",
)
layer_mistake(
    "input_changed",
    ("h, mean, std, stuck = x, [], [], []", "h, mean, std, stuck = x * 1, [], [], []\n    x[x < 0] = 0"),
    cause="The caller's x is changed by the call.",
    look="assignments into x or into h while it is still x, such as `h[h < 0] = 0` or `out=x`.",
)
layer_mistake(
    "weights_changed",
    (STEP, "h = act(h @ weight)\n        weight *= 0"),
    cause="The caller's weights are changed by the call.",
    look="assignments into a weight, such as `weight *=` or `out=weight`.",
)
layer_mistake(
    "nothing_returned",
    ("return np", "np"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@activation_statistics.accepts("loops over rows and units")
def _(x, weights, activation):
    layer, out = [list(map(float, row)) for row in x], []
    act = {"relu": lambda z: max(z, 0.0), "tanh": math.tanh, "identity": float}[activation]
    for w in weights:
        units = range(w.shape[1])
        layer = [[act(sum(value * w[i][j] for i, value in enumerate(row))) for j in units] for row in layer]
        flat = [value for row in layer for value in row]
        mean = sum(flat) / len(flat)
        std = (sum((value - mean) ** 2 for value in flat) / len(flat)) ** 0.5
        stuck = 0.0
        if activation == "relu":
            stuck = sum(all(row[j] == 0 for row in layer) for j in units) / len(units)
        if activation == "tanh":
            stuck = sum(abs(value) > 0.99 for value in flat) / len(flat)
        out.append((mean, std, stuck))
    return tuple(np.array(column) for column in zip(*out))


@activation_statistics.accepts("einsum, arrays filled by index, dead by the sum")
def _(x, weights, activation):
    mean, std, stuck = np.zeros((3, len(weights)))
    h = x.astype(np.float64)
    for k in range(len(weights)):
        h = np.einsum("ni,ij->nj", h, weights[k])
        if activation == "relu":
            h = h * (h > 0)
            stuck[k] = np.sum(h.sum(axis=0) == 0) / h.shape[1]
        elif activation == "tanh":
            h = np.tanh(h)
            stuck[k] = np.count_nonzero((h > 0.99) | (h < -0.99)) / h.size
        mean[k], std[k] = np.average(h), np.sqrt(np.var(h))
    return mean, std, stuck


@activation_statistics.accepts("all layers first, then the statistics")
def _(x, weights, activation):
    act = {"relu": lambda z: np.where(z < 0, 0, z), "tanh": np.tanh, "identity": np.positive}[activation]
    layers = []
    for weight in weights:
        layers.append(act(np.dot(layers[-1] if layers else x, weight)))
    count = {
        "relu": lambda h: 1 - np.any(h, axis=0).mean(),
        "tanh": lambda h: (1 - h**2 < 1 - 0.99**2).mean(),
        "identity": lambda h: 0,
    }[activation]
    return [np.array([f(h) for h in layers]) for f in (np.mean, np.std, count)]


@activation_statistics.accepts("dead by the maximum, saturation strict or not")
def _(x, weights, activation):
    h, rows = np.array(x), []
    for weight in weights:
        z = h @ weight
        h = {"relu": np.clip(z, 0, None), "tanh": np.tanh(z), "identity": z}[activation]
        dead = np.sum(h.max(axis=0) <= 0) / h.shape[1]
        saturated = np.mean(abs(h) >= 0.99)
        rows.append([h.mean(), h.std(), {"relu": dead, "tanh": saturated, "identity": 0.0}[activation]])
    mean, std, stuck = np.array(rows).T
    return mean, std, stuck


@activation_statistics.accepts("a recursion over layers")
def _(x, weights, activation):
    if not len(weights):
        return np.array([]), np.array([]), np.array([])
    z = x @ weights[0]
    if activation == "relu":
        h = (np.abs(z) + z) / 2
        stuck = np.mean(np.all(z <= 0, axis=0))
    elif activation == "tanh":
        h = np.tanh(z)
        stuck = np.mean(np.abs(z) > np.arctanh(0.99))
    else:
        h, stuck = z, 0
    rest = recursive(h, weights[1:], activation)
    return tuple(np.append(first, more) for first, more in zip((h.mean(), h.std(), stuck), rest))


recursive = activation_statistics.accepted["a recursion over layers"]


@activation_statistics.accepts("tensors come back")
def _(x, weights, activation):
    return torch_activation_statistics(x, weights, activation)


# init_std


def torch_init_std(fan_in, activation):
    """torch.nn.init's gain over the root of fan_in (for tanh that of a linear layer: its own, 5/3, is not ours)."""
    gain = torch.nn.init.calculate_gain("relu" if activation == "relu" else "linear")
    return gain / math.sqrt(fan_in)


init_std = Bank(
    probes.init_std,
    parts=[
        Part("relu, after He", 1, ("relu",)),
        Part("tanh and identity, after Xavier", 1, ("tanh", "identity")),
    ],
    oracle=torch_init_std,
)
GAIN = 'gain = 2 if activation == "relu" else 1'
ROOT = "np.sqrt(gain / fan_in)"


def size_mistake(name, *edits, cause, look):
    init_std.mistake(name, *edits, cause=cause, look=look)


size_mistake(
    "variance_for_std",
    (ROOT, "gain / fan_in"),
    cause="The variance of the weights is returned, 2/fan_in or 1/fan_in; asked for is its root.",
    look="the root in the formulas.",
)
size_mistake(
    "he_for_all",
    (GAIN, "gain = 2"),
    cause="He's formula is used for all activations; tanh and identity do not lose half of the signal.",
    look="where the argument `activation` decides.",
)
size_mistake(
    "xavier_for_all",
    (GAIN, "gain = 1"),
    cause="Xavier's formula is used for all activations; relu loses half of the signal, which the 2 makes up for.",
    look="where the argument `activation` decides.",
)
size_mistake(
    "swapped",
    (GAIN, 'gain = 1 if activation == "relu" else 2'),
    cause="He and Xavier have changed places: it is relu that loses half of the signal and needs the 2.",
    look="which activation gets the 2.",
)
size_mistake(
    "he_for_tanh",
    (GAIN, 'gain = 1 if activation == "identity" else 2'),
    cause="tanh is given He's formula; near 0 it is like identity, and loses nothing.",
    look="the branch for tanh.",
)
size_mistake(
    "he_for_identity",
    (GAIN, 'gain = 1 if activation == "tanh" else 2'),
    cause="identity is given He's formula; it loses nothing, so it needs no 2.",
    look="the branch for identity.",
)
size_mistake(
    "nothing_for_identity",
    (ROOT, 'np.sqrt(gain / fan_in) if activation != "identity" else None'),
    cause="For identity nothing is handed back.",
    look="the branches: which of them does identity take?",
)
size_mistake(
    "two_outside_the_root",
    (ROOT, "gain / np.sqrt(fan_in)"),
    cause="For relu the 2 stands outside the root, so the weights are √2 times too large.",
    look="how far the root reaches: the 2 is under it.",
)
size_mistake(
    "root_of_the_two_only",
    (ROOT, "np.sqrt(gain) / fan_in"),
    cause="The root is taken of the numerator alone, or fan_in is squared under it; √fan_in is what divides.",
    look="how far the root reaches.",
)
size_mistake(
    "fraction_upside_down",
    (ROOT, "np.sqrt(fan_in / gain)"),
    cause="The fraction is upside down, so that layers with many inputs get large weights.",
    look="numerator and denominator under the root.",
)
size_mistake(
    "root_of_fan_in_only",
    (ROOT, "np.sqrt(gain * fan_in)"),
    cause="gain and fan_in are multiplied; fan_in divides.",
    look="the operator under the root.",
)
size_mistake(
    "uniform_bound",
    (ROOT, "np.sqrt(3 * gain / fan_in)"),
    cause="This is √3 times too large: it is the bound of an even (uniform) distribution, not a standard deviation.",
    look="the number under the root.",
)
size_mistake(
    "fan_in_doubled",
    (GAIN, 'gain = 1 if activation == "relu" else 0.5'),
    cause="The result is √2 times too small, as if fan_in + fan_out of a square layer were divided by, or the 2 of "
    "He's formula stood below the line.",
    look="the fraction under the root.",
)
size_mistake(
    "glorot_for_relu_halved",
    (GAIN, 'gain = 0.5 if activation == "relu" else 1'),
    cause="For relu the variance is half of Xavier's; relu loses signal, so it needs twice as much.",
    look="the place of the 2 in He's formula: above the line.",
)
size_mistake(
    "cube_root",
    (ROOT, "np.cbrt(gain / fan_in)"),
    cause="A cube root is taken; variances have a square root.",
    look="the power.",
)
size_mistake(
    "root_twice",
    (ROOT, "(gain / fan_in) ** 0.25"),
    cause="The root is taken twice.",
    look="how often the root is taken.",
)
size_mistake(
    "gain_of_5_3_for_tanh",
    (GAIN, 'gain = {"relu": 2, "tanh": (5 / 3) ** 2, "identity": 1}[activation]'),
    cause="tanh is given the gain 5/3 that PyTorch recommends; this exercise uses 1 (try 1.67 in section 10).",
    look="the formula for tanh in the text.",
)
size_mistake(
    "whole_number_division",
    (ROOT, "np.sqrt(gain // fan_in)"),
    cause="`//` cuts off the decimals, so 2 // 100 is 0 and all weights would be 0.",
    look="the operator of the division.",
)
size_mistake(
    "fan_in_reduced",
    (ROOT, "np.sqrt(gain / max(fan_in - 1, 1))"),
    cause="1 is subtracted from fan_in; no mean has been estimated here, so nothing is lost.",
    look="what stands below the line.",
)
size_mistake(
    "bias_counted",
    (ROOT, "np.sqrt(gain / (fan_in + 1))"),
    cause="fan_in is counted one too high, as if a bias were one more input.",
    look="what stands below the line.",
)
size_mistake(
    "size_fixed",
    (ROOT, "0.1"),
    cause="The same number is returned for every layer; it has to become smaller as fan_in grows.",
    look="where the argument `fan_in` is used.",
)
size_mistake(
    "a_weight_drawn",
    (ROOT, "np.sqrt(gain / fan_in) * np.random.RandomState(0).normal()"),
    cause="A random weight is drawn and returned; asked for is the standard deviation that weights should have.",
    look="the last line: one number that follows from the arguments alone.",
)
size_mistake(
    "nothing_returned",
    ("return np", "np"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@init_std.accepts("a dictionary and a power")
def _(fan_in, activation):
    return ({"relu": 2.0, "tanh": 1.0, "identity": 1.0}[activation] / fan_in) ** 0.5


@init_std.accepts("math.sqrt in two branches")
def _(fan_in, activation):
    if activation in ("tanh", "identity"):
        return 1 / math.sqrt(fan_in)
    return math.sqrt(2) / math.sqrt(fan_in)


@init_std.accepts("a logarithm, and an array of no dimension")
def _(fan_in, activation):
    return np.array(np.exp(0.5 * (np.log(1 + (activation == "relu")) - np.log(fan_in))))


@init_std.accepts("a tensor comes back")
def _(fan_in, activation):
    return torch.rsqrt(tensor(fan_in) / (2 if activation == "relu" else 1))


# feature_drift


def torch_feature_drift(before, after):
    (var_b, mean_b), (var_a, mean_a) = (torch.var_mean(tensor(h), dim=0, correction=0) for h in (before, after))
    scale = var_b.mean().sqrt()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    shift = torch.nn.functional.l1_loss(mean_a, mean_b) / scale
    return shift, torch.nn.functional.l1_loss(var_a.sqrt(), var_b.sqrt()) / scale


feature_drift = Bank(
    probes.feature_drift,
    parts=[
        Part(
            "shift of the means",
            2,
            (
                "shift: nine rows, four units",
                "shift: as many rows as units",
                "shift: whole numbers",
                "shift: larger units of measurement",
            ),
        ),
        Part("stretch of the spreads", 1, ("stretch: nine rows, four units", "stretch: as many rows as units")),
        Part(
            "no drift, constant units, a single row",
            1,
            ("the same rows in another order", "some units constant", "all units constant", "a single row"),
        ),
    ],
    oracle=torch_feature_drift,
)
SCALE = "np.sqrt(before.var(axis=0).mean())"
GUARD = "if scale == 0:\n        scale = 1.0"
SHIFT = "np.abs(after.mean(axis=0) - before.mean(axis=0)).mean() / scale"
STRETCH = "np.abs(after.std(axis=0) - before.std(axis=0)).mean() / scale"
MEANS = "after.mean(axis=0) - before.mean(axis=0)"
STDS = "after.std(axis=0) - before.std(axis=0)"


def drift_mistake(name, *edits, cause, look):
    feature_drift.mistake(name, *edits, cause=cause, look=look)


drift_mistake(
    "absolute_units",
    (SCALE, "1.0"),
    cause="Nothing is divided by the scale, so features a thousand times as large would drift a thousand times as far.",
    look="the yardstick in the formulas.",
)
drift_mistake(
    "signed_shift",
    (SHIFT, f"({MEANS}).mean() / scale"),
    cause="The shifts of the means are averaged with their signs, so that units moving up and down cancel.",
    look="the place of the absolute value in the shift.",
)
drift_mistake(
    "signed_stretch",
    (STRETCH, f"({STDS}).mean() / scale"),
    cause="The changes of spread are averaged with their signs, so that wider and narrower units cancel.",
    look="the place of the absolute value in the stretch.",
)
drift_mistake(
    "signed_differences_cancel",
    (SHIFT, f"({MEANS}).mean() / scale"),
    (STRETCH, f"({STDS}).mean() / scale"),
    cause="Differences of both signs are averaged, so that units moving up and units moving down cancel.",
    look="the place of the absolute value.",
)
drift_mistake(
    "absolute_value_too_late",
    (SHIFT, f"np.abs(({MEANS}).mean()) / scale"),
    (STRETCH, f"np.abs(({STDS}).mean()) / scale"),
    cause="The absolute value is taken after averaging over units, where differences of both signs have cancelled.",
    look="the order of absolute value and average.",
)
drift_mistake(
    "one_mean_for_all",
    (SHIFT, "np.abs(after.mean() - before.mean()) / scale"),
    (STRETCH, "np.abs(after.std() - before.std()) / scale"),
    cause="Mean and std of the whole matrix are compared; each unit has to be compared with itself first.",
    look="the axis of mean and std.",
)
drift_mistake(
    "entries_compared",
    (SHIFT, "np.abs(after - before).mean() / scale"),
    cause="Each entry is compared with the same entry before; the same rows in another order would count as a drift.",
    look="what is averaged over the rows before anything is subtracted.",
)
drift_mistake(
    "over_rows",
    (SHIFT, "np.abs(after.mean(axis=1) - before.mean(axis=1)).mean() / scale"),
    (STRETCH, "np.abs(after.std(axis=1) - before.std(axis=1)).mean() / scale"),
    cause="Mean and std are taken along each row, over different units; each column needs its own.",
    look="the axis of mean and std: axis 0 runs down the rows.",
)
drift_mistake(
    "everything_over_rows",
    (SCALE, "np.sqrt(before.var(axis=1).mean())"),
    (SHIFT, "np.abs(after.mean(axis=1) - before.mean(axis=1)).mean() / scale"),
    (STRETCH, "np.abs(after.std(axis=1) - before.std(axis=1)).mean() / scale"),
    cause="Mean, std and scale are taken along each row, over different units; each column needs its own.",
    look="the axis of mean, std and var: axis 0 runs down the rows.",
)
drift_mistake(
    "spread_of_after",
    (SCALE, "np.sqrt(after.var(axis=0).mean())"),
    cause="The yardstick is the spread after the update; it has to be the one before.",
    look="the array whose variance makes the scale.",
)
drift_mistake(
    "spread_of_both",
    (SCALE, "np.sqrt((before.var(axis=0).mean() + after.var(axis=0).mean()) / 2)"),
    cause="The yardstick mixes the spreads before and after; it has to be the one before alone.",
    look="the arrays whose variance makes the scale.",
)
drift_mistake(
    "spread_of_all_entries",
    (SCALE, "before.std()"),
    cause="The yardstick is the std of the whole matrix, which also has the differences between units in it.",
    look="the axis of the variance in the scale.",
)
drift_mistake(
    "mean_of_the_stds",
    (SCALE, "before.std(axis=0).mean()"),
    cause="The yardstick averages standard deviations; the formula averages variances and takes the root at the end.",
    look="the order of average and root in the scale.",
)
drift_mistake(
    "each_unit_its_own_yardstick",
    (SCALE, "before.std(axis=0)"),
    (GUARD, "scale = np.where(scale == 0, 1.0, scale)"),
    (SHIFT, f"(np.abs({MEANS}) / scale).mean()"),
    (STRETCH, f"(np.abs({STDS}) / scale).mean()"),
    cause="Each unit is measured by its own spread, so a nearly constant one outshouts the rest; the formula has one "
    "yardstick for the layer.",
    look="how many numbers the scale is.",
)
drift_mistake(
    "variance_as_yardstick",
    (SCALE, "before.var(axis=0).mean()"),
    cause="The average variance divides, in squared units; the yardstick is its root.",
    look="the root in the scale.",
)
drift_mistake(
    "unbiased_yardstick",
    (SCALE, "np.sqrt(before.var(axis=0, ddof=min(1, len(before) - 1)).mean())"),
    cause="The variance in the scale is divided by N − 1 (unbiased); here it is N (biased).",
    look="`ddof` in the scale, or in torch the default of `var`.",
)
drift_mistake(
    "unbiased_std",
    (
        STRETCH,
        "np.abs(after.std(axis=0, ddof=min(1, len(after) - 1)) - before.std(axis=0, ddof=min(1, len(after) - 1)))"
        ".mean() / scale",
    ),
    cause="The standard deviations in the stretch are divided by N − 1 (unbiased); here it is N (biased).",
    look="`ddof` in the stretch, or in torch the default of `std`.",
)
drift_mistake(
    "unbiased_everywhere",
    (SCALE, "np.sqrt(before.var(axis=0, ddof=min(1, len(before) - 1)).mean())"),
    (
        STRETCH,
        "np.abs(after.std(axis=0, ddof=min(1, len(after) - 1)) - before.std(axis=0, ddof=min(1, len(after) - 1)))"
        ".mean() / scale",
    ),
    cause="All variances are divided by N − 1 (unbiased); here it is N (biased). In the stretch it cancels, in the "
    "shift it does not.",
    look="`ddof`, or in torch the default of `var` and `std`.",
)
drift_mistake(
    "variances_compared",
    (STRETCH, "np.abs(after.var(axis=0) - before.var(axis=0)).mean() / scale"),
    cause="The stretch compares variances; the formula compares standard deviations, their roots.",
    look="the unit of what is subtracted in the stretch.",
)
drift_mistake(
    "ratio_of_spreads",
    (STRETCH, "(after.std(axis=0) / np.where(before.std(axis=0) > 0, before.std(axis=0), 1)).mean()"),
    cause="The stretch divides spreads; the formula takes their difference, in units of the scale.",
    look="the operation between the two stds.",
)
drift_mistake(
    "stretch_not_divided",
    (STRETCH, f"np.abs({STDS}).mean()"),
    cause="The stretch is not divided by the scale; both numbers have the same yardstick.",
    look="the divisor of the second number.",
)
drift_mistake(
    "shift_not_divided",
    (SHIFT, f"np.abs({MEANS}).mean()"),
    cause="The shift is not divided by the scale; both numbers have the same yardstick.",
    look="the divisor of the first number.",
)
drift_mistake(
    "sum_over_units",
    (SHIFT, f"np.abs({MEANS}).sum() / scale"),
    (STRETCH, f"np.abs({STDS}).sum() / scale"),
    cause="The units are added up, so that wider layers would drift farther; the formula averages.",
    look="the last step over the units.",
)
drift_mistake(
    "sum_in_the_yardstick",
    (SCALE, "np.sqrt(before.var(axis=0).sum())"),
    cause="The variances in the scale are added up; the formula averages them over the units.",
    look="the step over the units under the root.",
)
drift_mistake(
    "sums_everywhere",
    (SCALE, "np.sqrt(before.var(axis=0).sum())"),
    (SHIFT, f"np.abs({MEANS}).sum() / scale"),
    (STRETCH, f"np.abs({STDS}).sum() / scale"),
    cause="The units are added up, in the scale as well as above it; the formula averages in both places.",
    look="the steps over the units.",
)
drift_mistake(
    "divided_by_rows",
    (SHIFT, f"np.abs({MEANS}).sum() / len(before) / scale"),
    (STRETCH, f"np.abs({STDS}).sum() / len(before) / scale"),
    cause="The sum over units is divided by the number of rows; it is an average over D units.",
    look="which of the two sizes divides the sum.",
)
drift_mistake(
    "largest_unit",
    (SHIFT, f"np.abs({MEANS}).max() / scale"),
    (STRETCH, f"np.abs({STDS}).max() / scale"),
    cause="The unit that moved most is returned; the formula averages over all units.",
    look="the last step over the units.",
)
drift_mistake(
    "median_over_units",
    (SHIFT, f"np.median(np.abs({MEANS})) / scale"),
    (STRETCH, f"np.median(np.abs({STDS})) / scale"),
    cause="The median over units is returned; the formula has their mean.",
    look="the last step over the units.",
)
drift_mistake(
    "root_mean_square",
    (SHIFT, f"np.sqrt((({MEANS}) ** 2).mean()) / scale"),
    (STRETCH, f"np.sqrt((({STDS}) ** 2).mean()) / scale"),
    cause="Differences are squared, averaged and rooted; the formula averages absolute values.",
    look="what is done to the differences before they are averaged.",
)
drift_mistake(
    "squared_differences",
    (SHIFT, f"(({MEANS}) ** 2).mean() / scale"),
    (STRETCH, f"(({STDS}) ** 2).mean() / scale"),
    cause="The differences are squared; the formula takes absolute values.",
    look="what is done to the differences before they are averaged.",
)
drift_mistake(
    "length_of_the_difference",
    (SHIFT, f"np.linalg.norm({MEANS}) / scale"),
    (STRETCH, f"np.linalg.norm({STDS}) / scale"),
    cause="The length of the vector of differences is taken, which grows with the width of a layer.",
    look="the last step over the units: the formula averages absolute values.",
)
drift_mistake(
    "one_value_per_unit",
    (SHIFT, f"np.abs({MEANS}) / scale"),
    (STRETCH, f"np.abs({STDS}) / scale"),
    cause="One number comes back for each unit; asked for is their average.",
    look="the last step, over the units.",
)
drift_mistake(
    "relative_to_the_mean",
    (
        SHIFT,
        f"(np.abs({MEANS}) / np.where(before.mean(axis=0) == 0, 1, np.abs(before.mean(axis=0)))).mean()",
    ),
    cause="The shift is measured in parts of the old mean; where a feature's zero lies should not matter.",
    look="what the difference of the means is divided by.",
)
drift_mistake(
    "no_guard",
    (GUARD, "pass"),
    cause="Where no unit spreads before, the scale is 0, and that is what is divided by.",
    look="the case in which all units are constant.",
)
drift_mistake(
    "eps_for_a_guard",
    (GUARD, "scale = scale + 1e-8"),
    cause="A tiny number is added to the scale; where no unit spreads, the result becomes enormous. There, 1 divides.",
    look="what divides in a layer of constant units.",
)
drift_mistake(
    "zero_where_constant",
    (GUARD, "if scale == 0:\n        scale = np.inf"),
    cause="Where no unit spreads before, no drift is reported at all; the text divides by 1 there.",
    look="what comes back for a layer of constant units.",
)
drift_mistake(
    "constant_units_left_out",
    (SCALE, "np.sqrt(before.var(axis=0).sum() / max(1, (before.var(axis=0) > 0).sum()))"),
    cause="Constant units are left out of the scale; the average is over all D units.",
    look="the units that take part in the average variance.",
)
drift_mistake(
    "results_swapped",
    ("return shift, stretch", "return stretch, shift"),
    cause="The two numbers come back in the other order.",
    look="the last line: first the shift, then the stretch.",
)
drift_mistake(
    "only_the_shift",
    ("return shift, stretch", "return shift"),
    cause="Only one number comes back; asked for are two, shift and stretch.",
    look="the last line.",
)
drift_mistake(
    "medians_for_means",
    (SHIFT, "np.abs(np.median(after, axis=0) - np.median(before, axis=0)).mean() / scale"),
    cause="The columns' medians are compared; the formula compares their means.",
    look="which average is taken down the rows.",
)
drift_mistake(
    "before_changed",
    ("return shift, stretch", "before -= before.mean(axis=0).astype(before.dtype)\n    return shift, stretch"),
    cause="The caller's `before` is changed by the call.",
    look="assignments into an argument, such as `before -=`.",
)
drift_mistake(
    "after_changed",
    ("return shift, stretch", "after -= before.mean(axis=0).astype(after.dtype)\n    return shift, stretch"),
    cause="The caller's `after` is changed by the call.",
    look="assignments into an argument, such as `after -=`.",
)
drift_mistake(
    "nothing_returned",
    ("return shift", "shift"),
    cause="The function computes but hands nothing back.",
    look="its last line: a function without `return` gives None.",
)


@feature_drift.accepts("loops over units")
def _(before, after):
    n, d = before.shape
    square = moved = changed = 0.0
    for j in range(d):
        old, new = sum(before[:, j]) / n, sum(after[:, j]) / n
        var_old, var_new = sum((before[:, j] - old) ** 2) / n, sum((after[:, j] - new) ** 2) / n
        square, moved = square + var_old, moved + abs(new - old)
        changed += abs(var_new**0.5 - var_old**0.5)
    scale = (square / d) ** 0.5 or 1.0
    return moved / d / scale, changed / d / scale


@feature_drift.accepts("centred entries, a list comes back")
def _(before, after):
    centred = before - before.mean(axis=0, keepdims=True)
    scale = np.sqrt(np.mean(centred**2)) if centred.any() else 1
    moved = np.abs(after.mean(axis=0) - before.mean(axis=0))
    return [np.average(moved) / scale, np.linalg.norm(np.std(after, 0) - np.std(before, 0), 1) / len(moved) / scale]


@feature_drift.accepts("divided by the scale first")
def _(before, after):
    scale = np.sqrt(np.mean(before.std(axis=0) ** 2))
    old, new = (h / (scale if scale > 0 else 1.0) for h in (before, after))
    return np.abs(np.mean(new - old, axis=0)).mean(), np.abs(new.std(axis=0) - old.std(axis=0)).mean()


@feature_drift.accepts("einsum and arrays of no dimension")
def _(before, after):
    ones = np.full(len(before), 1 / len(before))
    means = [ones @ h for h in (before, after)]
    variances = [np.einsum("i,ij->j", ones, (h - mean) ** 2) for h, mean in zip((before, after), means)]
    scale = np.sqrt(variances[0].mean()) or 1.0
    moved, changed = np.abs(means[1] - means[0]), np.abs(np.sqrt(variances[1]) - np.sqrt(variances[0]))
    return np.array(moved.mean() / scale), np.array(changed.mean() / scale)


@feature_drift.accepts("tensors come back")
def _(before, after):
    return torch_feature_drift(before, after)
