"""Probes of weight_scale_gap."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("weight_scale_gap", arguments=("x", "weight", "scale", "eps"), returns=("gap",))


def _gap(call, rng, n, d, m, scale, eps):
    """The gaps of four fresh layers, without their rounding noise, so that 0 is told as 0.

    Four, because on half of all layers the largest difference is positive, and a lost sign would not show.
    """
    layers = [(rng.normal(1.0, 1.0, size=(n, d)), rng.normal(size=(d, m))) for _ in range(4)]
    gaps = call.each((x, weight, scale, eps) for x, weight in layers)
    return {"gap": np.round([told["gap"] for told in gaps], 12)}


@exercise.probe("scale 3, eps 0", symptom="The gap is wrong for scale 3 and eps 0, where nothing should change.")
def scale_positive(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=3.0, eps=0.0)


@exercise.probe(
    "scale -2, eps 0", symptom="The gap is wrong for a negative scale, which turns the sign of every x_hat."
)
def scale_negative(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=-2.0, eps=0.0)


@exercise.probe("scale 0.2, eps 0.3", symptom="The gap is wrong when a small scale meets an eps that counts.")
def scale_small(call, rng):
    return _gap(call, rng, 9, 4, 3, scale=0.2, eps=0.3)


@exercise.probe("scale 20, eps 0.5", symptom="The gap is wrong when a large scale meets an eps that counts.")
def scale_large(call, rng):
    return _gap(call, rng, 6, 2, 4, scale=20.0, eps=0.5)


@exercise.probe("scale -0.5, eps 1", symptom="The gap is wrong for a negative scale with an eps that counts.")
def scale_negative_eps(call, rng):
    return _gap(call, rng, 7, 4, 2, scale=-0.5, eps=1.0)


@exercise.probe(
    "a square weight", symptom="The result is wrong for a square weight: are its rows taken for its columns?"
)
def scale_square(call, rng):
    return _gap(call, rng, 5, 4, 4, scale=0.1, eps=0.2)
