"""Probes of lesson 03."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

batch_statistics = Exercise("batch_statistics", arguments=("x",), returns=("mean", "var"))
batchnorm_forward = Exercise(
    "batchnorm_forward", arguments=("x", "gamma", "beta", "eps"), returns=("out", "cache"), opaque=("cache",)
)
identity_affine = Exercise("identity_affine", arguments=("x", "eps"), returns=("gamma", "beta"))
redundant_bias = Exercise(
    "redundant_bias",
    arguments=("x", "weight", "bias", "gamma", "beta", "eps"),
    returns=("with_bias", "without_bias"),
)
weight_scale_gap = Exercise("weight_scale_gap", arguments=("x", "weight", "scale", "eps"), returns=("gap",))

MEANS = np.array([3.0, -1.0, 100.0, 0.0, 7.0, -20.0])
SPREADS = np.array([1.0, 0.3, 5.0, 0.05, 2.0, 0.7])


def _columns(rng, n, d):
    """A batch whose columns differ in place and spread. Shape (n, d)."""
    return rng.normal(MEANS[:d], SPREADS[:d], size=(n, d))


def _affine(rng, d):
    """gamma of both signs, none 1; beta of both signs, none 0. Shapes (d,), (d,)."""
    signs = np.where(np.arange(d) % 2, -1.0, 1.0)
    return signs * rng.uniform(1.2, 2.5, size=d), -signs * rng.uniform(0.3, 4.0, size=d)


def _far_from_zero(rng, n, d):
    """Whole numbers around 10 000 in float32: their mean is exact, their squares are not. Shape (n, d)."""
    return (10000 + rng.randint(-1, 3, size=(n, d))).astype(np.float32)


# batch_statistics


@batch_statistics.probe(
    "seven rows, five columns", symptom="The values are wrong on a plain batch of seven rows and five columns."
)
def statistics_plain(call, rng):
    return call(_columns(rng, 7, 5))


@batch_statistics.probe(
    "four rows, six columns", symptom="The result is wrong when the batch has fewer rows than columns."
)
def statistics_wide(call, rng):
    return call(_columns(rng, 4, 6))


@batch_statistics.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def statistics_square(call, rng):
    return call(_columns(rng, 5, 5))


@batch_statistics.probe(
    "a batch of one", symptom="The result is wrong for one row alone: its mean is the row itself, its variance is 0."
)
def statistics_single(call, rng):
    return call(_columns(rng, 1, 4))


@batch_statistics.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def statistics_integers(call, rng):
    return call(rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300]))


@batch_statistics.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The variance is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def statistics_float32(call, rng):
    return call(_far_from_zero(rng, 8, 4))


# batchnorm_forward


@batchnorm_forward.probe(
    "seven rows, five columns, eps 0", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def forward_plain(call, rng):
    return call(_columns(rng, 7, 5), *_affine(rng, 5), eps=0.0)


@batchnorm_forward.probe(
    "four rows, six columns, eps 0", symptom="The result is wrong when the batch has fewer rows than columns."
)
def forward_wide(call, rng):
    return call(_columns(rng, 4, 6), *_affine(rng, 6), 0.0)


@batchnorm_forward.probe(
    "eps from 0.1 to 1", symptom="The result is wrong for some eps from 0.1 to 1: where does eps enter, and how?"
)
def forward_eps(call, rng):
    x, (gamma, beta) = _columns(rng, 6, 4), _affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@batchnorm_forward.probe(
    "eps not given", symptom="The result is wrong when the call leaves eps out: which value does the signature give it?"
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(6, 4)) * [1.0, 0.1, 0.01, 0.003]
    return call(x, *_affine(rng, 4))


@batchnorm_forward.probe(
    "a constant column",
    symptom="A column whose values are all equal goes wrong: its variance is 0, and x_hat should be 0 there.",
)
def forward_constant(call, rng):
    x, (gamma, beta) = _columns(rng, 6, 4), _affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@batchnorm_forward.probe(
    "a column of spread 0.01",
    symptom="A narrow column goes wrong: its variance of 0.0001 is not much larger than eps.",
)
def forward_narrow(call, rng):
    return call(rng.normal([2.0, 5.0, -3.0], [1.0, 0.01, 0.02], size=(9, 3)), *_affine(rng, 3), 1e-3)


@batchnorm_forward.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def forward_float32(call, rng):
    gamma, beta = _affine(rng, 4)
    beta = np.sign(beta) * (7.0 + np.abs(beta))  # out stays away from 0, so that rounding does not matter
    return call(_far_from_zero(rng, 8, 4), gamma.astype(np.float32), beta.astype(np.float32), eps=1e-5)


@batchnorm_forward.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def forward_square(call, rng):
    return call(_columns(rng, 5, 5), *_affine(rng, 5), eps=0.0)


@batchnorm_forward.probe(
    "a batch of one", symptom="One row alone goes wrong: it equals its own mean, so x_hat is 0 and out is beta."
)
def forward_single(call, rng):
    return call(_columns(rng, 1, 4), *_affine(rng, 4), eps=0.1)


@batchnorm_forward.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def forward_integers(call, rng):
    return call(rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300]), *_affine(rng, 4), eps=0.0)


# identity_affine


@identity_affine.probe(
    "seven rows, five columns, eps 0.4", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def identity_plain(call, rng):
    return call(_columns(rng, 7, 5), 0.4)


@identity_affine.probe(
    "four rows, six columns, eps 1", symptom="The result is wrong when the batch has fewer rows than columns."
)
def identity_wide(call, rng):
    return call(_columns(rng, 4, 6), 1.0)


@identity_affine.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def identity_square(call, rng):
    return call(_columns(rng, 5, 5), 0.2)


@identity_affine.probe(
    "narrow columns, eps 1e-5",
    symptom="The result is wrong for narrow columns, whose variance is about as large as eps.",
)
def identity_narrow(call, rng):
    return call(rng.normal([2.0, 0.5, -1.0], [0.01, 0.003, 0.001], size=(6, 3)), 1e-5)


@identity_affine.probe(
    "whole numbers", symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?"
)
def identity_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    x[0] += 12  # no column is constant
    return call(x, 0.3)


# redundant_bias


@redundant_bias.probe(
    "eight rows, three inputs, four outputs", symptom="The values are wrong for a layer of three inputs, four outputs."
)
def bias_plain(call, rng):
    return call(
        rng.normal(1.0, 1.0, size=(8, 3)), rng.normal(size=(3, 4)), rng.normal(5.0, 3.0, 4), *_affine(rng, 4), 0.2
    )


@redundant_bias.probe(
    "a square weight", symptom="The result is wrong for a square weight: are its rows taken for its columns?"
)
def bias_square(call, rng):
    return call(rng.normal(size=(6, 4)), rng.normal(size=(4, 4)), rng.normal(5.0, 3.0, 4), *_affine(rng, 4), eps=0.5)


@redundant_bias.probe(
    "eps not given", symptom="The result is wrong when the call leaves eps out: which value does the signature give it?"
)
def bias_default(call, rng):
    weight = rng.normal(size=(2, 3)) * [1.0, 0.1, 0.01]
    return call(rng.normal(size=(7, 2)), weight, rng.normal(5.0, 3.0, 3), *_affine(rng, 3))


@redundant_bias.probe(
    "a bias of 1000", symptom="The result is wrong for a bias of 1000: is anything of the bias left in it?"
)
def bias_large(call, rng):
    return call(rng.normal(size=(5, 4)), rng.normal(size=(4, 2)), np.array([1000.0, -1000.0]), *_affine(rng, 2), 0.1)


# weight_scale_gap


def _gap(call, rng, n, d, m, scale, eps):
    """The gaps of four fresh layers, without their rounding noise, so that 0 is told as 0.

    Four, because on half of all layers the largest difference is positive, and a lost sign would not show.
    """
    layers = [(rng.normal(1.0, 1.0, size=(n, d)), rng.normal(size=(d, m))) for _ in range(4)]
    gaps = call.each((x, weight, scale, eps) for x, weight in layers)
    return {"gap": np.round([told["gap"] for told in gaps], 12)}


@weight_scale_gap.probe(
    "scale 3, eps 0", symptom="The gap is wrong for scale 3 and eps 0, where nothing should change."
)
def scale_positive(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=3.0, eps=0.0)


@weight_scale_gap.probe(
    "scale -2, eps 0", symptom="The gap is wrong for a negative scale, which turns the sign of every x_hat."
)
def scale_negative(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=-2.0, eps=0.0)


@weight_scale_gap.probe("scale 0.2, eps 0.3", symptom="The gap is wrong when a small scale meets an eps that counts.")
def scale_small(call, rng):
    return _gap(call, rng, 9, 4, 3, scale=0.2, eps=0.3)


@weight_scale_gap.probe("scale 20, eps 0.5", symptom="The gap is wrong when a large scale meets an eps that counts.")
def scale_large(call, rng):
    return _gap(call, rng, 6, 2, 4, scale=20.0, eps=0.5)


@weight_scale_gap.probe("scale -0.5, eps 1", symptom="The gap is wrong for a negative scale with an eps that counts.")
def scale_negative_eps(call, rng):
    return _gap(call, rng, 7, 4, 2, scale=-0.5, eps=1.0)


@weight_scale_gap.probe(
    "a square weight", symptom="The result is wrong for a square weight: are its rows taken for its columns?"
)
def scale_square(call, rng):
    return _gap(call, rng, 5, 4, 4, scale=0.1, eps=0.2)
