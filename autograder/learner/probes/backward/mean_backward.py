"""Probes of mean_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, SITUATIONS, SYMPTOMS, draw_situation, over_eps

exercise = Exercise(
    "mean_backward", arguments=("dx_hat", "dvar", "cache"), returns=("dmean",), without=("numerical_gradient",)
)


def _mean_probe(situation):
    def one(call, rng, dx_hat, cache):
        return call(dx_hat, rng.normal(2.0, 1.0, size=dx_hat.shape[1]), cache)

    def play(call, rng):
        if situation == BIG_EPS:
            return over_eps(lambda own, dx_hat, cache: one(call, own, dx_hat, cache), rng, "dmean")
        return one(call, rng, *draw_situation(situation, rng))

    exercise.probe(situation, symptom=SYMPTOMS[situation])(play)


for name in SITUATIONS:
    _mean_probe(name)
