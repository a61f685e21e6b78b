"""Probes of weight_standardize."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("weight_standardize", arguments=("weight", "eps"), returns=("standardized",))

exercise.case(weight=[[1, 3]], eps=0)
exercise.case(weight=[[2, 4]], eps=3)
exercise.case(weight=[[0, 3, 6]], eps=3)
exercise.case(weight=[[1, 3], [10, 14]], eps=0)
exercise.case(weight=[[5, 5], [2, 4]], eps=3)
exercise.case(weight=[[[1, 3]], [[10, 14]]], eps=0)
exercise.case(weight=[[[[0, 0]], [[0, 4]]]], eps=1)
exercise.case(weight=[[[[0, 0]], [[0, 4]]], [[[13, 9]], [[9, 9]]]], eps=1)


@exercise.case_of("weight = [[0, 0.006, 0.018, 0.024]], eps not given")
def weights_paper_default(call):
    return call(np.array([[0, 0.006, 0.018, 0.024]]))


@exercise.case_of("weight = [[2, 4]], whole numbers (dtype int)", "eps = 3")
def weights_paper_integers(call):
    return call(np.array([[2, 4]]), 3)


@exercise.probe(
    "a convolution, all lengths different", symptom="The values are wrong for a convolution whose lengths all differ."
)
def weights_plain(call, rng):
    return call(uneven(rng, 5, 4, 3, 2), 0.0)


@exercise.probe("a linear layer", symptom="It is wrong for a linear layer, (O, I). Which weights are one filter there?")
def weights_linear(call, rng):
    return call(uneven(rng, 4, 6), eps=0.0)


@exercise.probe("three axes", symptom="It is wrong for weights of three axes. Which weights are one filter there?")
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


@exercise.probe(
    "a constant filter", symptom="It is wrong when all weights of one filter are equal. What should become of them?"
)
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
