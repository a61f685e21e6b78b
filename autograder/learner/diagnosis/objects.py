"""Classes and torch modules as exercises: handles, recipes, and the few verbs that act on what they stand for.

A probe never touches a learner's object. It holds a `Handle`, whose verbs take and give plain data: arrays, numbers,
strings, None, and lists and dicts of these. So the object may as well live in another process.
"""

from __future__ import annotations

import contextlib
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

import numpy as np


class BadReturn(Exception):
    """What came back cannot be compared, or is not built as asked; the message says so in words."""


@dataclass(frozen=True)
class Recipe:
    """A torch module as plain data, to be built where the learner's code runs; see `recipe`."""

    kind: str
    args: tuple = ()
    kwargs: Mapping = field(default_factory=dict)
    state: Mapping[str, np.ndarray] | None = None
    training: bool = True

    def build(self):
        """The module, in float64."""
        import torch

        made = [arg.build() if isinstance(arg, Recipe) else arg for arg in self.args]
        with seeded(), _in_float64():
            module = getattr(torch.nn, self.kind)(*made, **self.kwargs).double()
        if self.state is not None:
            module.load_state_dict({name: as_tensor(value) for name, value in self.state.items()}, strict=False)
        return module.train(self.training)


def recipe(kind: str, *args, state: Mapping | None = None, training: bool = True, **kwargs) -> Recipe:
    """Describe a module.

    Args:
        kind: its class in torch.nn.
        args, kwargs: of its constructor; an argument may be a recipe.
        state: entries of its state_dict to set; the rest stays as made, from a fixed seed.
        training: the mode it is left in.
    """
    return Recipe(kind, args, kwargs, state, training)


@dataclass(frozen=True)
class Ref:
    """Stands in plain data for an object that is kept where the learner's code runs."""

    number: int


class Handle:
    """Stands for an object that learner code made or is given.

    Calling it calls the object; its methods are the functions below that are marked as verbs.

    Args:
        number: which object, on the side where it lives.
        perform: carries out `perform(number, verb, *args, **kwargs)` there.
    """

    def __init__(self, number: int, perform: Callable) -> None:
        self.number, self._perform = number, perform

    def __call__(self, *args, **kwargs):
        return self._perform(self.number, "call", *args, **kwargs)

    def __getattr__(self, verb: str) -> Callable:
        if verb not in VERBS:
            raise AttributeError(f"{verb!r} is no verb of a handle; the verbs are {', '.join(VERBS)}")
        return partial(self._perform, self.number, verb)


VERBS: dict[str, Callable] = {}
#: Kept alive, so that no new tensor can get the memory, and with it the identity, of an old one.
_identified: list = []


def _verb(function: Callable) -> Callable:
    VERBS[function.__name__] = function
    return function


@_verb
def call(thing, *args, **kwargs):
    """What `thing(*args)` returns."""
    return thing(*args, **kwargs)


@_verb
def error(thing, *args, **kwargs) -> str:
    """The type name of the exception that a call raises; "" if it raises none."""
    try:
        thing(*args, **kwargs)
    except NotImplementedError:
        raise
    except Exception as raised:
        return type(raised).__name__
    return ""


@_verb
def attribute(thing, name: str):
    """An attribute, by its dotted name."""
    for part in name.split("."):
        if not hasattr(thing, part):
            raise BadReturn(f"the {type(thing).__name__} has no attribute `{part}`")
        thing = getattr(thing, part)
    return thing


@_verb
def state_dict(thing) -> dict:
    """What would be saved."""
    return dict(thing.state_dict())


@_verb
def load_state_dict(thing, state: dict) -> None:
    """Load a saved state; every key must fit.

    Raises:
        BadReturn: a key is missing or too many, or a shape differs.
    """
    try:
        thing.load_state_dict(state)
    except RuntimeError as refused:
        raise BadReturn("its load_state_dict refuses a state: " + " ".join(str(refused).split())) from None


@_verb
def train(thing, mode: bool = True, part: str = "") -> None:
    """Switch to training or, with `mode` False, to evaluation: all of it, or one part by its dotted name."""
    (thing.get_submodule(part) if part else thing).train(mode)


@_verb
def eval(thing) -> None:
    """Switch to evaluation."""
    thing.eval()


@_verb
def double(thing) -> None:
    """Turn all parameters and buffers into float64."""
    thing.double()


