"""Test the tests: every known mistake against every check, every accepted style, and the untouched stub."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.hidden import NOT_DONE, grade_parts
from autograder.learner.check import CheckFailed
from autograder.learner.compare import difference
from autograder.learner.observe import observe
from autograder.learner.stored import VISIBLE_SEED
from autograder.lessons import STUB, load_lesson

#: Part of the mistakes that must be named by the visible check.
NAMED_AT_LEAST = 0.95


@dataclass(frozen=True)
class Row:
    """How the checks judged one answer.

    Attributes:
        kind: mistake, accepted, reference, oracle or stub.
        visible, hidden: the answer passed the visible check; it got the hidden tests' full points.
        visible_named, hidden_named: the mistake was among those named.
        hole: what is wrong with this judgement, or "".
    """

    lesson: str
    exercise: str
    kind: str
    answer: str
    visible: bool
    hidden: bool
    visible_named: bool = False
    hidden_named: bool = False
    hole: str = ""


def audit(lessons: list[str]) -> Iterator[Row]:
    """Judge every answer of every bank of the given lessons."""
    for name in lessons:
        for bank in banks_of(load_lesson(name)):
            yield from _audit_exercise(bank)


def summary(rows: list[Row]) -> dict:
    """Counts and shares over an audit, and whether it has no hole."""
    mistakes = [row for row in rows if row.kind == "mistake"]
    right = [row for row in rows if row.kind in ("accepted", "reference", "oracle")]
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
    }
    return counts | {"passed": not counts["holes"] and named >= NAMED_AT_LEAST * len(mistakes)}


def as_json(rows: list[Row]) -> dict:
    """The kill table and its summary, for programs."""
    return {"summary": summary(rows), "rows": [asdict(row) for row in rows]}


def _audit_exercise(bank: Bank) -> Iterator[Row]:
    solution = bank.lesson.cell("exercise", bank.name).source
    for mistake in bank.mistakes.values():
        yield _judge(bank, "mistake", mistake.name, mistake.source(bank.name, solution))
    yield _judge(bank, "reference", "solution cell", solution)
    for style, function in bank.accepted.items():
        yield _judge(bank, "accepted", style, function)
    if bank.oracle:
        yield _judge_oracle(bank)
    yield _judge(bank, "stub", "untouched", f"def {bank.name}(*args, **kwargs):\n    {STUB}\n")


def _judge(bank: Bank, kind: str, answer: str, made_by: str | Callable) -> Row:
    namespace = bank.lesson.define({bank.name: made_by} if isinstance(made_by, str) else None)
    if not isinstance(made_by, str):
        namespace[bank.name] = made_by
    visible = run_visible_check(bank, namespace)
    results = grade_parts(bank, namespace[bank.name])
    hidden = all(result.passed for result in results)
    hidden_named = answer in {result.mistake for result in results}
    points = sum(result.points for result in results)
    hole = {
        "mistake": "passes the hidden tests" if hidden else "passes the visible check" if visible.passed else "",
        "stub": "gets points" if points or visible.passed else "",
    }.get(
        kind,
        "" if visible.passed and hidden else f"rejected by the {'hidden tests' if visible.passed else 'visible check'}",
    )
    named = answer in visible.mistakes
    return Row(bank.lesson.name, bank.name, kind, answer, visible.passed, hidden, named, hidden_named, hole)


@dataclass(frozen=True)
class VisibleVerdict:
    """What the visible check cell said: whether it passed, the mistakes it named, and its message."""

    passed: bool
    mistakes: tuple[str, ...] = ()
    message: str = ""


def run_visible_check(bank: Bank, namespace: dict) -> VisibleVerdict:
    """Run the visible check cell in a namespace that holds the answer."""
    lesson = bank.lesson
    cells = (lesson.cell("setup").source, lesson.cell("check", bank.name).source)
    answers = {name: namespace[name] for name in lesson.exercises}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(cells[0], namespace)
        namespace |= answers
        try:
            exec(_with_alias(cells[1], bank.name), namespace)
        except CheckFailed as error:
            return VisibleVerdict(False, error.mistakes[:2], str(error))
        except NotImplementedError:
            return VisibleVerdict(False, message=NOT_DONE)
    return VisibleVerdict(True)


def _with_alias(source: str, name: str) -> str:
    """A check cell that also takes an answer whose function has another name."""
    return source.replace(f"checking({name})", f'checking({name}, "{name}")').replace(
        f"check({name})", f'check({name}, "{name}")'
    )


def _judge_oracle(bank: Bank) -> Row:
    """The oracle must agree with the reference on every probe, on the visible stream and on fresh ones."""
    exercise = replace(bank.exercise, forbidden=())  # an oracle may be torch's own
    apart = [
        name
        for name, probe in exercise.probes.items()
        for seed in (VISIBLE_SEED, 1, 2)
        if difference(
            observe(exercise, probe, bank.oracle, seed),
            bank.known(name, seed, mistakes=False).right,
            probe.rtol,
        )
    ]
    hole = f"oracle and reference differ on {', '.join(dict.fromkeys(apart))}" if apart else ""
    return Row(bank.lesson.name, bank.name, "oracle", bank.oracle.__name__, not apart, not apart, hole=hole)
