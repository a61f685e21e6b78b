"""Probes of variance_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, SITUATIONS, SYMPTOMS, draw_situation, over_eps

exercise = Exercise(
    "variance_backward", arguments=("dx_hat", "cache"), returns=("dvar",), without=("numerical_gradient",)
)


def _variance_probe(situation):
    def play(call, rng):
        if situation == BIG_EPS:
            return over_eps(lambda _, dx_hat, cache: call(dx_hat, cache), rng, "dvar")
        return call(*draw_situation(situation, rng))

    exercise.probe(situation, symptom=SYMPTOMS[situation])(play)


for name in SITUATIONS:
    _variance_probe(name)
