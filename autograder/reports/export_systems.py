"""Grades in the form that each system imports, as its own code and manual have it.

| system | what it takes | who is who | without points |
|---|---|---|---|
| Moodle | the assignment's grading worksheet ("Upload grading worksheet") | Identifier | the row stays as it is |
| Canvas | the gradebook's table (Grades, Import) | ID | no row: an empty cell would take a grade away |
| Blackboard | the Grade Center's or gradebook's download | Username | the row stays as it is |
| Sakai | `grades.csv` of the assignment's archive | Display ID | the row stays as it is |
| Brightspace | the grades' export, of this item alone | OrgDefinedId, Username | the row stays as it is |
| Gradescope | nothing: it imports no grades, see `gradescope` | | |

The best form is the system's own file, filled in: it has all columns and everybody's number. Students are found by
their number, or by their e-mail where there is no number; never by their name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.console import listed, one_line, shown_path
from autograder.reports.export_marks import ExportError, Marks
from autograder.reports.export_sheets import Sheet, csv_text, number, safe

OPTION = "--column NAME"


@dataclass(frozen=True)
class Exported:
    """A file for another system.

    Attributes:
        content: its bytes.
        count: of how many students it holds points.
        told: what the teacher should know about it, a sentence each.
    """

    content: bytes
    count: int
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Form:
    """What a system's own file looks like.

    Attributes:
        ids: column -> whose number stands there, see `_number`; the first for which we know a student's decides.
        head: a column that tells the row of names, where something stands above it.
        grade: the column of points; "" if it is called as the teacher has called the assignment.
        most: columns that say of how many points.
    """

    ids: dict[str, str]
    head: str = ""
    grade: str = ""
    most: tuple[str, ...] = ()


FORMS = {
    "moodle": Form(
        {"Identifier": "moodle", "ID number": "sid", "Email address": "email"},
        grade="Grade",
        most=("Maximum grade", "Maximum Grade"),
    ),
    "canvas": Form({"ID": "canvas", "SIS User ID": "sid", "SIS Login ID": "id"}),
    "blackboard": Form({"Username": "blackboard", "Student ID": "sid"}),
    "sakai": Form({"Display ID": "sakai", "ID": "sid"}, head="Display ID", grade="grade"),
    "brightspace": Form({"OrgDefinedId": "sid", "Username": "id"}),
}
#: Systems that know students by the name that they log in with, which is then the name of the student's folder, too.
BY_LOGIN = ("blackboard", "sakai")


def fill_in(system: str, path: Path, column: str, title: str, lesson: str, marks: Sequence[Marks]) -> Exported:
    """Fill points into a system's own file.

    Args:
        path: the file, as it was downloaded.
        column: the name of the column of points, or "" for the one that the form or the lesson tells.
        title: of the lesson.

    Raises:
        ExportError: the file is not of that form, or of another assignment, or the column is not clear.
    """
    form, sheet = FORMS[system], Sheet(path, FORMS[system].head)
    grade = _grade_column(sheet, form, column, title, lesson)
    found, told = _places(system, sheet, marks)
    graded = {row: mark for row, mark in found.items() if mark.total is not None}
    told += _other_maximum(sheet, form, grade, marks)
    if system == "canvas":
        return _canvas(sheet, grade, graded, told)
    kept = {row: mark for row, mark in graded.items() if _may_change(sheet, row)}
    told += _left("points that the system has locked", [m for row, m in graded.items() if row not in kept])
    for row, mark in kept.items():
        sheet.write(row, grade, number(mark.total))
    return Exported(sheet.content(), len(kept), told)


def _grade_column(sheet: Sheet, form: Form, column: str, title: str, lesson: str) -> int:
    """The column of points: the one that is named, or the form's, or the one that is called exactly like the lesson."""
    if column or form.grade:
        return sheet.column(column or form.grade, option=OPTION)
    names = {_plain(lesson), _plain(title), _plain(title.partition("·")[2])}
    heads = [head for head in sheet.header if _plain(_without_number(head)) in names]
    return sheet.column(*dict.fromkeys(heads or [title]), option=OPTION)


