"""Probes of batchnorm_backward_compact."""

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.backward.inputs import GRADIENTS, SITUATIONS, whole_probe

exercise = Exercise(
    "batchnorm_backward_compact",
    arguments=("dout", "cache"),
    returns=GRADIENTS,
    without=("numerical_gradient", "batchnorm_backward"),
)


for situation in SITUATIONS:
    whole_probe(exercise, situation, ("x_hat", "inv_std", "gamma"))
