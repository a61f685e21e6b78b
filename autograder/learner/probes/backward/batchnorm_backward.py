"""Probes of batchnorm_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import GRADIENTS, SITUATIONS, case, rung, whole_probe

exercise = Exercise(
    "batchnorm_backward", arguments=("dout", "cache"), returns=GRADIENTS, without=("numerical_gradient",)
)

rung(exercise, x=[[1], [1], [3], [3]], gamma=[1], eps=0, dout=[[1], [-1], [0], [0]])
rung(exercise, x=[[1], [1], [3], [3]], gamma=[1], eps=0, dout=[[5], [3], [4], [4]])
rung(exercise, x=[[1], [1], [3], [3]], gamma=[1], eps=0, dout=[[0], [-2], [1], [1]])
rung(exercise, x=[[1], [1], [3], [3]], gamma=[3], eps=0, dout=[[4], [0], [0], [0]])
rung(exercise, x=[[1], [1], [5], [5]], gamma=[1], eps=0, dout=[[4], [0], [0], [0]])
rung(exercise, x=[[2], [4]], gamma=[1], eps=3, dout=[[16], [0]])
rung(exercise, x=[[1, 1], [1, 1], [3, 5], [3, 5]], gamma=[1, -2], eps=0, dout=[[4, 0], [0, 0], [0, 0], [0, 4]])
rung(exercise, x=[[2, 7], [4, 5]], gamma=[1, -2], eps=3, dout=[[16, 0], [0, 8]])
rung(exercise, x=[[5], [5]], gamma=[1], eps=4, dout=[[8], [0]])
rung(exercise, x=[[4, 7]], gamma=[2, 3], eps=1, dout=[[5, 6]])


for situation in SITUATIONS:
    whole_probe(exercise, situation, ())


@exercise.probe(
    "called twice",
    symptom="It is wrong in the second of two calls with the same dout and cache. Does your first call give the same?",
)
def backward_twice(call, rng):
    dout, cache = case(rng, 5, 3, 0.1)
    call(dout, cache)
    return call(dout, cache)
