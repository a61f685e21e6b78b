"""Probes of make_generator."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.probes.convolution.inputs import structure, with_numbers_of_its_own

exercise = Exercise("make_generator", arguments=("noise_size", "channels"), returns=())


def _paper_structure(*given):
    """Add a rung: the layers of a generator."""

    @exercise.case_of(f"net = make_generator({given[0]}, {given[1]})", "its layers, and the numbers that it learns")
    def play(call):
        net = call(*given)
        kinds = net.describe()["modules"][1:]
        found = {"number of layers": len(kinds)}
        for kind in ("ConvTranspose2d", "BatchNorm2d", "ReLU", "Tanh"):
            found[f"places of {kind}, from 0"] = np.flatnonzero([made == kind for made in kinds])
        biases = [name for name in net.describe()["parameters"] if name.endswith("bias")]
        found["places of layers with a bias (or beta), from 0"] = np.array(
            [float(name.split(".")[0]) for name in biases]
        )
        return found | {"learned numbers": structure(net)["learned numbers"]}


def _paper_pictures(given, noise, *, mode="evaluation", weights=1, bias=0, mean=0):
    """Add a rung: the pictures that a generator makes."""
    norms = len(given[1]) > 1

    @exercise.case_of(
        f"net = make_generator({given[0]}, {given[1]}) in {mode} mode",
        f"all weights of its convolutions {weights}, biases and betas {bias}",
        *([f"each running_mean {mean}, each running_var 0.99999 (with eps: 1)"] if norms else []),
        f"net(noise), noise = {[[[[value]]] for value in noise]}",
    )
    def play(call):
        net = call(*given)
        net.double()
        state = net.state_dict()
        for name, old in state.items():
            if old.ndim == 4:
                state[name] = np.full(old.shape, float(weights))
            elif name.endswith("running_var"):
                state[name] = np.full(old.shape, 0.99999)
            elif name.endswith("running_mean"):
                state[name] = np.full(old.shape, float(mean))
            elif name.endswith("bias"):
                state[name] = np.full(old.shape, float(bias))
        net.load_state_dict(state)
        net.train(mode == "training")
        pictures = net(np.array(noise, dtype=float).reshape(-1, 1, 1, 1))
        return {
            "shape of the pictures": np.array(np.shape(pictures)),
            "the corner of each picture": pictures[:, 0, 0, 0],
        }


_paper_structure(1, (1,))
_paper_structure(1, (1, 1))
_paper_structure(1, (2, 3))
_paper_structure(2, [3, 2, 1])
_paper_pictures((1, (1,)), [100, -100])
_paper_pictures((1, (1,)), [-3], bias=3)
_paper_pictures((1, (1, 1)), [5, -5], weights=100)
_paper_pictures((1, (1, 1)), [5], bias=-1, mean=3)


def _three_layers(rng):
    """Channels of the noise and of each layer, all different."""
    return int(rng.randint(7, 11)), (*rng.choice(np.arange(3, 7), 2, replace=False).tolist(), 2)


@exercise.probe(
    "training, three layers",
    symptom="The pictures in training are wrong for three layers of different channels.",
)
def generator_training(call, rng):
    net = with_numbers_of_its_own(call(6, (5, 3, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 6, 1, 1)))}


@exercise.probe(
    "as built, three layers",
    symptom=(
        "The layers, or the numbers in them, are not the ones asked for. Which layers, in which order, and "
        "which with a bias?"
    ),
)
def generator_built(call, rng):
    net = call(*_three_layers(rng))
    kinds = net.describe()["modules"]
    return {
        "number of modules": len(kinds),
        "batch norms": kinds.count("BatchNorm2d"),
        "biases of the first and the last convolution": np.array(
            [name in net.describe()["parameters"] for name in ("0.bias", "6.bias")], dtype=bool
        ),
    } | structure(net, "0", "3")


@exercise.probe(
    "training, two layers, a list",
    symptom="It is wrong for two layers, given as a list. Which rules hold for the first, and which for the last?",
)
def generator_two_layers(call, rng):
    net = with_numbers_of_its_own(call(3, [4, 1]), rng)
    return {"pictures": net(rng.normal(size=(4, 3, 1, 1)))}


@exercise.probe(
    "three equal layers",
    symptom="It is wrong when all three layers have as many channels. What tells the last layer from the others?",
)
def generator_equal_layers(call, rng):
    net = with_numbers_of_its_own(call(3, (2, 2, 2)), rng)
    return {"pictures": net(rng.normal(size=(3, 3, 1, 1)))}


@exercise.probe(
    "a single layer",
    symptom="It is wrong for a single layer. Which rules hold for the first, which for the last, and which for it?",
)
def generator_single_layer(call, rng):
    net = with_numbers_of_its_own(call(3, (2,)), rng)
    return {"pictures": net(rng.normal(size=(2, 3, 1, 1)))}


@exercise.probe(
    "evaluation, one picture",
    symptom="It is wrong for one picture in evaluation. Which statistics does each batch norm use there?",
)
def generator_evaluation(call, rng):
    noise_size, channels = _three_layers(rng)
    net = with_numbers_of_its_own(call(noise_size, channels), rng)
    net.eval()
    return {"pictures": net(rng.normal(size=(1, noise_size, 1, 1)))}
