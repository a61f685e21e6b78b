"""The database that the gradebook lies in: a file of SQLite's, or one on a PostgreSQL server that graders share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import NullPool

from autograder.console import listed, say_progress, shortened, shown_path
from autograder.errors import CourseError
from autograder.grading.classroom import Classroom

#: Seconds for which SQLite waits while another program, such as formgrader, writes in the gradebook; and for which a
#: server is waited for, which may be behind something that swallows what it is sent.
PATIENCE, ANSWER = 60, 20
#: PostgreSQL's word for "you may not".
FORBIDDEN = "42501"
#: Names the lock under which one grader at a time puts a lesson into a gradebook on a server.
LOCK = 0x6E62_6772
WHERE = "c.CourseDirectory.db_url in nbgrader_config.py"


class GradebookError(CourseError):
    """The gradebook cannot be opened, or is away; the message says what to do."""


def shown(classroom: Classroom) -> str:
    """Where the gradebook is, for a person to read: a file, or an address without password."""
    url = sqlalchemy.make_url(classroom.db_url)
    if _is_file(url):
        return shown_path(Path(url.database or ""))
    hosts = {name: value for name, value in url.query.items() if name in ("host", "port")}  # and no password
    return url.set(query=hosts).render_as_string(hide_password=True)


def gradebook_folder(classroom: Classroom) -> Path:
    """Where the gradebook's file lies; the classroom itself, if the gradebook is on a server."""
    url = sqlalchemy.make_url(classroom.db_url)
    return Path(url.database or "").parent if _is_file(url) else classroom.root


def patient_url(classroom: Classroom) -> str:
    """The gradebook's address for our own use: SQLite waits longer for other programs, a server is given up."""
    url = sqlalchemy.make_url(classroom.db_url)
    if _is_file(url):
        url = url.update_query_dict({"timeout": str(PATIENCE)})
    elif url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
        url = url.update_query_dict({"connect_timeout": str(ANSWER)})
    return url.render_as_string(hide_password=False)


def new_one(classroom: Classroom) -> str:
    """How to get a new gradebook beside the old one."""
    if is_file(classroom):
        return "move the file away"
    return f"make an empty database, and name it as {WHERE}"


def has_gradebook(classroom: Classroom) -> bool:
    """Whether there is one. (To look into SQLite's file would make it.)

    Raises:
        GradebookError: nobody can tell.
    """
    with _told_what_is_wrong(classroom):
        url = sqlalchemy.make_url(classroom.db_url)
        if _is_file(url) and not Path(url.database or "").is_file():
            return False
        with opened(classroom) as engine:
            return sqlalchemy.inspect(engine).has_table("assignment")


@contextlib.contextmanager
def opened(classroom: Classroom) -> Iterator[Engine]:
    """The database, for our own reading and writing; it is made if it is a file.

    Raises:
        GradebookError: it cannot be opened, or goes away.
    """
    with _told_what_is_wrong(classroom):
        engine = sqlalchemy.create_engine(patient_url(classroom), poolclass=NullPool)
        try:
            yield engine
        finally:
            engine.dispose()


@contextlib.contextmanager
def connected(classroom: Classroom) -> Iterator[Connection]:
    """A connection to the gradebook, which must be there.

    Raises:
        GradebookError: it cannot be opened, or goes away.
    """
    with opened(classroom) as engine, engine.connect() as connection:
        yield connection


@contextlib.contextmanager
def _told_what_is_wrong(classroom: Classroom) -> Iterator[None]:
    """Tell what is the matter with the database, and not with what was asked of it, as an error that says what to do.

    Raises:
        GradebookError: it cannot be opened, or goes away.
    """
    try:
        yield
    except (ArgumentError, NoSuchModuleError) as error:
        raise GradebookError(
            f"{WHERE} is no gradebook's address ({error}). One is postgresql://user@host/database, without a "
            "password in it if ~/.pgpass has that."
        ) from error
    except ImportError as error:
        raise GradebookError(
            f"the gradebook is {shown(classroom)}, and the package {error.name or 'psycopg'} that speaks with it "
            "is missing. Install it: python -m pip install -c constraints.txt 'psycopg[binary]'"
        ) from error
    except DBAPIError as error:
        if not is_away(error):
            raise
        raise GradebookError(_away(error, classroom)) from error


def is_away(error: DBAPIError) -> bool:
    """Whether it is not the statement that is wrong: the server is away, the file is none, or we may not use it."""
    file_is_none = "not a database" in str(error.orig)
    return isinstance(error, sqlalchemy.exc.OperationalError) or file_is_none or _state(error) == FORBIDDEN


def _away(error: DBAPIError, classroom: Classroom) -> str:
    why = shortened(" ".join(str(error.orig).split()))
    if "locked" in why:
        todo = "Another program has been writing in it for long: end that, and try again."
    elif is_file(classroom):
        todo = f"Move it away, or correct {WHERE}, and try again."
    else:
        todo = f"See to it that the server runs and lets you in, or correct {WHERE}, and try again."
    return f"the gradebook {shown(classroom)} cannot be used: {why}. {todo} What was graded is kept."


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def is_file(classroom: Classroom) -> bool:
    """Whether the gradebook is a file of SQLite's."""
    return _is_file(sqlalchemy.make_url(classroom.db_url))


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


@contextlib.contextmanager
def making(classroom: Classroom) -> Iterator[Connection]:
    """A transaction in which the gradebook's tables can be made, all or none, while nobody else does.

    Raises:
        GradebookError: the database cannot be used, is somebody else's, or cannot keep all names.
    """
    with opened(classroom) as engine, engine.begin() as connection:
        if engine.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # else each statement would be a transaction of its own
        _refuse_unfit(connection, classroom)
        yield connection


def _refuse_unfit(connection: Connection, classroom: Classroom) -> None:
    if others := sqlalchemy.inspect(connection).get_table_names():
        raise GradebookError(
            f"{shown(classroom)} is no gradebook: it has other tables ({listed(others)}). To get one, "
            f"{new_one(classroom)}."
        )
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise GradebookError(
            f"the database {shown(classroom)} keeps text as {encoding}, in which not every name can be written. "
            "Make one with: createdb --encoding=UTF8 --template=template0 NAME"
        )


@contextlib.contextmanager
def alone_at_gradebook(classroom: Classroom) -> Iterator[None]:
    """Wait until nobody else puts a lesson into a gradebook on a server, and then keep others waiting.

    Those who share it may have classrooms in other folders, on other machines. The lock is the server's: it ends with
    the connection. (Who shares a file shares its folder, which is locked.)

    Raises:
        GradebookError: the server cannot be used.
    """
    gradebook_folder(classroom).mkdir(parents=True, exist_ok=True)
    with opened(classroom) as engine, engine.connect() as connection:
        if engine.name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({LOCK})").scalar_one():
                say_progress(f"Waiting for another grader, who puts a lesson into {shown(classroom)}.")
                connection.exec_driver_sql(f"SELECT pg_advisory_lock({LOCK})")
        yield
