"""Probes of batchnorm_inference."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.probes.inputs import FAR_OUT, draw_affine
from autograder.learner.probes.running_statistics.inputs import draw_columns, draw_running

exercise = Exercise(
    "batchnorm_inference",
    arguments=("x", "running_mean", "running_var", "gamma", "beta", "eps"),
    returns=("out",),
    forbidden=TORCH_NORMS,
)

exercise.case(x=[[3]], running_mean=[1], running_var=[1], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[7]], running_mean=[1], running_var=[4], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[7]], running_mean=[1], running_var=[4], gamma=[2], beta=[0], eps=0)
exercise.case(x=[[7]], running_mean=[1], running_var=[4], gamma=[2], beta=[10], eps=0)
exercise.case(x=[[7]], running_mean=[1], running_var=[1], gamma=[1], beta=[0], eps=3)
exercise.case(x=[[7]], running_mean=[1], running_var=[0], gamma=[1], beta=[0], eps=4)
exercise.case(x=[[3], [7]], running_mean=[1], running_var=[4], gamma=[1], beta=[0], eps=0)
exercise.case(x=[[4, 0], [1, 6]], running_mean=[1, 4], running_var=[8, 3], gamma=[3, -2], beta=[10, 5], eps=1)


@exercise.case_of(
    "x = [[0.03]], running_mean = [0.01], running_var = [0.00009]", "gamma = [1], beta = [0], eps not given"
)
def inference_paper_default(call):
    return call(*map(np.array, ([[0.03]], [0.01], [0.00009], [1.0], [0.0])))


@exercise.case_of(
    "all arrays hold whole numbers (dtype int)",
    "x = [[2]], running_mean = [1], running_var = [4]",
    "gamma = [1], beta = [0], eps = 0",
)
def inference_paper_integers(call):
    return call(*map(np.array, ([[2]], [1], [4], [1], [0])), eps=0)


@exercise.probe(
    "seven rows, five columns, eps 0.3",
    symptom="The values are wrong for a plain batch of seven rows and five columns.",
)
def inference_plain(call, rng):
    return call(draw_columns(rng, 7, 5), *draw_running(rng, 5), *draw_affine(rng, 5), 0.3)


@exercise.probe(
    "three rows, six columns, eps 0",
    symptom="It is wrong for three rows and six columns, with eps 0. Which axis do the four vectors belong to?",
)
def inference_wide(call, rng):
    return call(draw_columns(rng, 3, 6), *draw_running(rng, 6), *draw_affine(rng, 6), eps=0.0)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong when there are as many rows as columns. Which axis do the four vectors belong to?",
)
def inference_square(call, rng):
    return call(draw_columns(rng, 5, 5), *draw_running(rng, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "the rows one at a time",
    symptom="It is wrong when rows come one at a time. What may the output of a row depend on in evaluation?",
)
def inference_rows(call, rng):
    fixed = (*draw_running(rng, 4), *draw_affine(rng, 4), 0.2)
    told = call.each((row[None], *fixed) for row in draw_columns(rng, 3, 4))
    return {f"row {i}": found["out"] for i, found in enumerate(told)}


@exercise.probe(
    "eps from 0.1 to 1", symptom="It is wrong for one eps or more from 0.1 to 1. Where does eps stand in the formula?"
)
def inference_eps(call, rng):
    fixed = draw_columns(rng, 4, 4), *draw_running(rng, 4), *draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(*fixed, eps=eps)["out"] for eps in (0.1, 0.4, 1.0)}


@exercise.probe(
    "eps not given, narrow columns",
    symptom="It is wrong when the call leaves eps out. Which value does it have then, and where does it matter?",
)
def inference_default(call, rng):
    x = rng.normal(0.5, [1.0, 0.01, 0.003], size=(5, 3))
    return call(x, np.array([0.4, 0.49, 0.51]), np.array([0.7, 2e-4, 0.0]), *draw_affine(rng, 3))


@exercise.probe(
    "whole numbers", symptom="It is wrong when the arrays hold whole numbers. Which type should the result have?"
)
def inference_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    return call(x, np.array([4, 13, -44, 302]), np.array([9, 7, 11, 6]), *draw_affine(rng, 4), eps=0.5)


@exercise.probe("a value far out", symptom=FAR_OUT)
def inference_far_out(call, rng):
    mean, var = draw_running(rng, 4)
    x = mean + np.sqrt(var) * rng.uniform(15.0, 40.0, size=(2, 4)) * np.array([[1.0], [-1.0]])
    return call(x, mean, var, *draw_affine(rng, 4), eps=0.0)
