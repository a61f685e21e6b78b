"""Probes of lesson 08."""

import numpy as np

from autograder.learner.diagnosis.answer import AnswerError
from autograder.learner.diagnosis.exercise import Exercise

normalize = Exercise("normalize", arguments=("x", "axes", "eps", "center"), returns=("x_hat",))
layer_norm = Exercise("layer_norm", arguments=("x", "gamma", "beta", "eps"), returns=("out",))
rms_norm = Exercise("rms_norm", arguments=("x", "gamma", "eps"), returns=("out",))
instance_norm = Exercise("instance_norm", arguments=("x", "gamma", "beta", "eps"), returns=("out",))
group_norm = Exercise("group_norm", arguments=("x", "groups", "gamma", "beta", "eps"), returns=("out",))
layer_norm_backward = Exercise(
    "layer_norm_backward", arguments=("dout", "x", "gamma", "eps"), returns=("dx", "dgamma", "dbeta")
)
group_norm_backward = Exercise(
    "group_norm_backward", arguments=("dout", "x", "groups", "gamma", "eps"), returns=("dx", "dgamma", "dbeta")
)
weight_standardize = Exercise("weight_standardize", arguments=("weight", "eps"), returns=("standardized",))
local_response_norm = Exercise("local_response_norm", arguments=("x", "size", "alpha", "beta", "k"), returns=("out",))
ghost_batch_norm = Exercise("ghost_batch_norm", arguments=("x", "gamma", "beta", "size", "eps"), returns=("out",))

WHOLE = "The result is wrong when x holds whole numbers: is it stored in an array of integers?"
EPS = "The result is wrong for some eps from 0.1 to 1: where does eps enter, and how?"
DEFAULT = "The result is wrong when the call leaves eps out: which value does the signature give it?"
EQUAL = "The result is wrong when all lengths are equal: is one axis taken for another?"


def _uneven(rng, *shape):
    """Values whose level and spread differ along every axis."""
    x = rng.normal(size=shape)
    for axis, length in enumerate(shape):
        along = [1] * len(shape)
        along[axis] = length
        x = x * rng.uniform(0.5, 2.0, size=along) + rng.normal(0.0, 3.0, size=along)
    return x


def _whole(rng, *shape):
    """Whole numbers whose level differs along every axis."""
    x = rng.randint(0, 10, size=shape)
    for axis, length in enumerate(shape):
        along = [1] * len(shape)
        along[axis] = length
        x = x + rng.randint(-20, 20, size=along)
    return x


def _scales(rng, d):
    """gamma of both signs, none 1. Shape (d,)."""
    return np.where(np.arange(d) % 2, -1.0, 1.0) * rng.uniform(1.2, 2.5, size=d)


