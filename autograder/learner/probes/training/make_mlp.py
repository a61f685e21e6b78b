"""Probes of make_mlp."""

import numpy as np

from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.plain_data import BadReturn

exercise = Exercise("make_mlp", arguments=("sizes", "norm", "placement", "activation"), returns=())


def _paper_structure(*given):
    """Add a rung: the layers of a net."""
    sizes, norm, placement, activation = given

    @exercise.case_of(
        f"net = make_mlp({sizes}, {norm!r}, {placement!r}, {activation!r})",
        "its layers, and the numbers that it learns",
    )
    def play(call):
        return _structure(call(*given))


def _paper_values(norm, placement, activation, widths, rows):
    """Add a rung: what a net with these hidden widths gives."""
    sizes = (1, *widths, 1)

    @exercise.case_of(
        f"net = make_mlp({sizes}, {norm!r}, {placement!r}, {activation!r}) in evaluation mode",
        "all its weights, biases, gammas and betas are 1",
        *(["each running_mean is 3, each running_var 0.99999 (with eps: 1)"] if norm == "batch" else []),
        f"out = net(x), x = {[[value] for value in rows]}",
    )
    def play(call):
        net = call(sizes, norm, placement, activation)
        net.double()
        state = net.state_dict()
        for name, old in state.items():
            number = 0.99999 if name.endswith("running_var") else 3.0 if name.endswith("running_mean") else 1.0
            state[name] = np.full_like(old, number)
        net.load_state_dict(state)
        net.eval()
        return {"out": net(np.array(rows, dtype=float)[:, None])}


_paper_structure((2, 1), "none", "before", "relu")
_paper_structure((2, 3, 1), "none", "before", "relu")
_paper_structure((2, 3, 1), "batch", "before", "relu")
_paper_structure((2, 3, 1), "batch", "after", "sigmoid")
_paper_structure((2, 3, 1), "layer", "before", "relu")
_paper_structure((2, 2, 2, 2), "batch", "after", "relu")
_paper_values("none", "before", "relu", (1,), (2, -4))
_paper_values("batch", "before", "relu", (1,), (1, 5))
_paper_values("batch", "after", "relu", (1,), (-4, 5))
_paper_values("none", "after", "sigmoid", (1,), (-1,))


def _with_numbers_of_its_own(net, rng):
    """Give each parameter and running statistic values that depend on its place only; no gamma is 0 or 1."""
    salt = rng.randint(2**31)
    net.double()
    state = net.state_dict()
    for place, (name, old) in enumerate(state.items()):
        draw = np.random.RandomState(salt + place)
        if name.endswith("running_var"):
            state[name] = draw.uniform(0.3, 3.0, size=old.shape)
        elif old.ndim == 1:
            state[name] = draw.uniform(0.4, 1.6, size=old.shape) * np.where(np.arange(old.size) % 3 == 1, -1, 1)
        elif old.ndim == 2:
            state[name] = draw.normal(size=old.shape) * 1.5 / np.sqrt(old.shape[1])
    net.load_state_dict(state)
    return net


COUNTED, PRESENT = ("Linear", "BatchNorm1d", "LayerNorm"), ("ReLU", "Sigmoid")


def _structure(net):
    """How many layers of each kind that has numbers, which activations, learned numbers, running statistics."""
    told = net.describe()
    kinds = told["modules"][1:]
    if odd := [kind for kind in kinds if kind not in COUNTED + PRESENT]:
        raise BadReturn(f"there is an object of class {odd[0]} among its layers; the text names the kinds of layers")
    if told["modules"][0] != "Sequential" or any("." in name.rsplit(".", 1)[0] for name in told["parameters"]):
        raise BadReturn("it is not one flat torch.nn.Sequential of layers")
    sizes = {name: int(np.prod(shape)) for name, shape in told["parameters"].items()}
    counts = {f"number of {kind} layers": kinds.count(kind) for kind in COUNTED}
    return counts | {
        "kinds of activation (relu, sigmoid)": np.array([kind in kinds for kind in PRESENT], dtype=bool),
        "learned numbers": sum(sizes.values()),
        "running statistics": sum("running" in name for name in told["buffers"]),
    }


