"""Messages between the judge and a student's process: plain data over a socket, with caps and without pickle.

A message is a JSON head and the bytes of its arrays. Only these cross: None, booleans, numbers, strings, arrays of
real numbers, references and recipes (`autograder.learner.diagnosis.objects`), and lists, tuples and dicts of them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.console import writable
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.sandbox.line import Line, WireError

#: How deep the containers of a message may be nested.
MAX_DEPTH = 20
DTYPES = {
    kind: np.dtype(kind).newbyteorder("<")
    for kind in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
}
#: What JSON has, too; floats that are finite come to these.
AS_THEY_ARE = {type(None), bool, int, str}


@dataclass(frozen=True)
class Asked:
    """Stands for a function of the judge's: the student's process asks the judge for its values."""

    number: int


class Wire(Line):
    """One end of the line, for plain data."""

    def send(self, message, seconds: float | None = None) -> None:
        """Send plain data.

        Args:
            seconds: how long the other side may take to read it.

        Raises:
            TimeUp, WireError: as `send_bytes`, and if it holds something that may not cross.
        """
        body = bytearray()
        head = json.dumps(_packed(message, body)).encode()
        self.send_bytes(head, body, seconds)

    def receive(self, seconds: float | None = None):
        """Wait for a message.

        Raises:
            TimeUp, WireError: as `receive_bytes`, and if it is none.
        """
        head, body = self.receive_bytes(seconds)
        try:
            return _Reader(body).read(json.loads(head))
        except Exception as error:  # whatever is wrong with it: a stranger made it up
            raise WireError(f"what came is not a message ({type(error).__name__})") from error


def _packed(value, body: bytearray, depth: int = 0):
    """JSON for a value; the bytes of its arrays are added to `body`."""
    if depth > MAX_DEPTH:
        raise WireError("what is to be sent is nested too deep")
    kind = type(value)
    if kind in AS_THEY_ARE or (kind is float and math.isfinite(value)):
        return value
    if kind is list:
        return [_packed(entry, body, depth + 1) for entry in value]
    if kind is tuple:
        return {"tuple": [_packed(entry, body, depth + 1) for entry in value]}
    if kind is dict:
        return {"dict": [[str(name), _packed(entry, body, depth + 1)] for name, entry in value.items()]}
    if isinstance(value, np.ndarray | np.generic):
        return _packed_array(np.asarray(value), body)
    if isinstance(value, float):
        return {"float": repr(float(value))}
    if isinstance(value, Ref | Asked):
        return {kind.__name__: value.number}
    if isinstance(value, Recipe):
        fields = (value.kind, list(value.args), dict(value.kwargs), value.state and dict(value.state), value.training)
        return {"Recipe": [_packed(entry, body, depth + 1) for entry in fields]}
    kinds: tuple[Any, ...] = (str, int, list, tuple, dict)
    for plain in kinds:
        if isinstance(value, plain):  # of a class of somebody's own
            return _packed(plain(value), body, depth)
    raise WireError(f"a {kind.__name__} cannot be sent")


def _packed_array(value: np.ndarray, body: bytearray) -> dict:
    if value.dtype.kind == "f" and value.dtype.itemsize > 8:
        value = value.astype(np.float64)
    name = "?" if value.dtype.kind == "b" else value.dtype.kind + str(value.dtype.itemsize)
    if name not in DTYPES:
        raise WireError(f"an array of {value.dtype} cannot be sent")
    start = len(body)
    body += np.ascontiguousarray(value, DTYPES[name]).tobytes()
    return {"array": [name, list(value.shape), start]}


class _Reader:
    """Turns a head and a body back into data. Each byte of the body may be used once, and all text can be written."""

    def __init__(self, body: bytes) -> None:
        self._body, self._used = memoryview(body), 0

    def read(self, value, depth: int = 0):
        if depth > MAX_DEPTH:
            raise ValueError("nested too deep")
        if type(value) is list:
            return [self.read(entry, depth + 1) for entry in value]
        if type(value) is str:
            return writable(value)
        if type(value) is not dict:
            return value
        [(kind, held)] = value.items()
        if kind == "array":
            return self._array(*held)
        if kind == "float":
            return float(held)
        if kind == "tuple":
            return tuple(self.read(entry, depth + 1) for entry in held)
        if kind == "dict":
            return {writable(str(name)): self.read(entry, depth + 1) for name, entry in held}
        if kind in ("Ref", "Asked"):
            return {"Ref": Ref, "Asked": Asked}[kind](int(held))
        if kind == "Recipe":
            module, args, kwargs, state, training = (self.read(entry, depth + 1) for entry in held)
            return Recipe(str(module), tuple(args), dict(kwargs), state, bool(training))
        raise ValueError(f"unknown {kind!r}")

    def _array(self, name: str, shape: list, start: int) -> np.ndarray:
        dtype = DTYPES[name]
        size = math.prod(shape) * dtype.itemsize
        if len(shape) > 32 or min([0, *shape]) < 0 or start != self._used or start + size > len(self._body):
            raise ValueError("an array that is not there")
        self._used += size
        return np.frombuffer(self._body[start : start + size], dtype).reshape(shape).copy()
