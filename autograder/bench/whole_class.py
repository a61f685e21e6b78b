"""A large class from hand-in to report: time, memory, space; and what a mended test costs."""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autograder.bench.grading import LESSON
from autograder.bench.measure import Cost, cost_of, python, work
from autograder.bench.varied_class import DUE, varied_class
from autograder.console import say_progress
from autograder.grading.classroom import Classroom
from autograder.grading.kept import store_verdicts, students_with_verdicts
from autograder.grading.verdicts import load_verdicts, verdicts_text
from autograder.lessons import load_lesson

STUDENTS = 10_000
#: Into so many pieces of the time the memory is told.
SLICES = 10
#: Whose tests are taken for mended.
MENDED = "weight_scale_gap"
#: What is exported -> options of `export`; the systems' own tables are made beside the class.
EXPORTS = {
    "csv": ["--csv"],
    "moodle": ["--moodle", "--worksheet", "moodle.csv"],
    "canvas": ["--canvas", "--worksheet", "canvas.csv", "--column", "Forward (4711)"],
    "gradescope": ["--gradescope"],
    "anonymous": ["--anonymous"],
}
#: File -> its columns, and what stands there for a number.
TABLES = {
    "room/roster.csv": {"id": "student{0:05}", "name": "Given{0} Family", "email": "s{0}@x.edu", "section": "{1}"},
    "moodle.csv": {"Identifier": "Participant {0}", "Email address": "s{0}@x.edu", "Grade": "", "Maximum Grade": "20"},
    "canvas.csv": {
        "Student": "Given{0}",
        "ID": "9{0}",
        "SIS Login ID": "student{0:05}",
        "Section": "{1}",
        "Forward (4711)": "",
    },
}
SECTIONS = 40


def whole_class(students: int = STUDENTS) -> None:
    """Make a class, grade it, report on it, export it, mend a test and grade that again."""
    jobs = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as place:
        folder, classroom = Path(place), Classroom.apart(Path(place) / "room")
        kinds = _hand_in(students, folder)
        _write_tables(students, folder)
        print(f"A class of {students:,} in {LESSON}, {jobs} jobs: {_listed(kinds)}", flush=True)
        print(f"  {'':<34}{'seconds':>10}{'ms each':>10}{'processor s':>13}{'memory':>10}")
        graded = _graded(folder, classroom, jobs)
        _tell("grade", graded, students)
        print(f"    memory over its time, MB: {_slices(graded)}")
        _tell("grade again, nothing changed", _graded(folder, classroom, jobs), students)
        _read(classroom, folder, students)
        _tell("feedback", work("feedback", LESSON, str(classroom.root)), students)
        _mend(classroom)
        _tell(f"regrade, {MENDED} mended", work("regrade", LESSON, str(jobs), str(classroom.root)), students)
        _sizes(classroom, students)
        _tell("similar", cost_of(python("-m", "autograder", "similar", LESSON, *_room(classroom))), students)


def _hand_in(students: int, folder: Path) -> Counter[str]:
    """Write the class's files, and when each came in; how many there are of each kind."""
    kinds: Counter[str] = Counter()
    with (folder / "times.csv").open("w", newline="", encoding="utf-8") as file:
        times = csv.writer(file)
        times.writerow(["student", "handed_in"])
        for number, found in enumerate(varied_class(load_lesson(LESSON), students)):
            if number % 1000 == 0:
                say_progress(f"making student {number:,} of {students:,}")
            path = folder / "handed_in" / found.student / LESSON / f"{LESSON}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(found.text, encoding="utf-8")
            times.writerow([found.student, f"{found.when:%Y-%m-%dT%H:%M:%S}+00:00"])
            kinds[found.kind] += 1
            kinds["late"] += found.when > DUE
    return kinds


def _write_tables(students: int, folder: Path) -> None:
    """The roster, and the tables of other systems that are to be filled in."""
    for name, columns in TABLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = ([form.format(n, n % SECTIONS) for form in columns.values()] for n in range(students))
            csv.writer(file).writerows([[*columns], *rows])


def _graded(folder: Path, classroom: Classroom, jobs: int) -> Cost:
    due = f"{DUE:%Y-%m-%dT%H:%M:%S}+00:00"
    files = (folder / "handed_in", classroom.root, folder / "times.csv")
    return work("grade", LESSON, str(jobs), *map(str, files), due)


def _read(classroom: Classroom, folder: Path, students: int) -> None:
    """What a teacher does with what was graded."""
    course, room = python("-m", "autograder"), _room(classroom)
    _tell("report of the lesson", cost_of([*course, "report", LESSON, *room]), students)
    _tell("report of the course", cost_of([*course, "report", *room]), students)
    for name, options in EXPORTS.items():
        output = ["--output", str(folder / f"export_{name}")]
        _tell(f"export --{name}", cost_of([*course, "export", LESSON, *options, *output, *room], folder), students)


def _room(classroom: Classroom) -> list[str]:
    return ["--classroom", str(classroom.root)]


def _mend(classroom: Classroom) -> None:
    """Have the verdicts on one exercise look as if its tests had changed since."""
    for student in students_with_verdicts(LESSON, classroom):
        if kept := load_verdicts(student, LESSON, classroom):
            old = replace(kept, keys={**kept.keys, MENDED: "before the test was mended"})
            store_verdicts(student, LESSON, classroom, verdicts_text(old))


def _sizes(classroom: Classroom, students: int) -> None:
    """Space on disk."""
    print(f"  {'gradebook':<34}{_bytes(classroom.root / 'gradebook.db') / 1e6:>10,.1f} MB")
    for folder in sorted(path for path in classroom.root.iterdir() if path.is_dir()):
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(map(_bytes, files))
        told = f"{size / 1e6:>10,.1f} MB in {len(files):,} files, {size / students / 1e3:,.1f} KB a student"
        print(f"  {folder.name:<34}{told}")


def _bytes(path: Path) -> int:
    return path.stat().st_size


def _tell(what: str, cost: Cost, students: int) -> None:
    each = 1000 * cost.wall / students
    print(
        f"  {what:<34}{cost.wall:>10,.1f}{each:>10,.1f}{cost.processor:>13,.1f}{cost.megabytes:>7,.0f} MB", flush=True
    )


def _slices(cost: Cost) -> str:
    """The most memory in each part of the time."""
    most = [0.0] * SLICES
    for second, megabytes in cost.memory.items():
        place = min(int(SLICES * second / cost.wall), SLICES - 1)
        most[place] = max(most[place], megabytes)
    return " ".join(f"{megabytes:,.0f}" for megabytes in most)


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda entry: -entry[1]))
