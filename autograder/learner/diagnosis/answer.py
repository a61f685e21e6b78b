"""A learner's answer to an exercise, called with plain data: the contract, and how it is kept in this process.

What goes in and comes out may cross to another process; what it refers to stays where the learner's code runs, by
number. `autograder.sandbox.remote` keeps the contract from outside of that process.
"""

from __future__ import annotations

import dis
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from autograder.learner.diagnosis import guard, objects, plain_data
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.learner.diagnosis.plain_data import BadReturn

ROOM = Path(__file__).resolve().parents[1]
NOTHING = "it returned nothing (None); its last line has to `return` the result"
#: No exercise asks for so many numbers; to compare them, and to look for mistakes in them, would take long.
MAX_NUMBERS = 1_000_000
#: The kind of an AnswerError that the judge raises when it had to stop the learner's code.
STOPPED = "Stopped"


class AnswerError(Exception):
    """The learner's code raised something.

    Attributes:
        kind: the exception's type name.
        detail: its text, and the learner's own line that failed.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind, self.detail = kind, detail


class Answer(Protocol):
    """An answer to one exercise, and the objects that calls of it have made: what probes call.

    Each method returns plain data, in which a `Ref` stands for what is kept where the learner's code runs, and the
    names of the arguments that this code changed in place.

    Raises:
        AnswerError: the learner's code raised something.
        BadReturn: it gave back something that cannot be compared.
        NotImplementedError: it is not done.
    """

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        """Call it with copies: its values by the names that the exercise gives them."""

    def call_each(self, calls: list[tuple]) -> tuple[list, list[str]]:
        """Call it with each of several tuples of arguments."""

    def build(self, recipe: Recipe) -> tuple[Ref, list[str]]:
        """Build a module, to be passed to the learner's code."""

    def perform(self, number: int, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
        """Carry out an operation on what is kept under a number."""


class Implementation(Protocol):
    """A function or class that is to be right for an exercise, wherever it runs: what tests are given."""

    def answering(self, exercise: Exercise) -> Answer:
        """An answer to call."""

    def names_used(self) -> set[str]:
        """The global names that it reads; not its own."""

    def with_helpers(self, helpers: dict[str, Callable]) -> Implementation:
        """The same, finding other functions under their names."""


@dataclass(frozen=True)
class LocalImplementation:
    """One in this process: in a notebook, or the graders' own."""

    function: Callable

    def answering(self, exercise: Exercise) -> Answer:
        return LocalAnswer(exercise, self.function)

    def names_used(self) -> set[str]:
        return names_used(self.function)

    def with_helpers(self, helpers: dict[str, Callable]) -> LocalImplementation:
        return LocalImplementation(rebound(self.function, helpers))


class LocalAnswer:
    """`Answer` in this process: the one place that touches the learner's code."""

    def __init__(self, exercise: Exercise, function: Callable) -> None:
        refusing = {name: _refusing(name) for name in exercise.without}
        self.exercise, self.function = exercise, rebound(function, refusing) if refusing else function
        self._kept: list = []
        self._given: set[int] = set()  # which of them are not the learner's

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        """Call it with copies: its values by the names that the exercise gives them."""
        args, kwargs = self._here(args), self._here(kwargs)
        given = dict(zip(self.exercise.arguments, args, strict=False)) | kwargs
        before = {name: _snapshot(value) for name, value in given.items()}
        with objects.seeded(), guard.forbidding(self.exercise.forbidden):
            result = _run(self.function, *args, **kwargs)
        changed = [
            name
            for name, value in given.items()
            if name not in self.exercise.mutates and not plain_data.same(_snapshot(value), before[name])
        ]
        if self.exercise.returns:
            return self._by_name(result), changed
        if result is None and not self.exercise.mutates:
            raise BadReturn(NOTHING)
        return None if result is None else self._keep(result), changed

    def call_each(self, calls: list[tuple]) -> tuple[list, list[str]]:
        """Call it with each of several tuples of arguments."""
        told = [self.call(args, {}) for args in calls]
        return [result for result, _ in told], [name for _, changed in told for name in changed]

    def build(self, recipe: Recipe) -> tuple[Ref, list[str]]:
        """Build a module, to be passed to the learner's code."""
        made = self._keep(recipe.build())
        self._given.add(made.number)
        return made, []

    def perform(self, number: int, operation: str, args: tuple, kwargs: dict) -> tuple[object, list[str]]:
        """Carry out an operation on what is kept under a number."""
        with guard.forbidding(() if number in self._given else self.exercise.forbidden):
            return _run(objects.perform, self._kept[number], operation, self._here(args), self._here(kwargs))

    def _keep(self, thing) -> Ref:
        self._kept.append(thing)
        return Ref(len(self._kept) - 1)

    def _here(self, value):
        """A copy of the arguments; references become what they refer to."""

        def here(entry):
            if isinstance(entry, Ref):
                return plain_data.copied(self._kept[entry.number])
            return plain_data.copied(entry, tensors=self.exercise.tensors)

        return plain_data.mapped(here, value)

    def _by_name(self, result) -> dict[str, object]:
        names, asked = self.exercise.returns, "tensor" if self.exercise.tensors else "NumPy array"
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
            name: self._keep(value) if name in self.exercise.opaque else to_array(value, name, asked)
            for name, value in zip(names, values, strict=True)
        }


