"""Probes of ResidualBlock."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.probes.convolution.inputs import structure, with_numbers_of_its_own

exercise = Exercise("ResidualBlock", arguments=("in_channels", "out_channels", "stride"), returns=())

PAPER_ONES = "all weights of its convolutions and all gammas are 1"
PAPER_WEIGHTS = f"{PAPER_ONES}, each running_var 0.99999 (with eps: 1)"


def _paper_block(make, *args, training=False, **state):
    """A block in float64 with 1 in all convolutions and gammas, nearly 1 in running variances, and these numbers."""
    block = make(*args)
    block.double()
    held = block.state_dict()
    for name, old in held.items():
        if old.ndim == 4 or name.endswith("weight"):
            held[name] = np.ones(old.shape)
        elif name.endswith("running_var"):
            held[name] = np.full(old.shape, 0.99999)
    given = {name.replace("_", ".", 1): np.array(values, dtype=float) for name, values in state.items()}
    block.load_state_dict(held | given)
    block.train(training)
    return block


def _paper_structure(*given):
    """Add a rung: what a new block holds."""

    @exercise.case_of(f"block = ResidualBlock({', '.join(map(str, given))})", "its gammas, then the numbers it learns")
    def play(make):
        block = make(*given)
        projected = given[0] != given[1] or given[2:] == (2,)
        gammas = {f"gamma of {name}": block.attribute(f"{name}.weight") for name in ("bn1", "bn2")}
        gammas |= {"gamma in the shortcut": block.attribute("shortcut.1.weight")} if projected else {}
        return gammas | structure(block, "conv1", "conv2", *["shortcut.0"] * projected)


def _paper_value(given, x, *told, mode="evaluation", gradient=False, **state):
    """Add a rung: what a block gives for pictures."""
    shown = ", ".join(map(str, given))
    asked = f"out = block(x), {'and the gradient of its sum by x, ' * gradient}x = {x}"
    held = [f"{name.replace('_', '.', 1)} {values}" for name, values in state.items()]

    @exercise.case_of(
        f"block = ResidualBlock({shown}) in {mode} mode", *told, *([", ".join(held)] if held else []), asked
    )
    def play(make):
        block = _paper_block(make, *given, training=mode == "training", **state)
        out = block(np.array(x, dtype=float))
        found = {"out": out, "running_mean of bn1 afterwards": block.attribute("bn1.running_mean")}
        if gradient:
            found["gradient of x"] = block.gradients(np.array(x, dtype=float), np.ones_like(out))["x"]
        return found


_paper_structure(1, 1)
_paper_structure(1, 2)
_paper_structure(1, 1, 2)


@exercise.case_of("block = ResidualBlock(1, 1), as it is made, in training mode", "out = block(x), x = [[[[3, -2]]]]")
def block_paper_identity(make):
    block = make(1, 1)
    with_numbers_of_its_own(block, np.random.RandomState(0), only=("conv", "shortcut.0"))
    return {"out": block(np.array([[[[3.0, -2.0]]]]))}


_paper_value((1, 1), [[[[2]]]], PAPER_WEIGHTS, gradient=True)
_paper_value((1, 1), [[[[8]]]], PAPER_WEIGHTS, bn2_weight=[-0.5])
_paper_value((1, 1), [[[[-2]]]], PAPER_WEIGHTS, bn2_bias=[5])
_paper_value((1, 1), [[[[2]]]], PAPER_WEIGHTS, bn1_bias=[1], bn2_running_mean=[4])
_paper_value((1, 1), [[[[1]]], [[[3]]]], PAPER_ONES, mode="training", bn2_bias=[1])
_paper_value(
    (1, 2, 2), [[[[1, 0, 0, 2, 0, 0]]]], PAPER_WEIGHTS, bn1_bias=[0, 1], bn2_bias=[0, 3], **{"shortcut_1.bias": [-4, 0]}
)


@exercise.probe(
    "training, 4 to 4 channels",
    symptom="The output in training, or what bn1 keeps, is wrong for four channels in and four out.",
)
def block_training(call, rng):
    block = with_numbers_of_its_own(call(4, 4), rng)
    out = block(6 * rng.normal(0.5, 1.0, size=(2, 4, 3, 5)))  # large enough to tell a ReLU from a capped one
    return {"out": out, "running mean of bn1": block.attribute("bn1.running_mean")}


@exercise.probe(
    "as built, 4 to 4 channels",
    symptom=(
        "The new block is not as asked: its gammas, its biases, the numbers it learns, or its output. What "
        "does the text list?"
    ),
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
    symptom="The new block with a projection is not as asked: its gammas, its biases or the numbers it learns.",
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
    "training, 3 to 5 channels, stride 2",
    symptom=(
        "It is wrong where channels and size both change. What shape should branch and shortcut have before the sum?"
    ),
)
def block_training_with_projection(call, rng):
    block = with_numbers_of_its_own(call(3, 5, stride=2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 5, 8)))}


@exercise.probe(
    "training, 3 to 5 channels, stride 1",
    symptom="It is wrong where only the channels change. What shape should branch and shortcut have before the sum?",
)
def block_channels_change(call, rng):
    block = with_numbers_of_its_own(call(3, 5), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(2, 3, 2, 4)))}


@exercise.probe(
    "training, 4 to 4 channels, stride 2",
    symptom="It is wrong where only the size changes. What shape should branch and shortcut have before the sum?",
)
def block_size_changes(call, rng):
    block = with_numbers_of_its_own(call(4, 4, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(3, 4, 6, 4)))}


@exercise.probe(
    "training, pictures of 2 by 1 pixels, stride 2",
    symptom="It is wrong for pictures of 2 by 1 pixels and stride 2. How many pixels should be left?",
)
def block_two_pixels(call, rng):
    block = with_numbers_of_its_own(call(2, 3, 2), rng)
    return {"out": block(rng.normal(0.5, 1.0, size=(4, 2, 2, 1)))}


@exercise.probe(
    "evaluation, one picture",
    symptom="It is wrong for one picture in evaluation. Which statistics does each batch norm use there?",
)
def block_evaluation(call, rng):
    block = with_numbers_of_its_own(call(3, 4), rng)
    block.eval()
    return {"out": block(6 * rng.normal(0.5, 1.0, size=(1, 3, 4, 3)))}


@exercise.probe(
    "gradients",
    symptom=(
        "A gradient or the output is wrong, or a gradient is missing. Which ways lead from the output back "
        "to the input?"
    ),
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
