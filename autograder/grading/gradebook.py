"""nbgrader's gradebook, read and written for many students at once.

nbgrader's own interface asks the database again and again for each student. What it keeps is plain, so here its tables
are named as far as grading needs them; the tests hold what is written against what nbgrader itself writes.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property, partial
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Boolean, Connection, DateTime, Enum, Float, Interval, String, bindparam, column, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.sql.expression import TableClause

from autograder.grading.standing import CellPoints, Row, Standing

#: Characters of what the gradebook keeps of a person.
LONGEST = 128
#: What rows meet when another program writes the same at the same time, or the server starts again; and seconds until
#: all is done again.
IN_THE_WAY, WAITS = (IntegrityError, OperationalError), (0.1, 0.5, 2, 5)
Given = TypeVar("Given")


def _table(table: str, text: str, **others: Any) -> TableClause:
    """A table with columns of text, their names in a row, and others."""
    kinds = dict.fromkeys(text.split(), String) | others
    return sqlalchemy.table(table, *(column(name, kind) for name, kind in kinds.items()))


def _cell_type(name: str) -> Enum:
    return Enum("code", "markdown", name=name)


COURSE = _table("course", "id")
ASSIGNMENT = _table("assignment", "id name course_id", duedate=DateTime)
NOTEBOOK = _table("notebook", "id name assignment_id kernelspec")
CELL = _table("base_cell", "id name notebook_id type")
GRADE_CELL = _table("grade_cells", "id", max_score=Float, cell_type=_cell_type("grade_cell_type"))
SOLUTION_CELL = _table("solution_cells", "id")
SOURCE_CELL = _table(
    "source_cell", "id name notebook_id source checksum", locked=Boolean, cell_type=_cell_type("source_cell_type")
)
STUDENT = _table("student", "id first_name last_name email lms_user_id")
SUBMITTED = _table("submitted_assignment", "id assignment_id student_id", timestamp=DateTime, extension=Interval)
SUBMITTED_NOTEBOOK = _table(
    "submitted_notebook", "id assignment_id notebook_id", flagged=Boolean, late_submission_penalty=Float
)
GRADE = _table(
    "grade", "id cell_id notebook_id",
    auto_score=Float, manual_score=Float, extra_credit=Float, needs_manual_grade=Boolean,
)  # fmt: skip
COMMENT = _table("comment", "id cell_id notebook_id auto_comment manual_comment")


class LessonRows:
    """The rows of one lesson. The gradebook must know the lesson.

    Args:
        connection: to the gradebook; each method is one transaction.
    """

    def __init__(self, connection: Connection, lesson: str) -> None:
        self._connection, self.lesson = connection, lesson
        query = select(ASSIGNMENT.c.id, ASSIGNMENT.c.duedate, NOTEBOOK.c.id)
        query = query.join_from(NOTEBOOK, ASSIGNMENT, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
        found = connection.execute(query.where(ASSIGNMENT.c.name == lesson, NOTEBOOK.c.name == lesson)).one()
        self._assignment, self.due, self._notebook = found
        own = CELL.c.notebook_id == self._notebook
        graded = select(CELL.c.name, CELL.c.id, GRADE_CELL.c.max_score).join_from(
            CELL, GRADE_CELL, CELL.c.id == GRADE_CELL.c.id
        )
        self._graded = {name: (number, most) for name, number, most in connection.execute(graded.where(own))}
        solved = select(CELL.c.name, CELL.c.id).join_from(CELL, SOLUTION_CELL, CELL.c.id == SOLUTION_CELL.c.id)
        self._solved = dict(connection.execute(solved.where(own)).all())
        connection.rollback()

    @cached_property
    def nothing(self) -> Standing:
        """Of somebody of whom nothing is recorded."""
        return Standing({name: CellPoints(most) for name, (_, most) in self._graded.items()}, class_due=self.due)

    def standings(self, students: Collection[str]) -> dict[str, Standing]:
        """What is recorded of students; those of whom nothing is are not there."""
        return self._insist(partial(self._standings, students))

    def _standings(self, students: Collection[str]) -> dict[str, Standing]:
        try:
            submitted = self._submitted(students)
            cells = {number: name for name, (number, _) in self._graded.items()}
            points: dict[str, dict[str, CellPoints]] = {number: dict(self.nothing.cells) for number in submitted}
            for notebook, cell, auto, by_hand, extra in self._connection.execute(self._grades(students)):
                name = cells[cell]
                points[notebook][name] = CellPoints(self._graded[name][1], auto, by_hand, extra)
            comments: dict[str, dict[str, str]] = {number: {} for number in submitted}
            for notebook, name, text in self._connection.execute(self._comments(students)):
                comments[notebook][name] = text
        finally:
            self._connection.rollback()
        return {
            student: Standing(points[number], comments[number], handed_in, self.due, extension, penalty or 0)
            for number, (student, handed_in, extension, penalty) in submitted.items()
        }

    def _submitted(self, students: Collection[str]) -> dict[str, tuple]:
        query = select(
            SUBMITTED_NOTEBOOK.c.id,
            SUBMITTED.c.student_id,
            SUBMITTED.c.timestamp,
            SUBMITTED.c.extension,
            SUBMITTED_NOTEBOOK.c.late_submission_penalty,
        )
        return {row[0]: tuple(row[1:]) for row in self._connection.execute(self._of_students(query, students))}

    def _grades(self, students: Collection[str]) -> sqlalchemy.Select:
        points = (GRADE.c.auto_score, GRADE.c.manual_score, GRADE.c.extra_credit)
        query = select(GRADE.c.notebook_id, GRADE.c.cell_id, *points)
        query = query.select_from(GRADE.join(SUBMITTED_NOTEBOOK, GRADE.c.notebook_id == SUBMITTED_NOTEBOOK.c.id))
        query = query.where(GRADE.c.cell_id.in_([number for number, _ in self._graded.values()]))
        return self._of_students(query, students)

    def _comments(self, students: Collection[str]) -> sqlalchemy.Select:
        query = select(COMMENT.c.notebook_id, CELL.c.name, COMMENT.c.manual_comment)
        joined = COMMENT.join(SUBMITTED_NOTEBOOK, COMMENT.c.notebook_id == SUBMITTED_NOTEBOOK.c.id)
        query = query.select_from(joined.join(CELL, COMMENT.c.cell_id == CELL.c.id))
        own = COMMENT.c.cell_id.in_(
            [*self._solved.values()]
        )  # by which nbgrader has an index; by notebook there is none
        return self._of_students(query.where(own, COMMENT.c.manual_comment != ""), students)

    def _of_students(self, query: sqlalchemy.Select, students: Collection[str]) -> sqlalchemy.Select:
        """The lesson's rows of students; the query has the submitted notebooks."""
        query = query.join(SUBMITTED, SUBMITTED_NOTEBOOK.c.assignment_id == SUBMITTED.c.id)
        own = SUBMITTED_NOTEBOOK.c.notebook_id == self._notebook
        return query.where(own, SUBMITTED.c.student_id.in_(list(students)))

    def write(self, rows: Iterable[Row]) -> None:
        """Write the rows of many submissions in one transaction, and no points or comments that a person has set.

        Where another program is in the way, such as nbgrader's own `autograde`, all is written again.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: they cannot be written; then none is.
        """
        self._insist(partial(self._write, {row.student: row for row in rows}))

    def _insist(self, act: Callable[[], Given]) -> Given:
        for wait in WAITS:
            try:
                return act()
            except IN_THE_WAY:
                time.sleep(wait)
        return act()

    def _write(self, found: Mapping[str, Row]) -> None:
        try:
            self._write_people(found)
            notebooks, new = self._write_submissions(found)
            judged = {student: row for student, row in found.items() if row.points is not None}
            self._write_points(judged, notebooks, new)
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise

    def _write_people(self, rows: Mapping[str, Row]) -> None:
        query = select(STUDENT).where(STUDENT.c.id.in_(list(rows)))
        known = {row.id: row._asdict() for row in self._connection.execute(query)}
        told = {
            student: {name: text[:LONGEST] for name, text in row.person.items() if text}
            for student, row in rows.items()
        }
        blank = dict.fromkeys(("first_name", "last_name", "email", "lms_user_id"))
        added = [{"id": student, **blank, **told[student]} for student in rows if student not in known]
        changed = [
            {"own": student, **facts, **more}
            for student, facts in known.items()
            if (more := {name: text for name, text in told[student].items() if not facts[name]})
        ]
        self._execute(insert(STUDENT), added)
        self._execute(_update(STUDENT, STUDENT.c.id == bindparam("own"), *blank), changed)

    def _write_submissions(self, rows: Mapping[str, Row]) -> tuple[dict[str, str], set[str]]:
        """Write when they came; return student -> the number of the submitted notebook, and whose are new."""
        query = select(SUBMITTED).where(
            SUBMITTED.c.assignment_id == self._assignment, SUBMITTED.c.student_id.in_(list(rows))
        )
        known = {row.student_id: row for row in self._connection.execute(query)}
        numbers = {student: known[student].id if student in known else new_id() for student in rows}
        added, changed = [], []
        for student, row in rows.items():
            facts = {"timestamp": row.handed_in, "extension": row.extension or None}
            if student not in known:
                added.append(
                    {"id": numbers[student], "assignment_id": self._assignment, "student_id": student, **facts}
                )
                continue
            was = known[student]
            now = row.handed_in or was.timestamp, was.extension if row.extension is None else facts["extension"]
            if now != (was.timestamp, was.extension):
                changed.append({"own": was.id, "timestamp": now[0], "extension": now[1]})
        self._execute(insert(SUBMITTED), added)
        self._execute(_update(SUBMITTED, SUBMITTED.c.id == bindparam("own"), "timestamp", "extension"), changed)
        return self._write_notebooks(rows, numbers)

    def _write_notebooks(self, rows: Mapping[str, Row], numbers: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
        penalty = SUBMITTED_NOTEBOOK.c.late_submission_penalty
        query = select(SUBMITTED.c.student_id, SUBMITTED_NOTEBOOK.c.id, penalty).select_from(SUBMITTED_NOTEBOOK)
        known = {student: rest for student, *rest in self._connection.execute(self._of_students(query, rows))}
        own = {student: known[student][0] if student in known else new_id() for student in rows}
        added = [
            {
                "id": own[student], "assignment_id": numbers[student], "notebook_id": self._notebook, "flagged": False,
                "late_submission_penalty": row.penalty,
            }
            for student, row in rows.items() if student not in known
        ]  # fmt: skip
        changed = [
            {"own": own[student], "late_submission_penalty": rows[student].penalty}
            for student, (_, was) in known.items()
            if was != rows[student].penalty
        ]
        self._execute(insert(SUBMITTED_NOTEBOOK), added)
        by_number = SUBMITTED_NOTEBOOK.c.id == bindparam("own")
        self._execute(_update(SUBMITTED_NOTEBOOK, by_number, "late_submission_penalty"), changed)
        return own, set(rows) - set(known)

    def _write_points(self, rows: Mapping[str, Row], notebooks: Mapping[str, str], new: set[str]) -> None:
        """Points and comments of what was judged; a submission that is new gets a row for each cell, as in nbgrader."""
        grades: dict[bool, list[dict]] = {True: [], False: []}
        comments: dict[bool, list[dict]] = {True: [], False: []}
        for student, row in rows.items():
            for name, (cell, _) in self._graded.items():
                points = {"auto_score": row.points[name]} if row.points else {}
                grades[student in new].append({"cell": cell, "notebook": notebooks[student], **points})
            for name, cell in self._solved.items():
                said = "No response." if name in row.untouched else None
                comments[student in new].append({"cell": cell, "notebook": notebooks[student], "auto_comment": said})
        self._execute(insert(GRADE), [_new(row) | {"needs_manual_grade": False} for row in grades[True]])
        self._execute(insert(COMMENT), [_new(row) for row in comments[True]])
        self._execute(
            GRADE.update()
            .where(GRADE.c.cell_id == bindparam("cell"), GRADE.c.notebook_id == bindparam("notebook"))
            .values(auto_score=bindparam("auto_score"), needs_manual_grade=GRADE.c.manual_score.is_not(None)),
            grades[False],
        )
        of_cell = (COMMENT.c.cell_id == bindparam("cell")) & (COMMENT.c.notebook_id == bindparam("notebook"))
        self._execute(_update(COMMENT, of_cell, "auto_comment"), comments[False])

    def _execute(self, statement: Any, rows: list[dict]) -> None:
        if rows:
            self._connection.execute(statement, rows)


def new_id() -> str:
    """A new number, as nbgrader makes them."""
    return uuid.uuid4().hex


def _new(row: dict) -> dict:
    """Of a row for a cell in a submitted notebook, all that is to be inserted."""
    rest = {name: value for name, value in row.items() if name not in ("cell", "notebook")}
    return {"id": new_id(), "cell_id": row["cell"], "notebook_id": row["notebook"], **rest}


def _update(table: TableClause, which: Any, *names: str) -> sqlalchemy.Update:
    return table.update().where(which).values({name: bindparam(name) for name in names})
