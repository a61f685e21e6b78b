"""Probes of make_generator."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.convolution.inputs import structure, with_numbers_of_its_own

exercise = Exercise("make_generator", arguments=("noise_size", "channels"), returns=())


def _three_layers(rng):
    """Channels of the noise and of each layer, all different."""
    return int(rng.randint(7, 11)), (*rng.choice(np.arange(3, 7), 2, replace=False).tolist(), 2)


@exercise.probe(
    "as built, three layers",
    symptom="The layers, or the numbers in them, are not the ones asked for: list them in order.",
)
def generator_built(call, rng):
    net = call(*_three_layers(rng))
    kinds = net.describe()["modules"]
    return {
        "number of modules": len(kinds),
        "batch norms": kinds.count("BatchNorm2d"),
        "biases of the first and the last convolution": np.array(
            [name in net.describe()["parameters"] for name in ("0.bias", "6.bias")], dtype=float
        ),
    } | structure(net, "0", "3")


@exercise.probe(
    "training, three layers",
    symptom="The pictures are wrong for three layers: look at the order of the layers.",
)
def generator_training(call, rng):
    net = with_numbers_of_its_own(call(6, (5, 3, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 6, 1, 1)))}


@exercise.probe("training, two layers, a list", symptom="The pictures are wrong for two layers, given as a list.")
def generator_two_layers(call, rng):
    net = with_numbers_of_its_own(call(3, [4, 1]), rng)
    return {"pictures": net(rng.normal(size=(4, 3, 1, 1)))}


@exercise.probe(
    "three equal layers",
    symptom="The pictures are wrong where all layers have the same number of channels: which layer is the last?",
)
def generator_equal_layers(call, rng):
    net = with_numbers_of_its_own(call(3, (2, 2, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 3, 1, 1)))}


@exercise.probe(
    "a single layer",
    symptom="The result is wrong for a single layer, which is the first and the output layer at once.",
)
def generator_single_layer(call, rng):
    net = with_numbers_of_its_own(call(3, (2,)), rng)
    return {"pictures": net(rng.normal(size=(2, 3, 1, 1)))}


@exercise.probe(
    "evaluation, one picture",
    symptom="The picture in evaluation is wrong: there the running statistics count.",
)
def generator_evaluation(call, rng):
    noise_size, channels = _three_layers(rng)
    net = with_numbers_of_its_own(call(noise_size, channels), rng)
    net.eval()
    return {"pictures": net(rng.normal(size=(1, noise_size, 1, 1)))}