def rebound(answer: Callable, others: dict[str, Callable]) -> Callable:
    """A copy of a function, or of a class with all its methods, that finds `others` under their names."""
    if isinstance(answer, type):
        methods = {name: method for name, method in vars(answer).items() if isinstance(method, types.FunctionType)}
        return type(answer.__name__, (answer,), {name: rebound(m, others) for name, m in methods.items()})
    if not isinstance(answer, types.FunctionType):
        return answer
    copy = types.FunctionType(
        answer.__code__, answer.__globals__ | others, answer.__name__, answer.__defaults__, answer.__closure__
    )
    copy.__kwdefaults__ = answer.__kwdefaults__
    return copy


def _refusing(name: str) -> Callable:
    """Stands for an exercise that another one may not call."""

    def refuse(*args, **kwargs):
        raise BadReturn(f"it calls `{name}`; this exercise asks you to write it without that")

    return refuse


def names_used(answer: Callable) -> set[str]:
    """The global names that a function's code, or that of a class's methods, reads; not its own."""
    parts = [part for part in vars(answer).values() if callable(part)] if isinstance(answer, type) else [answer]
    found = set().union(*(_globals_read(part.__code__) for part in parts if isinstance(part, types.FunctionType)))
    return found - {getattr(answer, "__name__", "")}


def _globals_read(code: types.CodeType) -> set[str]:
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return own.union(*map(_globals_read, inner))


def _run(function: Callable, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except (NotImplementedError, BadReturn, AnswerError):
        raise
    except Exception as error:
        raise AnswerError(type(error).__name__, f"{error}{_where(error)}") from error


def _where(error: Exception) -> str:
    """The learner's own line that failed, as far as Python can tell."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if ROOM not in Path(frame.filename).parents]
    own = [frame for frame in frames if frame.line and "site-packages" not in frame.filename]
    return f", in the line `{own[-1].line}`" if own else ""


def to_array(value, name: str = "the value", asked: str = "NumPy array") -> np.ndarray:
    """A plain NumPy array of a number, array or tensor.

    Raises:
        BadReturn: it is something else, for instance a list, or huge.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, list | tuple | dict | set | str) or value is None:
        raise BadReturn(f"{name} is {_kind(value)}; return a {asked}")
    if np.size(value) > MAX_NUMBERS:
        raise BadReturn(f"{name} has {np.size(value):,} numbers; expected are far fewer")
    array = np.array(value)
    if array.dtype.kind not in "biuf":
        raise BadReturn(f"{name} is {_kind(value)} of dtype {array.dtype}; return real numbers")
    return array


def _snapshot(value):
    return plain_data.snapshot(value) if plain_data.is_module(value) else plain_data.copied(value)


def _kind(value) -> str:
    if value is None:
        return "None"
    word = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