def _affine(rng, d):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (d,), (d,)."""
    return _scales(rng, d), np.where(np.arange(d) % 3, 1.0, -1.0) * rng.uniform(0.3, 4.0, size=d)


def _upstream(rng, *shape):
    """An upstream gradient whose mean is not 0 along any axis."""
    return rng.normal(0.7, 1.0, size=shape) + _uneven(rng, *shape) / 4


# normalize


@normalize.probe("a matrix, over axis 0, eps 0", symptom="The values are wrong for a plain matrix, over axis 0.")
def normalize_columns(call, rng):
    return call(_uneven(rng, 7, 5), 0, 0.0)


@normalize.probe("a matrix, over axis 1, eps 0", symptom="The values are wrong for a plain matrix, over axis 1.")
def normalize_rows(call, rng):
    return call(_uneven(rng, 4, 6), 1, eps=0.0)


@normalize.probe("over the last axis, given as -1", symptom="The result is wrong for axes = -1, the last axis.")
def normalize_last(call, rng):
    return call(_uneven(rng, 3, 4, 5), -1, eps=0.0)


@normalize.probe("four axes, over three of them", symptom="The result is wrong when three of four axes are averaged.")
def normalize_three_of_four(call, rng):
    return call(_uneven(rng, 4, 3, 5, 2), (0, 2, 3), eps=0.0)


@normalize.probe("four axes, over the two last", symptom="The result is wrong when two of four axes are averaged.")
def normalize_two_of_four(call, rng):
    return call(_uneven(rng, 2, 3, 4, 5), (-2, -1), eps=0.0)


@normalize.probe("over all axes", symptom="The result is wrong when one mean is taken over everything.")
def normalize_all(call, rng):
    return call(_uneven(rng, 3, 5), (0, 1), eps=0.0)


@normalize.probe("all lengths equal", symptom=EQUAL)
def normalize_equal(call, rng):
    x = _uneven(rng, 4, 4, 4)
    return {f"x_hat over axes {axes}": call(x, axes, eps=0.0)["x_hat"] for axes in (0, (1, 2), (0, 2))}


@normalize.probe("not centred", symptom="The result is wrong with center=False, around means far from 0.")
def normalize_not_centred(call, rng):
    return call(_uneven(rng, 6, 5) + 4.0, 1, eps=0.3, center=False)


@normalize.probe("centred and not, over two axes", symptom="center=True and center=False do not do what they say.")
def normalize_both_ways(call, rng):
    x = _uneven(rng, 3, 4, 5) + 4.0
    return {f"x_hat, center={center}": call(x, (1, 2), 0.0, center)["x_hat"] for center in (True, False)}


@normalize.probe("eps from 0.1 to 1", symptom=EPS)
def normalize_eps(call, rng):
    x = rng.normal(1.0, 0.7, size=(5, 6))
    return {f"x_hat with eps {eps:g}": call(x, 1, eps=eps)["x_hat"] for eps in (0.1, 0.3, 1.0)}


@normalize.probe("eps not given", symptom=DEFAULT)
def normalize_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(6, 4)) * [1.0, 0.1, 0.01, 0.003], 0)


@normalize.probe("a constant set", symptom="A set of equal values goes wrong: x_hat should be 0 there.")
def normalize_constant(call, rng):
    x = _uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, 1, eps=0.2)


@normalize.probe("sets of one value", symptom="Sets of a single value go wrong: each is its own mean, so x_hat is 0.")
def normalize_single(call, rng):
    return call(_uneven(rng, 3, 2, 1, 1), (2, 3), eps=0.1)


@normalize.probe("whole numbers", symptom=WHOLE)
def normalize_integers(call, rng):
    return call(_whole(rng, 4, 6), 1, eps=0.0)


@normalize.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def normalize_float32(call, rng):
    x = np.array([rng.permutation([-3, -2, -1, 1, 2, 3, 5, -5]) for _ in range(4)])
    return call((10000 + x).astype(np.float32), 1, eps=1e-5)


# layer_norm


@layer_norm.probe("seven rows, five features, eps 0", symptom="The values are wrong for seven rows of five features.")
def layer_plain(call, rng):
    return call(_uneven(rng, 7, 5), *_affine(rng, 5), 0.0)


@layer_norm.probe(
    "three sequences of four tokens, five features",
    symptom="The result is wrong for (N, T, D): each token is normalized by itself, over its D features.",
)
def layer_tokens(call, rng):
    return call(_uneven(rng, 3, 4, 5), *_affine(rng, 5), eps=0.0)


@layer_norm.probe("all lengths equal", symptom=EQUAL)
def layer_equal(call, rng):
    (gamma, beta), x = _affine(rng, 4), _uneven(rng, 4, 4, 4)
    return {
        "out for (4, 4)": call(x[0], gamma, beta, 0.0)["out"],
        "out for (4, 4, 4)": call(x, gamma, beta, 0.0)["out"],
    }


@layer_norm.probe("eps from 0.1 to 1", symptom=EPS)
def layer_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(5, 6)), _affine(rng, 6)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@layer_norm.probe("eps not given", symptom=DEFAULT)
def layer_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]], *_affine(rng, 6))


@layer_norm.probe("a single row", symptom="One row alone goes wrong; layer norm needs no other rows.")
def layer_single(call, rng):
    return call(_uneven(rng, 1, 6), *_affine(rng, 6), eps=0.1)


@layer_norm.probe("a constant row", symptom="A row of equal values goes wrong: x_hat is 0 there and out is beta.")
def layer_constant(call, rng):
    x = _uneven(rng, 5, 4)
    x[2] = 4.0
    return call(x, *_affine(rng, 4), eps=0.2)


@layer_norm.probe("whole numbers", symptom=WHOLE)
def layer_integers(call, rng):
    return call(_whole(rng, 5, 6), *_affine(rng, 6), eps=0.0)


# rms_norm


@rms_norm.probe("seven rows, five features, eps 0", symptom="The values are wrong for seven rows of five features.")
def rms_plain(call, rng):
    return call(_uneven(rng, 7, 5) + 3.0, _scales(rng, 5), 0.0)


@rms_norm.probe(
    "three sequences of four tokens, five features",
    symptom="The result is wrong for (N, T, D): each token is divided by its own root mean square.",
)
def rms_tokens(call, rng):
    return call(_uneven(rng, 3, 4, 5) + 3.0, _scales(rng, 5), eps=0.0)


@rms_norm.probe("all lengths equal", symptom=EQUAL)
def rms_equal(call, rng):
    gamma, x = _scales(rng, 4), _uneven(rng, 4, 4, 4) + 3.0
    return {"out for (4, 4)": call(x[0], gamma, 0.0)["out"], "out for (4, 4, 4)": call(x, gamma, 0.0)["out"]}


@rms_norm.probe("eps from 0.1 to 1", symptom=EPS)
def rms_eps(call, rng):
    x, gamma = rng.normal(0.4, 0.7, size=(5, 6)), _scales(rng, 6)
    return {f"out with eps {eps:g}": call(x, gamma, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@rms_norm.probe("eps not given", symptom=DEFAULT)
def rms_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]], _scales(rng, 6))


@rms_norm.probe("a single row", symptom="One row alone goes wrong; RMS norm needs no other rows.")
def rms_single(call, rng):
    return call(_uneven(rng, 1, 6) + 3.0, _scales(rng, 6), eps=0.1)


@rms_norm.probe("a row of zeros", symptom="A row of zeros goes wrong: it should stay 0.")
def rms_zeros(call, rng):
    x = _uneven(rng, 5, 4)
    x[2] = 0.0
    return call(x, _scales(rng, 4), eps=0.2)


@rms_norm.probe("whole numbers", symptom=WHOLE)
def rms_integers(call, rng):
    return call(_whole(rng, 5, 6) + 7, _scales(rng, 6), eps=0.0)


# instance_norm


@instance_norm.probe(
    "three pictures, four channels of 5 x 2, eps 0", symptom="The values are wrong for pictures of different lengths."
)
def instance_plain(call, rng):
    return call(_uneven(rng, 3, 4, 5, 2), *_affine(rng, 4), 0.0)


@instance_norm.probe("all lengths equal", symptom=EQUAL)
def instance_equal(call, rng):
    return call(_uneven(rng, 4, 4, 4, 4), *_affine(rng, 4), eps=0.0)


@instance_norm.probe("eps from 0.1 to 1", symptom=EPS)
def instance_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(2, 3, 4, 5)), _affine(rng, 3)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@instance_norm.probe("eps not given", symptom=DEFAULT)
def instance_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 4, 3, 5)) * np.array([1.0, 0.1, 0.01, 0.003]).reshape(4, 1, 1)
    return call(x, *_affine(rng, 4))


@instance_norm.probe("a constant picture", symptom="A channel of equal values goes wrong: x_hat is 0, out is beta.")
def instance_constant(call, rng):
    x = _uneven(rng, 2, 3, 4, 5)
    x[1, 2] = 4.0
    return call(x, *_affine(rng, 3), eps=0.2)


@instance_norm.probe("one position", symptom="With H = W = 1 every set has one value: x_hat is 0 and out is beta.")
def instance_pixel(call, rng):
    return call(_uneven(rng, 3, 4, 1, 1), *_affine(rng, 4), eps=0.1)


@instance_norm.probe("whole numbers", symptom=WHOLE)
def instance_integers(call, rng):
    return call(_whole(rng, 3, 2, 4, 5), *_affine(rng, 2), eps=0.0)


# group_norm


@group_norm.probe(
    "six channels in two groups, eps 0", symptom="The values are wrong for six channels in two groups of three."
)
def group_two(call, rng):
    return call(_uneven(rng, 4, 6, 5, 3), 2, *_affine(rng, 6), 0.0)


@group_norm.probe(
    "six channels in three groups, eps 0", symptom="The values are wrong for six channels in three groups of two."
)
def group_three(call, rng):
    return call(_uneven(rng, 2, 6, 3, 5), 3, *_affine(rng, 6), eps=0.0)


@group_norm.probe("one group", symptom="The result is wrong for G = 1, layer norm of the whole picture.")
def group_one(call, rng):
    return call(_uneven(rng, 3, 4, 2, 5), 1, *_affine(rng, 4), eps=0.0)


@group_norm.probe("as many groups as channels", symptom="The result is wrong for G = C, instance norm.")
def group_all(call, rng):
    return call(_uneven(rng, 3, 4, 2, 5), 4, *_affine(rng, 4), eps=0.0)


@group_norm.probe("all lengths equal", symptom=EQUAL)
def group_equal(call, rng):
    return call(_uneven(rng, 6, 6, 6, 6), 3, *_affine(rng, 6), eps=0.0)


@group_norm.probe("eps from 0.1 to 1", symptom=EPS)
def group_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(2, 6, 3, 4)), _affine(rng, 6)
    return {f"out with eps {eps:g}": call(x, 2, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@group_norm.probe("eps not given", symptom=DEFAULT)
def group_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 6, 3, 5)) * np.array([1.0, 1.0, 0.01, 0.01, 0.003, 0.003]).reshape(6, 1, 1)
    return call(x, 3, *_affine(rng, 6))


@group_norm.probe("a constant group", symptom="A group of equal values goes wrong: x_hat is 0 there and out is beta.")
def group_constant(call, rng):
    x = _uneven(rng, 2, 6, 3, 4)
    x[1, 2:4] = 4.0
    return call(x, 3, *_affine(rng, 6), eps=0.2)


@group_norm.probe("whole numbers", symptom=WHOLE)
def group_integers(call, rng):
    return call(_whole(rng, 3, 6, 2, 4), 2, *_affine(rng, 6), eps=0.0)


@group_norm.probe(
    "channels that cannot be divided",
    symptom="C not divisible by G has to raise a ValueError, also where H · W happens to be divisible.",
)
def group_refuses(call, rng):
    refused = []
    for channels, groups, height in ((6, 4, 5), (4, 3, 6), (5, 2, 4)):
        try:
            call(_uneven(rng, 2, channels, height, 1), groups, *_affine(rng, channels), eps=0.1)
            refused.append(0)
        except AnswerError as error:
            if error.kind != "ValueError":
                raise
            refused.append(1)
    return {"ValueError raised": np.array(refused)}


# layer_norm_backward


@layer_norm_backward.probe(
    "dx, seven rows, five features", symptom="dx is wrong for a plain matrix of seven rows and five features."
)
def layer_dx(call, rng):
    found = call(_upstream(rng, 7, 5), _uneven(rng, 7, 5), _scales(rng, 5), 0.0)
    return {"dx": found["dx"]}


@layer_norm_backward.probe("dx, (N, T, D)", symptom="dx is wrong for sequences of tokens, (N, T, D).")
def layer_dx_tokens(call, rng):
    found = call(_upstream(rng, 3, 4, 5), _uneven(rng, 3, 4, 5), _scales(rng, 5), eps=0.0)
    return {"dx": found["dx"]}


@layer_norm_backward.probe("dx, eps from 0.1 to 1", symptom="dx is wrong for some eps from 0.1 to 1.")
def layer_dx_eps(call, rng):
    x, dout, gamma = rng.normal(1.0, 0.7, size=(4, 6)), _upstream(rng, 4, 6), _scales(rng, 6)
    return {f"dx with eps {eps:g}": call(dout, x, gamma, eps=eps)["dx"] for eps in (0.1, 0.3, 1.0)}


@layer_norm_backward.probe("dx, eps not given", symptom=DEFAULT)
def layer_dx_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]]
    return {"dx": call(_upstream(rng, 4, 6), x, _scales(rng, 6))["dx"]}


@layer_norm_backward.probe("dx, all lengths equal", symptom=EQUAL)
def layer_dx_equal(call, rng):
    return {"dx": call(_upstream(rng, 5, 5), _uneven(rng, 5, 5), _scales(rng, 5), eps=0.2)["dx"]}


@layer_norm_backward.probe("dx, one row and a constant row", symptom="dx is wrong for one row, or for a constant row.")
def layer_dx_rows(call, rng):
    x, dout, gamma = _uneven(rng, 4, 6), _upstream(rng, 4, 6), _scales(rng, 6)
    x[1] = 3.0
    return {
        "dx of one row": call(dout[:1], x[:1], gamma, eps=0.3)["dx"],
        "dx with a constant row": call(dout, x, gamma, eps=0.3)["dx"],
    }


@layer_norm_backward.probe("dgamma, (N, D)", symptom="dgamma is wrong for a plain matrix.")
def layer_dgamma(call, rng):
    found = call(_upstream(rng, 7, 5), _uneven(rng, 7, 5), _scales(rng, 5), 0.4)
    return {"dgamma": found["dgamma"]}


@layer_norm_backward.probe("dgamma, (N, T, D) and equal lengths", symptom="dgamma is wrong for sequences of tokens.")
def layer_dgamma_tokens(call, rng):
    gamma = _scales(rng, 4)
    return {
        f"dgamma for {shape}": call(_upstream(rng, *shape), _uneven(rng, *shape), gamma, eps=0.4)["dgamma"]
        for shape in ((2, 3, 4), (4, 4, 4), (4, 4))
    }


@layer_norm_backward.probe("dbeta", symptom="dbeta is wrong: beta is added to every row and token.")
def layer_dbeta(call, rng):
    gamma = _scales(rng, 4)
    return {
        f"dbeta for {shape}": call(_upstream(rng, *shape), _uneven(rng, *shape), gamma, eps=0.4)["dbeta"]
        for shape in ((7, 4), (2, 3, 4), (4, 4))
    }


# group_norm_backward


@group_norm_backward.probe("dx, six channels in two groups", symptom="dx is wrong for six channels in two groups.")
def group_dx(call, rng):
    found = call(_upstream(rng, 4, 6, 5, 3), _uneven(rng, 4, 6, 5, 3), 2, _scales(rng, 6), 0.0)
    return {"dx": found["dx"]}


@group_norm_backward.probe(
    "dx, one group, and as many as channels", symptom="dx is wrong for G = 1 or for G = C, the two extremes."
)
def group_dx_extremes(call, rng):
    x, dout, gamma = _uneven(rng, 3, 4, 2, 5), _upstream(rng, 3, 4, 2, 5), _scales(rng, 4)
    return {f"dx for {groups} groups": call(dout, x, groups, gamma, eps=0.0)["dx"] for groups in (1, 4)}


@group_norm_backward.probe("dx, eps from 0.1 to 1", symptom="dx is wrong for some eps from 0.1 to 1.")
def group_dx_eps(call, rng):
    x, dout, gamma = rng.normal(1.0, 0.7, size=(2, 6, 3, 4)), _upstream(rng, 2, 6, 3, 4), _scales(rng, 6)
    return {f"dx with eps {eps:g}": call(dout, x, 3, gamma, eps=eps)["dx"] for eps in (0.1, 0.3, 1.0)}


@group_norm_backward.probe("dx, eps not given", symptom=DEFAULT)
def group_dx_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 6, 3, 5)) * np.array([1.0, 1.0, 0.01, 0.01, 0.003, 0.003]).reshape(6, 1, 1)
    return {"dx": call(_upstream(rng, 2, 6, 3, 5), x, 3, _scales(rng, 6))["dx"]}


@group_norm_backward.probe("dx, all lengths equal", symptom=EQUAL)
def group_dx_equal(call, rng):
    return {"dx": call(_upstream(rng, 4, 4, 4, 4), _uneven(rng, 4, 4, 4, 4), 2, _scales(rng, 4), eps=0.2)["dx"]}


@group_norm_backward.probe("dgamma", symptom="dgamma is wrong: gamma[c] acts on all pictures and positions.")
def group_dgamma(call, rng):
    found = call(_upstream(rng, 4, 6, 5, 3), _uneven(rng, 4, 6, 5, 3), 2, _scales(rng, 6), 0.4)
    return {"dgamma": found["dgamma"]}


@group_norm_backward.probe(
    "dgamma, one group, all groups, equal lengths", symptom="dgamma is wrong for G = 1, for G = C or for equal lengths."
)
def group_dgamma_extremes(call, rng):
    gamma, found = _scales(rng, 4), {}
    for shape, groups in (((3, 4, 2, 5), 1), ((3, 4, 2, 5), 4), ((4, 4, 4, 4), 2)):
        x, dout = _uneven(rng, *shape), _upstream(rng, *shape)
        found[f"dgamma for {shape}, {groups} groups"] = call(dout, x, groups, gamma, eps=0.4)["dgamma"]
    return found


@group_norm_backward.probe("dbeta", symptom="dbeta is wrong: beta[c] is added to all of channel c.")
def group_dbeta(call, rng):
    gamma, found = _scales(rng, 4), {}
    for shape in ((3, 4, 2, 5), (4, 4, 4, 4)):
        found[f"dbeta for {shape}"] = call(_upstream(rng, *shape), _uneven(rng, *shape), 2, gamma, eps=0.4)["dbeta"]
    return found


# weight_standardize


@weight_standardize.probe("a convolution, all lengths different", symptom="The values are wrong for a convolution.")
def weights_plain(call, rng):
    return call(_uneven(rng, 5, 4, 3, 2), 0.0)


@weight_standardize.probe("a linear layer", symptom="The result is wrong for a linear layer, (O, I).")
def weights_linear(call, rng):
    return call(_uneven(rng, 4, 6), eps=0.0)


@weight_standardize.probe("three axes", symptom="The result is wrong for weights of three axes.")
def weights_three(call, rng):
    return call(_uneven(rng, 4, 5, 3), eps=0.0)


@weight_standardize.probe("all lengths equal", symptom=EQUAL)
def weights_equal(call, rng):
    four, two = _uneven(rng, 3, 3, 3, 3), _uneven(rng, 5, 5)
    return {"for (3, 3, 3, 3)": call(four, eps=0.0)["standardized"], "for (5, 5)": call(two, eps=0.0)["standardized"]}


@weight_standardize.probe("eps from 0.1 to 1", symptom=EPS)
def weights_eps(call, rng):
    weight = rng.normal(0.2, 0.6, size=(3, 4, 2, 2))
    return {f"with eps {eps:g}": call(weight, eps=eps)["standardized"] for eps in (0.1, 0.3, 1.0)}


@weight_standardize.probe("eps not given", symptom=DEFAULT)
def weights_default(call, rng):
    return call(rng.normal(0.1, 1.0, size=(4, 3, 2, 2)) * np.array([1.0, 0.1, 0.01, 0.003]).reshape(4, 1, 1, 1))


@weight_standardize.probe("a constant filter", symptom="A filter of equal weights goes wrong: it should become 0.")
def weights_constant(call, rng):
    weight = _uneven(rng, 4, 3, 2, 2)
    weight[1] = 0.7
    return call(weight, eps=0.2)


@weight_standardize.probe("whole numbers", symptom=WHOLE)
def weights_integers(call, rng):
    return call(_whole(rng, 4, 3, 2, 5), eps=0.0)


# local_response_norm


@local_response_norm.probe("window of 3", symptom="The values are wrong for a window of three channels.")
def lrn_three(call, rng):
    return call(_uneven(rng, 2, 6, 3, 4), 3, 2.0, 0.6, 1.5)


@local_response_norm.probe("window of 5", symptom="The values are wrong for a window of five channels.")
def lrn_five(call, rng):
    return call(_uneven(rng, 3, 7, 2, 4), 5, alpha=0.5, beta=1.0, k=0.5)


@local_response_norm.probe(
    "even windows", symptom="The result is wrong for windows of even size, which look one channel farther down than up."
)
def lrn_even(call, rng):
    x = _uneven(rng, 2, 7, 3, 4)
    return {f"out for size {size}": call(x, size, alpha=2.0, beta=0.75, k=1.0)["out"] for size in (2, 4)}


@local_response_norm.probe("window of 1", symptom="The result is wrong for a window of one channel, the value itself.")
def lrn_one(call, rng):
    return call(_uneven(rng, 2, 5, 3, 4), 1, alpha=3.0, beta=0.3, k=2.0)


@local_response_norm.probe(
    "window larger than the channels", symptom="The result is wrong where the window is larger than the channels."
)
def lrn_wide(call, rng):
    return call(_uneven(rng, 2, 3, 4, 5), 9, alpha=2.0, beta=0.5, k=1.0)


@local_response_norm.probe("all lengths equal", symptom=EQUAL)
def lrn_equal(call, rng):
    return call(_uneven(rng, 5, 5, 5, 5), 3, alpha=1.0, beta=0.75, k=2.0)


@local_response_norm.probe(
    "alpha, beta and k not given", symptom="The result is wrong when the call leaves alpha, beta and k out."
)
def lrn_default(call, rng):
    return call(30 * _uneven(rng, 2, 6, 3, 4), 5)


@local_response_norm.probe("a single channel", symptom="The result is wrong when there is a single channel.")
def lrn_single(call, rng):
    return call(_uneven(rng, 3, 1, 2, 4), 3, alpha=2.0, beta=0.75, k=1.0)


@local_response_norm.probe("whole numbers", symptom=WHOLE)
def lrn_integers(call, rng):
    return call(_whole(rng, 2, 5, 3, 4), 3, alpha=1.0, beta=0.75, k=2.0)


# ghost_batch_norm


@ghost_batch_norm.probe("three parts of four rows", symptom="The values are wrong for three parts of four rows.")
def ghost_plain(call, rng):
    return call(_uneven(rng, 12, 5), *_affine(rng, 5), 4, 0.0)


@ghost_batch_norm.probe("all lengths equal", symptom=EQUAL)
def ghost_equal(call, rng):
    return call(_uneven(rng, 16, 4), *_affine(rng, 4), size=4, eps=0.0)


@ghost_batch_norm.probe("one part", symptom="The result is wrong for size = N, which is batch norm.")
def ghost_one(call, rng):
    return call(_uneven(rng, 6, 4), *_affine(rng, 4), size=6, eps=0.0)


@ghost_batch_norm.probe("parts of one row", symptom="The result is wrong for size = 1: x_hat is 0 and out is beta.")
def ghost_rows(call, rng):
    return call(_uneven(rng, 5, 3), *_affine(rng, 3), size=1, eps=0.1)


@ghost_batch_norm.probe("eps from 0.1 to 1", symptom=EPS)
def ghost_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(10, 4)), _affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, 5, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@ghost_batch_norm.probe("eps not given", symptom=DEFAULT)
def ghost_default(call, rng):
    return call(rng.normal(0.5, 1.0, size=(8, 4)) * [1.0, 0.1, 0.01, 0.003], *_affine(rng, 4), size=4)


@ghost_batch_norm.probe("whole numbers", symptom=WHOLE)
def ghost_integers(call, rng):
    return call(_whole(rng, 9, 4), *_affine(rng, 4), size=3, eps=0.0)
