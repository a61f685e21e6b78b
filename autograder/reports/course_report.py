"""The figures of the whole course's report, week by week; kept and shown as those of a lesson are.

format: 1, until a key changes its meaning.
lessons: those of which something was graded: lesson, title, max_points, graded, not_graded, not_handed_in, late, and
    spread: of the share of the points that students have.
students: id, name, section, points, max_points (of these lessons together), share, change, and lessons: name -> state,
    points, share, late. What was not handed in counts as 0; what was, and has no grade, does not count. The change is
    the share in the newest lesson that was graded, less the mean of the earlier ones; null before the second.
returning: mistakes that a student has made in more than one lesson, the most frequent first: name, causes, and
    students: student, places (lesson, exercise).
help: rule, in a sentence; students: student, share, why (sentences), mistakes.
sections: section, and the spread of its shares; empty if there are none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from autograder.collecting.people import Person
from autograder.lessons import Lesson
from autograder.reports.in_short import percent
from autograder.reports.item_statistics import rounded, spread
from autograder.reports.lesson_report import ENOUGH, FORMAT, by_section, counts, state
from autograder.reports.mistakes_made import explained, names_in
from autograder.reports.students import Student, called

#: Who has so much less of the points in the newest lesson than before needs help, too.
DROP = 0.25
RULE = (
    "Listed is who has less than half of the points of all lessons together, where what was not handed in counts as 0, "
    "the fewest first; and whoever has in the newest lesson 25 % of the points less than before on average."
)
#: Of a student's mistakes so many are told.
MOST_MISTAKES = 5

#: Lesson -> its students.
Course = Mapping[Lesson, Sequence[Student]]


def course_report(course: Course) -> dict:
    """The figures, by key."""
    most = {lesson.name: _max_points(students) for lesson, students in course.items()}
    by_id: dict[str, dict[str, Student]] = defaultdict(dict)
    for lesson, students in course.items():
        for student in students:
            by_id[student.person.id][lesson.name] = student
    people = {id: max((s.person for s in found.values()), key=lambda p: bool(p.name)) for id, found in by_id.items()}
    rows = [_student(people[id], by_id[id], most) for id in sorted(by_id, key=lambda id: _order(people[id]))]
    return {
        "format": FORMAT,
        "lessons": [_lesson(lesson, students) for lesson, students in course.items()],
        "students": rows,
        "returning": list(_returning(course)),
        "help": {"rule": RULE, "students": list(_help(rows, by_id))},
        "sections": by_section((row["section"], row["share"]) for row in rows),
    }


def _order(person: Person) -> tuple[str, str]:
    return called(person).casefold(), person.id


def _max_points(students: Sequence[Student]) -> float:
    return max((student.marks.max_points for student in students if student.marks), default=0)


def _lesson(lesson: Lesson, students: Sequence[Student]) -> dict:
    shares = [share for student in students if (share := _share(student)) is not None]
    told = {"lesson": lesson.name, "title": lesson.title, "max_points": _max_points(students)}
    return told | counts(students) | {"spread": spread(shares)}


def _share(student: Student) -> float | None:
    """Points, as a share of all; None without a grade."""
    marks = student.marks
    return marks.points / marks.max_points if marks and marks.max_points else None


def _student(person: Person, lessons: Mapping[str, Student], most: Mapping[str, float]) -> dict:
    points = sum(student.marks.points for student in lessons.values() if student.marks)
    waiting = {name for name, student in lessons.items() if state(student) == "not graded"}
    could = sum(worth for name, worth in most.items() if name not in waiting)
    shares = [share for name in most if name in lessons and (share := _share(lessons[name])) is not None]
    return {
        "id": person.id,
        "name": person.name,
        "section": person.section,
        "points": rounded(points),
        "max_points": could,
        "share": rounded(points / could) if could else 0,
        "change": rounded(shares[-1] - fmean(shares[:-1])) if len(shares) > 1 else None,
        "lessons": {name: _cell(lessons[name]) for name in most if name in lessons},
    }


def _cell(student: Student) -> dict:
    share = _share(student)
    return {
        "state": state(student),
        "points": rounded(student.marks.points) if student.marks else None,
        "share": None if share is None else rounded(share),
        "late": student.is_late,
    }


# Mistakes


def _returning(course: Course) -> Iterator[dict]:
    """Mistakes of one name in exercises of several lessons, by the same student."""
    found: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for lesson, students in course.items():
        for student in students:
            for exercise, verdict in student.verdicts.items():
                for mistake in {name for names in names_in(verdict) for name in names}:
                    found[mistake][student.person.id].setdefault(lesson.name, exercise)
    for mistake, places in sorted(found.items(), key=lambda entry: (-_again(entry[1]), entry[0])):
        if _again(places):
            exercise = next(iter(max(places.values(), key=len).values()))
            yield {
                "name": mistake,
                "causes": [cause for cause, _ in explained(exercise, [mistake])],
                "students": [
                    {"student": id, "places": [{"lesson": name, "exercise": where} for name, where in lessons.items()]}
                    for id, lessons in sorted(places.items())
                    if len(lessons) > 1
                ],
            }


def _again(places: Mapping[str, Mapping[str, str]]) -> int:
    """How many have made a mistake in more than one lesson."""
    return sum(len(lessons) > 1 for lessons in places.values())


# Students


def _help(rows: Sequence[dict], by_id: Mapping[str, Mapping[str, Student]]) -> Iterator[dict]:
    for row in sorted(rows, key=lambda row: row["share"]):
        why = list(_why(row))
        if row["share"] < ENOUGH or (row["change"] is not None and row["change"] <= -DROP):
            yield {"student": row["id"], "share": row["share"], "why": why, "mistakes": _mistakes(by_id[row["id"]])}


def _why(row: Mapping) -> Iterator[str]:
    for missing in ("not handed in", "not graded"):
        if lessons := [name for name, cell in row["lessons"].items() if cell["state"] == missing]:
            yield f"{missing}: {', '.join(lessons)}"
    shares = [cell["share"] for cell in row["lessons"].values() if cell["share"] is not None]
    if shares and fmean(shares) < ENOUGH:
        yield f"{percent(fmean(shares))} of the points in what was graded"
    if row["change"] is not None and row["change"] <= -DROP:
        yield f"{percent(-row['change'])} of the points less than before"


def _mistakes(lessons: Mapping[str, Student]) -> list[str]:
    """What a student has most often been told."""
    verdicts = [verdict for student in lessons.values() for verdict in student.verdicts.values()]
    counted = Counter(mistake for verdict in verdicts for names in names_in(verdict) for mistake in names)
    return [mistake for mistake, _ in counted.most_common(MOST_MISTAKES)]
