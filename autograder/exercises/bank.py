"""The bank of one exercise: its hidden tests' parts, the mistakes people make, and other right answers."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, partial
from pathlib import Path
from types import ModuleType

import numpy as np

from autograder.console import shown_path
from autograder.exercises.accepted import read_accepted
from autograder.exercises.ahead import Overheard, Request
from autograder.exercises.merging import merged
from autograder.exercises.mistakes import BankError, Mistake, read_mistakes
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.compare import fingerprint, noticed
from autograder.learner.diagnosis.diagnose import Known
from autograder.learner.diagnosis.exercise import Exercise, Play, Probe
from autograder.learner.diagnosis.ladder import play_case
from autograder.learner.diagnosis.observe import observe
from autograder.learner.diagnosis.steadiness import Steadiness, float32_slack
from autograder.lessons import Lesson, lesson_of

#: Topic -> exercise -> its folder.
EXERCISES = Path(__file__).parent

#: So much of what was found out about an exercise is kept, each about one probe and seed; one student asks for fewer.
MAX_KNOWN, MAX_SHOWN = 500, 10_000


@dataclass(frozen=True)
class Part:
    """A part of the hidden tests that is graded by itself.

    Attributes:
        name: what it looks at, as learners read it.
        points: what it is worth.
        probes: names of the probes that must all agree.
        draws: on how many fresh random streams each is played.
    """

    name: str
    points: float
    probes: tuple[str, ...]
    draws: int = 3


@dataclass
class _Solved:
    """What the solution shows on one probe and seed.

    Attributes:
        request: what it was asked, if that was one thing only.
        find_slack: as `float32_slack`.
        steadiness: of what other answers show there.
    """

    outputs: dict[str, np.ndarray]
    request: Request | None
    find_slack: Callable[[], Mapping[str, float]]
    steadiness: Steadiness

    @cached_property
    def slack(self) -> Mapping[str, float]:
        """How far arithmetic in float32 may take each output."""
        return self.find_slack()


@dataclass
class Bank:
    """All that graders know about an exercise.

    Attributes:
        exercise: its public contract and probes.
        hidden_probes: further ones that only the hidden tests play, since they need the reference or wrong code.
        parts: the parts of the hidden tests.
        mistakes: name -> wrong answer; `bank_of` reads them from `mistakes.md`.
    """

    exercise: Exercise
    parts: Sequence[Part]
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    hidden_probes: dict[str, Probe] = field(default_factory=dict)
    _known: dict[tuple, Known] = field(default_factory=dict, init=False, repr=False)
    _right: dict[tuple, _Solved] = field(default_factory=dict, init=False, repr=False)
    _shown: dict[tuple, dict | None] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        return self.exercise.name

    @property
    def points(self) -> float:
        """What the hidden tests are worth together."""
        return sum(part.points for part in self.parts)

    @property
    def visible_points(self) -> float:
        """What the visible check is worth."""
        return self.lesson.cell("check", self.name).points or 0

    @cached_property
    def lesson(self) -> Lesson:
        return lesson_of(self.name)

    @property
    def reference(self) -> Callable:
        return self.lesson.reference[self.name]

    @cached_property
    def accepted(self) -> dict[str, str]:
        """Name -> text of a right answer in another style.

        Raises:
            BankError: `accepted.py` is missing, or is not Python.
        """
        return read_accepted(folder_of(self.name) / "accepted.py", self.name)

    @cached_property
    def oracle(self) -> Callable | None:
        """A second, independent right answer, as torch's; None if there is no `oracle.py`. No judge has to import it.

        Raises:
            BankError: the file defines nothing of the exercise's name.
        """
        place = folder_of(self.name) / "oracle.py"
        if not place.exists():
            return None
        found = getattr(_module(place), self.name, None)
        if found is None:
            raise BankError(f"{shown_path(place)} defines no `{self.name}`. Give the answer there the exercise's name.")
        return found

    @cached_property
    def all_probes(self) -> Exercise:
        """The exercise with the hidden probes added."""
        return replace(self.exercise, probes=self.exercise.probes | self.hidden_probes)

    def probe(self, name: str, *, symptom: str, rtol: float = 1e-6) -> Callable[[Play], Play]:
        """Register the decorated function as a probe that only the hidden tests play."""
        return self.exercise.registering(self.hidden_probes, name, symptom, rtol)

    @property
    def solution(self) -> str:
        """The text of the lesson's solution cell."""
        return self.lesson.cell("exercise", self.name).source

    def wrong(self, mistake: str) -> Callable:
        """The function that makes a mistake."""
        return self.defined_by(self.mistakes[mistake].source(self.solution))

    def with_mistakes(self, mistakes: Sequence[str]) -> Callable:
        """The function that makes one mistake, or two.

        Raises:
            BankError: the two are made in the same place.
        """
        texts = [self.mistakes[name].source(self.solution) for name in mistakes]
        together = texts[0] if len(texts) == 1 else merged(self.solution, *texts)
        if together is None:
            raise BankError(f"{self.name}: {' and '.join(mistakes)} are made in the same place")
        return self.defined_by(together)

    def right(self, style: str) -> Callable:
        """The function that is right in another style."""
        return self.defined_by(self.accepted[style])

    def validate(self) -> None:
        """Look whether parts and probes fit.

        Raises:
            BankError: a probe belongs to no part, or a part names one that does not exist.
        """
        tested = {probe for part in self.parts for probe in part.probes}
        if odd := sorted(tested ^ set(self.all_probes.probes)):
            raise BankError(f"{self.name}: each probe must belong to a part and each part's probes exist: {odd}")

    def defined_by(self, source: str) -> Callable:
        """The function or class that a text defines in place of the solution."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)  # wrong code may well look odd
            return self.lesson.define({self.name: source})[self.name]

    def known(self, probe: str, seed: int, *, mistakes: bool = True) -> Known:
        """What is right on one probe and seed and, if asked for, what each mistake shows there; kept for a while."""
        asked = (probe, seed, *(self.mistakes if mistakes else ()))
        found = self._known.pop(asked, None) or self._find_known(probe, seed, self.mistakes if mistakes else ())
        self._known[asked] = found  # the last one of all now
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return found

    def only_request(self, probe: str, seed: int) -> Request | None:
        """What a play asks of an answer, if that is one thing only; else None."""
        return self._solved(probe, seed).request

    def right_on_paper(self) -> list[dict[str, np.ndarray]]:
        """The right outputs of each case of the ladder.

        Raises:
            BankError: the solution itself fails one.
        """
        found = []
        for case in self.exercise.ladder:
            seen = play_case(self.exercise, case, LocalImplementation(self.reference))
            if seen.raised or seen.problem or seen.changed:
                told = seen.problem or f"{seen.raised} {seen.detail} {seen.changed} {seen.outputs}"
                raise BankError(f"the solution of {self.name} itself fails the case {case.told}: {told}")
            found.append(seen.outputs)
        return found

    def _find_known(self, probe: str, seed: int, mistakes: Collection[str]) -> Known:
        play, solved = self.all_probes.probes[probe], self._solved(probe, seed)
        if not mistakes:
            return Known(solved.outputs, {}, slack=lambda: solved.slack)
        prints = {}
        for name in mistakes:
            seen = observe(self.exercise, play, LocalImplementation(self.wrong(name)), seed)
            if noticed(seen, solved.outputs, play.rtol, lambda: solved.slack):
                prints[name] = fingerprint(seen)
        return Known(
            solved.outputs,
            prints,
            cache(lambda name: solved.steadiness.lasting(self.wrong(name), prints[name])),
            lambda: solved.slack,
        )

    def _solved(self, probe: str, seed: int) -> _Solved:
        """What the solution shows; kept for a while."""
        found = self._right.pop((probe, seed), None) or self._solve(probe, seed)
        self._right[probe, seed] = found  # the last one of all now
        while len(self._right) > MAX_KNOWN:
            del self._right[next(iter(self._right))]
        return found

    def _solve(self, probe: str, seed: int) -> _Solved:
        overheard, play = Overheard(LocalImplementation(self.reference)), self.all_probes.probes[probe]
        right = observe(self.exercise, play, overheard, seed)
        if right.raised or right.problem or right.changed:
            told = right.problem or f"{right.raised} {right.detail} {right.changed}"
            raise BankError(f"the solution of {self.name} itself fails the probe {probe!r}: {told}")
        slack = partial(float32_slack, self.exercise, play, self.reference, seed)
        steadiness = Steadiness(self.exercise, play, self.reference, seed)
        return _Solved(right.outputs, overheard.only_request, slack, steadiness)

    def shows(self, mistakes: Sequence[str], probe: str, seed: int) -> dict | None:
        """The fingerprint of what mistakes, made together, show on a probe; None if nothing that lasts."""
        asked = (probe, seed, *mistakes)
        if asked not in self._shown:
            if len(self._shown) >= MAX_SHOWN:
                self._shown.clear()
            self._shown[asked] = self._find_shown(mistakes, probe, seed)
        return self._shown[asked]

    def _find_shown(self, mistakes: Sequence[str], probe: str, seed: int) -> dict | None:
        play, answer = self.all_probes.probes[probe], self.with_mistakes(mistakes)
        seen = observe(self.exercise, play, LocalImplementation(answer), seed)
        facts = self.known(probe, seed, mistakes=False)
        if not noticed(seen, facts.right, play.rtol, facts.slack):
            return None
        return self._solved(probe, seed).steadiness.lasting(answer, fingerprint(seen))


def banks_of(lesson: Lesson) -> list[Bank]:
    """The banks of a lesson's exercises, in the lesson's order.

    Raises:
        BankError: an exercise has no bank, or a probe no part.
    """
    return [bank_of(name) for name in lesson.exercises]


@cache
def bank_of(exercise: str) -> Bank:
    """The bank of one exercise: its folder.

    Raises:
        UnknownLesson: no lesson has such an exercise.
        BankError: the folder is not complete, or does not fit.
    """
    place = folder_of(exercise) / "tests.py"
    if not place.exists():
        raise BankError(f"{shown_path(place)} is missing. `python -m autograder new` writes one to begin with.")
    bank = replace(_module(place).bank, mistakes=read_mistakes(place.parent))
    bank.validate()
    return bank


def _module(place: Path) -> ModuleType:
    """What a file in an exercise's folder defines."""
    return importlib.import_module(".".join(["autograder.exercises", *place.parts[-3:-1], place.stem]))


def folder_of(exercise: str) -> Path:
    """Where all that graders know about an exercise lies.

    Raises:
        UnknownLesson: no lesson has such an exercise.
    """
    return EXERCISES / lesson_of(exercise).topic / exercise
