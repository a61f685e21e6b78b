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


@exercise.probe(
    "seven rows, five columns, eps 0.3", symptom="The values are wrong on a plain batch of seven rows, five columns."
)
def inference_plain(call, rng):
    return call(draw_columns(rng, 7, 5), *draw_running(rng, 5), *draw_affine(rng, 5), 0.3)


@exercise.probe(
    "three rows, six columns, eps 0", symptom="The result is wrong when the batch has fewer rows than columns."
)
def inference_wide(call, rng):
    return call(draw_columns(rng, 3, 6), *draw_running(rng, 6), *draw_affine(rng, 6), eps=0.0)


@exercise.probe(
    "as many rows as columns",
    symptom="The result is wrong for as many rows as columns: is one of them taken for the other?",
)
def inference_square(call, rng):
    return call(draw_columns(rng, 5, 5), *draw_running(rng, 5), *draw_affine(rng, 5), eps=0.0)


@exercise.probe(
    "the rows one at a time",
    symptom="A row alone does not get what it gets in company: does anything depend on the other rows?",
)
def inference_rows(call, rng):
    fixed = (*draw_running(rng, 4), *draw_affine(rng, 4), 0.2)
    told = call.each((row[None], *fixed) for row in draw_columns(rng, 3, 4))
    return {f"row {i}": found["out"] for i, found in enumerate(told)}


@exercise.probe(
    "eps from 0.1 to 1", symptom="The result is wrong for some eps from 0.1 to 1: where does eps enter, and how?"
)
def inference_eps(call, rng):
    fixed = draw_columns(rng, 4, 4), *draw_running(rng, 4), *draw_affine(rng, 4)
    return {f"out with eps {eps:g}": call(*fixed, eps=eps)["out"] for eps in (0.1, 0.4, 1.0)}


@exercise.probe(
    "eps not given, narrow columns",
    symptom="The result is wrong when the call leaves eps out: which value does the signature give it?",
)
def inference_default(call, rng):
    x = rng.normal(0.5, [1.0, 0.01, 0.003], size=(5, 3))
    return call(x, np.array([0.4, 0.49, 0.51]), np.array([0.7, 2e-4, 0.0]), *draw_affine(rng, 3))


@exercise.probe("whole numbers", symptom="The result is wrong for whole numbers: is it stored in an array of integers?")
def inference_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    return call(x, np.array([4, 13, -44, 302]), np.array([9, 7, 11, 6]), *draw_affine(rng, 4), eps=0.5)


@exercise.probe("a value far out", symptom=FAR_OUT)
def inference_far_out(call, rng):
    mean, var = draw_running(rng, 4)
    x = mean + np.sqrt(var) * rng.uniform(15.0, 40.0, size=(2, 4)) * np.array([[1.0], [-1.0]])
    return call(x, mean, var, *draw_affine(rng, 4), eps=0.0)
