"""Classes and torch modules as exercises: handles, recipes, and the few operations on what they stand for.

A probe never touches a learner's object. It holds a `Handle`, whose operations take and give plain data. So the object
may as well live in another process.
"""

from __future__ import annotations

import contextlib
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, ModuleType

import numpy as np

from autograder.learner.diagnosis.plain_data import BadReturn, as_tensor, copied, plain, same


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

    Calling it calls the object; its methods are the functions below that are marked as operations.

    Args:
        number: which object, on the side where it lives.
        perform: carries out `perform(number, operation, *args, **kwargs)` there.
    """

    def __init__(self, number: int, perform: Callable) -> None:
        self.number, self._perform = number, perform

    def __call__(self, *args, **kwargs):
        return self._perform(self.number, "call", *args, **kwargs)

    def __getattr__(self, operation: str) -> Callable:
        if operation not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise AttributeError(f"{operation!r} is no operation on a handle; the operations are {known}")
        return partial(self._perform, self.number, operation)


OPERATIONS: dict[str, Callable] = {}
#: What is looked into when it is asked how much an object holds.
_CONTAINERS = (list, tuple, set, frozenset, deque)
#: Kept alive, so that no new tensor can get the memory, and with it the identity, of an old one.
_identified: list = []


def _operation(function: Callable) -> Callable:
    OPERATIONS[function.__name__] = function
    return function


@_operation
def call(thing, *args, **kwargs):
    """What `thing(*args)` returns."""
    return thing(*args, **kwargs)


@_operation
def call_without_graph(thing, *args, **kwargs):
    """What `thing(*args)` returns where no graph is recorded."""
    import torch

    with torch.no_grad():
        return thing(*args, **kwargs)


@_operation
def error(thing, *args, **kwargs) -> str:
    """The type name of the exception that a call raises; "" if it raises none."""
    try:
        thing(*args, **kwargs)
    except NotImplementedError:
        raise
    except Exception as raised:
        return type(raised).__name__
    return ""


@_operation
def attribute(thing, name: str):
    """An attribute, by its dotted name."""
    for part in name.split("."):
        if not hasattr(thing, part):
            raise BadReturn(f"the {type(thing).__name__} has no attribute `{part}`")
        thing = getattr(thing, part)
    return thing


@_operation
def state_dict(thing) -> dict:
    """What would be saved."""
    return dict(thing.state_dict())


@_operation
def load_state_dict(thing, state: dict) -> None:
    """Load a saved state; every key must fit.

    Raises:
        BadReturn: a key is missing or too many, or a shape differs.
    """
    try:
        thing.load_state_dict(state)
    except RuntimeError as refused:
        told = " ".join(str(refused).split()).rstrip(".")
        raise BadReturn(f"its load_state_dict refuses a state: {told}") from None


@_operation
def train(thing, mode: bool = True, part: str = "") -> None:
    """Switch to training or, with `mode` False, to evaluation: all of it, or one part by its dotted name."""
    (thing.get_submodule(part) if part else thing).train(mode)


@_operation
def eval(thing) -> None:
    """Switch to evaluation."""
    thing.eval()


@_operation
def double(thing) -> None:
    """Turn all parameters and buffers into float64."""
    thing.double()


@_operation
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


@_operation
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


@_operation
def describe(thing) -> dict:
    """Its structure: shapes of parameters and buffers by name, type names of its parts in order, and its mode."""
    return {
        "parameters": {name: list(value.shape) for name, value in thing.named_parameters()},
        "buffers": {name: list(value.shape) for name, value in thing.named_buffers()},
        "modules": [type(module).__name__ for module in thing.modules()],
        "training": thing.training,
    }


@_operation
def identity(thing, name: str) -> int:
    """A number that stays the same as long as the tensor of that name keeps its memory."""
    found = attribute(thing, name)
    _identified.append(found)
    return found.data_ptr() if hasattr(found, "data_ptr") else id(found)


@_operation
def holding_graph(thing) -> list[str]:
    """Names of tensors on the object, parameters aside, that keep an autograd graph alive."""
    kept = dict(thing.named_buffers()) | {name: value for name, value in vars(thing).items()}
    return sorted(name for name, value in kept.items() if getattr(value, "grad_fn", None) is not None)


@_operation
def hooks(thing) -> int:
    """How many functions are called along with a forward pass of the object or one of its parts."""
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in thing.modules())


@_operation
def freeze(thing) -> None:
    """Have no parameter ask for a gradient."""
    thing.requires_grad_(False)


@_operation
def kept_numbers(thing) -> int:
    """How much the object and its class hold: numbers, and entries of what lists and dicts there are."""
    own = [vars(kind) for kind in type(thing).__mro__ if kind.__module__.partition(".")[0] not in ("torch", "builtins")]
    return _size_of([vars(thing), *({**entries} for entries in own)], set())


def _size_of(value, seen: set[int]) -> int:
    """Numbers in a thing and entries of its containers; nothing is counted twice."""
    if isinstance(value, type | FunctionType | str | bytes | None):
        return 0
    if isinstance(value, bool | int | float | complex | np.generic):
        return 1
    if id(value) in seen:
        return 0
    seen.add(id(value))
    if hasattr(value, "data_ptr"):
        return value.numel()
    if isinstance(value, np.ndarray):
        return value.size
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, _CONTAINERS) else None
    if inside is not None:
        return len(value) + sum(_size_of(entry, seen) for entry in inside)
    return _size_of(vars(value), seen) if hasattr(value, "__dict__") else 0


def seeded() -> contextlib.AbstractContextManager[None]:
    """Draw torch's random numbers from a fixed seed, and leave the outer ones as they were. Torch may be missing."""
    torch = sys.modules.get("torch")
    return contextlib.nullcontext() if torch is None else _seeded(torch)


@contextlib.contextmanager
def _seeded(torch: ModuleType) -> Iterator[None]:
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


def perform(thing, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
    """Carry out an operation where the object lives.

    Returns:
        Plain data, and the names of the inputs that were changed in place.
    """
    args, kwargs = copied(args, tensors=True), copied(kwargs, tensors=True)
    before = copied(args)
    result = plain(OPERATIONS[operation](thing, *args, **kwargs))
    return result, [f"input {i}" if i else "x" for i, old in enumerate(before) if not same(args[i], old)]
