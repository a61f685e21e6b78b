"""Probes of group_norm."""

import numpy as np

from autograder.learner.diagnosis.answer import AnswerError
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EPS, EQUAL, WHOLE, draw_affine, uneven, whole_numbers
from autograder.learner.probes.inputs import FAR_OUT, draw_far_out

exercise = Exercise("group_norm", arguments=("x", "groups", "gamma", "beta", "eps"), returns=("out",))

exercise.case(x=[[[[1]], [[3]]]], groups=1, gamma=[1, 1], beta=[0, 0], eps=0)
exercise.case(x=[[[[1]], [[3]]]], groups=1, gamma=[2, 5], beta=[0, 0], eps=0)
exercise.case(x=[[[[1]], [[3]]]], groups=1, gamma=[1, 1], beta=[10, 20], eps=0)
exercise.case(x=[[[[2]], [[4]]]], groups=1, gamma=[1, 1], beta=[0, 0], eps=3)
exercise.case(x=[[[[1]], [[3]], [[10]], [[14]]]], groups=2, gamma=[1, 1, 1, 1], beta=[0, 0, 0, 0], eps=0)
exercise.case(x=[[[[1]], [[3]], [[5]], [[5]]]], groups=2, gamma=[2, -4, 6, 8], beta=[1, 2, 3, 4], eps=3)
exercise.case(x=[[[[1], [3]], [[10], [14]]], [[[5], [9]], [[2], [4]]]], groups=2, gamma=[1, 1], beta=[0, 0], eps=0)


@exercise.case_of("x = [[[[0, 0.006, 0.018, 0.024]]]], groups = 1, gamma = [5], beta = [0], eps not given")
def group_paper_default(call):
    return call(np.array([[[[0, 0.006, 0.018, 0.024]]]]), 1, np.array([5.0]), np.array([0.0]))


@exercise.case_of(
    "all arrays hold whole numbers (dtype int)",
    "x = [[[[2]], [[4]]]], groups = 1, gamma = [1, 1], beta = [0, 0], eps = 3",
)
def group_paper_integers(call):
    return call(np.array([[[[2]], [[4]]]]), 1, np.array([1, 1]), np.array([0, 0]), 3)


@exercise.case_of(
    "x = [[[[1, 3]], [[5, 7]], [[9, 11]]]], groups = 2",
    "gamma = [1, 1, 1], beta = [0, 0, 0], eps = 1; is there a ValueError?",
)
def group_paper_refused(call):
    try:
        call(np.array([[[[1.0, 3.0]], [[5.0, 7.0]], [[9.0, 11.0]]]]), 2, np.ones(3), np.zeros(3), 1)
    except AnswerError as error:
        return {"a ValueError is raised": error.kind == "ValueError"}
    return {"a ValueError is raised": False}


@exercise.probe(
    "six channels in two groups, eps 0", symptom="The values are wrong for six channels in two groups of three."
)
def group_two(call, rng):
    return call(uneven(rng, 4, 6, 5, 3), 2, *draw_affine(rng, 6), 0.0)


@exercise.probe(
    "six channels in three groups, eps 0",
    symptom="It is wrong for six channels in three groups. Which channels belong to one group?",
)
def group_three(call, rng):
    return call(uneven(rng, 2, 6, 3, 5), 3, *draw_affine(rng, 6), eps=0.0)


@exercise.probe("one group", symptom="It is wrong for one group. Which values share a mean then?")
def group_one(call, rng):
    return call(uneven(rng, 3, 4, 2, 5), 1, *draw_affine(rng, 4), eps=0.0)


@exercise.probe(
    "as many groups as channels", symptom="It is wrong for as many groups as channels. Which values share a mean then?"
)
def group_all(call, rng):
    return call(uneven(rng, 3, 4, 2, 5), 4, *draw_affine(rng, 4), eps=0.0)


@exercise.probe("all lengths equal", symptom=EQUAL)
def group_equal(call, rng):
    return call(uneven(rng, 6, 6, 6, 6), 3, *draw_affine(rng, 6), eps=0.0)


@exercise.probe("eps from 0.1 to 1", symptom=EPS)
def group_eps(call, rng):
    x, (gamma, beta) = rng.normal(1.0, 0.7, size=(2, 6, 3, 4)), draw_affine(rng, 6)
    return {f"out with eps {eps:g}": call(x, 2, gamma, beta, eps=eps)["out"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("eps not given", symptom=DEFAULT)
def group_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 6, 3, 5)) * np.array([1.0, 1.0, 0.01, 0.01, 0.003, 0.003]).reshape(6, 1, 1)
    return call(x, 3, *draw_affine(rng, 6))


@exercise.probe(
    "a constant group",
    symptom="It is wrong when all values of one group are equal. What should x_hat be in that group?",
)
def group_constant(call, rng):
    x = uneven(rng, 2, 6, 3, 4)
    x[1, 2:4] = 4.0
    return call(x, 3, *draw_affine(rng, 6), eps=0.2)


@exercise.probe("whole numbers", symptom=WHOLE)
def group_integers(call, rng):
    return call(whole_numbers(rng, 3, 6, 2, 4), 2, *draw_affine(rng, 6), eps=0.0)


@exercise.probe(
    "channels that cannot be divided",
    symptom="It is wrong when C is not divisible by G. What does the text ask for then?",
)
def group_refuses(call, rng):
    refused = []
    for channels, groups, height in ((6, 4, 5), (4, 3, 6), (5, 2, 4)):
        try:
            call(uneven(rng, 2, channels, height, 1), groups, *draw_affine(rng, channels), eps=0.1)
            refused.append(0)
        except AnswerError as error:
            if error.kind != "ValueError":
                raise
            refused.append(1)
    return {"ValueError raised": np.array(refused, dtype=bool)}


@exercise.probe("a value far out", symptom=FAR_OUT)
def group_far_out(call, rng):
    return call(draw_far_out(rng).T.reshape(1, 4, 10, 6), 2, *draw_affine(rng, 4), eps=0.0)
