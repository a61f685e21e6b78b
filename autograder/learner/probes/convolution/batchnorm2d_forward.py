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

exercise.case(x=[[[[1, 3]]]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[[[1, 3]]]], gamma=[3], beta=[0], eps=0)
exercise.case(x=[[[[1, 3]]]], gamma=[1], beta=[5], eps=0)
exercise.case(x=[[[[2, 4]]]], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[[[0, 4], [0, 0]]]], gamma=[1], beta=[0], eps=1)
exercise.case(x=[[[[1]]], [[[3]]]], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[[[0, 0]]], [[[0, 4]]]], gamma=[2], beta=[3], eps=1)
exercise.case(x=[[[[3, 7]], [[0, 0]]], [[[7, 11]], [[0, 4]]]], gamma=[3, -2], beta=[10, 5], eps=1)


@exercise.case_of("x = [[[[0, 0.006, 0.018, 0.024]]]], gamma = [5], beta = [0], eps not given")
def forward_paper_default(call):
    return call(np.array([[[[0, 0.006, 0.018, 0.024]]]]), np.array([5.0]), np.array([0.0]))


@exercise.case_of("all arrays hold whole numbers (dtype int)", "x = [[[[2, 4]]]], gamma = [1], beta = [0], eps = 3")
def forward_paper_integers(call):
    return call(np.array([[[[2, 4]]]]), np.array([1]), np.array([0]), 3)


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
    symptom="The values are wrong for pictures whose four sizes all differ.",
)
def forward_plain(call, rng):
    return call(_pictures(rng, 3, 4, 2, 5), *draw_affine(rng, 4), eps=0.0)


@exercise.probe(
    "as many channels as columns of pixels",
    symptom="It is wrong when there are as many channels as columns of pixels. Which axis does gamma belong to?",
)
def forward_channels_as_width(call, rng):
    return call(_pictures(rng, 2, 5, 3, 5), *draw_affine(rng, 5), 0.0)


@exercise.probe(
    "all four sizes equal",
    symptom="It is wrong when all four sizes are equal. Which axis is which, on the way there and on the way back?",
)
def forward_cube(call, rng):
    return call(_pictures(rng, 3, 3, 3, 3), *draw_affine(rng, 3), eps=0.0)


@exercise.probe(
    "eps from 0.1 to 1",
    symptom="It is wrong for one eps or more from 0.1 to 1. Where does eps stand in the formula?",
)
def forward_eps(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(x, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe(
    "eps not given",
    symptom="It is wrong when the call leaves eps out. Which value does it have then, and where does it matter?",
)
def forward_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 4, 3, 5)) * np.array([1.0, 0.1, 0.01, 0.003])[:, None, None]
    return call(x, *draw_affine(rng, 4))


@exercise.probe(
    "a constant channel",
    symptom="It is wrong when all pixels of one channel are equal. What should x_hat be in that channel?",
)
def forward_constant(call, rng):
    x, (gamma, beta) = _pictures(rng, 2, 4, 3, 5), draw_affine(rng, 4)
    x[:, 1] = 4.0
    return call(x, gamma, beta, 0.2)


@exercise.probe(
    "one picture",
    symptom="It is wrong for a single picture. Which values share the statistics of a channel there?",
)
def forward_one_picture(call, rng):
    return call(_pictures(rng, 1, 4, 3, 2), *draw_affine(rng, 4), eps=0.1)


@exercise.probe(
    "pictures of one pixel",
    symptom="It is wrong for pictures of one pixel. What is a row of the vector version there?",
)
def forward_one_pixel(call, rng):
    return call(_pictures(rng, 6, 4, 1, 1), *draw_affine(rng, 4), eps=0.3)


@exercise.probe(
    "whole numbers",
    symptom="It is wrong when x holds whole numbers. Which type should the result have?",
)
def forward_integers(call, rng):
    x = rng.randint(0, 10, size=(2, 3, 4, 5)) + np.array([0, 10, -50])[:, None, None]
    return call(x, *draw_affine(rng, 3), eps=0.0)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom=(
        "It is wrong for float32 values around 10 000. How many digits do their squares need, and how many has float32?"
    ),
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