@_verb
def gradients(thing, x, dout) -> dict:
    """One forward and one backward through autograd: `out`, the gradient of `x`, and of each parameter by name."""
    x = x.clone().requires_grad_()
    thing.zero_grad()
    out = thing(x)
    if not out.requires_grad:
        raise BadReturn("no gradient flows from the output back to the input: the result is detached from its graph")
    out.backward(dout)
    found = {name: parameter.grad for name, parameter in thing.named_parameters() if parameter.grad is not None}
    thing.zero_grad()
    return {"out": out, "x": x.grad} | found


@_verb
def steps(thing, x, y, lr: float, n: int) -> np.ndarray:
    """Losses of `n` steps of gradient descent: cross-entropy for integer targets, else the mean squared error."""
    import torch

    descent = torch.optim.SGD(thing.parameters(), lr=lr)
    loss_of = torch.nn.functional.mse_loss if y.is_floating_point() else torch.nn.functional.cross_entropy
    losses = []
    for _ in range(n):
        descent.zero_grad()
        loss = loss_of(thing(x), y)
        loss.backward()
        descent.step()
        losses.append(loss.item())
    return np.array(losses)


@_verb
def describe(thing) -> dict:
    """Its structure: shapes of parameters and buffers by name, type names of its parts in order, and its mode."""
    return {
        "parameters": {name: list(value.shape) for name, value in thing.named_parameters()},
        "buffers": {name: list(value.shape) for name, value in thing.named_buffers()},
        "modules": [type(module).__name__ for module in thing.modules()],
        "training": thing.training,
    }


@_verb
def identity(thing, name: str) -> int:
    """A number that stays the same as long as the tensor of that name keeps its memory."""
    found = attribute(thing, name)
    _identified.append(found)
    return found.data_ptr() if hasattr(found, "data_ptr") else id(found)


@_verb
def holding_graph(thing) -> list[str]:
    """Names of tensors on the object, parameters aside, that keep an autograd graph alive."""
    kept = dict(thing.named_buffers()) | {name: value for name, value in vars(thing).items()}
    return sorted(name for name, value in kept.items() if getattr(value, "grad_fn", None) is not None)


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """Draw torch's random numbers from a fixed seed, and leave the outer ones as they were. Torch may be missing."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    generator = torch.default_generator  # not torch.manual_seed: it sees to all other devices, too, and takes 2 ms
    before = generator.get_state()
    generator.manual_seed(0)
    try:
        yield
    finally:
        generator.set_state(before)


@contextlib.contextmanager
def _in_float64() -> Iterator[None]:
    """Have torch make modules in float64: to draw their weights in float32 rounds differently on other processors."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextlib.contextmanager
def forbidding(names: tuple[str, ...]) -> Iterator[None]:
    """Find out whether torch's own operators of such names are called, whatever they are called through.

    Raises:
        BadReturn: one was called.
    """
    if not names or sys.modules.get("torch") is None:
        yield
        return
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        called: tuple[str, ...] = ()

        def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
            self.called += tuple(name for name in names if name in operator.__name__)
            return operator(*args, **(kwargs or {}))

    with Watch() as watch:
        yield
    if watch.called:
        raise BadReturn(f"it calls torch's own {watch.called[0]}; this exercise asks you to write it yourself")


def perform(thing, verb: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
    """Carry out a verb where the object lives.

    Returns:
        Plain data, and the names of the inputs that were changed in place.
    """
    args, kwargs = copied(args, tensors=True), copied(kwargs, tensors=True)
    before = copied(args)
    result = plain(VERBS[verb](thing, *args, **kwargs))
    return result, [f"input {i}" if i else "x" for i, old in enumerate(before) if not same(args[i], old)]


def as_tensor(value):
    """A tensor with a copy of the array's values, in its dtype."""
    import torch

    return torch.from_numpy(np.array(value))


def copied(value, *, tensors: bool = False):
    """A deep copy of plain data, arrays as tensors if asked for; anything else is passed as it is."""

    def copy(entry):
        if isinstance(entry, np.ndarray):
            return as_tensor(entry) if tensors else entry.copy()
        return entry.detach().clone() if hasattr(entry, "detach") and hasattr(entry, "data_ptr") else entry

    return mapped(copy, value)


def mapped(change: Callable, value):
    """Plain data with `change` applied to everything in it that is no dict, list or tuple."""
    if isinstance(value, dict):
        return {key: mapped(change, entry) for key, entry in value.items()}
    if type(value) in (list, tuple):
        return type(value)(mapped(change, entry) for entry in value)
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
    return _is_kind_of_module(type(value))


@cache
def _is_kind_of_module(kind: type) -> bool:
    return any(base.__module__.startswith("torch.nn") for base in inspect.getmro(kind))
