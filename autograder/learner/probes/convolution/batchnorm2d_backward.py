"""Probes of batchnorm2d_backward."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.probes.inputs import draw_affine

exercise = Exercise(
    "batchnorm2d_backward", arguments=("dout", "cache"), returns=("dx", "dgamma", "dbeta"), forbidden=TORCH_NORMS
)


def _paper_case(dout, x_hat, std, gamma):
    """Add a rung: this upstream gradient and this cache."""

    @exercise.case_of(
        f"dout = {dout}", f"x_hat = {x_hat} in cache, one row for each pixel", f"std = {std}, gamma = {gamma} in cache"
    )
    def play(call):
        cache = {"x_hat": x_hat, "std": std, "gamma": gamma}
        return call(np.array(dout, dtype=float), {name: np.array(kept, dtype=float) for name, kept in cache.items()})


_paper_case([[[[1, 3]]]], [[0], [0]], [1], [1])
_paper_case([[[[1, 3]]]], [[0], [0]], [1], [5])
_paper_case([[[[1, 3]]]], [[0], [0]], [0.5], [5])
_paper_case([[[[0, 8]]]], [[-0.5], [0.5]], [1], [1])
_paper_case([[[[0, 8], [4, 0]]]], [[-1], [1], [1], [-1]], [1], [1])
_paper_case([[[[0]]], [[[8]]]], [[-0.5], [0.5]], [1], [1])
_paper_case([[[[0, 4]], [[1, 3]]]], [[-0.5, 0], [0.5, 0]], [1, 1], [1, -2])
_paper_case([[[[0, 0]]], [[[0, 8]]]], [[-0.5], [-0.5], [-0.5], [1.5]], [2], [4])
_paper_case(
    [[[[0, 2]], [[1, 2]]], [[[1, 9]], [[5, 8]]]],
    [[-1, -0.5], [0, -0.5], [0, -0.5], [1, 1.5]],
    [2, 1],
    [4, -2],
)


def _upstream_and_cache(rng, n, c, h, w):
    """A random upstream gradient of non-zero mean, and what the vector version kept for n*h*w rows."""
    dout = rng.normal(0.7, 1.0, size=(n, c, h, w)) * rng.uniform(0.5, 2.0, size=(n, 1, 1, 1))
    rows = rng.normal(size=(n * h * w, c)) ** 3  # any pixels do, as long as each channel is standardized
    x_hat = (rows - rows.mean(axis=0)) / (1e-12 + rows.std(axis=0)) * 0.97  # eps keeps the spread below 1
    return dout, {"x_hat": x_hat, "std": rng.uniform(0.3, 3.0, size=c), "gamma": draw_affine(rng, c)[0]}


@exercise.probe(
    "three pictures, four channels, 2 by 5 pixels",
    symptom="A gradient is wrong for pictures whose four sizes all differ.",
)
def backward_plain(call, rng):
    return call(*_upstream_and_cache(rng, 3, 4, 2, 5))


@exercise.probe(
    "as many channels as columns of pixels",
    symptom="It is wrong when there are as many channels as columns of pixels. Which axis does gamma belong to?",
)
def backward_channels_as_width(call, rng):
    return call(*_upstream_and_cache(rng, 2, 5, 3, 5))


@exercise.probe(
    "all four sizes equal",
    symptom="It is wrong when all four sizes are equal. Which axis is which, on the way there and on the way back?",
)
def backward_cube(call, rng):
    return call(*_upstream_and_cache(rng, 3, 3, 3, 3))


@exercise.probe(
    "one picture",
    symptom="It is wrong for a single picture. Which values share the statistics of a channel there?",
)
def backward_one_picture(call, rng):
    return call(*_upstream_and_cache(rng, 1, 4, 3, 2))


@exercise.probe(
    "pictures of one pixel",
    symptom="It is wrong for pictures of one pixel. What is a row of the vector version there?",
)
def backward_one_pixel(call, rng):
    return call(*_upstream_and_cache(rng, 6, 4, 1, 1))


@exercise.probe(
    "twice with the same cache",
    symptom="It is wrong when it is called twice with the same cache. What may the second result depend on?",
)
def backward_twice(call, rng):
    dout, cache = _upstream_and_cache(rng, 2, 3, 4, 2)
    first, second = call(dout, cache), call(-2 * dout, cache)
    return {f"{name} of call {number}": made[name] for number, made in enumerate((first, second), 1) for name in made}
