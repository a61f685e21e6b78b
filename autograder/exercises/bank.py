"""The bank of one exercise: its hidden tests' parts, the mistakes people make, and other right answers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from autograder.learner.diagnosis.compare import difference, fingerprint
from autograder.learner.diagnosis.diagnose import Known
from autograder.learner.diagnosis.exercise import Exercise, Play, Probe
from autograder.learner.diagnosis.observe import observe
from autograder.lessons import Lesson, lesson_of


class BankError(ValueError):
    """A bank does not fit its lesson; the message names the exercise and what to do."""


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


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Attributes:
        name: the mistake in words, as an identifier: `eps_outside_root`.
        cause: what is wrong, in one sentence for the learner; never the corrected line.
        look: where to look, in one sentence.
        edits: (right text, wrong text) pairs that turn the solution cell into this answer.
        code: the whole wrong function, where edits would be clumsy.
    """

    name: str
    cause: str
    look: str
    edits: tuple[tuple[str, str], ...] = ()
    code: str = ""

    def source(self, exercise: str, solution: str) -> str:
        """The wrong answer as text.

        Raises:
            BankError: an edit's right text is not in the solution exactly once.
        """
        text = self.code or solution
        for right, wrong in self.edits:
            if text.count(right) != 1:
                raise BankError(
                    f"mistake {self.name!r} of {exercise} edits {right!r}, which stands {text.count(right)} times "
                    "in the solution cell. Bring the edit in line with the solution."
                )
            text = text.replace(right, wrong)
        return text


@dataclass
class Bank:
    """All that graders know about an exercise.

    Attributes:
        exercise: its public contract and probes.
        hidden_probes: further ones that only the hidden tests play, since they need the reference or wrong code.
        parts: the parts of the hidden tests.
        oracle: a second, independent right answer, for instance from torch.
        mistakes: name -> wrong answer.
        accepted: what it shows -> right answer in another style.
    """

    exercise: Exercise
    parts: Sequence[Part]
    oracle: Callable | None = None
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    accepted: dict[str, Callable] = field(default_factory=dict)
    hidden_probes: dict[str, Probe] = field(default_factory=dict)
    _known: dict[tuple, Known] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        return self.exercise.name

    @property
    def points(self) -> float:
        """What the hidden tests are worth together."""
        return sum(part.points for part in self.parts)

    @property
    def lesson(self) -> Lesson:
        return lesson_of(self.name)

    @property
    def reference(self) -> Callable:
        return self.lesson.reference[self.name]

    @property
    def all_probes(self) -> Exercise:
        """The exercise with the hidden probes added."""
        return replace(self.exercise, probes=self.exercise.probes | self.hidden_probes)

    def probe(self, name: str, *, symptom: str, rtol: float = 1e-6) -> Callable[[Play], Play]:
        """Register the decorated function as a probe that only the hidden tests play."""
        return self.exercise.registering(self.hidden_probes, name, symptom, rtol)

    def mistake(self, name: str, *edits: tuple[str, str], cause: str, look: str, code: str = "") -> None:
        """Add a wrong answer, as edits of the solution cell or as a whole function."""
        if name in self.mistakes:
            raise BankError(f"{self.name} has two mistakes called {name!r}")
        self.mistakes[name] = Mistake(name, cause, look, edits, code)

    def accepts(self, style: str) -> Callable[[Callable], Callable]:
        """Add the decorated function as a right answer in another style."""

        def register(function: Callable) -> Callable:
            self.accepted[style] = function
            return function

        return register

    def wrong(self, mistake: str) -> Callable:
        """The function that makes a mistake."""
        solution = self.lesson.cell("exercise", self.name).source
        return self.lesson.define({self.name: self.mistakes[mistake].source(self.name, solution)})[self.name]

    def known(self, probe: str, seed: int, *, mistakes: bool = True) -> Known:
        """What is right on one probe and seed and, if asked for, what each mistake shows there; kept once found."""
        asked = (probe, seed, *(self.mistakes if mistakes else ()))
        if asked not in self._known:
            self._known[asked] = self._find_known(probe, seed, self.mistakes if mistakes else ())
        return self._known[asked]

    def _find_known(self, probe: str, seed: int, mistakes: Iterable[str]) -> Known:
        play = self.all_probes.probes[probe]
        right = observe(self.exercise, play, self.reference, seed)
        if right.raised or right.problem or right.changed:
            told = right.problem or f"{right.raised} {right.detail} {right.changed}"
            raise BankError(f"the solution of {self.name} itself fails the probe {probe!r}: {told}")
        prints = {}
        for name in mistakes:
            seen = observe(self.exercise, play, self.wrong(name), seed)
            if difference(seen, right.outputs, play.rtol):
                prints[name] = fingerprint(seen)
        return Known(right.outputs, prints)


def banks_of(lesson: Lesson) -> list[Bank]:
    """The banks of a lesson's exercises, in the lesson's order.

    Raises:
        BankError: an exercise has no bank, or a probe no part.
    """
    module = f"autograder.exercises.{lesson.topic}"
    found = {bank.name: bank for bank in vars(importlib.import_module(module)).values() if isinstance(bank, Bank)}
    missing = [name for name in lesson.exercises if name not in found]
    if missing:
        raise BankError(f"{lesson.name} has no bank for {', '.join(missing)}. Add it to {module.replace('.', '/')}.py.")
    for bank in found.values():
        _validate(bank)
    return [found[name] for name in lesson.exercises]


def _validate(bank: Bank) -> None:
    tested = {probe for part in bank.parts for probe in part.probes}
    if odd := sorted(tested ^ set(bank.all_probes.probes)):
        raise BankError(f"{bank.name}: each probe must belong to a part and each part's probes exist: {odd}")


def bank_of(exercise: str) -> Bank:
    """The bank of one exercise.

    Raises:
        UnknownLesson: no lesson has such an exercise.
    """
    return next(bank for bank in banks_of(lesson_of(exercise)) if bank.name == exercise)