def _without_number(head: str) -> str:
    """A column's name without what Canvas, Blackboard and Brightspace add: `(4711)`, `[Total Pts: 20 Score] |4711`."""
    return re.sub(r"\s*(\(\d+\)|\[Total Pts:.*| Points Grade\b.*)$", "", head)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def _places(system: str, sheet: Sheet, marks: Sequence[Marks]) -> tuple[dict[int, Marks], list[str]]:
    """Row -> whose it is, and sentences on whom no row is for.

    Raises:
        ExportError: nobody whose number we know is there.
    """
    columns = _id_columns(system, sheet)
    rows = {place: _index(sheet, place, as_number) for place, (_, as_number) in columns.items()}
    asked = {mark: _first_number(mark, columns) for mark in marks}
    fitting = {mark: rows[place].get(text.casefold(), []) for mark, (place, text) in asked.items() if text}
    taken = Counter(row for found in fitting.values() for row in found)
    found = {place[0]: mark for mark, place in fitting.items() if len(place) == 1 and taken[place[0]] == 1}
    if not found:
        raise ExportError(
            f"none of the {len(marks)} students is in {shown_path(sheet.path)}. Is it of this assignment and class?"
        )
    placed = set(found.values())
    left = [mark for mark in marks if mark.total is not None and mark not in placed]
    told = _left("of whom the download has told no number", [mark for mark in left if mark not in fitting])
    return found, told + _left(f"not, or not once, in {sheet.path.name}", [mark for mark in left if mark in fitting])


def _first_number(mark: Marks, columns: dict[int, tuple[str, bool]]) -> tuple[int, str]:
    """The first column for which a student's number is known, and the number; else ""."""
    known = ((place, _number(mark, name)) for place, (name, _) in columns.items())
    return next(((place, text) for place, text in known if text), (0, ""))


def _id_columns(system: str, sheet: Sheet) -> dict[int, tuple[str, bool]]:
    """Column -> whose number it is, and whether it is the last word there: Moodle has it first in each language."""
    columns = {place: (name, False) for head, name in FORMS[system].ids.items() for place in _heads(sheet, head)}
    if system == "moodle":
        if not all(re.search(r"\d$", sheet.cell(row, 0)) for row in sheet.rows if sheet.cell(row, 0)):
            raise ExportError(f"{shown_path(sheet.path)} has no participants' numbers in its first column.")
        columns = {0: ("moodle", True)} | {place: told for place, told in columns.items() if place}
    if not columns:
        raise ExportError(f"{shown_path(sheet.path)} has none of the columns {', '.join(FORMS[system].ids)}.")
    return columns


def _heads(sheet: Sheet, name: str) -> list[int]:
    return [place for place, head in enumerate(sheet.header) if head == name][:1]


def _index(sheet: Sheet, column: int, as_number: bool) -> dict[str, list[int]]:
    """What stands in a column -> the rows in which it stands."""
    rows: dict[str, list[int]] = {}
    for row in sheet.rows:
        text = sheet.cell(row, column).strip().removeprefix("#").casefold()  # Brightspace's mark of a text
        text = re.sub(r"^.*\D", "", text, flags=re.DOTALL) if as_number else text
        if text:
            rows.setdefault(text, []).append(row)
    return rows


def _number(mark: Marks, name: str) -> str:
    """What a system calls a student, if we know."""
    person = mark.person
    own = {"email": person.email, "id": person.id}
    login = person.id if name in BY_LOGIN and mark.layout == name else ""
    return person.ids.get(name) or own.get(name, "") or login


def _may_change(sheet: Sheet, row: int) -> bool:
    """Moodle skips the others without a word."""
    return not any(sheet.cell(row, place) == "No" for place in _heads(sheet, "Grade can be changed"))


def _other_maximum(sheet: Sheet, form: Form, grade: int, marks: Sequence[Marks]) -> list[str]:
    """A sentence if the system counts from another maximum: then points mean something else there."""
    ours = number(max((mark.max_points for mark in marks), default=0))
    theirs = {sheet.cell(row, place) for head in form.most for place in _heads(sheet, head) for row in sheet.rows}
    theirs |= {sheet.cell(row, grade) for row in sheet.rows if "Points Possible" in sheet.cell(row, 0)}
    theirs |= set(re.findall(r"(?:\[Total Pts: |<Numeric MaxPoints:)([\d.,]+)", sheet.header[grade]))
    found = {number(float(text.replace(",", "."))) for text in theirs if re.fullmatch(r"\d+([.,]\d+)?", text)}
    if found <= {ours}:
        return []
    return [
        f"There the assignment has {' or '.join(sorted(found - {ours}))} points, here {ours}: set it to {ours} there."
    ]


