"""Probes of group_norm_backward."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EQUAL, draw_upstream, scales, uneven

exercise = Exercise(
    "group_norm_backward", arguments=("dout", "x", "groups", "gamma", "eps"), returns=("dx", "dgamma", "dbeta")
)

exercise.case(dout=[[[[1]], [[3]]]], x=[[[[5]], [[5]]]], groups=1, gamma=[1, 1], eps=1)
exercise.case(dout=[[[[1]], [[3]]]], x=[[[[5]], [[5]]]], groups=1, gamma=[2, 2], eps=1)
exercise.case(dout=[[[[1]], [[3]]]], x=[[[[5]], [[5]]]], groups=1, gamma=[1, 1], eps=4)
exercise.case(dout=[[[[8]], [[0]]]], x=[[[[1]], [[3]]]], groups=1, gamma=[1, 1], eps=3)
exercise.case(dout=[[[[8, 0]], [[0, 0]]]], x=[[[[0, 0]], [[4, 4]]]], groups=1, gamma=[1, 1], eps=0)
exercise.case(dout=[[[[8, 0]], [[4, 0]]]], x=[[[[0, 0]], [[4, 4]]]], groups=1, gamma=[2, 1], eps=0)
exercise.case(dout=[[[[8, 0]], [[0, 4]]]], x=[[[[1, 3]], [[7, 9]]]], groups=2, gamma=[1, 2], eps=3)
exercise.case(
    dout=[[[[8]], [[0]], [[0]], [[4]]]], x=[[[[1]], [[3]], [[7]], [[9]]]], groups=2, gamma=[1, 2, -1, 3], eps=3
)
exercise.case(dout=[[[[8]], [[0]]], [[[2]], [[4]]]], x=[[[[1]], [[3]]], [[[7]], [[9]]]], groups=1, gamma=[1, 2], eps=3)


@exercise.case_of(
    "dout = [[[[10, 0, 0, 0]]]], x = [[[[0, 0.006, 0.018, 0.024]]]]", "groups = 1, gamma = [1], eps not given"
)
def group_paper_default(call):
    return call(np.array([[[[10.0, 0.0, 0.0, 0.0]]]]), np.array([[[[0, 0.006, 0.018, 0.024]]]]), 1, np.array([1.0]))


@exercise.probe("dx, six channels in two groups", symptom="dx is wrong for six channels in two groups of three.")
def group_dx(call, rng):
    found = call(draw_upstream(rng, 4, 6, 5, 3), uneven(rng, 4, 6, 5, 3), 2, scales(rng, 6), 0.0)
    return {"dx": found["dx"]}


@exercise.probe(
    "dx, one group, and as many as channels",
    symptom="dx is wrong for one group, or for as many as channels. Which values share a mean in each case?",
)
def group_dx_extremes(call, rng):
    x, dout, gamma = uneven(rng, 3, 4, 2, 5), draw_upstream(rng, 3, 4, 2, 5), scales(rng, 4)
    return {f"dx for {groups} groups": call(dout, x, groups, gamma, eps=0.0)["dx"] for groups in (1, 4)}


@exercise.probe(
    "dx, eps from 0.1 to 1",
    symptom="dx is wrong for one eps or more from 0.1 to 1. Where does eps stand in the formula?",
)
def group_dx_eps(call, rng):
    x, dout, gamma = rng.normal(1.0, 0.7, size=(2, 6, 3, 4)), draw_upstream(rng, 2, 6, 3, 4), scales(rng, 6)
    return {f"dx with eps {eps:g}": call(dout, x, 3, gamma, eps=eps)["dx"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("dx, eps not given", symptom=DEFAULT)
def group_dx_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(2, 6, 3, 5)) * np.array([1.0, 1.0, 0.01, 0.01, 0.003, 0.003]).reshape(6, 1, 1)
    return {"dx": call(draw_upstream(rng, 2, 6, 3, 5), x, 3, scales(rng, 6))["dx"]}


@exercise.probe("dx, all lengths equal", symptom=EQUAL)
def group_dx_equal(call, rng):
    return {"dx": call(draw_upstream(rng, 4, 4, 4, 4), uneven(rng, 4, 4, 4, 4), 2, scales(rng, 4), eps=0.2)["dx"]}


@exercise.probe(
    "dgamma", symptom="dgamma is wrong for six channels in two groups. On which values does one entry of gamma act?"
)
def group_dgamma(call, rng):
    found = call(draw_upstream(rng, 4, 6, 5, 3), uneven(rng, 4, 6, 5, 3), 2, scales(rng, 6), 0.4)
    return {"dgamma": found["dgamma"]}


@exercise.probe(
    "dgamma, one group, all groups, equal lengths",
    symptom=(
        "dgamma is wrong for one group, for as many as channels, or for equal lengths. On which values does "
        "one entry of gamma act?"
    ),
)
def group_dgamma_extremes(call, rng):
    gamma, found = scales(rng, 4), {}
    for shape, groups in (((3, 4, 2, 5), 1), ((3, 4, 2, 5), 4), ((4, 4, 4, 4), 2)):
        x, dout = uneven(rng, *shape), draw_upstream(rng, *shape)
        found[f"dgamma for {shape}, {groups} groups"] = call(dout, x, groups, gamma, eps=0.4)["dgamma"]
    return found


@exercise.probe(
    "dbeta",
    symptom=(
        "dbeta is wrong, for lengths that all differ or that are all equal. To which values is one entry of beta added?"
    ),
)
def group_dbeta(call, rng):
    gamma, found = scales(rng, 4), {}
    for shape in ((3, 4, 2, 5), (4, 4, 4, 4)):
        found[f"dbeta for {shape}"] = call(draw_upstream(rng, *shape), uneven(rng, *shape), 2, gamma, eps=0.4)["dbeta"]
    return found
