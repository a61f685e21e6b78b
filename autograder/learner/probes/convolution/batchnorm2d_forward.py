"""Probes of batchnorm2d_forward."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.probes.inputs import FAR_OUT, draw_affine, draw_far_out

exercise = Exercise(
    "batchnorm2d_forward",
    arguments=("x", "gamma", "beta", "eps"),
    returns=("out", "cache"),
    opaque=("cache",),
    forbidden=TORCH_NORMS,
)


MEANS = np.array([3.0, -1.0, 40.0, 0.0, 7.0, -20.0])


SPREADS = np.array([1.0, 0.3, 5.0, 0.2, 2.0, 0.7])


def _pictures(rng, n, c, h, w):
    """Pictures whose channels, samples and pixels all differ in level and spread. Shape (n, c, h, w)."""
    channel = np.arange(c)[:, None, None] % 6
    sample = rng.normal(size=(n, 1, 1, 1)) * 1.5
    pixel = rng.normal(size=(1, 1, h, w)) * 0.8
    return MEANS[channel] + SPREADS[channel] * (rng.normal(size=(n, c, h, w)) + sample + pixel)


@exercise.probe(
    "three pictures, four channels, 2 by 5 pixels, eps 0",
    symptom="The values are wrong on pictures whose four sizes all differ.",
)
def forward_plain(call, rng):
    return call(_pictures(rng, 3, 4, 2, 5), *draw_affine(rng, 4), eps=0.0)


@exercise.probe(
    "as many channels as columns of pixels",
    symptom="The result is wrong where C = W: does gamma meet the channels there, or the last axis?",
)
def forward_channels_as_width(call, rng):
    return call(_pictures(rng, 2, 5, 3, 5), *draw_affine(rng, 5), 0.0)


@exercise.probe(
    "all four sizes equal", symptom="The result is wrong where N = C = H = W: is one axis taken for another?"
)
def forward_cube(call, rng):
    return call(_pictures(rng, 3, 3, 3, 3), *draw_affine(rng, 3), eps=0.0)


@exercise.probe(
    "eps from 0.1 to 1",
    symptom="The result is wrong for some eps from 0.1 to 1: is it passed on to where it counts?",
)
def forward_eps(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe(
    "eps not given",
    symptom="The result is wrong when the call leaves eps out: which value does the signature give it?",
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 4, 3, 5)) * np.array([1.0, 0.1, 0.01, 0.003])[:, None, None]
    return call(x, *draw_affine(rng, 4))


@exercise.probe(
    "a constant channel",
    symptom="A channel whose pixels are all equal goes wrong: x_hat should be 0 there, out beta.",
)
def forward_constant(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), draw_affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@exercise.probe(
    "one picture",
    symptom="The result is wrong for a batch of one picture, which still has H·W values per channel.",
)
def forward_one_picture(call, rng):
    return call(_pictures(rng, 1, 4, 3, 2), *draw_affine(rng, 4), eps=0.1)


@exercise.probe(
    "pictures of one pixel",
    symptom="The result is wrong for H = W = 1, where it must be what the vector version gives for the rows.",
)
def forward_one_pixel(call, rng):
    return call(_pictures(rng, 6, 4, 1, 1), *draw_affine(rng, 4), eps=0.3)


@exercise.probe(
    "whole numbers",
    symptom="The result is wrong when x holds whole numbers: is it stored in an array of integers?",
)
def forward_integers(call, rng):
    x = rng.randint(0, 10, size=(2, 3, 4, 5)) + np.array([0, 10, -50])[:, None, None]
    return call(x, *draw_affine(rng, 3), eps=0.0)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom="The result is wrong for float32 values around 10 000, where squares of x keep too few digits.",
)
def forward_float32(call, rng):
    gamma, beta = draw_affine(rng, 3)
    beta = np.sign(beta) * (7.0 + np.abs(beta))  # out stays away from 0, so that rounding does not matter
    x = (10000 + rng.randint(-1, 3, size=(2, 3, 2, 4))).astype(np.float32)
    return call(x, gamma.astype(np.float32), beta.astype(np.float32), eps=1e-5)


@exercise.probe("a value far out", symptom=FAR_OUT)
def forward_far_out(call, rng):
    x = draw_far_out(rng).reshape(2, 60, 2).transpose(0, 2, 1).reshape(2, 2, 10, 6)
    return call(x, *draw_affine(rng, 2), eps=0.0)
