"""Probes of usable_step."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("usable_step", arguments=("steps", "losses"), returns=("step",))

exercise.case(steps=[2], losses=[0.5])
exercise.case(steps=[2], losses=[3])
exercise.case(steps=[1, 3], losses=[0.5, 4])
exercise.case(steps=[1, 3], losses=[2, 4])
exercise.case(steps=[1, 3], losses=[0.5, 0.75])
exercise.case(steps=[1, 3], losses=[0.5, 1])
exercise.case(steps=[1, 3, 5], losses=[0.5, 2, 0.5])
exercise.case(steps=[1, 3, 5], losses=[2, 0.5, 4])
exercise.case(steps=[1, 3, 5, 7], losses=[0.75, 0.5, 0.75, 4])


@exercise.case_of("steps = [1, 3, 5]", "losses = [0.5, nan, 0.5]")
def nan_on_paper(call):
    return call(np.array([1.0, 3.0, 5.0]), np.array([0.5, np.nan, 0.5]))


def _steps(rng, count):
    """Ascending step lengths over many powers of ten."""
    return 10.0 ** np.sort(rng.uniform(-5, 3, size=count))


def _walk(rng, below, above):
    """Losses that dip and come back up, but not to 1, for `below` steps, and lie above 1 for `above` more."""
    dip = 1 - np.sin(np.linspace(0.3, 2.8, below)) * rng.uniform(0.3, 0.9)
    return np.concatenate([dip, 1 + np.cumsum(rng.uniform(0.1, 2.0, size=above))])


@exercise.probe(
    "down, and up through the start",
    symptom="It is wrong on plain walks, which dip and then rise above 1. Which step is the last that is below?",
)
def plain_walks(call, rng):
    shapes = ((5, 4), (3, 6), (7, 1))
    walks = [(_steps(rng, below + above), _walk(rng, below, above)) for below, above in shapes]
    told = [found["step"] for found in call.each(walks)]
    names = [f"step, {below} of {below + above} losses below 1" for below, above in shapes]
    return dict(zip(names, told, strict=True))


@exercise.probe(
    "below again farther out",
    symptom="It is wrong where the loss falls below 1 again beyond a wall. Which of these losses count?",
)
def below_again(call, rng):
    losses = np.concatenate([_walk(rng, 4, 2), _walk(rng, 5, 1)])
    return call(_steps(rng, len(losses)), losses)


@exercise.probe(
    "the first step too long",
    symptom="It is wrong where already the first loss is above 1. What does the text ask for?",
)
def first_too_long(call, rng):
    steps = _steps(rng, 6)
    rest = _walk(rng, 3, 2)
    return {
        "step, all losses above 1": call(steps, 1 + np.cumsum(rng.uniform(0.1, 1.0, size=6)))["step"],
        "step, only the first above 1": call(steps, np.concatenate([[1.5], rest]))["step"],
    }


@exercise.probe(
    "never above the start",
    symptom="It is wrong where no loss comes up to 1. How far can the gradient be trusted then?",
)
def never_above(call, rng):
    return call(_steps(rng, 7), _walk(rng, 7, 0))


@exercise.probe(
    "exactly as at the start",
    symptom="It is wrong where a loss is exactly 1. Is that below the start?",
)
def exactly_one(call, rng):
    losses = _walk(rng, 6, 3)
    losses[3] = 1.0
    return call(_steps(rng, 9), losses)


@exercise.probe(
    "nan on the way",
    symptom="It is wrong where a loss is nan. Which comparisons with nan are True?",
)
def nan_on_the_way(call, rng):
    losses = _walk(rng, 8, 0)
    losses[5:7] = np.nan
    return call(_steps(rng, 8), losses)


@exercise.probe("a single step", symptom="It is wrong where a single step was tried. Which two results can that have?")
def single_step(call, rng):
    step = _steps(rng, 1)
    return {
        "step, its loss below 1": call(step, rng.uniform(0.2, 0.9, size=1))["step"],
        "step, its loss above 1": call(step, rng.uniform(1.1, 9.0, size=1))["step"],
    }
