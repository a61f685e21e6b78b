"""Probes of count_batchnorm."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise(
    "count_batchnorm",
    arguments=("n", "channels", "height", "width"),
    returns=("learned", "running", "values"),
)

exercise.case(n=1, channels=1, height=1, width=1)
exercise.case(n=1, channels=3, height=1, width=1)
exercise.case(n=5, channels=1, height=1, width=1)
exercise.case(n=1, channels=1, height=1, width=4)
exercise.case(n=1, channels=1, height=6, width=4)
exercise.case(n=10, channels=3, height=4, width=5)


@exercise.probe(
    "sizes that all differ",
    symptom="A count is wrong for sizes that all differ. Which of the sizes does each count depend on?",
)
def counts_plain(call, rng):
    n, c, h, w = rng.choice(np.arange(2, 40), size=4, replace=False).tolist()
    return call(n, c, h, w)


@exercise.probe(
    "one picture of one pixel",
    symptom="A count is wrong for one picture of a single pixel. How many values does a channel have there?",
)
def counts_single(call, rng):
    return call(1, int(rng.randint(2, 30)), 1, 1)
