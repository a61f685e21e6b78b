"""Export a class's grades, feedback and answers to files that other systems and programs read."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.console import one_line, say_progress, shown_path
from autograder.grading.classroom import Classroom
from autograder.grading.database import has_gradebook
from autograder.lessons import load_lesson
from autograder.reports.export_anonymous import anonymous_copy
from autograder.reports.export_feedback import feedback_archive
from autograder.reports.export_marks import ExportError, Marks, load_marks
from autograder.reports.export_sheets import csv_text, number, safe
from autograder.reports.export_systems import FORMS, WRITERS, Exported, fill_in
from autograder.reports.gradebook import graded_lessons, opened
from autograder.reports.students import all_kept

#: What can be asked for.
KINDS = ("csv", "moodle", "canvas", "blackboard", "sakai", "brightspace", "gradescope", "anonymous")
WITH_FEEDBACK = ("moodle", "canvas")


@dataclass(frozen=True)
class Order:
    """What is to be exported.

    Attributes:
        kind: one of KINDS.
        lessons: their full names; all that were graded if there is none.
        feedback: the feedback pages and not the grades.
        worksheet, column: the system's own file, and the name of its column of points; or "".
        output: the file to write, or "".
        force: replace it if it is there.
        classroom: the folder of one; "" for the course's.
    """

    kind: str
    lessons: tuple[str, ...] = ()
    feedback: bool = False
    worksheet: str = ""
    column: str = ""
    output: str = ""
    force: bool = False
    classroom: str = ""


@all_kept()
def export_and_print(order: Order) -> None:
    """Write what is ordered, and say what is in it and what is not.

    Raises:
        ReportError, ExportError: nothing was graded, the order does not fit together, or a file is in the way.
    """
    classroom = Classroom.apart(Path(order.classroom)) if order.classroom else Classroom.of_the_course()
    made = export(order, classroom)
    for path in made:
        if path.exists() and not order.force:
            raise ExportError(f"{shown_path(path)} is there already. Name another by --output, or say --force.")
    for path, exported in made.items():
        _write(path, exported.content)
        print(f"wrote {shown_path(path)}: {exported.count} students")
        print(*(f"    {one_line(line)}" for line in exported.told), sep="\n", end="\n" if exported.told else "")


def export(order: Order, classroom: Classroom) -> dict[Path, Exported]:
    """Path -> what belongs there; nothing is written.

    Raises:
        ReportError, ExportError: as in `export_and_print`.
    """
    lessons = order.lessons
    if not lessons and has_gradebook(classroom):
        with opened(classroom) as gradebook:
            lessons = tuple(graded_lessons(gradebook))
    if not lessons:
        raise ExportError(f"nothing has been graded in {shown_path(classroom.root)} yet. Use `grade` first.")
    _check(order, lessons)
    say_progress(f"Reading {', '.join(lessons)}")
    marks = {lesson: load_marks(lesson, classroom) for lesson in lessons}
    together = lessons[0] if len(lessons) == 1 else "course"
    if order.kind == "anonymous":
        made = {f"{together}_anonymous.json": anonymous_copy(classroom, marks)}
    elif order.kind == "csv":
        made = {f"{together}.csv": _table(marks)}
    else:
        ending = "_feedback.zip" if order.feedback else ".csv"
        made = {f"{name}_{order.kind}{ending}": _of_one(order, name, classroom, rows) for name, rows in marks.items()}
    return {Path(order.output or name): exported for name, exported in made.items()}


def _check(order: Order, lessons: Sequence[str]) -> None:
    """Complain of an order that does not fit together."""
    title = order.kind.title()
    one_file = len(lessons) == 1 or order.kind in ("csv", "anonymous")
    problems = {
        "--worksheet and --column go with Moodle, Canvas, Blackboard, Sakai and Brightspace.": (
            (order.worksheet or order.column) and (order.kind not in FORMS or order.feedback)
        ),
        "--column names a column of the file that --worksheet gives.": order.column and not order.worksheet,
        f"{title} wants its own file filled in: give what you download from it by --worksheet FILE.": (
            order.kind in FORMS and order.kind not in WRITERS and not (order.worksheet or order.feedback)
        ),
        f"only Moodle and Canvas take feedback in an archive, and not {title}.": (
            order.feedback and order.kind not in WITH_FEEDBACK
        ),
        "this gives a file for each lesson: name one lesson for --output and --worksheet.": (
            (order.output or order.worksheet) and not one_file
        ),
    }
    for problem, is_so in problems.items():
        if is_so:
            raise ExportError(problem)


def _of_one(order: Order, lesson: str, classroom: Classroom, marks: Sequence[Marks]) -> Exported:
    """One lesson for one system."""
    title = load_lesson(lesson).title
    if order.feedback:
        return feedback_archive(order.kind, lesson, classroom, marks)
    if order.worksheet:
        return fill_in(order.kind, Path(order.worksheet), order.column, title, lesson, marks)
    return WRITERS[order.kind](title, marks)


# The table for everybody

#: Column -> what stands in it.
Columns = dict[str, Callable[[Marks], str]]
WHO: Columns = {
    "student": lambda mark: safe(mark.person.id),
    "name": lambda mark: safe(mark.person.name),
    "email": lambda mark: safe(mark.person.email),
    "section": lambda mark: safe(mark.person.section),
}
TOTALS: Columns = {
    "total": lambda mark: number(mark.total),
    "points": lambda mark: number(mark.points),
    "penalty": lambda mark: number(mark.penalty) if mark.exercises else "",
    "max_points": lambda mark: number(mark.max_points) if mark.exercises else "",
}
FACTS: Columns = {
    "handed_in": lambda mark: f"{mark.handed_in:%Y-%m-%dT%H:%M:%SZ}" if mark.handed_in else "",
    "late": lambda mark: {True: "yes", False: "no", None: ""}[mark.late],
    "attempt": lambda mark: safe(mark.attempt),
    "set_by_hand": lambda mark: " ".join(mark.by_hand),
    "isolation": lambda mark: safe(mark.isolation),
    "notes": lambda mark: safe(" ".join(mark.notes)),
}


def _table(marks: Mapping[str, Sequence[Marks]]) -> Exported:
    """A row for each student: of one lesson with all exercises and their parts, of several with a total for each.

    Who has nothing graded has empty cells, and not 0.
    """
    if len(marks) == 1:
        [(lesson, rows)] = marks.items()
        columns = WHO | TOTALS | _exercises(lesson, rows) | FACTS
        return _csv([list(columns), *([tell(mark) for tell in columns.values()] for mark in rows)], rows)
    found = {lesson: {mark.person.id: mark for mark in rows} for lesson, rows in marks.items()}
    last = {name: mark for rows in found.values() for name, mark in rows.items()}
    most = {lesson: max(mark.max_points for mark in rows.values()) for lesson, rows in found.items()}
    head = [*WHO, "total", "max_points", *(f"{lesson} ({number(most[lesson])})" for lesson in marks)]
    table = [head]
    for name in sorted(last):
        totals = [rows[name].total if name in rows else None for rows in found.values()]
        given = [total for total in totals if total is not None]
        line = [number(sum(given)) if given else "", number(sum(most.values())), *map(number, totals)]
        table.append([*(tell(last[name]) for tell in WHO.values()), *line])
    return _csv(table, [mark for rows in marks.values() for mark in rows])


def _exercises(lesson: str, rows: Sequence[Marks]) -> Columns:
    """A column for each exercise with what counts, and behind it one for each part with what its tests gave."""
    parts = dict.fromkeys(part for mark in rows for part in mark.parts)
    columns: Columns = {}
    for exercise in load_lesson(lesson).exercises:
        columns[exercise] = partial(_points, exercise)
        columns |= {": ".join(part): partial(_part, part) for part in parts if part[0] == exercise}
    return columns


def _points(exercise: str, mark: Marks) -> str:
    return number(mark.exercises[exercise][0]) if exercise in mark.exercises else ""


def _part(part: tuple[str, str], mark: Marks) -> str:
    return number(mark.parts.get(part))


def _csv(table: list[list[str]], rows: Sequence[Marks]) -> Exported:
    graded = {mark.person.id for mark in rows if mark.total is not None}
    without = len({mark.person.id for mark in rows} - graded)
    return Exported(
        csv_text(table).encode(), len(graded), [f"{without} more have no points: empty, not 0."] if without else []
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all."""
    draft = path.with_name(f".{path.name}.writing")
    draft.write_bytes(content)
    os.replace(draft, path)
