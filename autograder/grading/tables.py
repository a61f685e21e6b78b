"""The tables of nbgrader's gradebook: for a file of SQLite's they are kept here, on a server nbgrader makes them.

To import nbgrader takes longer than to grade a student. What it would say to SQLite is in `tables.sql`, for the version
that is named there; `python -m autograder.grading.tables` writes it for the one that is installed.
"""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection

from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.database import is_file, making

TABLES = Path(__file__).with_name("tables.sql")
#: What ends a statement.
END = ";\n"


def make_tables(classroom: Classroom) -> None:
    """Make the gradebook. nbgrader would call the program `alembic` for it, which takes seconds.

    Raises:
        GradebookError: the database cannot be used, is somebody else's, or cannot keep all names.
    """
    with making(classroom) as connection:
        if are_kept(classroom):
            for statement in TABLES.read_text(encoding="utf-8").split(END)[:-1]:
                connection.exec_driver_sql(statement)
        else:
            _as_nbgrader(connection)


def are_kept(classroom: Classroom) -> bool:
    """Whether the gradebook can be made without nbgrader."""
    return is_file(classroom) and TABLES.read_text(encoding="utf-8").startswith(_first_line())


def sqlite_tables() -> str:
    """What nbgrader says to SQLite, as `tables.sql` keeps it."""
    said: list[str] = []
    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        sqlalchemy.event.listen(connection, "before_cursor_execute", lambda *told: said.append(told[2].strip()))
        _as_nbgrader(connection)
    return _first_line() + "".join(f"{statement}{END}" for statement in said if "PRAGMA" not in statement)


def _as_nbgrader(connection: Connection) -> None:
    """The version comes first: nbgrader adds tables that are missing, and never a version."""
    import nbgrader
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base

    version = ScriptDirectory(Path(nbgrader.__file__).parent / "alembic").get_current_head()
    connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{version}')")
    Base.metadata.create_all(connection)


def _first_line() -> str:
    return f"-- nbgrader {importlib.metadata.version('nbgrader')}\n"


if __name__ == "__main__":
    write_whole(TABLES, sqlite_tables())
