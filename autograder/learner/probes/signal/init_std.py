"""Probes of init_std."""

from autograder.learner.diagnosis.exercise import Exercise

exercise = Exercise("init_std", arguments=("fan_in", "activation"), returns=("std",))

exercise.case(fan_in=1, activation="identity")
exercise.case(fan_in=4, activation="identity")
exercise.case(fan_in=1, activation="tanh")
exercise.case(fan_in=25, activation="tanh")
exercise.case(fan_in=2, activation="relu")
exercise.case(fan_in=8, activation="relu")
exercise.case(fan_in=50, activation="relu")


def _stds(call, rng, activation):
    sizes = (50, 1, 2, 3, 1000, 10 + rng.randint(10))
    told = [found["std"] for found in call.each((n, activation) for n in sizes)]
    return {f"std for fan_in {n}": found for n, found in zip(sizes, told, strict=True)}


@exercise.probe(
    "relu",
    symptom="It is wrong for 'relu' and several numbers of inputs. For which s is the factor of a layer 1 there?",
)
def relu_std(call, rng):
    return _stds(call, rng, "relu")


@exercise.probe(
    "tanh",
    symptom="It is wrong for 'tanh' and several numbers of inputs. For which s is the factor of a layer 1 there?",
)
def tanh_std(call, rng):
    return _stds(call, rng, "tanh")


@exercise.probe(
    "identity",
    symptom="It is wrong for 'identity' and several numbers of inputs. For which s is the factor of a layer 1 there?",
)
def identity_std(call, rng):
    return _stds(call, rng, "identity")
