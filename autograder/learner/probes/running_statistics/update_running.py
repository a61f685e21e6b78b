"""Probes of update_running."""

import numpy as np

from autograder.learner.diagnosis.exercise import TORCH_NORMS, Exercise
from autograder.learner.probes.inputs import draw_far_from_zero
from autograder.learner.probes.running_statistics.inputs import draw_columns, draw_running

exercise = Exercise(
    "update_running",
    arguments=("running_mean", "running_var", "x", "momentum"),
    returns=("new_mean", "new_var"),
    forbidden=TORCH_NORMS,
)

exercise.case(running_mean=[0], running_var=[0], x=[[1], [3]], momentum=1)
exercise.case(running_mean=[5], running_var=[4], x=[[1], [3]], momentum=0)
exercise.case(running_mean=[4], running_var=[4], x=[[1], [3]], momentum=0.5)
exercise.case(running_mean=[6], running_var=[10], x=[[1], [3]], momentum=0.25)
exercise.case(running_mean=[7], running_var=[1], x=[[0], [3], [6]], momentum=0.25)
exercise.case(running_mean=[0], running_var=[8], x=[[4], [4]], momentum=0.25)
exercise.case(running_mean=[7, 3], running_var=[1, 7], x=[[0, 10], [3, 10], [6, 13]], momentum=0.25)
exercise.case(running_mean=[3, 1], running_var=[4, 2], x=[[0, 1], [2, 5]], momentum=0.5)


@exercise.case_of(
    "all three arrays hold whole numbers (dtype int)",
    "running_mean = [4], running_var = [3]",
    "x = [[1], [5]], momentum = 0.5",
)
def update_paper_integers(call):
    return call(np.array([4]), np.array([3]), np.array([[1], [5]]), 0.5)


@exercise.probe(
    "seven rows, five columns, momentum 0.3",
    symptom="The values are wrong for a plain batch of seven rows and five columns.",
)
def update_plain(call, rng):
    return call(*draw_running(rng, 5), draw_columns(rng, 7, 5), 0.3)


@exercise.probe(
    "four rows, six columns, momentum 0.8",
    symptom=(
        "It is wrong for four rows and six columns, with momentum 0.8. Along which axis are mean and variance taken?"
    ),
)
def update_wide(call, rng):
    return call(*draw_running(rng, 6), draw_columns(rng, 4, 6), 0.8)


@exercise.probe(
    "as many rows as columns",
    symptom="It is wrong when there are as many rows as columns. Along which axis are mean and variance taken?",
)
def update_square(call, rng):
    return call(*draw_running(rng, 5), draw_columns(rng, 5, 5), 0.25)


@exercise.probe(
    "five batches, one after the other",
    symptom="It is wrong when five batches of different sizes follow one another. What should each update start from?",
)
def update_chain(call, rng):
    mean, var = draw_running(rng, 4)
    for n in (6, 2, 3, 9, 4):
        mean, var = call(mean, var, draw_columns(rng, n, 4), 0.3).values()
    return {"mean after five batches": mean, "var after five batches": var}


@exercise.probe(
    "momentum 1 and momentum 0",
    symptom="It is wrong for momentum 1 or momentum 0. What is left of the old value there, and what of the batch?",
)
def update_extremes(call, rng):
    (mean, var), x = draw_running(rng, 4), draw_columns(rng, 6, 4)
    return {
        f"{name} with momentum {momentum:g}": value
        for momentum in (1.0, 0.0)
        for name, value in call(mean, var, x, momentum).items()
    }


@exercise.probe(
    "a constant column and a narrow one",
    symptom="It is wrong for a constant column or one of spread 0.01. How large is the variance of such a column?",
)
def update_narrow(call, rng):
    x = rng.normal([4.0, 2.0, -3.0], [1.0, 0.01, 0.02], size=(8, 3))
    x[:, 0] = 4.0
    return call(np.array([3.0, 2.01, -3.02]), np.array([0.002, 0.0003, 0.0005]), x, 0.4)


@exercise.probe(
    "whole numbers", symptom="It is wrong when all arrays hold whole numbers. Which type should the results have?"
)
def update_integers(call, rng):
    x = rng.randint(0, 10, size=(6, 4)) + np.array([0, 10, -50, 300])
    return call(np.array([4, 13, -44, 302]), np.array([9, 7, 11, 6]), x, 0.3)


@exercise.probe(
    "float32 far from zero",
    rtol=1e-2,
    symptom=(
        "It is wrong for float32 values around 10 000. How many digits do their squares need, and how many has float32?"
    ),
)
def update_float32(call, rng):
    mean, var = np.full(4, 9999.0, np.float32), np.array([0.5, 1.5, 2.5, 3.5], np.float32)
    return call(mean, var, draw_far_from_zero(rng, 8, 4), 0.5)
