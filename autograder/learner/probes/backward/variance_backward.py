"""Probes of variance_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import BIG_EPS, SITUATIONS, SYMPTOMS, draw_situation, over_eps, rung

exercise = Exercise(
    "variance_backward", arguments=("dx_hat", "cache"), returns=("dvar",), without=("numerical_gradient",)
)

rung(exercise, x=[[1], [3]], gamma=[1], eps=0, dx_hat=[[1], [3]])
rung(exercise, x=[[1], [5]], gamma=[1], eps=0, dx_hat=[[0], [8]])
rung(exercise, x=[[2], [4]], gamma=[1], eps=3, dx_hat=[[0], [16]])
rung(exercise, x=[[1], [3]], gamma=[3], eps=0, dx_hat=[[1], [3]])
rung(exercise, x=[[0], [0], [3]], gamma=[1], eps=2, dx_hat=[[8], [0], [8]])
rung(exercise, x=[[1, 1], [3, 5]], gamma=[1, 1], eps=0, dx_hat=[[1, 8], [3, 0]])
rung(exercise, x=[[5], [5]], gamma=[1], eps=1, dx_hat=[[1], [3]])
rung(exercise, x=[[4, 7]], gamma=[1, 1], eps=1, dx_hat=[[5, 6]])


def _variance_probe(situation):
    def play(call, rng):
        if situation == BIG_EPS:
            return over_eps(lambda _, dx_hat, cache: call(dx_hat, cache), rng, "dvar")
        return call(*draw_situation(situation, rng))

    exercise.probe(situation, symptom=SYMPTOMS[situation])(play)


for name in SITUATIONS:
    _variance_probe(name)
