"""Hidden tests of make_mlp."""

import itertools

from torch import nn

from autograder.exercises.bank import Bank, Part
from autograder.learner.probes.training.make_mlp import exercise


def module_by_module(sizes, norm, placement, activation):
    net, hidden = nn.Sequential(), list(itertools.pairwise(sizes))[:-1]
    for fan_in, width in hidden:
        net.append(nn.Linear(fan_in, width))
        parts = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation](), *_norms(norm, width)
        for part in parts if placement == "after" else reversed(parts):
            net.append(part)
    net.append(nn.Linear(*sizes[-2:]))
    for first, second in itertools.pairwise(net):
        if isinstance(second, nn.BatchNorm1d) and isinstance(first, nn.Linear):
            first.register_parameter("bias", None)
    return net


def _norms(norm, width):
    return {"batch": lambda: [nn.BatchNorm1d(width)], "layer": lambda: [nn.LayerNorm(width)], "none": list}[norm]()


bank = Bank(
    exercise,
    parts=[
        Part("batch norm before the activation", 2, ("batch norm before relu, 4-5-3-2", "sigmoid")),
        Part("batch norm after the activation", 1, ("batch norm after relu, 4-5-3-2", "hidden layers of equal width")),
        Part("no norm, layer norm", 1, ("no norm, both placements", "layer norm, both placements")),
        Part(
            "no hidden layer, one, or three",
            1,
            ("no hidden layer, or one", "three hidden layers, all widths different"),
        ),
    ],
    oracle=module_by_module,
)
