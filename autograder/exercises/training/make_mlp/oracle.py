"""The oracle of make_mlp: a second right answer, independent of the solution."""

import itertools

from torch import nn


def make_mlp(sizes, norm, placement, activation):
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
