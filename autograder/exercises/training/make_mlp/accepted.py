"""Right answers to make_mlp in other styles."""

import itertools
from collections import OrderedDict

from torch import nn


def _norms(norm, width):
    return {"batch": lambda: [nn.BatchNorm1d(width)], "layer": lambda: [nn.LayerNorm(width)], "none": list}[norm]()


def a_loop_over_all_layers_the_last_one_special(sizes, norm, placement, activation):
    layers = []
    for k in range(len(sizes) - 1):
        last = k == len(sizes) - 2
        layers.append(nn.Linear(sizes[k], sizes[k + 1], bias=last or norm != "batch" or placement != "before"))
        if last:
            break
        normal = _norms(norm, sizes[k + 1])
        act = [{"relu": nn.ReLU, "sigmoid": nn.Sigmoid}[activation]()]
        layers.extend(normal + act if placement == "before" else act + normal)
    return nn.Sequential(*layers)


def lazy_choice_with_match(sizes, norm, placement, activation):
    net = nn.Sequential()
    for fan_in, width in itertools.pairwise(sizes[:-1]):
        act = nn.ReLU(inplace=True) if activation == "relu" else nn.Sigmoid()
        match norm, placement:
            case "batch", "before":
                parts = [nn.Linear(fan_in, width, bias=False), nn.BatchNorm1d(width), act]
            case "batch", _:
                parts = [nn.Linear(fan_in, width), act, nn.BatchNorm1d(width)]
            case "layer", "before":
                parts = [nn.Linear(fan_in, width), nn.LayerNorm(width), act]
            case "layer", _:
                parts = [nn.Linear(fan_in, width), act, nn.LayerNorm(width)]
            case _:
                parts = [nn.Linear(fan_in, width), act]
        for part in parts:
            net.append(part)
    net.append(nn.Linear(sizes[-2], sizes[-1]))
    return net


def names_of_its_own_one_activation_object(sizes, norm, placement, activation):
    named, act = {}, nn.ReLU() if activation == "relu" else nn.Sigmoid()
    for k, (fan_in, width) in enumerate(itertools.pairwise(sizes[:-1])):
        named[f"linear{k}"] = nn.Linear(fan_in, width, bias=norm != "batch" or placement == "after")
        behind = [(f"act{k}", act), *((f"norm{k}", made) for made in _norms(norm, width))]
        named |= dict(behind if placement == "after" else behind[::-1])
    named["logits"] = nn.Linear(*list(sizes)[-2:])
    return nn.Sequential(OrderedDict(named))


def names_from_a_counter(sizes, norm, placement, activation):
    made = nn.Sequential()
    for fan_in, width in itertools.pairwise(sizes[:-1]):
        block = [nn.Linear(fan_in, width, bias=(norm, placement) != ("batch", "before")), nn.ReLU()]
        if activation == "sigmoid":
            block[1] = nn.Sigmoid()
        if norm != "none":
            block.insert(1 if placement == "before" else 2, _norms(norm, width)[0])
        for part in block:
            made.add_module(str(len(made)), part)
    made.add_module(str(len(made)), nn.Linear(*list(sizes)[-2:]))
    return made
