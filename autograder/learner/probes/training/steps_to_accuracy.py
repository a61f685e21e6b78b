"""Probes of steps_to_accuracy."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("steps_to_accuracy", arguments=("curves", "target"), returns=("steps",))

exercise.case(curves=[[90.5]], target=90)
exercise.case(curves=[[50.5, 95.5]], target=90)
exercise.case(curves=[[50.5, 95.5, 97.5]], target=90)
exercise.case(curves=[[50.5, 90.5, 80.5, 70.5]], target=90)
exercise.case(curves=[[50.5, 90.5, 80.5, 95.5]], target=90)
exercise.case(curves=[[50.5, 90.0, 95.5]], target=90)
exercise.case(curves=[[50.5, 60.5]], target=90)
exercise.case(curves=[[50.5, 95.5, 96.5], [10.5, 20.5, 91.5]], target=90)
exercise.case(curves=[[95.5, 96.5], [10.5, 20.5], [20.5, 91.5]], target=90)


@exercise.case_of("curves hold whole numbers (dtype int)", "curves = [[50, 95], [60, 70]], target = 90")
def steps_paper_integers(call):
    return call(np.array([[50, 95], [60, 70]]), 90)


def _below(rng, seeds, steps):
    """Curves that go up and down below 60."""
    return rng.uniform(30.0, 60.0, size=(seeds, steps))


def _places(rng, seeds, low, high):
    """A place for each seed, all different."""
    return rng.choice(np.arange(low, high), seeds, replace=False)


@exercise.probe(
    "several seeds that get there",
    symptom="The numbers of steps are wrong for six seeds that all get to the target.",
)
def steps_several(call, rng):
    curves, rows, first = _below(rng, 6, 400), np.arange(6), _places(rng, 6, 120, 380)
    for later, height in ((0, 91.0), (2, 96.0), (3, 89.0), (7, 93.0)):
        curves[rows, first + later] = height + rng.uniform(0.0, 0.8, size=6)
    return call(curves, 90.0)


@exercise.probe(
    "a seed that falls again",
    symptom="It is wrong where the accuracy falls below the target again. Which time counts?",
)
def steps_falling(call, rng):
    curves = _below(rng, 5, 300)
    for row, first in zip(curves, _places(rng, 5, 90, 270)):
        length = rng.randint(4, 20)
        row[first], row[first + 3 : first + 3 + length] = 82.0, rng.uniform(90.0, 95.0, size=length)
    return call(curves, 80.0)


@exercise.probe(
    "at the first step, at the last",
    symptom="It is wrong where the target is met at the first step or at the last. From which number do steps count?",
)
def steps_edges(call, rng):
    curves = _below(rng, 3, rng.randint(150, 250))
    curves[0, 0], curves[1, -1], curves[2, 137] = rng.uniform(75.0, 90.0, size=3)
    return call(curves, 70.0)


@exercise.probe(
    "a target that is met exactly",
    symptom="It is wrong where an accuracy equals the target. What does *at least* say about it?",
)
def steps_exact(call, rng):
    curves, at = _below(rng, 5, 300), _places(rng, 5, 90, 190)
    curves[np.arange(5), at] = 75.0
    curves[np.arange(5), at + _places(rng, 5, 3, 100)] = 90.0
    return call(curves, 75.0)


@exercise.probe(
    "seeds that never get there",
    symptom="It is wrong where some seeds never get to the target, or none does. What stands for them?",
)
def steps_never(call, rng):
    found = {}
    for told, there in (("two of four get there", [0, 2]), ("one of four gets there", [3]), ("none gets there", [])):
        curves = _below(rng, 4, rng.randint(150, 400))
        curves[there, _places(rng, len(there), 100, 140)] = 99.0
        found[f"steps, {told}"] = call(curves, 85.0)["steps"]
    return found


@exercise.probe("one seed", symptom="It is wrong for the curve of a single seed. Which shape should the result have?")
def steps_one(call, rng):
    curve = _below(rng, 1, 200)
    curve[0, rng.randint(110, 180)] = 88.0
    return call(curve, 80.0)


@exercise.probe("whole numbers", symptom="It is wrong when the curves hold whole numbers. Which type can hold nan?")
def steps_integers(call, rng):
    curves = rng.randint(10, 60, size=(4, 200))
    curves[[0, 2, 3], _places(rng, 3, 90, 180)] = 80
    return call(curves, 75)
