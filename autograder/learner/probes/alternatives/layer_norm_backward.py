"""Probes of layer_norm_backward."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.alternatives.inputs import DEFAULT, EQUAL, draw_upstream, scales, uneven

exercise = Exercise("layer_norm_backward", arguments=("dout", "x", "gamma", "eps"), returns=("dx", "dgamma", "dbeta"))

exercise.case(dout=[[1, 3]], x=[[5, 5]], gamma=[1, 1], eps=1)
exercise.case(dout=[[1, 3]], x=[[5, 5]], gamma=[2, 2], eps=1)
exercise.case(dout=[[1, 3]], x=[[5, 5]], gamma=[1, 1], eps=4)
exercise.case(dout=[[8, 0]], x=[[1, 3]], gamma=[1, 1], eps=3)
exercise.case(dout=[[8, 0, 0, 0]], x=[[0, 0, 4, 4]], gamma=[1, 1, 1, 1], eps=0)
exercise.case(dout=[[8, 0, 0, 0]], x=[[0, 0, 4, 4]], gamma=[2, 1, 1, 1], eps=0)
exercise.case(dout=[[8, 0], [0, 4]], x=[[1, 3], [7, 9]], gamma=[1, 2], eps=3)
exercise.case(dout=[[8, 0], [0, 4], [0, 2]], x=[[1, 3], [7, 9], [4, 2]], gamma=[1, -2], eps=3)
exercise.case(dout=[[[8, 0]], [[0, 4]]], x=[[[1, 3]], [[7, 9]]], gamma=[1, 2], eps=3)


@exercise.case_of("dout = [[10, 0, 0, 10]], x = [[0, 0.006, 0.018, 0.024]]", "gamma = [1, 1, 1, 1], eps not given")
def layer_paper_default(call):
    return call(np.array([[10.0, 0.0, 0.0, 10.0]]), np.array([[0, 0.006, 0.018, 0.024]]), np.ones(4))


@exercise.probe(
    "dx, seven rows, five features", symptom="dx is wrong for a plain matrix of seven rows and five features."
)
def layer_dx(call, rng):
    found = call(draw_upstream(rng, 7, 5), uneven(rng, 7, 5), scales(rng, 5), 0.0)
    return {"dx": found["dx"]}


@exercise.probe(
    "dx, (N, T, D)", symptom="dx is wrong for sequences of tokens, (N, T, D). Which values share a mean there?"
)
def layer_dx_tokens(call, rng):
    found = call(draw_upstream(rng, 3, 4, 5), uneven(rng, 3, 4, 5), scales(rng, 5), eps=0.0)
    return {"dx": found["dx"]}


@exercise.probe(
    "dx, eps from 0.1 to 1",
    symptom="dx is wrong for one eps or more from 0.1 to 1. Where does eps stand in the formula?",
)
def layer_dx_eps(call, rng):
    x, dout, gamma = rng.normal(1.0, 0.7, size=(4, 6)), draw_upstream(rng, 4, 6), scales(rng, 6)
    return {f"dx with eps {eps:g}": call(dout, x, gamma, eps=eps)["dx"] for eps in (0.1, 0.3, 1.0)}


@exercise.probe("dx, eps not given", symptom=DEFAULT)
def layer_dx_default(call, rng):
    x = rng.normal(0.5, 1.0, size=(4, 6)) * [[1.0], [0.1], [0.01], [0.003]]
    return {"dx": call(draw_upstream(rng, 4, 6), x, scales(rng, 6))["dx"]}


@exercise.probe("dx, all lengths equal", symptom=EQUAL)
def layer_dx_equal(call, rng):
    return {"dx": call(draw_upstream(rng, 5, 5), uneven(rng, 5, 5), scales(rng, 5), eps=0.2)["dx"]}


@exercise.probe(
    "dx, one row and a constant row",
    symptom="dx is wrong for a single row, or with a constant row. What should x_hat be in a constant row?",
)
def layer_dx_rows(call, rng):
    x, dout, gamma = uneven(rng, 4, 6), draw_upstream(rng, 4, 6), scales(rng, 6)
    x[1] = 3.0
    return {
        "dx of one row": call(dout[:1], x[:1], gamma, eps=0.3)["dx"],
        "dx with a constant row": call(dout, x, gamma, eps=0.3)["dx"],
    }


@exercise.probe(
    "dgamma, (N, D)",
    symptom="dgamma is wrong for a plain matrix of seven rows. On which values does one entry of gamma act?",
)
def layer_dgamma(call, rng):
    found = call(draw_upstream(rng, 7, 5), uneven(rng, 7, 5), scales(rng, 5), 0.4)
    return {"dgamma": found["dgamma"]}


@exercise.probe(
    "dgamma, (N, T, D) and equal lengths",
    symptom=(
        "dgamma is wrong for sequences of tokens or for equal lengths. On which values does one entry of gamma act?"
    ),
)
def layer_dgamma_tokens(call, rng):
    gamma = scales(rng, 4)
    return {
        f"dgamma for {shape}": call(draw_upstream(rng, *shape), uneven(rng, *shape), gamma, eps=0.4)["dgamma"]
        for shape in ((2, 3, 4), (4, 4, 4), (4, 4))
    }


@exercise.probe(
    "dbeta",
    symptom=(
        "dbeta is wrong for a matrix, for sequences of tokens, or for equal lengths. To which values is one "
        "entry of beta added?"
    ),
)
def layer_dbeta(call, rng):
    gamma = scales(rng, 4)
    return {
        f"dbeta for {shape}": call(draw_upstream(rng, *shape), uneven(rng, *shape), gamma, eps=0.4)["dbeta"]
        for shape in ((7, 4), (2, 3, 4), (4, 4))
    }
