"""Probes of dropout_variance_ratio."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("dropout_variance_ratio", arguments=("mean", "var", "keep"), returns=("ratio",))

exercise.case(mean=[0], var=[1], keep=1)
exercise.case(mean=[0], var=[1], keep=0.25)
exercise.case(mean=[0], var=[2], keep=0.25)
exercise.case(mean=[1], var=[1], keep=0.5)
exercise.case(mean=[1], var=[1], keep=0.25)
exercise.case(mean=[3], var=[2], keep=0.25)
exercise.case(mean=[-3], var=[2], keep=0.25)
exercise.case(mean=[0, 3, 1], var=[2, 1, 2], keep=0.25)


@exercise.case_of("mean and var hold whole numbers (dtype int)", "mean = [1, 2], var = [2, 4], keep = 0.25")
def ratio_paper_integers(call):
    return call(np.array([1, 2]), np.array([2, 4]), 0.25)


@exercise.probe(
    "columns of other means",
    symptom="The ratio is wrong for columns of several means, none of them 0, with keep 0.5.",
)
def ratio_means(call, rng):
    return call(np.array([3.0, -1.0, 0.2, 7.0, -4.0]) * rng.uniform(0.8, 1.2), rng.uniform(0.3, 5.0, size=5), 0.5)


@exercise.probe(
    "columns of mean 0", symptom="It is wrong for columns of mean 0. What is left of the two formulas there?"
)
def ratio_centred(call, rng):
    return call(np.zeros(4), rng.uniform(0.3, 5.0, size=4), 0.5)


@exercise.probe(
    "keep from 0.1 to 1",
    symptom="It is wrong for one keep or more from 0.1 to 1. Where does keep stand in the formula?",
)
def ratio_keep(call, rng):
    mean, var = rng.normal(1.0, 2.0, size=3), rng.uniform(0.3, 5.0, size=3)
    return {f"ratio with keep {keep:g}": call(mean, var, keep)["ratio"] for keep in (0.1, 0.8, 1.0)}


@exercise.probe(
    "whole numbers", symptom="It is wrong when mean and var hold whole numbers. Which type should the ratio have?"
)
def ratio_integers(call, rng):
    return call(rng.randint(1, 6, size=3), rng.randint(1, 9, size=3), 0.25)
