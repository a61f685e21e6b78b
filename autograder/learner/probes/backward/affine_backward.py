"""Probes of affine_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import SQUARE, SYMPTOMS, TALL, WIDE, draw_situation, rung

exercise = Exercise(
    "affine_backward",
    arguments=("dout", "cache"),
    returns=("dx_hat", "dgamma", "dbeta"),
    without=("numerical_gradient",),
)

rung(exercise, x=[[1], [3]], gamma=[1], eps=0, dout=[[1], [2]])
rung(exercise, x=[[1], [3]], gamma=[3], eps=0, dout=[[1], [2]])
rung(exercise, x=[[1], [5]], gamma=[3], eps=0, dout=[[1], [2]])
rung(exercise, x=[[2], [4]], gamma=[1], eps=3, dout=[[2], [6]])
rung(exercise, x=[[0], [0], [3]], gamma=[1], eps=2, dout=[[2], [4], [5]])
rung(exercise, x=[[1, 2], [5, 8]], gamma=[3, -2], eps=0, dout=[[1, 2], [4, 6]])
rung(exercise, x=[[0, 3], [0, 3], [3, 0]], gamma=[1, -2], eps=2, dout=[[2, 0], [4, 2], [5, 1]])
rung(exercise, x=[[4, 7]], gamma=[2, 3], eps=1, dout=[[5, 6]])


def _affine_probe(situation, output):
    def play(call, rng):
        return {output: call(*draw_situation(situation, rng))[output]}

    exercise.probe(f"{output}, {situation}", symptom=SYMPTOMS[situation])(play)


for output in exercise.returns:
    for situation in (TALL, WIDE, SQUARE):
        _affine_probe(situation, output)
