"""Probes of weight_standardize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("weight_standardize", arguments=("weight", "eps"), returns=("standardized",))


@exercise.probe("a convolution, all lengths different", symptom="The values are wrong for a convolution.")
def weights_plain(call, rng):
    return call(uneven(rng, 5, 4, 3, 2), 0.0)


@exercise.probe("a linear layer", symptom="The result is wrong for a linear layer, (O, I).")
def weights_linear(call, rng):
    return call(uneven(rng, 4, 6), eps=0.0)


@exercise.probe("three axes", symptom="The result is wrong for weights of three axes.")
def weights_three(call, rng):
    return call(uneven(rng, 4, 5, 3), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def weights_equal(call, rng):
    four, two = uneven(rng, 3, 3, 3, 3), uneven(rng, 5, 5)
    return {"for (3, 3, 3, 3)": call(four, eps=0.0)["standardized"], "for (5, 5)": call(two, eps=0.0)["standardized"]}


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def weights_eps(call, rng):
    weight = rng.normal(0.2, 0.6, size=(3, 4, 2, 2))
    return {f"with eps {eps:g}": call(weight, eps=eps)["standardized"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def weights_default(call, rng):
    return call(rng.normal(0.1, 1.0, size=(4, 3, 2, 2)) * np.array([1.0, 0.1, 0.01, 0.003]).reshape(4, 1, 1, 1))


@exercise.probe("a constant filter", symptom="A filter of equal weights goes wrong: it should become 0.")
def weights_constant(call, rng):
    weight = uneven(rng, 4, 3, 2, 2)
    weight[1] = 0.7
    return call(weight, eps=0.2)


@exercise.probe("whole numbers", symptom=WHOLE)
def weights_integers(call, rng):
    return call(whole_numbers(rng, 4, 3, 2, 5), eps=0.0)


@exercise.probe("a value far out", symptom=FAR_OUT)
def weights_far_out(call, rng):
    return call(draw_far_out(rng).T.reshape(2, 5, 6, 4), eps=0.0)
