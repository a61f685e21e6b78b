"""Plain data, all that crosses between a probe and a learner's code: arrays, numbers, strings, lists, tuples, dicts."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np

IMMUTABLE = {type(None), bool, int, float, str}


class BadReturn(Exception):
    """What came back cannot be compared, or is not built as asked; the message says so in words."""


def as_tensor(value):
    """A tensor with a copy of the array's values, in its dtype."""
    import torch

    return torch.from_numpy(np.array(value))


def copied(value, *, tensors: bool = False):
    """A deep copy of plain data, arrays as tensors if asked for; anything else is passed as it is."""
    if type(value) in IMMUTABLE:  # these and arrays are nearly all there is
        return value
    if isinstance(value, np.ndarray):
        return as_tensor(value) if tensors else value.copy()
    if isinstance(value, dict) or type(value) in (list, tuple):
        return mapped(partial(copied, tensors=tensors), value)
    return value.detach().clone() if hasattr(value, "detach") and hasattr(value, "data_ptr") else value


def mapped(change: Callable, value):
    """Plain data with `change` applied to everything in it that is no dict, list or tuple."""
    kind = type(value)
    if kind is list or kind is tuple:
        return kind([mapped(change, entry) for entry in value])
    if isinstance(value, dict):
        return {key: mapped(change, entry) for key, entry in value.items()}
    return change(value)


def same(value, before) -> bool:
    """Whether a value still is what its copy says."""
    if type(value) is not type(before):
        return False
    if isinstance(value, dict):
        return value.keys() == before.keys() and all(same(value[key], before[key]) for key in value)
    if isinstance(value, list | tuple):
        return len(value) == len(before) and all(map(same, value, before))
    if hasattr(value, "data_ptr"):
        value, before = value.detach().numpy(), before.detach().numpy()
    if isinstance(value, np.ndarray):
        if value.shape != before.shape or value.dtype != before.dtype:
            return False
        if value.tobytes() == before.tobytes():  # nearly always, and much faster
            return True
        return bool(np.array_equal(value, before, equal_nan=value.dtype.kind in "fc"))
    return value == before or value != value if isinstance(value, bool | int | float | str) else True


def plain(value):
    """Plain data of what an object gave: tensors become arrays.

    Raises:
        BadReturn: it holds something that is not plain.
    """
    if hasattr(value, "detach"):
        return value.detach().cpu().numpy().copy()
    if isinstance(value, np.ndarray | np.generic | str | bool | int | float | None):
        return value
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise BadReturn(f"there is a {type(value).__name__} where numbers are expected")


def snapshot(thing) -> dict:
    """State and mode of a module, to see later whether they were changed."""
    state = {name: value.detach().clone() for name, value in thing.state_dict().items()}
    return {"state": state, "training": [module.training for module in thing.modules()]}


def is_module(value) -> bool:
    """Whether it is a torch module, without importing torch."""
    kind: Any = type(value)
    return _is_kind_of_module(kind)


@cache
def _is_kind_of_module(kind: type) -> bool:
    return any(base.__module__.startswith("torch.nn") for base in inspect.getmro(kind))
