"""Right answers to convert_momentum in other styles."""

import numpy as np


def two_helper_functions(value, source, target):
    def weight_of_new():
        if source == "paper":
            return 2.0 / (1.0 + value)
        return value if source == "pytorch" else 1.0 - value

    m = weight_of_new()
    return {"paper": lambda: (2.0 - m) / m, "pytorch": lambda: m}.get(target, lambda: 1.0 - m)()


def the_same_comes_back_at_once(value, source, target):
    if source == target or {source, target} == {"keras", "flax"}:
        return value
    if source == "paper":
        return 2 / (value + 1) if target == "pytorch" else (value - 1) / (value + 1)
    if target == "paper":
        return 2 / value - 1 if source == "pytorch" else (1 + value) / (1 - value)
    return 1 - value


def match_as_a_numpy_number(value, source, target):
    match source:
        case "paper":
            weight = np.float64(2) / (value + 1)
        case "pytorch":
            weight = np.float64(value)
        case _:
            weight = np.float64(1) - value
    match target:
        case "paper":
            return np.float64(2) / weight - 1
        case "pytorch":
            return weight
        case _:
            return 1 - weight
