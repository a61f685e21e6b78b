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

from autograder.learner import verbs
from autograder.learner.exercise import Exercise, Probe
from autograder.learner.verbs import BadReturn, Handle, Recipe

ROOM = Path(__file__).resolve().parent
NOTHING = "it returned nothing (None); its last line has to `return` the result"


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


class Caller:
    """What a probe calls: the learner's function, with copies of the arguments; it notes which of them were changed.

    If the exercise is a class, or a function that returns an object (its `returns` is empty), a `Handle` comes back.
    """

    def __init__(self, exercise: Exercise, function: Callable) -> None:
        self.exercise, self.function = exercise, function
        self.changed: set[str] = set()
        self._objects: list = []

    def __call__(self, *args, **kwargs) -> dict[str, object] | Handle | None:
        """Return the function's values by the names that the exercise gives them, opaque ones as they are."""
        args, kwargs = self._here(args), self._here(kwargs)
        given = dict(zip(self.exercise.arguments, args, strict=False)) | kwargs
        before = {name: _snapshot(value) for name, value in given.items()}
        result = self.function(*args, **kwargs)
        for name, value in given.items():
            if name not in self.exercise.mutates and not verbs.same(_snapshot(value), before[name]):
                self.changed.add(name)
        if self.exercise.returns:
            return self._by_name(result)
        return None if self.exercise.mutates and result is None else self._handle(result)

    def build(self, recipe: Recipe) -> Handle:
        """Build a module to be passed to the function, or to be looked at."""
        return self._handle(recipe.build())

    def _handle(self, thing) -> Handle:
        if thing is None:
            raise BadReturn(NOTHING)
        self._objects.append(thing)
        return Handle(len(self._objects) - 1, self._perform)

    def _perform(self, number: int, verb: str, *args, **kwargs):
        result, changed = verbs.perform(self._objects[number], verb, args, kwargs)
        self.changed.update(changed)
        return result

    def _here(self, values):
        """Copies of the arguments; handles become the objects that they stand for."""
        if isinstance(values, dict):
            return {name: self._here(value) for name, value in values.items()}
        if type(values) in (list, tuple):
            return type(values)(map(self._here, values))
        if isinstance(values, Handle):
            return self._objects[values.number]
        return verbs.copied(values, tensors=self.exercise.tensors)

    def _by_name(self, result) -> dict[str, object]:
        names = self.exercise.returns
        if result is None:
            raise BadReturn(NOTHING)
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


def _snapshot(value):
    return verbs.snapshot(value) if verbs.is_module(value) else verbs.copied(value)


def _kind(value) -> str:
    if value is None:
        return "None"
    word = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
