"""Record what the judge found where nbgrader keeps it: the graded notebook, and the gradebook's rows.

One recorder, with one open session, writes for all students. Points and comments that a person set are left alone.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from nbformat import NotebookNode, v4
from nbformat.v4 import new_output
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import joinedload, undefer

from autograder.collecting.people import Person
from autograder.console import one_line
from autograder.exercises.hidden import NOT_DONE, PARTS_TYPE, verdict_text
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Judged, Verdict
from autograder.sandbox.remote import Ran

#: What a student's rows meet when another program, such as nbgrader's own `autograde`, writes the same at the same
#: time; all of them are then written again, after so many seconds.
IN_THE_WAY, WAITS = (IntegrityError, InvalidEntry, OperationalError), (0.1, 0.5, 2, 5)

#: Characters that nbgrader's gradebook has room for in what it keeps of a person.
LONGEST = 128


@dataclass(frozen=True)
class Arrival:
    """What is told of a student's work besides the work.

    Attributes:
        person: who.
        handed_in: when, in UTC; None leaves what the gradebook has.
        extension: how much more time than the class the student has; None leaves what the gradebook has.
    """

    person: Person
    handed_in: datetime | None = None
    extension: timedelta | None = None


@dataclass(frozen=True)
class Lateness:
    """How late somebody's work is, what is taken for it, and how much more time was given."""

    seconds: float = 0
    penalty: float = 0
    extension: timedelta | None = None


class Recorder:
    """Writes into one classroom's gradebook. Use it in a `with` statement.

    Args:
        source: the instructor's notebook, whose tests go into the graded notebooks, where instructors see them.

    Attributes:
        gradebook: the open session.
    """

    def __init__(self, lesson: str, classroom: Classroom, source: NotebookNode) -> None:
        self.lesson, self.classroom = lesson, classroom
        self._tests = {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("grade")}

    def __enter__(self) -> Recorder:
        self.gradebook = Gradebook(self.classroom.patient_url, self.classroom.course_id)
        return self

    def __exit__(self, *_) -> None:
        self.gradebook.close()

    def record(
        self,
        student: str,
        notebook: NotebookNode,
        judged: Judged,
        untouched: tuple[str, ...],
    ) -> None:
        """Write the graded notebook, then all of the student's rows in one transaction."""
        graded = self._graded_notebook(notebook, judged)
        write_whole(self.classroom.notebook("autograded", student, self.lesson), v4.writes(graded) + "\n")
        self._insist(partial(self._write_rows, student, judged, untouched))

    def arrived(self, arrival: Arrival, student: str) -> None:
        """Keep who a student is and when the work came in; what the gradebook knows of a person stays."""
        self._insist(partial(self._write_arrival, arrival, student))

    def _insist(self, write: Callable[[], None]) -> None:
        """Write, and write again where another program is in the way."""
        for wait in (*WAITS, None):
            try:
                return write()
            except IN_THE_WAY:
                self.gradebook.db.rollback()
                if wait is None:
                    raise
                time.sleep(wait)

    def _write_rows(self, student: str, judged: Judged, untouched: tuple[str, ...]) -> None:
        scores = dict(_scores(judged))
        with _one_transaction(self.gradebook):
            self.gradebook.update_or_create_student(student)
            self.gradebook.update_or_create_submission(self.lesson, student)
            for grade in self.rows(student):
                grade.auto_score = scores[grade.name]
                grade.needs_manual_grade = grade.manual_score is not None
            for comment in self._rows(Comment, student):
                comment.auto_comment = "No response." if comment.name in untouched else None

    def _write_arrival(self, arrival: Arrival, student: str) -> None:
        with _one_transaction(self.gradebook):
            known = self.gradebook.find_student(student)
            for name, text in _names(arrival.person).items():
                if text and not getattr(known, name):
                    setattr(known, name, text)
            submission = self.gradebook.find_submission(self.lesson, student)
            submission.timestamp = arrival.handed_in or submission.timestamp
            if arrival.extension is not None:
                submission.extension = arrival.extension or None

    def lateness(self, student: str, notebook: NotebookNode) -> Lateness:
        """How late the student's work is, by nbgrader's rules, and what nbgrader's plugin takes for it."""
        submission = self.gradebook.find_submission(self.lesson, student)
        if submission.assignment.duedate is None:
            return Lateness()
        if submission.total_seconds_late or submission.late_submission_penalty:
            self._insist(partial(self._assign_late_penalty, student, notebook))
            submission = self.gradebook.find_submission(self.lesson, student)
        return Lateness(submission.total_seconds_late, submission.late_submission_penalty or 0, submission.extension)

    def points(self, student: str) -> dict[str, float]:
        """Graded cell -> the student's points for it, those set by hand included; empty if there are none."""
        rows = self.rows(student)
        return {row.name: row.score for row in rows} if any(row.auto_score is not None for row in rows) else {}

    def rows(self, student: str) -> list[Grade]:
        """The student's rows of points; none if nothing was recorded."""
        return self._rows(Grade, student, undefer(Grade.max_score))

    def comments(self, student: str) -> dict[str, str]:
        """Cell -> what a person has written about it."""
        return {row.name: row.manual_comment for row in self._rows(Comment, student) if row.manual_comment}

    def _rows(self, kind: Any, student: str, *options) -> list:
        """The student's rows of one kind, with the cells that they are about: one question to the gradebook."""
        found = self.gradebook.db.query(kind).options(joinedload(kind.cell), *options)
        found = found.join(kind.notebook).join(SubmittedNotebook.assignment).join(SubmittedAssignment.assignment)
        return found.filter(Assignment.name == self.lesson, SubmittedAssignment.student_id == student).all()

    def _graded_notebook(self, notebook: NotebookNode, judged: Judged) -> NotebookNode:
        graded = NotebookNode(notebook | {"cells": [NotebookNode(cell) for cell in notebook.cells]})
        outputs = {cell_id: _outputs_of(ran) for cell_id, ran in judged.ran.items()}
        for name, verdict in judged.verdicts.items():
            outputs |= {f"check_{name}": _check_outputs(name, verdict), f"hidden_{name}": _hidden_outputs(verdict)}
        for cell in graded.cells:
            cell.source = self._tests.get(cell.id, cell.source)
            if cell.cell_type == "code":
                cell.execution_count, cell.outputs = None, outputs.get(cell.id, [])
        return graded

    def _assign_late_penalty(self, student: str, notebook: NotebookNode) -> None:
        names = {"notebook": self.lesson, "assignment": self.lesson, "student": student}
        config = self.classroom.config(self.lesson, student)
        AssignLatePenalties(config=config).preprocess(
            notebook, {"nbgrader": names | {"db_url": self.classroom.patient_url}}
        )
        self.gradebook.db.expire_all()


