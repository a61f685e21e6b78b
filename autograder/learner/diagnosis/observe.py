"""Play a probe on a function and write down what can be seen: values, shapes, changed inputs, errors."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from autograder.learner.diagnosis.answer import Answer, AnswerError, Implementation, to_array
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.objects import Handle, Recipe, Ref
from autograder.learner.diagnosis.plain_data import BadReturn, mapped

#: What probes draw from. One for all: to make it takes longer than all that most probes draw.
STREAM = np.random.RandomState()
_is_quiet = False
#: Looks at an implementation as `observe` does.
Look = Callable[[Exercise, Probe, Implementation, int], "Observation"]


@dataclass(frozen=True)
class Observation:
    """What one probe saw.

    Attributes:
        outputs: name -> array, as the function returned it.
        changed: names of arguments that the function changed in place.
        raised: type name of the exception, or "".
        problem: why the returned value cannot be compared, in words, or "".
        detail: the exception's own text (shown, never compared).
        single: those of the exercise's returned values that were single numbers in each call.
    """

    outputs: dict[str, np.ndarray] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    raised: str = ""
    problem: str = ""
    detail: str = ""
    single: frozenset[str] = frozenset()


class Caller:
    """What a probe calls. It passes plain data on to the learner's answer, wherever that runs.

    If the exercise is a class, or a function that returns an object (its `returns` is empty), a `Handle` comes back;
    so it does for opaque values, which a probe can only pass on.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.changed: set[str] = set()
        self.single: set[str] = set()

    def __call__(self, *args, **kwargs) -> dict[str, object] | Handle | None:
        """Return the function's values by the names that the exercise gives them."""
        return self._by_name(self._noted(self._answer.call(_given(args), _given(kwargs))))

    def each(self, calls: Iterable[tuple]) -> list[dict[str, object]]:
        """Call it several times, in order: where the answer lives elsewhere, faster than one by one.

        Args:
            calls: the arguments of each call; none may tell what is right for another one.
        """
        return [self._by_name(result) for result in self._noted(self._answer.call_each(_given([*calls])))]

    def build(self, recipe: Recipe) -> Handle:
        """Build a module to be passed to the function, or to be looked at."""
        return self._received(self._noted(self._answer.build(recipe)))

    def _perform(self, number: int, operation: str, *args, **kwargs):
        return self._noted(self._answer.perform(number, operation, _given(args), _given(kwargs)))

    def _noted(self, reply: tuple[object, list[str]]):
        result, changed = reply
        self.changed.update(changed)
        return result

    def _by_name(self, result):
        if isinstance(result, dict):
            self.single |= {name for name, value in result.items() if np.ndim(value) == 0}
            return {name: self._received(value) for name, value in result.items()}
        return self._received(result)

    def _received(self, value):
        return Handle(value.number, self._perform) if isinstance(value, Ref) else value


def _given(value):
    """Arguments with the handles in them replaced by what they refer to."""
    return mapped(lambda entry: Ref(entry.number) if isinstance(entry, Handle) else entry, value)


def observe(exercise: Exercise, probe: Probe, implementation: Implementation, seed: int) -> Observation:
    """Play one probe. Whatever the function prints or warns about is kept quiet.

    Args:
        seed: of the probe's random stream. `RandomState` is used because NumPy guarantees that its stream
            never changes (NEP 19), and stored observations depend on it.

    Raises:
        NotImplementedError: passed on; an exercise that is not done is not wrong.
    """
    return observe_answer(exercise, probe, implementation.answering(exercise), seed)


def observe_answer(exercise: Exercise, probe: Probe, answer: Answer, seed: int) -> Observation:
    """As `observe`, with an answer that nothing was asked of before."""
    caller = Caller(answer)
    seen: dict = {}
    try:
        with quiet():
            STREAM.seed(seed)
            played = probe.play(caller, STREAM)
        outputs = {name: to_array(value, name) for name, value in played.items() if name not in exercise.opaque}
        seen["outputs"] = outputs
    except NotImplementedError:
        raise
    except BadReturn as error:
        seen["problem"] = str(error)
    except AnswerError as error:
        seen |= {"raised": error.kind, "detail": error.detail}
    except Exception as error:
        seen |= {"raised": type(error).__name__, "detail": str(error)}
    return Observation(changed=tuple(sorted(caller.changed)), single=frozenset(caller.single), **seen)


def quiet() -> contextlib.AbstractContextManager[None]:
    """Keep quiet whatever is printed, warned about, or odd in NumPy's numbers; what is within it costs no more."""
    return contextlib.nullcontext() if _is_quiet else _being_quiet()


@contextlib.contextmanager
def _being_quiet() -> Iterator[None]:
    global _is_quiet
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        _is_quiet = True
        try:
            yield
        finally:
            _is_quiet = False
