"""Probes of interval."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("interval", arguments=("scores",), returns=("mean", "low", "high"))

exercise.case(scores=[5, 5])
exercise.case(scores=[0, 2])
exercise.case(scores=[0, 0, 3])
exercise.case(scores=[0, 0, 0, 4])
exercise.case(scores=[-3, 0, 0])
exercise.case(scores=[97, 97, 100])
exercise.case(scores=[0, 5, 5, 5, 5])


@exercise.case_of("scores = [0, 3, 0], whole numbers (dtype int)")
def interval_paper_integers(call):
    return call(np.array([0, 3, 0]))


def _scores(rng, n):
    """Scores around 97 whose interval always ends above 100, though none of them has to be."""
    spread = rng.permutation(np.linspace(-1, 1, n)) + rng.normal(scale=0.1, size=n)
    return 97 + rng.uniform(3.0, 6.0) * spread


@exercise.probe("three scores", symptom="The mean or an end of the interval is wrong for three scores.")
def interval_three(call, rng):
    return call(_scores(rng, 3))


@exercise.probe(
    "two, five and ten scores",
    symptom="It is wrong for two, five or ten scores. Where does the number of scores enter?",
)
def interval_sizes(call, rng):
    return {f"{name} of {n}": value for n in (2, 5, 10) for name, value in call(_scores(rng, n)).items()}


@exercise.probe(
    "differences of both signs",
    symptom="It is wrong for four scores of both signs, as differences have. Where may their interval lie?",
)
def interval_signs(call, rng):
    return call(rng.permutation([-2.6, -0.7, 0.4, 2.1]) * rng.uniform(0.7, 1.5) + rng.normal(scale=0.05, size=4))


@exercise.probe(
    "equal scores",
    symptom="It is wrong for five equal scores. How large is their spread, and what follows for both ends?",
)
def interval_equal(call, rng):
    return call(np.full(5, float(rng.randint(3, 90))))


@exercise.probe(
    "whole numbers", symptom="It is wrong for six scores that are whole numbers. Which type should mean and ends have?"
)
def interval_integers(call, rng):
    return call(rng.randint(60, 80, size=6) + np.array([0, 1, 2, 0, 1, 5]))


@exercise.probe(
    "every number of scores", symptom="The result is wrong for some number of scores: is each factor that of the table?"
)
def interval_table(call, rng):
    return {f"half the width for {n}": _half(call(_scores(rng, n))) for n in range(2, 11)}


def _half(seen):
    return (seen["high"] - seen["low"]) / 2