def _names(person: Person) -> dict[str, str]:
    """What nbgrader keeps of a person. The number in the system is one that stays."""
    first, _, last = person.name.rpartition(" ")
    number = next((person.ids[name] for name in ("canvas", "blackboard", "sakai", "sid") if name in person.ids), "")
    told = {"first_name": first, "last_name": last, "email": person.email, "lms_user_id": number}
    return {name: one_line(text)[:LONGEST] for name, text in told.items()}  # PostgreSQL takes no NUL, and no more


def _scores(judged: Judged) -> Iterator[tuple[str, float]]:
    for name, verdict in judged.verdicts.items():
        yield f"check_{name}", verdict.visible.points
        yield f"hidden_{name}", sum(part.points for part in verdict.hidden)


def _outputs_of(ran: Ran) -> list[NotebookNode]:
    outputs = [
        new_output("stream", name=name, text=text)
        for name, text in (("stdout", ran.text), ("stderr", ran.stderr))
        if text
    ]
    outputs += [new_output("display_data", data=dict(data)) for data in ran.outputs]
    return outputs + ([_error(*ran.error)] if ran.error else [])


def _check_outputs(name: str, verdict: Verdict) -> list[NotebookNode]:
    part = verdict.visible
    if part.passed:
        return [new_output("stream", name="stdout", text=f"✓ {name}: right on all probes.\n")]
    return [_error("NotImplementedError" if part.message == NOT_DONE else "CheckFailed", part.message)]


def _hidden_outputs(verdict: Verdict) -> list[NotebookNode]:
    points = sum(part.points for part in verdict.hidden)
    data = {"text/plain": repr(float(points)), PARTS_TYPE: [asdict(part) for part in verdict.hidden]}
    text = "".join(f"{verdict_text(part)}\n" for part in verdict.hidden)
    return [new_output("stream", name="stdout", text=text), new_output("execute_result", data=data)]


def _error(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=text.splitlines())


@contextlib.contextmanager
def _one_transaction(gradebook: Gradebook) -> Iterator[None]:
    """Make the gradebook's own commits part of a single one at the end."""
    session = gradebook.db
    commit = session.commit
    session.commit = session.flush
    try:
        with session.no_autoflush:
            yield
    except BaseException:
        session.rollback()
        raise
    finally:
        session.commit = commit
    session.commit()
