"""Probes of mean_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, SITUATIONS, SYMPTOMS, draw_situation, over_eps, rung

exercise = Exercise(
    "mean_backward", arguments=("dx_hat", "dvar", "cache"), returns=("dmean",), without=("numerical_gradient",)
)

rung(exercise, x=[[1], [3]], gamma=[1], eps=0, dx_hat=[[1], [3]], dvar=[0])
rung(exercise, x=[[1], [3]], gamma=[1], eps=0, dx_hat=[[1], [3]], dvar=[5])
rung(exercise, x=[[1], [5]], gamma=[1], eps=0, dx_hat=[[1], [3]], dvar=[0])
rung(exercise, x=[[2], [4]], gamma=[1], eps=3, dx_hat=[[1], [3]], dvar=[0])
rung(exercise, x=[[1], [3]], gamma=[3], eps=0, dx_hat=[[1], [3]], dvar=[0])
rung(exercise, x=[[0], [0], [3]], gamma=[1], eps=2, dx_hat=[[1], [2], [5]], dvar=[0])
rung(exercise, x=[[1, 1], [3, 5]], gamma=[1, 1], eps=0, dx_hat=[[1, 2], [3, 4]], dvar=[5, 7])
rung(exercise, x=[[5], [5]], gamma=[1], eps=4, dx_hat=[[1], [3]], dvar=[0])
rung(exercise, x=[[4, 7]], gamma=[1, 1], eps=1, dx_hat=[[5, 6]], dvar=[1, 2])


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