def _canvas(sheet: Sheet, grade: int, graded: dict[int, Marks], told: list[str]) -> Exported:
    """Only the students' columns, this one column, and those who have points.

    Canvas imports all that it is given: other columns would bring back what has been changed since the download, and
    an empty cell would take a grade away.
    """
    section = sheet.column("Section")
    heads = [row for row in sheet.rows if "Points Possible" in sheet.cell(row, 0)]
    if any("read only" in sheet.cell(row, grade) for row in heads):
        raise ExportError(f"Canvas computes the column {one_line(sheet.header[grade])!r} itself. Name another.")
    excused = [mark for row, mark in graded.items() if sheet.cell(row, grade).casefold() == "ex"]
    told += _left("excused in Canvas", excused)
    people = range(section + 1)
    rows = [[sheet.header[place] for place in (*people, grade)]]
    rows += [[sheet.cell(row, place) for place in (*people, grade)] for row in heads]
    for row, mark in graded.items():
        if mark not in excused:
            rows.append([*(safe(sheet.cell(row, place)) for place in people), number(mark.total)])
    return Exported(csv_text(rows).encode(), len(rows) - 1 - len(heads), told)


def _left(why: str, marks: Sequence[Marks]) -> list[str]:
    names = [one_line(mark.person.id) for mark in marks]
    return [f"Left out, {why}: {listed(names)}."] if names else []


# Without the system's own file


def moodle(title: str, marks: Sequence[Marks]) -> Exported:
    """The columns that Moodle asks for. No comments: an empty comment would take away what somebody has written."""
    known, told = _with_number("moodle", marks)
    rows = [["Identifier", "Full name", "Email address", "Grade", "Last modified (grade)"]]
    rows += [
        [f"Participant {number_}", safe(mark.person.name), safe(mark.person.email), number(mark.total), "-"]
        for number_, mark in known
    ]
    told.append("Moodle skips students whom it has a grade of already, unless you tick that newer ones may be updated.")
    return Exported(csv_text(rows).encode(), len(known), told)


def canvas(title: str, marks: Sequence[Marks]) -> Exported:
    """The columns that Canvas asks for; it asks which assignment is meant, if none is called like the lesson."""
    known, told = _with_number("canvas", marks)
    rows = [["Student", "ID", "SIS Login ID", "Section", title]]
    rows += [["    Points Possible", "", "", "", number(max((mark.max_points for mark in marks), default=0))]]
    rows += [
        [safe(mark.person.name), number_, "", safe(mark.person.section), number(mark.total)] for number_, mark in known
    ]
    return Exported(csv_text(rows).encode(), len(known), told)


def gradescope(title: str, marks: Sequence[Marks]) -> Exported:
    """A table such as Gradescope's own "Download Grades", for what reads that. Gradescope itself imports no grades."""
    rows = [["Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID", "Submission Time"]]
    for mark in marks:
        person, when = mark.person, mark.handed_in
        graded = mark.total is not None
        rows.append([
            safe(person.name), safe(person.ids.get("sid", "")), safe(person.email), number(mark.total),
            number(mark.max_points) if graded else "", "Graded" if graded else "Ungraded" if mark.file else "Missing",
            safe(person.ids.get("gradescope", "")), f"{when:%Y-%m-%d %H:%M:%S} +0000" if when else "",
        ])  # fmt: skip
    told = [
        "Gradescope imports no grades from a file: there they come from its autograder. This is the table that "
        "Gradescope itself gives, for programs that read that."
    ]
    return Exported(csv_text(rows).encode(), sum(mark.total is not None for mark in marks), told)


def _with_number(system: str, marks: Sequence[Marks]) -> tuple[list[tuple[str, Marks]], list[str]]:
    """Who has points and a number there, and sentences on the others."""
    graded = [mark for mark in marks if mark.total is not None]
    known = [(mark.person.ids[system], mark) for mark in graded if mark.person.ids.get(system, "").isdecimal()]
    unknown = [mark for mark in graded if not mark.person.ids.get(system, "").isdecimal()]
    if graded and not known:
        raise ExportError(
            f"of none of the {len(graded)} students a number in {system.title()} is known: they were not handed in "
            f"by its download. Give the table that it gives you: --worksheet FILE."
        )
    return known, _left("of whom the download has told no number", unknown)


#: System -> what writes a file for it from nothing.
WRITERS: dict[str, Callable[[str, Sequence[Marks]], Exported]] = {
    "moodle": moodle,
    "canvas": canvas,
    "gradescope": gradescope,
}
