"""Probes of ResidualBlock."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.probes.convolution.inputs import structure, with_numbers_of_its_own

exercise = Exercise("ResidualBlock", arguments=("in_channels", "out_channels", "stride"), returns=())


@exercise.probe(
    "as built, 4 to 4 channels",
    symptom="The new block is not built as asked: count its parameters, and look at gamma of `bn1` and `bn2`.",
)
def block_built(call, rng):
    block = call(4, 4)
    zeros = np.sum(block.attribute("conv2.weight") == 0)
    with_numbers_of_its_own(block, rng, only=("conv", "shortcut.0"))  # their initial weights are random
    return {
        "gamma of bn1": block.attribute("bn1.weight"),
        "gamma of bn2": block.attribute("bn2.weight"),
        "weights of conv2 that are 0": zeros,
        "out of the new block": block(rng.normal(size=(2, 4, 3, 5))),
    } | structure(block, "conv1", "conv2")


@exercise.probe(
    "as built, 3 to 5 channels, stride 2",
    symptom="The block with a projection is not built as asked: count its parameters and biases.",
)
def block_built_with_projection(call, rng):
    block = call(3, 5, 2)
    gamma = block.state_dict().get("shortcut.1.weight", np.array(0.0))
    return {
        "gamma of bn1": block.attribute("bn1.weight"),
        "gamma of bn2": block.attribute("bn2.weight"),
        "gamma in the shortcut": gamma if gamma.ndim == 1 else np.array(-1.0),  # -1: that is no batch norm
    } | structure(block, "conv1", "conv2", "shortcut.0")


@exercise.probe(
    "training, 4 to 4 channels",
    symptom="The output in training is wrong where the shortcut is the input itself.",
)
def block_training(call, rng):
    block = with_numbers_of_its_own(call(4, 4), rng)
    out = block(6 * rng.normal(0.5, 1.0, size=(2, 4, 3, 5)))  # large enough to tell a ReLU from a capped one
    return {"out": out, "running mean of bn1": block.attribute("bn1.running_mean")}


@exercise.probe("training, 3 to 5 channels, stride 2", symptom="The output is wrong where channels and size change.")
def block_training_with_projection(call, rng):
    block = with_numbers_of_its_own(call(3, 5, stride=2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 5, 8)))}


@exercise.probe("training, 3 to 5 channels, stride 1", symptom="The output is wrong where only the channels change.")
def block_channels_change(call, rng):
    block = with_numbers_of_its_own(call(3, 5), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 2, 4)))}


@exercise.probe("training, 4 to 4 channels, stride 2", symptom="The output is wrong where only the size changes.")
def block_size_changes(call, rng):
    block = with_numbers_of_its_own(call(4, 4, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(3, 4, 6, 4)))}


@exercise.probe(
    "training, pictures of 2 by 1 pixels, stride 2",
    symptom="The output is wrong for pictures of 2 by 1 pixels and stride 2, which shrink to one pixel.",
)
def block_two_pixels(call, rng):
    block = with_numbers_of_its_own(call(2, 3, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(4, 2, 2, 1)))}


@exercise.probe(
    "evaluation, one picture",
    symptom="The output in evaluation is wrong: there the running statistics count.",
)
def block_evaluation(call, rng):
    block = with_numbers_of_its_own(call(3, 4), rng)
    block.eval()
    return {"out": block(6 * rng.normal(0.5, 1.0, size=(1, 3, 4, 3)))}


@exercise.probe(
    "gradients", symptom="A gradient is wrong though the output is right: is a part cut off from the graph?"
)
def block_gradients(call, rng):
    block = with_numbers_of_its_own(call(2, 3), rng)
    found = block.gradients(rng.normal(0.5, 1.0, size=(2, 2, 3, 4)), rng.normal(0.3, 1.0, size=(2, 3, 3, 4)))
    return {name: found[name] for name in ("out", "x", "conv1.weight", "bn2.weight") if name in found}


@exercise.probe(
    "training where no graph is recorded",
    symptom="In training the batch's statistics are used, also where no gradients are recorded.",
)
def block_training_without_graph(call, rng):
    block = with_numbers_of_its_own(call(4, 4), rng)
    out = block.call_without_graph(rng.normal(0.5, 1.0, size=(2, 4, 3, 5)))
    return {"out": out, "running mean of bn1": block.attribute("bn1.running_mean")}


@exercise.probe(
    "nothing piles up", symptom="With every call the block keeps more: inputs, outputs or statistics of the past."
)
def block_growth(call, rng):
    block = with_numbers_of_its_own(call(2, 3), rng)

    def kept_after(turns):
        for _ in range(turns):
            block(rng.normal(size=(2, 2, 3, 4)))
        return block.kept_numbers()

    if kept_after(2) < kept_after(3):
        raise BadReturn("it keeps more after five calls than after two: something on it grows with every call")
    return {"out": block(rng.normal(size=(2, 2, 3, 4)))}
