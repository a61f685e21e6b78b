"""The page that a teacher reads first: of one lesson, or of the whole course over its weeks."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection

from autograder.console import one_line, say_progress, shortened, shown_path, writable
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.database import has_gradebook
from autograder.lessons import find_lesson, load_lesson
from autograder.page import page_environment
from autograder.reports.course_report import course_report
from autograder.reports.gradebook import ReportError, graded_lessons, opened
from autograder.reports.in_short import course_in_short, is_poor, lesson_in_short, number, percent
from autograder.reports.lesson_report import lesson_report
from autograder.reports.students import Student, all_kept, anonymous, known_people, students_of


def _plain(text: str) -> str:
    """Somebody else's sentences, short and in a line."""
    return shortened(one_line(text))


ENVIRONMENT = page_environment(Path(__file__).parent)
ENVIRONMENT.filters |= {"number": number, "percent": percent, "plain": _plain}
ENVIRONMENT.tests["poor"] = is_poor

#: What the whole course's page is called.
COURSE = "course"


@dataclass(frozen=True)
class Asked:
    """What is to be reported.

    Attributes:
        lesson: as a person calls it; "" for the whole course.
        classroom: the folder of one; "" for the course's.
        output: the file to write, or "".
        as_json: the figures for programs, and no page; on stdout if no file is named.
        anonymous: without what tells who is who.
    """

    lesson: str = ""
    classroom: str = ""
    output: str = ""
    as_json: bool = False
    anonymous: bool = False


@all_kept()
def report_and_print(asked: Asked) -> None:
    """Write the page, or the figures, and say in short what is in it.

    Raises:
        UnknownLesson: there is no such lesson.
        ReportError: nothing of it was graded.
    """
    classroom = Classroom.apart(Path(asked.classroom)) if asked.classroom else Classroom.of_the_course()
    name = find_lesson(asked.lesson) if asked.lesson else COURSE
    figures, sentences, students = _figures(name, classroom, asked.anonymous)
    text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n" if asked.as_json else ""
    if asked.as_json and not asked.output:
        print(writable(text), end="", flush=True)
        return
    suffix = "_anonymous" if asked.anonymous else ""
    path = Path(asked.output) if asked.output else classroom.root / "reports" / f"{name}{suffix}.html"
    if not asked.as_json:
        links = _links_to_lessons(figures, path.parent, suffix) if name == COURSE else {}
        links |= {} if asked.anonymous else _links_to_students(students, name, classroom, path.parent)
        text = page(name, figures, sentences, links, asked.anonymous)
    write_whole(path, text)
    print(*map(one_line, sentences), sep="\n")
    print(f"\nReport: {shown_path(path)}", flush=True)


def _figures(name: str, classroom: Classroom, hidden: bool) -> tuple[dict, list[str], list[Student]]:
    """The figures, what they say in short, and a lesson's students."""
    if not has_gradebook(classroom):
        raise _nothing(name, classroom)
    with opened(classroom) as gradebook:
        asked = [lesson for lesson in graded_lessons(gradebook) if name in (COURSE, lesson)]
        if not asked:
            raise _nothing(name, classroom)
        people = known_people(classroom)
        read = {lesson: _read(lesson, classroom, gradebook, people, hidden) for lesson in asked}
    if name == COURSE:
        figures = course_report({load_lesson(lesson): students for lesson, students in read.items()})
        return figures, course_in_short(figures), []
    figures = lesson_report(load_lesson(name), classroom, read[name], quoting=not hidden)
    return figures, lesson_in_short(figures), read[name]


def _read(lesson: str, classroom: Classroom, gradebook: Connection, people: Mapping, hidden: bool) -> list[Student]:
    say_progress(f"Reading {lesson}")
    students = students_of(load_lesson(lesson), classroom, gradebook, people)
    if hidden:  # not in the order of their names
        return sorted((anonymous(student, classroom) for student in students), key=lambda student: student.person.id)
    return students


def _nothing(name: str, classroom: Classroom) -> ReportError:
    sample = Classroom.of_the_course().root / "sample" / name
    what = "nothing" if name == COURSE else f"nothing of {name}"
    hint = f" The sample class has a classroom of its own: --classroom {shown_path(sample)}." if sample.is_dir() else ""
    return ReportError(f"{what} has been graded in {shown_path(classroom.root)}. Use `grade` first.{hint}")


def page(name: str, figures: Mapping, sentences: Iterable[str], links: Mapping[str, str], hidden: bool) -> str:
    """The page as HTML.

    Args:
        links: student or lesson -> address of the page about it, seen from this page.
        hidden: nobody is named in the figures.
    """
    template = ENVIRONMENT.get_template("course_report.html" if name == COURSE else "lesson_report.html")
    names = {student["id"]: student["name"] or student["id"] for student in figures["students"]}
    written = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M")
    return template.render(
        report=figures, in_short=list(sentences), names=names, links=links, anonymous=hidden, written=written
    )


def _links_to_lessons(figures: Mapping, folder: Path, suffix: str) -> dict[str, str]:
    """Lesson -> its page, where that has been written."""
    pages = {lesson["lesson"]: f"{lesson['lesson']}{suffix}.html" for lesson in figures["lessons"]}
    return {lesson: page for lesson, page in pages.items() if (folder / page).is_file()}


def _links_to_students(students: Iterable[Student], lesson: str, classroom: Classroom, folder: Path) -> dict[str, str]:
    pages = classroom.root / "feedback"
    way = Path(os.path.relpath(pages, folder)).as_posix()
    found = ((s.person.id, f"{s.id}/{lesson}/{lesson}.html") for s in students if s.marks)
    return {id: quote(f"{way}/{page}", errors="replace") for id, page in found if os.path.isfile(f"{pages}/{page}")}
