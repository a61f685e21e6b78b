"""Test the tests: every known mistake against every check, every accepted style, and the untouched stub."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from functools import partial

from autograder.audit.generated import generated
from autograder.audit.rows import Row
from autograder.exercises.bank import Bank, bank_of, folder_of
from autograder.exercises.hidden import grade_parts, parts_passed
from autograder.exercises.visible import run_visible_check
from autograder.grading.judge import look_visibly
from autograder.grading.worker import end_with_parent
from autograder.learner.diagnosis.answer import Implementation, LocalImplementation
from autograder.learner.diagnosis.compare import difference
from autograder.learner.diagnosis.observe import observe
from autograder.learner.stored import VISIBLE_SEED
from autograder.lessons import STUB, Lesson, lesson_of
from autograder.sandbox.isolation import Needs, Opening, Zygote, needs_of
from autograder.sandbox.remote import RemoteImplementation, StudentProcess

#: Part of the mistakes that must be named by the visible check. Those that only stop, or give zeros, have no name.
NAMED_AT_LEAST = 0.9
#: Part of the pairs of mistakes of which it must name both, or the one that hides the other.
PAIRS_NAMED_AT_LEAST = 0.8
#: The same where a single exercise is judged: the results of some tell little, as counts and truth values.
IN_ONE_EXERCISE = (0.25, 0.25)
#: What is judged: the bank's answers, generated ones as well, or all of these.
BANK, ALL, THOROUGH = "bank", "all", "thorough"
#: Kinds of answers, in the order in which they are counted.
KINDS = ("mistake", "accepted", "reference", "oracle", "torch", "stub", "mutant", "crash", "pair", "style")
#: Another class's, with other data: an answer must get the same points there.
ANOTHER_SECRET = "another class"

_warm: dict[Needs, Zygote] = {}


def audit(exercises: list[str], jobs: int = 1, scope: str = ALL, *, shut_in: bool = True) -> Iterator[Row]:
    """Judge every answer of the banks of the given exercises, and generated ones, several exercises at a time.

    Those of the banks run where a student's do, in another process, shut in where that can be had; the generated ones
    in this one.

    Args:
        scope: BANK for the bank's answers alone, THOROUGH for all that is generated, and not some of each exercise.
        shut_in: off, all answers run in this process.
    """
    judge = partial(_rows, scope=scope, shut_in=shut_in)
    if jobs == 1:
        yield from (row for name in exercises for row in judge(name))
        return
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), end_with_parent) as executor:
        begun = {name: executor.submit(judge, name) for name in sorted(exercises, key=_length, reverse=True)}
        for name in exercises:
            yield from begun.pop(name).result()


def _length(exercise: str) -> tuple[bool, int]:
    """What tells how long an exercise takes: begun last, a long one would keep one process alone at work."""
    return lesson_of(exercise).uses_torch, (folder_of(exercise) / "mistakes.md").stat().st_size


def _rows(exercise: str, scope: str, shut_in: bool) -> list[Row]:
    bank = bank_of(exercise)
    more = () if scope == BANK else generated(bank, thorough=scope == THOROUGH)
    return [*audit_exercise(bank, shut_in), *more]


def summary(rows: list[Row]) -> dict:
    """Counts and shares over an audit, and whether it has no hole."""
    mistakes = [row for row in rows if row.kind == "mistake"]
    right = [row for row in rows if row.kind in ("accepted", "reference", "oracle")]
    pairs = [row for row in rows if row.kind == "pair" and not row.visible]
    named = sum(row.visible_named for row in mistakes)
    counts = {
        "mistakes": len(mistakes),
        "rejected_visible": sum(not row.visible for row in mistakes),
        "rejected_hidden": sum(not row.hidden for row in mistakes),
        "named_visible": named,
        "named_hidden": sum(row.hidden_named for row in mistakes),
        "right_answers": len(right),
        "accepted": sum(row.visible and row.hidden for row in right),
        "holes": sum(bool(row.hole) for row in rows),
        "pairs_named": sum(row.visible_named for row in pairs),
        "pairs_of_which_one_hides_the_other": sum(row.hidden_named and not row.visible_named for row in pairs),
        "by_kind": {kind: _counts([row for row in rows if row.kind == kind]) for kind in KINDS},
    }
    least = (NAMED_AT_LEAST, PAIRS_NAMED_AT_LEAST) if len({row.exercise for row in rows}) > 1 else IN_ONE_EXERCISE
    enough = named >= least[0] * len(mistakes) and sum(row.hidden_named for row in pairs) >= least[1] * len(pairs)
    return counts | {"passed": not counts["holes"] and enough}


def _counts(rows: list[Row]) -> dict[str, int]:
    """Of one kind of answers."""
    return {
        "answers": len(rows),
        "keep_all_points": sum(row.visible and row.hidden for row in rows),
        "named": sum(row.visible_named or row.hidden_named for row in rows),
        "unnamed": sum(not (row.visible_named or row.hidden_named or (row.visible and row.hidden)) for row in rows),
        "named_falsely": sum(bool(row.false_names) for row in rows),
    }


def as_json(rows: list[Row]) -> dict:
    """The kill table and its summary, for programs."""
    return {"summary": summary(rows), "rows": [asdict(row) for row in rows]}


def audit_exercise(bank: Bank, shut_in: bool = True) -> Iterator[Row]:
    """Judge every answer of one bank."""
    with _process(bank) if shut_in else contextlib.nullcontext() as process:
        judge = partial(_judge, bank, process)
        stub = f"def {bank.name}(*args, **kwargs):\n    {STUB}\n"
        for mistake in bank.mistakes.values():
            yield judge("mistake", mistake.name, mistake.source(bank.solution))
        yield judge("reference", "solution cell", bank.solution)
        for style, text in bank.accepted.items():
            in_torch = not bank.lesson.uses_torch and "import torch" in text
            yield judge("torch" if in_torch else "accepted", style, text)
        if bank.oracle:
            yield _judge_oracle(bank, bank.oracle)
        yield judge("stub", "untouched", stub)


def _judge(bank: Bank, process: StudentProcess | None, kind: str, answer: str, text: str) -> Row:
    row = _judge_once(bank, process, kind, answer, text)
    if row.hole and process:  # be it what answers before it have left behind: in a fresh process there is nothing
        process.close()
        row = _judge_once(bank, process, kind, answer, text)
    return row


def _judge_once(bank: Bank, process: StudentProcess | None, kind: str, answer: str, text: str) -> Row:
    """As learners' notebooks check it; as it is graded; and, with another class's data, as stock nbgrader grades it."""
    by_cell = run_visible_check(bank, bank.lesson.define({bank.name: text}))
    here = LocalImplementation(bank.defined_by(text), in_numpy=kind == "torch")
    stands_for: Implementation = here
    if process:
        process.run_instead(text, bank.name)
        stands_for = RemoteImplementation(process, bank.name)
    by_engine = look_visibly(bank, stands_for)
    graded = grade_parts(bank, stands_for, visible=by_engine.found)
    elsewhere = kind != "stub" and parts_passed(bank, here, ANOTHER_SECRET)
    passed = [result.passed for result in graded]
    hole = _hole(kind, by_cell.passed, passed)
    if elsewhere and elsewhere != passed:
        hole = "its points depend on the data that are drawn, or on where it runs"
    if by_cell.passed != by_engine.result.passed:
        where = "passes" if by_engine.result.passed else "fails"
        hole = f"the visible check {where} where it is graded, and not in the notebook"
    points, found = sum(result.points for result in graded), [result.mistake for result in graded if result.mistake]
    named = (answer in by_cell.mistakes, answer in found)
    verdict = (by_cell.passed, all(passed), *named, hole, points, (*by_cell.mistakes, *found))
    return Row(bank.lesson.name, bank.name, kind, answer, *verdict)


def _hole(kind: str, visible: bool, passed: list[bool]) -> str:
    """What is wrong with how an answer was judged, or ""."""
    if kind == "mistake":
        return "passes the hidden tests" if all(passed) else "passes the visible check" if visible else ""
    if kind in ("stub", "torch"):
        return "gets points" if visible or any(passed) else ""
    return "" if visible and all(passed) else f"rejected by the {'hidden tests' if visible else 'visible check'}"


@contextlib.contextmanager
def _process(bank: Bank) -> Iterator[StudentProcess]:
    """Where it is graded: a student's process, in which one answer after another stands among the lesson's solutions.

    A process of its own for each would take longer to start than to judge.
    """
    lesson = bank.lesson
    others = [lesson.cell("exercise", name).source for name in lesson.exercises if name != bank.name]
    process = StudentProcess(_zygote(lesson), [lesson.cell("setup").source, *others, ""], bank.exercise.forbidden)
    try:
        yield process
    finally:
        process.close()


def _zygote(lesson: Lesson) -> Zygote:
    """Where processes for a lesson's answers come from. Lessons that need the same share it."""
    needs = needs_of(lesson)
    if needs not in _warm:
        _warm[needs] = Opening(needs).zygote(trusted=True)
    return _warm[needs]


def _judge_oracle(bank: Bank, oracle: Callable) -> Row:
    """The oracle must agree with the reference on every probe, on the visible stream and on fresh ones."""
    exercise = replace(bank.exercise, forbidden=())  # an oracle may be torch's own
    apart = [
        name
        for name, probe in exercise.probes.items()
        for seed in (VISIBLE_SEED, 1, 2)
        if difference(
            observe(exercise, probe, LocalImplementation(oracle), seed),
            bank.known(name, seed, mistakes=False).right,
            probe.rtol,
        )
    ]
    hole = f"oracle and reference differ on {', '.join(dict.fromkeys(apart))}" if apart else ""
    return Row(bank.lesson.name, bank.name, "oracle", "oracle.py", not apart, not apart, hole=hole)
