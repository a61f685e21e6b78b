"""A lesson in nbgrader's gradebook: its rows, as nbgrader's own `generate_assignment` writes them.

nbgrader takes longer to import than a student to grade; so it is left out where all is as usual.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import Connection, insert, select

from autograder.grading.gradebook import (
    ASSIGNMENT,
    CELL,
    COURSE,
    GRADE_CELL,
    NOTEBOOK,
    SOLUTION_CELL,
    SOURCE_CELL,
    new_id,
)


@dataclass(frozen=True)
class LessonCell:
    """What the gradebook keeps of a cell.

    Attributes:
        max_score: of a graded cell; None of another.
        is_solution: learners write in it.
        locked: nbgrader puts its text back.
        checksum: by which nbgrader sees that it was changed.
    """

    source: str
    cell_type: str
    max_score: float | None
    is_solution: bool
    locked: bool
    checksum: str


def known_cells(connection: Connection, lesson: str) -> dict[str, LessonCell]:
    """What the gradebook has of a lesson's cells, by name; empty if it does not know the lesson."""
    cells = select(SOURCE_CELL, CELL.c.type, GRADE_CELL.c.max_score)
    joined = SOURCE_CELL.join(NOTEBOOK, SOURCE_CELL.c.notebook_id == NOTEBOOK.c.id)
    joined = joined.join(ASSIGNMENT, NOTEBOOK.c.assignment_id == ASSIGNMENT.c.id)
    same = (CELL.c.notebook_id == NOTEBOOK.c.id) & (CELL.c.name == SOURCE_CELL.c.name)
    joined = joined.outerjoin(CELL, same).outerjoin(GRADE_CELL, GRADE_CELL.c.id == CELL.c.id)
    found = connection.execute(cells.select_from(joined).where(ASSIGNMENT.c.name == lesson, NOTEBOOK.c.name == lesson))
    known = {
        row.name: LessonCell(
            row.source, row.cell_type, row.max_score, row.type == "SolutionCell", row.locked, row.checksum
        )
        for row in found
    }
    connection.rollback()
    return known


def add_lesson(
    connection: Connection, lesson: str, course: str, cells: Mapping[str, LessonCell], kernel: Mapping[str, str]
) -> None:
    """Put a lesson into the gradebook.

    Args:
        kernel: the metadata of its notebook that say with what it runs.
    """
    assignment, notebook = new_id(), new_id()
    if not connection.scalar(select(COURSE.c.id).where(COURSE.c.id == course)):
        connection.execute(insert(COURSE), {"id": course})
    connection.execute(insert(ASSIGNMENT), {"id": assignment, "name": lesson, "course_id": course})
    about = {"name": lesson, "assignment_id": assignment, "kernelspec": json.dumps(kernel)}
    connection.execute(insert(NOTEBOOK), {"id": notebook, **about})
    for name, cell in cells.items():
        facts = {"name": name, "notebook_id": notebook}
        more = {"cell_type": cell.cell_type, "locked": cell.locked, "source": cell.source, "checksum": cell.checksum}
        connection.execute(insert(SOURCE_CELL), {"id": new_id(), **facts, **more})
        if cell.max_score is not None:
            of_grade = {"max_score": cell.max_score, "cell_type": cell.cell_type}
            _add_cell(connection, GRADE_CELL, facts | {"type": "GradeCell"}, of_grade)
        if cell.is_solution:
            _add_cell(connection, SOLUTION_CELL, facts | {"type": "SolutionCell"}, {})
    connection.commit()


def _add_cell(connection: Connection, table: sqlalchemy.TableClause, facts: dict, more: dict) -> None:
    number = new_id()
    connection.execute(insert(CELL), {"id": number, **facts})
    connection.execute(insert(table), {"id": number, **more})


def set_due(connection: Connection, lesson: str, due: datetime) -> None:
    """Say when a lesson is due, in UTC."""
    connection.execute(ASSIGNMENT.update().where(ASSIGNMENT.c.name == lesson).values(duedate=due))
    connection.commit()