def _behaviour(net, rng, width):
    """What it gives in training for a batch, and in evaluation for one row."""
    _with_numbers_of_its_own(net, rng)
    rows = rng.normal(0.5, 1.5, size=(7, width))
    in_training = net(rows)
    net.eval()
    return {"out in training": in_training, "out in evaluation, one row": net(rows[:1])}


@exercise.probe(
    "batch norm before relu, 4-5-3-2",
    symptom=(
        "The net with batch norm before relu is wrong. Which layers should it have, in which order, and "
        "which have a bias?"
    ),
)
def mlp_before(call, rng):
    net = call((4, 5, 3, 2), "batch", "before", "relu")
    return _structure(net) | _behaviour(net, rng, 4)


@exercise.probe(
    "batch norm after relu, 4-5-3-2",
    symptom=(
        "The net with batch norm after relu is wrong. Which layers should it have, in which order, and which "
        "have a bias?"
    ),
)
def mlp_after(call, rng):
    net = call((4, 5, 3, 2), "batch", "after", "relu")
    return _structure(net) | _behaviour(net, rng, 4)


@exercise.probe(
    "no norm, both placements",
    symptom="The net without a norm is wrong, for one placement or both. Which layers and biases should it have?",
)
def mlp_plain(call, rng):
    found = {}
    for placement in ("before", "after"):
        net = call((4, 5, 3, 2), "none", placement, "relu")
        made = _structure(net) | _behaviour(net, rng, 4)
        found |= {f"{name} ({placement})": value for name, value in made.items()}
    return found


@exercise.probe(
    "layer norm, both placements",
    symptom="The net with layer norm is wrong, for one placement or both. Does the mean of a row take any bias away?",
)
def mlp_layer_norm(call, rng):
    found = {}
    for placement in ("before", "after"):
        net = call((4, 5, 3, 2), "layer", placement, "relu")
        made = _structure(net) | _behaviour(net, rng, 4)
        found |= {f"{name} ({placement})": value for name, value in made.items()}
    return found


@exercise.probe(
    "sigmoid", symptom="The net with batch norm before sigmoid is wrong. Which layers should it have, in which order?"
)
def mlp_sigmoid(call, rng):
    net = call((3, 4, 4, 2), "batch", "before", "sigmoid")
    return _structure(net) | _behaviour(net, rng, 3)


@exercise.probe(
    "hidden layers of equal width",
    symptom=(
        "It is wrong for a list of equal widths, with batch norm after sigmoid. Which layers need numbers of their own?"
    ),
)
def mlp_equal(call, rng):
    net = call([4, 4, 4, 4], "batch", "after", "sigmoid")
    return _structure(net) | _behaviour(net, rng, 4)


@exercise.probe(
    "no hidden layer, or one",
    symptom="It is wrong for two sizes or for three. How many hidden layers do they make, and which layer comes last?",
)
def mlp_linear(call, rng):
    inputs, outputs = rng.choice(np.arange(2, 8), 2, replace=False).tolist()
    net = call((inputs, outputs), "batch", "before", "relu")
    deeper = call((inputs, 5, outputs), "none", "before", "relu").describe()["modules"].count("Linear")
    return _structure(net) | _behaviour(net, rng, inputs) | {"Linear layers with one hidden layer": deeper}


@exercise.probe(
    "three hidden layers, all widths different",
    symptom="Three hidden layers of different widths go wrong: does each take what the layer before it gives?",
)
def mlp_deep(call, rng):
    found = {}
    for norm, placement, activation in (("batch", "before", "relu"), ("layer", "after", "sigmoid")):
        net = call((4, 6, 5, 3, 2), norm, placement, activation)
        made = _structure(net) | _behaviour(net, rng, 4)
        found |= {f"{name} ({norm} norm)": value for name, value in made.items()}
    return found
