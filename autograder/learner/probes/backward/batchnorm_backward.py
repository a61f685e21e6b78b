"""Probes of batchnorm_backward."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import GRADIENTS, SITUATIONS, case, whole_probe

exercise = Exercise(
    "batchnorm_backward", arguments=("dout", "cache"), returns=GRADIENTS, without=("numerical_gradient",)
)


for situation in SITUATIONS:
    whole_probe(exercise, situation, ())


@exercise.probe(
    "called twice",
    symptom="The second call with the same dout and cache gives something else: what did the first one leave behind?",
)
def backward_twice(call, rng):
    dout, cache = case(rng, 5, 3, 0.1)
    call(dout, cache)
    return call(dout, cache)
