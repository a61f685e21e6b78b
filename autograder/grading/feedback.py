"""The page that a student gets back. All that comes from the student is shown as plain text or as a picture."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nbformat import NotebookNode

from autograder.collecting.moments import duration
from autograder.exercises.hidden import NOT_DONE, PartResult
from autograder.grading.judge import Verdict
from autograder.grading.standing import Standing
from autograder.grading.verdicts import KeptVerdicts
from autograder.learner.check import UNNAMED
from autograder.learner.message import CAUSE, ON_PAPER, read_message
from autograder.lessons import Lesson
from autograder.page import page_environment

PNG = b"\x89PNG\r\n\x1a\n"
#: The two lines of a case on paper that are compared.
SIDES = ("yours", "expected")

ALL_POINTS = "All points: nothing is left to do here."
NOTHING_DONE = (
    "In this file no exercise is done yet, so there was nothing to test. If you have solved some, this is not the file "
    "that you worked in, or it was not saved: look for that one, save it, and ask whether you can hand it in."
)
STANDS_IN = (
    "The hidden tests pass: there the course's own solutions can stand in for the exercises that this one calls. The "
    "visible check calls yours: put right first whichever of them is not."
)


def _pictures(outputs: Iterable[dict]) -> Iterator[str]:
    """The base64 text of what really are PNG pictures."""
    for output in outputs:
        try:
            content = base64.b64decode(str(output.get("image/png", "")))
        except (binascii.Error, ValueError):
            continue
        if content.startswith(PNG):
            yield base64.b64encode(content).decode()


ENVIRONMENT = page_environment(Path(__file__).parent)
ENVIRONMENT.filters["pictures"] = _pictures
#: Of an exercise that is not done, and of which nobody has said anything, the table says all.
ENVIRONMENT.tests["has_more"] = lambda exercise: any(
    exercise[part] for part in ("parts", "source", "sentences", "comment")
)


def feedback_page(
    lesson: Lesson,
    released: NotebookNode,
    notebook: NotebookNode,
    kept: KeptVerdicts,
    standing: Standing,
    student: str,
    hand_in: Mapping | None = None,
) -> str:
    """The page as HTML.

    Args:
        released: the lesson as learners get it; cells that are as there are not shown.
        notebook: the student's, as it was judged.
        kept: what the judge found, and what intake said.
        standing: what the gradebook says: points, those set by hand included, comments, lateness.
        hand_in: the facts that `load_hand_ins` has of the student.
    """
    judged = kept.judged
    sources = {cell.id: cell.source for cell in notebook.cells}
    given = {cell.id: cell.source for cell in released.cells}
    exercises, shown = [], set()
    for name, verdict in judged.verdicts.items():
        cell = verdict.cell or name
        source = sources.get(cell, "")
        shown.add(cell)
        about = {"source": source if source != given.get(cell) else "", "ran": judged.ran.get(cell)}
        exercises.append(about | _exercise(name, verdict, standing))
    lacking = [about["name"] for about in exercises if about["points"] < about["max_points"]]
    others = [
        {"source": sources[cell], "ran": ran}
        for cell, ran in judged.ran.items()
        if cell not in shown and sources[cell] != given.get(cell)
    ]
    return ENVIRONMENT.get_template("feedback.html").render(
        title=lesson.title,
        student=student,
        facts=list(_facts(student, kept, standing, hand_in or {})),
        advice=advice(lesson.name, judged.verdicts, lacking),
        standing=standing,
        notes=kept.notes,
        exercises=exercises,
        comments={cell: text for cell, text in standing.comments.items() if cell not in judged.verdicts},
        others=others,
    )


def _facts(student: str, kept: KeptVerdicts, standing: Standing, hand_in: Mapping) -> Iterator[tuple[str, str]]:
    """What is said at the top, as labels and texts."""
    name = hand_in.get("name") or ""
    yield "student", f"{name} ({student})" if name and name != student else student
    if when := standing.handed_in or _time(hand_in.get("handed_in")):
        attempt = f", attempt {hand_in['attempt']}" if hand_in.get("attempt") else ""
        yield "handed in", f"{_shown(when)}{attempt}"
    if hand_in.get("file"):
        yield "file", hand_in["file"]
    if standing.due:
        late = standing.seconds_late
        told = f"{duration(late)} late" if late else "handed in in time" if standing.handed_in else ""
        yield "due", ": ".join(filter(None, (_shown(standing.due), told)))
    if hand_in.get("late") and not (standing.due and standing.handed_in):
        yield "late", f"yes, as {hand_in['layout'].title()} has it"
    if kept.graded:
        yield "graded", _shown(datetime.fromisoformat(kept.graded))
    if standing.penalty:
        yield "for the work", f"{standing.before_penalty:g}, less {standing.penalty:g} for lateness"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _shown(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _is_undone(verdict: Verdict) -> bool:
    return all(part.message == NOT_DONE for part in (verdict.visible, *verdict.hidden))


def advice(lesson: str, verdicts: Mapping[str, Verdict], lacking: Collection[str]) -> list[str]:
    """What to do next, in sentences.

    Args:
        lacking: exercises that have not all of their points.
    """
    missing = {name: verdict for name, verdict in verdicts.items() if name in lacking}
    if not missing:
        return [ALL_POINTS]
    if all(map(_is_undone, verdicts.values())):
        return [NOTHING_DONE]
    own = [name for name, verdict in missing.items() if not all(part.passed for part in verdict.hidden)]
    first = next(iter([*own, *missing]))
    told = f"Go on with `{first}`, which is not done yet."
    if not _is_undone(missing[first]):
        told = f"Begin with `{first}`: what is said of it below tells where to look."
    if first != list(verdicts)[-1]:
        told += " Later exercises may call it."
    return [
        told,
        f"The check below each exercise in `{lesson}.ipynb` names the same mistakes. Before you hand in again, "
        f"`python -m autograder check --submit {lesson}` tells how grading will take the notebook.",
    ]


def _points(name: str, standing: Standing) -> tuple[float, float]:
    cells = [standing.cells[f"{kind}_{name}"] for kind in ("check", "hidden")]
    return sum(cell.points for cell in cells), sum(cell.max_points for cell in cells)


def _exercise(name: str, verdict: Verdict, standing: Standing) -> dict:
    """What the page tells of an exercise."""
    points, max_points = _points(name, standing)
    parts = (verdict.visible, *verdict.hidden)
    undone, named = _is_undone(verdict), any(part.mistakes for part in verdict.hidden)
    sentences = [*_by_hand(name, verdict, standing), *([verdict.note] if verdict.note else [])]
    if _helped(verdict):
        sentences.append(STANDS_IN)
    stopped = f"What was tested is `{name}` as it stands when all cells have run."
    return {
        "name": name,
        "points": points,
        "max_points": max_points,
        "state": _state(parts, undone, points, max_points),
        "sentences": sentences,
        "comment": standing.comments.get(name, ""),
        "parts": [] if undone else [_part(part, named) for part in parts],
        "after_stop": stopped if any(part.passed for part in parts) else "",
    }


def _helped(verdict: Verdict) -> bool:
    """Whether all hidden tests pass although the visible check finds something wrong."""
    found = not verdict.visible.passed and bool(read_message(verdict.visible.message)[1])
    return found and all(part.passed for part in verdict.hidden)


def _state(parts: Sequence[PartResult], undone: bool, points: float, max_points: float) -> str:
    tested = sum(part.points for part in parts)
    if points != tested:
        return "set by hand"
    if undone:
        return "not done yet"
    failed = sum(not part.passed for part in parts)
    return f"{failed} of {len(parts)} tests fail" if failed else "right"


def _by_hand(name: str, verdict: Verdict, standing: Standing) -> Iterator[str]:
    """What a person has set, beside what the tests gave."""
    tests = (("check", "the visible check", (verdict.visible,)), ("hidden", "the hidden tests", verdict.hidden))
    for kind, told, parts in tests:
        cell = standing.cells[f"{kind}_{name}"]
        gave = sum(part.points for part in parts)
        if cell.by_hand:
            count = f"{cell.points - cell.extra:g} of {cell.max_points:g}"
            yield f"Set by hand for {told}: {count} points count; the tests themselves gave {gave:g}."
        if cell.extra:
            yield f"Set by hand for {told}: {cell.extra:+g} points besides."


def _part(part: PartResult, named: bool) -> dict:
    """A part for the page.

    Args:
        named: a hidden part knows the mistake, so the visible check need not say that nobody does.
    """
    head, blocks = read_message(part.message)
    told: list[tuple[str, object]] = [
        (label, _paper(lines) if label == ON_PAPER else lines)
        for label, lines in blocks
        if not (named and (label, lines) == (CAUSE, [UNNAMED]))
    ]
    message = {"head": head.removeprefix("✗ "), "blocks": told}
    return {
        "name": part.name,
        "points": part.points,
        "max_points": part.max_points,
        "passed": part.passed,
        "message": message,
    }


@dataclass(frozen=True)
class Number:
    """One of an array; whether it is another one on the other side."""

    text: str
    differs: bool


def _paper(lines: Sequence[str]) -> dict:
    """A case on paper: what is given, and what came out beside what is right, as arrays where they are."""
    found = {side: line.removeprefix(f"{side}: ") for line in lines for side in SIDES if line.startswith(f"{side}: ")}
    given = [line for line in lines if not line.startswith(tuple(f"{side}: " for side in SIDES))]
    arrays = {side: array for side, text in found.items() if (array := _array(text))}
    right = arrays["expected"][1] if len(arrays) == len(SIDES) else []
    return {"given": given, "sides": [_side(side, text, arrays.get(side), right) for side, text in found.items()]}


def _side(side: str, text: str, array: tuple[str, list[list[str]]] | None, right: list[list[str]]) -> dict[str, object]:
    """One of the two that are compared; numbers that are not the right ones are marked, if there are as many."""
    if not array:
        return {"caption": f"{side}:", "text": text}
    name, rows = array
    if [*map(len, rows)] != [*map(len, right)]:
        right = rows
    marked = [[Number(*pair) for pair in zip(row, map(str.__ne__, row, want))] for row, want in zip(rows, right)]
    return {"caption": f"{side}: {name}", "rows": marked}


def _array(text: str) -> tuple[str, list[list[str]]] | None:
    """The name and the rows of an array of one or two axes; None for anything else."""
    name, found, numbers = text.partition(" = ")
    two = re.fullmatch(r"\[\[([^\[\]]+(?:\], \[[^\[\]]+)*)\]\]", numbers)
    one = re.fullmatch(r"\[([^\[\]]+)\]", numbers)
    if not (found and (one or two)):
        return None
    rows = two[1].split("], [") if two else [one[1]] if one else []
    return name, [row.split(", ") for row in rows]
