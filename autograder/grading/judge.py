"""Judge one submission: its cells run in a process of their own, and each exercise is tested from outside."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from autograder import stored
from autograder.exercises.ahead import Looks
from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.hidden import (
    NOT_DONE,
    PartResult,
    grade_parts,
    reference_helpers,
    undone,
    with_own_and_reference_helpers,
)
from autograder.learner.check import diagnose_visibly, explain, wrong_on_paper
from autograder.learner.diagnosis.answer import Implementation
from autograder.learner.diagnosis.diagnose import Diagnosis
from autograder.learner.diagnosis.ladder import Wrong
from autograder.learner.diagnosis.observe import quiet
from autograder.learner.stored import VISIBLE_SEED
from autograder.lessons import Lesson
from autograder.sandbox.isolation import Zygote
from autograder.sandbox.remote import PATIENCE, Ran, RemoteImplementation, StudentProcess
from autograder.submission.staging import Staging, Stagings

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: About an answer that passes the visible check and fails on fresh data.
ONLY_VISIBLE = "The check in the notebook passes, whose data are known; on other data it fails: see the parts below."

#: About an answer that fails because of what it calls.
RIGHT_BUT_FOR_HELPERS = "It is right when the earlier exercises that it calls are: put those right first."


@dataclass(frozen=True)
class Verdict:
    """On one exercise.

    Attributes:
        visible: the visible check as a part of its own.
        hidden: the parts of the hidden tests.
        cell: the id of the cell whose definition was judged.
        note: what to tell of that, or "".
    """

    visible: PartResult
    hidden: tuple[PartResult, ...]
    cell: str = ""
    note: str = ""

    @property
    def points(self) -> float:
        return sum(part.points for part in (self.visible, *self.hidden))

    @property
    def is_full(self) -> bool:
        return all(part.passed for part in (self.visible, *self.hidden))


@dataclass(frozen=True)
class Judged:
    """On one submission.

    Attributes:
        verdicts: exercise -> verdict.
        ran: cell id -> what that cell put out, for the cells that were run.
        isolation: the name of the level at which they were shut in.
        seconds: how long it took.
    """

    verdicts: dict[str, Verdict]
    ran: dict[str, Ran]
    isolation: str
    seconds: float


def judge(
    lesson: Lesson,
    notebook: NotebookNode,
    zygote: Zygote,
    untouched: Iterable[str],
    secret: str,
    settled: Mapping[str, Verdict] | None = None,
) -> Judged:
    """Judge a notebook that intake has put in order.

    Args:
        untouched: exercises whose cell is as it was released.
        secret: decides on the hidden tests' data.
        settled: verdicts that need not be found again.
    """
    start = time.perf_counter()
    stagings, banks = Stagings(notebook, stored.lesson(lesson.name)), banks_of(lesson)
    ran: dict[str, Ran] = {}
    processes: list[StudentProcess] = []
    verdicts = {bank.name: _not_done(bank) for bank in banks if bank.name in untouched} | dict(settled or {})

    def stage(staging: Staging, banks: list[Bank]) -> dict[str, Verdict]:
        patience = PATIENCE - sum(process.waited for process in processes[1:])  # the first has its own
        process = StudentProcess(zygote, [cell.source for cell in staging.cells], patience=patience)
        processes.append(process)
        try:
            with quiet():  # once, not for each look
                found = _judged(banks, process, secret)
        finally:
            process.close()
        for cell, output in zip(staging.cells, process.ran):
            ran.setdefault(cell.id, output)
        where = {name: stagings.judged(name, staging) for name in found}
        return {name: replace(verdict, cell=where[name][0], note=where[name][1]) for name, verdict in found.items()}

    judged = [bank for bank in banks if bank.name not in verdicts]
    verdicts |= stage(stagings.first(), judged)
    for staging in stagings.further() if not all(verdicts[bank.name].is_full for bank in judged) else ():
        if failing := [bank for bank in judged if bank.name in staging.exercises and not verdicts[bank.name].is_full]:
            verdicts |= {name: max(verdicts[name], new, key=_worth) for name, new in stage(staging, failing).items()}
    return Judged({bank.name: verdicts[bank.name] for bank in banks}, ran, zygote.level, time.perf_counter() - start)


def _worth(verdict: Verdict) -> tuple[float, bool]:
    """By which the better of two verdicts on an exercise is known: points, and whether it says what is wrong."""
    return verdict.points, any(part.mistake for part in (verdict.visible, *verdict.hidden))


def _judged(banks: list[Bank], process: StudentProcess, secret: str) -> dict[str, Verdict]:
    """Those whose exercises refuse the same operators together, in a process of their own.

    In each, the visible checks come before all hidden tests: they tell the student what the process has said, so that
    must not have seen hidden data yet.
    """
    verdicts = {}
    for refused, group in groupby(sorted(banks, key=_refused), _refused):
        process.refuse(refused)
        answers = [(bank, RemoteImplementation(process, bank.name)) for bank in group]
        visible = [look_visibly(bank, answer) for bank, answer in answers]
        for (bank, answer), seen in zip(answers, visible):
            process.forget(bank.reference)
            verdicts[bank.name] = judge_exercise(bank, answer, secret, seen)
    return verdicts


def _refused(bank: Bank) -> tuple[str, ...]:
    return bank.exercise.forbidden


@dataclass(frozen=True)
class Visible:
    """The visible check.

    Attributes:
        result: as a part.
        found: what it has found; None if the exercise is not done.
        on_paper: the smallest case on which the answer is wrong.
    """

    result: PartResult
    found: Diagnosis | None = None
    on_paper: Wrong | None = None


def judge_exercise(bank: Bank, answer: Implementation, secret: str = "", visible: Visible | None = None) -> Verdict:
    """Judge one answer.

    The visible check's data are no secret, so its point is for answers that also pass the same probes on fresh data.

    Args:
        secret: decides on the hidden tests' data.
        visible: what the visible check found, if that is known.
    """
    visible = visible or look_visibly(bank, answer)
    hidden = tuple(grade_parts(bank, answer, secret, visible.found))
    same = [result for part, result in zip(bank.parts, hidden) if set(part.probes) <= set(bank.exercise.probes)]
    seen = visible.result
    if seen.passed and not all(result.passed for result in same):
        seen = replace(seen, points=0, passed=False, message=ONLY_VISIBLE)
    named = {mistake for result in hidden for mistake in result.mistakes}
    if visible.found and seen.mistakes and not named & set(seen.mistakes):  # other data do not bear the name out
        seen = _failed(bank, replace(visible.found, mistakes=()), visible.on_paper).result
    return Verdict(seen, hidden)


def judge_visibly(bank: Bank, answer: Implementation) -> PartResult:
    """The visible check as a part."""
    return look_visibly(bank, answer).result


def look_visibly(bank: Bank, answer: Implementation) -> Visible:
    """The visible check, and what it has found. Before it gives up, right earlier exercises stand in for others."""
    points = bank.visible_points
    try:
        found = _diagnosed(bank, answer)
    except NotImplementedError as error:
        return _missing_another(bank, answer, undone(bank, error))
    if found.passed:
        return Visible(PartResult("visible check", points, points, True), found)
    if not found.complete:
        for helped in with_own_and_reference_helpers(bank, answer):
            if helped is answer:
                continue
            better = _diagnosed(bank, helped)
            if better.passed:
                right = PartResult("visible check", 0, points, False, "", RIGHT_BUT_FOR_HELPERS)
                return Visible(right, replace(found, mistakes=()))
            if better.mistakes:
                answer, found = helped, better
    return _failed(bank, found, wrong_on_paper(bank.name, answer))


def _diagnosed(bank: Bank, answer: Implementation) -> Diagnosis:
    """What the visible probes tell. Their data are no secret, and the same for all: they are played all at once."""
    look = Looks(bank.exercise, bank.only_request)
    look.ahead(answer, [[(probe, VISIBLE_SEED)] for probe in bank.exercise.probes])
    return diagnose_visibly(bank.name, answer, look)


def _failed(bank: Bank, found: Diagnosis, on_paper: Wrong | None) -> Visible:
    """What is told of a failed check. It asks the answer nothing, which may have seen hidden data by now."""
    message, mistakes = explain(bank.name, found, on_paper), found.mistakes[:2]
    mistake = next(iter(mistakes), "")
    result = PartResult("visible check", 0, bank.visible_points, False, mistake, message, mistakes)
    return Visible(result, found, on_paper)


def _missing_another(bank: Bank, answer: Implementation, told: str) -> Visible:
    """The visible check of an answer that stops at a placeholder: what is wrong with it besides, if anything is.

    It gets no points, as in the notebook, and as an answer does that calls a wrong one.
    """
    missing = Visible(PartResult("visible check", 0, bank.visible_points, False, "", told))
    if told == NOT_DONE:
        return missing
    helped = answer.with_helpers(reference_helpers(bank))
    with contextlib.suppress(NotImplementedError):
        found = _diagnosed(bank, helped)
        return missing if found.passed else _failed(bank, found, wrong_on_paper(bank.name, helped))
    return missing


def _not_done(bank: Bank) -> Verdict:
    hidden = [PartResult(part.name, 0, part.points, False, "", NOT_DONE) for part in bank.parts]
    return Verdict(PartResult("visible check", 0, bank.visible_points, False, "", NOT_DONE), tuple(hidden), bank.name)
