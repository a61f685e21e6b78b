"""Probes of affine_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import SQUARE, SYMPTOMS, TALL, WIDE, draw_situation

exercise = Exercise(
    "affine_backward",
    arguments=("dout", "cache"),
    returns=("dx_hat", "dgamma", "dbeta"),
    without=("numerical_gradient",),
)


def _affine_probe(situation, output):
    def play(call, rng):
        return {output: call(*draw_situation(situation, rng))[output]}

    exercise.probe(f"{output}, {situation}", symptom=SYMPTOMS[situation])(play)


for output in exercise.returns:
    for situation in (TALL, WIDE, SQUARE):
        _affine_probe(situation, output)
