"""A learner's answer to an exercise, called with plain data: the contract, and how it is kept in this process.

What goes in and comes out may cross to another process; what it refers to stays where the learner's code runs, by
number. `autograder.sandbox.remote` keeps the contract from outside of that process.
"""

from __future__ import annotations

import contextlib
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from autograder.learner.diagnosis import guard, objects, plain_data
from autograder.learner.diagnosis.exercise import Exercise, exercise_names
from autograder.learner.diagnosis.objects import Recipe, Ref
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.learner.diagnosis.standing_in import StandIns, home_of, names_used
from autograder.stored import IN_NUMPY

ROOM = Path(__file__).resolve().parents[1]
#: Where code lies that the learner has not written: this, and Python's own.
NOT_THE_LEARNERS = (ROOM, Path(sysconfig.get_path("stdlib")))
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


class NotDone(NotImplementedError):
    """An exercise still holds its placeholder.

    Attributes:
        exercise: which one: that which was called, or another one that it calls; "" if that is not known.
    """

    def __init__(self, detail: str = "", exercise: str = "") -> None:
        super().__init__(detail)
        self.exercise = exercise


def not_done(error: NotImplementedError) -> str:
    """The exercise whose own code said that it is not done; "" if that is not known."""
    if isinstance(error, NotDone):
        return error.exercise
    frames = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [code.co_qualname.partition(".")[0] for code in frames if ROOM not in Path(code.co_filename).parents]
    return next((name for name in reversed(own) if name in exercise_names()), "")


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
        """The names of the notebook that its code can lead to; not its own."""

    def with_helpers(self, helpers: dict[str, Callable]) -> Implementation:
        """The same, finding other functions under their names."""


@dataclass(frozen=True)
class LocalImplementation:
    """One in this process: in a notebook, or the graders' own.

    Attributes:
        helpers: functions that are called in place of those of these names.
        in_numpy: it has to do without torch.
    """

    function: Callable
    helpers: Mapping[str, Callable] = field(default_factory=dict)
    in_numpy: bool = False

    def answering(self, exercise: Exercise) -> Answer:
        return LocalAnswer(exercise, self.function, self.helpers, in_numpy=self.in_numpy)

    def names_used(self) -> set[str]:
        return names_used(self.function)

    def with_helpers(self, helpers: dict[str, Callable]) -> LocalImplementation:
        return replace(self, helpers=helpers)


class LocalAnswer:
    """`Answer` in this process: the one place that touches the learner's code.

    Args:
        helpers: functions that are called in place of those of these names, whatever they are called through.
        home: the names of the notebook; by default, those that the function's own code finds.
        in_numpy: it has to do without torch, as where it is graded.
    """

    def __init__(
        self,
        exercise: Exercise,
        function: Callable,
        helpers: Mapping[str, Callable] | None = None,
        home: dict | None = None,
        *,
        in_numpy: bool = False,
    ) -> None:
        self.exercise, self.function, self._in_numpy = exercise, function, in_numpy
        self._home = home_of(function) if home is None else home
        self._refused: list[str] = []
        others = dict(helpers or {}) | {name: self._refusing(name) for name in exercise.without}
        self._lent = bool(others)
        is_another = getattr(function, "__qualname__", "") in exercise.without
        self._others = StandIns(others, function, self._home, None if is_another else function)
        self._kept: list = []
        self._given: set[int] = set()  # which of them are not the learner's

    def call(self, args: tuple, kwargs: dict) -> tuple[dict | Ref | None, list[str]]:
        """Call it with copies: its values by the names that the exercise gives them."""
        args, kwargs = self._here(args), self._here(kwargs)
        given = dict(zip(self.exercise.arguments, args, strict=False)) | kwargs
        before = {name: _snapshot(value) for name, value in given.items()}
        with objects.seeded(), self._watched(self.exercise.forbidden):
            result = _run(self.function, *args, **kwargs)
        changed = [
            name
            for name, value in given.items()
            if name not in self.exercise.mutates and not _is_as_before(value, before[name])
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
        with self._watched(() if number in self._given else self.exercise.forbidden):
            return _run(objects.perform, self._kept[number], operation, self._here(args), self._here(kwargs))

    def _watched(self, forbidden: tuple[str, ...]) -> contextlib.AbstractContextManager[None]:
        if not (forbidden or self._lent or self._in_numpy):  # nearly always
            return contextlib.nullcontext()
        return self._watching(forbidden)

    @contextlib.contextmanager
    def _watching(self, forbidden: tuple[str, ...]) -> Iterator[None]:
        """Run the learner's code with what is lent to it, and find out whether it calls what it may not."""
        self._refused.clear()
        numpy_alone = guard.without_torch(self._home) if self._in_numpy else contextlib.nullcontext()
        with self._others.standing(), guard.forbidding(forbidden), numpy_alone:
            yield
        if self._refused:  # also where the code has caught what it was told
            raise BadReturn(_refusal(self._refused[0]))

    def _refusing(self, name: str) -> Callable:
        """Stands for an exercise that this one may not call."""

        def refuse(*args, **kwargs):
            self._refused.append(name)
            raise BadReturn(_refusal(name))

        return refuse

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


def _refusal(name: str) -> str:
    return f"it calls `{name}`; this exercise asks you to write it without that"


def _run(function: Callable, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except NotImplementedError as error:
        raise NotDone(str(error), not_done(error)) from error
    except (BadReturn, AnswerError):
        raise
    except Exception as error:
        rule = f" ({IN_NUMPY})" if guard.misses_torch(error) else ""
        raise AnswerError(type(error).__name__, f"{error}{_where(error)}{rule}") from error


def _where(error: Exception) -> str:
    """The learner's own line that failed, as far as Python can tell."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename
        and not any(place in Path(frame.filename).parents for place in NOT_THE_LEARNERS)
    ]
    if not frames:
        return ""
    last = frames[-1]
    return f", in the line `{last.line}`" if last.line else f", in line {last.lineno}, in `{last.name}`"


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


def _is_as_before(value, before) -> bool:
    return plain_data.same(_snapshot(value) if plain_data.is_module(value) else value, before)


def _kind(value) -> str:
    if value is None:
        return "None"
    word = {"ndarray": "array"}.get(type(value).__name__, type(value).__name__)
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
