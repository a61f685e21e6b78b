"""Play a probe on a function and write down what can be seen: values, shapes, changed inputs, errors."""

from __future__ import annotations

import contextlib
import io
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograder.learner.exercise import Exercise, Probe

ROOM = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Observation:
    """What one probe saw.

    Attributes:
        outputs: name -> array, as the function returned it.
        changed: names of arguments that the function changed in place.
        raised: type name of the exception, or "".
        problem: why the returned value cannot be compared, in words, or "".
        detail: the exception's own text (shown, never compared).
    """

    outputs: dict[str, np.ndarray] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    raised: str = ""
    problem: str = ""
    detail: str = ""


class BadReturn(Exception):
    """The function gave back something that cannot be compared."""


class Caller:
    """Call the learner's function with copies of the arguments, and note which of them it changed."""

    def __init__(self, exercise: Exercise, function: Callable) -> None:
        self.exercise, self.function = exercise, function
        self.changed: set[str] = set()

    def __call__(self, *args, **kwargs) -> dict[str, object]:
        """Return the function's values by the names that the exercise gives them, opaque ones as they are."""
        args, kwargs = [_copy(a) for a in args], {name: _copy(a) for name, a in kwargs.items()}
        before = dict(zip(self.exercise.arguments, args, strict=False)) | kwargs
        originals = {name: _copy(value) for name, value in before.items()}
        result = self.function(*args, **kwargs)
        for name, value in before.items():
            if isinstance(value, np.ndarray) and not np.array_equal(value, originals[name], equal_nan=True):
                self.changed.add(name)
        return self._by_name(result)

    def _by_name(self, result) -> dict[str, object]:
        names = self.exercise.returns
        if result is None:
            raise BadReturn("it returned nothing (None); its last line has to `return` the result")
        if len(names) == 1:
            values = [result]
        elif isinstance(result, tuple | list) or np.shape(result)[:1] == (len(names),):
            values = list(result)  # a stack of the values unpacks like a tuple
        else:
            raise BadReturn(f"it returned {_kind(result)}; expected {len(names)} values: {', '.join(names)}")
        if len(values) != len(names):
            raise BadReturn(f"it returned {len(values)} values; expected {len(names)}: {', '.join(names)}")
        return {
            name: value if name in self.exercise.opaque else to_array(value, name)
            for name, value in zip(names, values, strict=True)
        }


def observe(exercise: Exercise, probe: Probe, function: Callable, seed: int) -> Observation:
    """Play one probe. Whatever the function prints or warns about is kept quiet.

    Args:
        seed: of the probe's random stream. `RandomState` is used because NumPy guarantees that its stream
            never changes (NEP 19), and stored observations depend on it.

    Raises:
        NotImplementedError: passed on; an exercise that is not done is not wrong.
    """
    caller = Caller(exercise, function)
    seen: dict = {}
    try:
        with _quiet():
            played = probe.play(caller, np.random.RandomState(seed))
        outputs = {name: to_array(value, name) for name, value in played.items() if name not in exercise.opaque}
        seen["outputs"] = outputs
    except NotImplementedError:
        raise
    except BadReturn as error:
        seen["problem"] = str(error)
    except Exception as error:
        seen |= {"raised": type(error).__name__, "detail": f"{error}{_where(error)}"}
    return Observation(changed=tuple(sorted(caller.changed)), **seen)


@contextlib.contextmanager
def _quiet():
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _where(error: Exception) -> str:
    """The learner's own line that failed, as far as Python can tell."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ROOM not in Path(frame.filename).parents]
    own = [frame for frame in frames if frame.line and "site-packages" not in frame.filename]
    return f", in the line `{own[-1].line}`" if own else ""


def to_array(value, name: str = "the value") -> np.ndarray:
    """A plain NumPy array of a number, array or tensor.

    Raises:
        BadReturn: it is something else, for instance a list.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, list | tuple | dict | set | str) or value is None:
        raise BadReturn(f"{name} is {_kind(value)}; return a NumPy array")
    array = np.array(value)
    if array.dtype.kind not in "biuf":
        raise BadReturn(f"{name} is {_kind(value)} of dtype {array.dtype}; return real numbers")
    return array


def _copy(value):
    return value.copy() if isinstance(value, np.ndarray) else value


def _kind(value) -> str:
    if value is None:
        return "None"
    word = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
