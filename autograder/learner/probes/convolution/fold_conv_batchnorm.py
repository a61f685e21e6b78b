"""Probes of fold_conv_batchnorm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.inputs import draw_affine

exercise = Exercise(
    "fold_conv_batchnorm",
    arguments=("weight", "bias", "gamma", "beta", "running_mean", "running_var", "eps"),
    returns=("folded_weight", "folded_bias"),
)

PLAIN = {"gamma": [1], "beta": [0], "running_mean": [0], "running_var": [4], "eps": 0}
exercise.case(weight=[[[[6]]]], bias=[0], **PLAIN)
exercise.case(weight=[[[[6]]]], bias=[0], **PLAIN | {"gamma": [3]})
exercise.case(weight=[[[[6]]]], bias=[4], **PLAIN | {"gamma": [3]})
exercise.case(weight=[[[[6]]]], bias=[4], **PLAIN | {"gamma": [3], "running_mean": [2]})
exercise.case(weight=[[[[6]]]], bias=[4], **PLAIN | {"gamma": [3], "running_mean": [2], "beta": [10]})
exercise.case(weight=[[[[6]]]], bias=[4], **PLAIN | {"gamma": [3], "running_var": [1], "eps": 3})
exercise.case(weight=[[[[6]]]], bias=None, **PLAIN | {"gamma": [3], "running_mean": [2], "beta": [10]})
exercise.case(
    weight=[[[[6, 1]]], [[[5, 2]]]],
    bias=[1, 2],
    gamma=[6, -2],
    beta=[10, 5],
    running_mean=[4, 1],
    running_var=[8, 3],
    eps=1,
)
exercise.case(
    weight=[[[[1]], [[2]]], [[[3]], [[4]]]],
    bias=[1, 2],
    gamma=[6, -2],
    beta=[10, 5],
    running_mean=[4, 1],
    running_var=[8, 3],
    eps=1,
)


def _layer(rng, out_channels, in_channels, height, width):
    """Weights, bias, gamma, beta, running mean and running variance of a convolution with batch norm."""
    return [
        rng.normal(size=(out_channels, in_channels, height, width)),
        rng.normal(1.0, 2.0, size=out_channels),
        *draw_affine(rng, out_channels),
        rng.normal(0.5, 3.0, size=out_channels),
        rng.uniform(0.05, 6.0, size=out_channels),
    ]


@exercise.probe("four filters of 3 by 2 by 5", symptom="The values are wrong for filters whose sizes all differ.")
def fold_plain(call, rng):
    return call(*_layer(rng, 4, 3, 2, 5), 0.3)


@exercise.probe(
    "all sizes equal",
    symptom="It is wrong when all sizes are equal. Which axis of weight counts the output channels?",
)
def fold_cube(call, rng):
    return call(*_layer(rng, 3, 3, 3, 3), 0.2)


@exercise.probe(
    "no bias", symptom="It is wrong when the convolution has no bias, so that bias is None. What does it add then?"
)
def fold_without_bias(call, rng):
    weight, _, *rest = _layer(rng, 5, 2, 3, 3)
    return call(weight, None, *rest, eps=0.1)


@exercise.probe(
    "eps from 1e-5 to 1",
    symptom="It is wrong for one eps or more from 1e-5 to 1. Where does eps stand in the formula?",
)
def fold_eps(call, rng):
    layer, found = _layer(rng, 3, 2, 2, 2), {}
    layer[-1] = np.array([1.0, 0.01, 0.0])
    for eps in (1e-5, 1e-3, 1.0):
        found |= {f"{name} with eps {eps:g}": value for name, value in call(*layer, eps=eps).items()}
    return found


@exercise.probe(
    "filters of one channel",
    symptom=(
        "It is wrong for filters that have one input channel each. Which axis of weight counts the output channels?"
    ),
)
def fold_depthwise(call, rng):
    return call(*_layer(rng, 6, 1, 3, 3), 0.5)
