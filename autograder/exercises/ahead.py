"""Look at an answer that lives elsewhere with few messages: what many probes ask goes there together.

What a probe asks first cannot depend on the answer. So the play of the right one, which is needed anyway, tells it; and
if that asks nothing more, the whole play costs one request, and many such requests are one message. Each is then played
as ever, and finds its reply waiting.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from typing import Protocol, runtime_checkable

from autograder.learner.diagnosis.answer import Answer, Implementation
from autograder.learner.diagnosis.exercise import Exercise, Probe
from autograder.learner.diagnosis.observe import Observation, observe, observe_answer

#: The name of a probe, and a seed.
Play = tuple[str, int]
#: What is asked of an answer: a method of `Answer` and its arguments.
Request = tuple[str, tuple]


@runtime_checkable
class Distant(Protocol):
    """An implementation of which many things are better asked at once."""

    def asked(self, exercise: Exercise, requests: Sequence[Request]) -> Sequence[Answer]:
        """An answer for each request, or for the first ones: it has its reply to this, and can be asked more."""


@dataclass
class Overheard:
    """`Implementation`: another one, and what is asked of its answers."""

    implementation: Implementation
    requests: list[Request] = field(default_factory=list)

    def answering(self, exercise: Exercise) -> Answer:
        return _OverheardAnswer(self.implementation.answering(exercise), self.requests)

    def names_used(self) -> set[str]:
        return self.implementation.names_used()

    def with_helpers(self, helpers: dict[str, Callable]) -> Implementation:
        return Overheard(self.implementation.with_helpers(helpers), self.requests)

    @property
    def only_request(self) -> Request | None:
        """What was asked, if that was one thing only: then nothing that was made is looked at any further."""
        return self.requests[0] if len(self.requests) == 1 else None


class _OverheardAnswer:
    """`Answer`: another one; what is asked of it is noted."""

    def __init__(self, answer: Answer, requests: list[Request]) -> None:
        self._answer, self._requests = answer, requests

    def __getattr__(self, name: str) -> Callable:
        def ask(*args):
            self._requests.append((name, args))
            return getattr(self._answer, name)(*args)

        return ask


class Looks:
    """`observe` for one exercise: each look is taken once, and many together where none depends on another.

    Args:
        exercise: with all its probes.
        only_request: gives what a play asks, if that is one thing only; else None.
    """

    def __init__(self, exercise: Exercise, only_request: Callable[[str, int], Request | None]) -> None:
        self._exercise, self._only_request = exercise, only_request
        self._waiting: dict[tuple[int, str, int], Answer] = {}
        self._seen: dict[tuple[int, str, int], Observation] = {}
        self._implementations: dict[int, Implementation] = {}  # kept, so that no other gets the number of one of them

    def __call__(self, exercise: Exercise, probe: Probe, implementation: Implementation, seed: int) -> Observation:
        """As `observe`."""
        look = (self._number(implementation), probe.name, seed)
        if look not in self._seen:
            answer = self._waiting.pop(look, None)
            self._seen[look] = (
                observe_answer(exercise, probe, answer, seed)
                if answer
                else observe(exercise, probe, implementation, seed)
            )
        return self._seen[look]

    def ahead(self, implementation: Implementation, draws: Iterable[Sequence[Play]]) -> None:
        """Take looks that will be asked for. That makes no difference but to the time which they take.

        Args:
            draws: plays on the same random numbers each, of which one may tell what is right for another: these go one
                after another, and each has been answered before the next one's data are there.
        """
        if not isinstance(implementation, Distant):
            return
        for plays in zip_longest(*draws):
            for is_single, group in groupby(filter(None, plays), lambda play: bool(self._only_request(*play))):
                together = list(group)
                if is_single:
                    self._ask(implementation, implementation, together)
                for name, seed in together:
                    with contextlib.suppress(NotImplementedError):  # is told when this look is asked for
                        self(self._exercise, self._exercise.probes[name], implementation, seed)

    def _ask(self, implementation: Implementation, distant: Distant, plays: Sequence[Play]) -> None:
        """Have the one thing that each of the plays asks answered."""
        looks = [(self._number(implementation), name, seed) for name, seed in plays]
        looks = [look for look in looks if look not in self._seen and look not in self._waiting]
        requests = [request for _, name, seed in looks if (request := self._only_request(name, seed))]
        if requests:
            self._waiting |= zip(looks, distant.asked(self._exercise, requests))

    def _number(self, implementation: Implementation) -> int:
        self._implementations[id(implementation)] = implementation
        return id(implementation)
