"""Probes of weight_scale_gap."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("weight_scale_gap", arguments=("x", "weight", "scale", "eps"), returns=("gap",))

exercise.case(x=[[1], [3]], weight=[[1]], scale=5, eps=0)
exercise.case(x=[[1], [3]], weight=[[1]], scale=-1, eps=0)
exercise.case(x=[[1], [3]], weight=[[1]], scale=7, eps=15)
exercise.case(x=[[1], [3]], weight=[[1]], scale=-7, eps=15)
exercise.case(x=[[0], [0], [3]], weight=[[1]], scale=-1, eps=2)
exercise.case(x=[[3], [3], [0]], weight=[[1]], scale=-1, eps=2)
exercise.case(x=[[1], [3]], weight=[[1, 7]], scale=-1, eps=15)
exercise.case(x=[[0, 1], [2, 1]], weight=[[1, 1], [7, 5]], scale=-1, eps=15)


def _gap(call, rng, n, d, m, scale, eps):
    """The gaps of four fresh layers, without their rounding noise, so that 0 is told as 0.

    Four, because on half of all layers the largest difference is positive, and a lost sign would not show.
    """
    layers = [(rng.normal(1.0, 1.0, size=(n, d)), rng.normal(size=(d, m))) for _ in range(4)]
    gaps = call.each((x, weight, scale, eps) for x, weight in layers)
    return {"gap": np.round([told["gap"] for told in gaps], 12)}


@exercise.probe(
    "scale 0.2, eps 0.3",
    symptom="It is wrong for scale 0.2 and eps 0.3. "
    "How do variance and eps come together, before the scaling and after?",
)
def scale_small(call, rng):
    return _gap(call, rng, 9, 4, 3, scale=0.2, eps=0.3)


@exercise.probe(
    "scale 3, eps 0",
    symptom="It is wrong for scale 3 and eps 0. What becomes of mean and spread when a column is multiplied by 3?",
)
def scale_positive(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=3.0, eps=0.0)


@exercise.probe(
    "scale -2, eps 0",
    symptom="It is wrong for scale -2 and eps 0. What becomes of mean and spread when a column is multiplied by -2?",
)
def scale_negative(call, rng):
    return _gap(call, rng, 8, 3, 5, scale=-2.0, eps=0.0)


@exercise.probe(
    "scale 20, eps 0.5",
    symptom="It is wrong for scale 20 and eps 0.5. "
    "How do variance and eps come together, before the scaling and after?",
)
def scale_large(call, rng):
    return _gap(call, rng, 6, 2, 4, scale=20.0, eps=0.5)


@exercise.probe(
    "scale -0.5, eps 1",
    symptom="It is wrong for scale -0.5 and eps 1. What does the minus sign do to x_hat, and what does eps?",
)
def scale_negative_eps(call, rng):
    return _gap(call, rng, 7, 4, 2, scale=-0.5, eps=1.0)


@exercise.probe(
    "a square weight", symptom="It is wrong for a square weight. What do its rows count, and what do its columns?"
)
def scale_square(call, rng):
    return _gap(call, rng, 5, 4, 4, scale=0.1, eps=0.2)
