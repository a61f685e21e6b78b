"""Probes of init_std."""

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("init_std", arguments=("fan_in", "activation"), returns=("std",))


def _stds(call, rng, activation):
    sizes = (50, 1, 2, 3, 1000, 10 + rng.randint(10))
    told = [found["std"] for found in call.each((n, activation) for n in sizes)]
    return {f"std for fan_in {n}": found for n, found in zip(sizes, told, strict=True)}


@exercise.probe("relu", symptom="The value for 'relu' is wrong.")
def relu_std(call, rng):
    return _stds(call, rng, "relu")


@exercise.probe("tanh", symptom="The value for 'tanh' is wrong.")
def tanh_std(call, rng):
    return _stds(call, rng, "tanh")


@exercise.probe("identity", symptom="The value for 'identity' is wrong.")
def identity_std(call, rng):
    return _stds(call, rng, "identity")
