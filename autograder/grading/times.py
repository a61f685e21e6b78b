"""When each handed in, as the learning management system has it: a submission's own word is not taken for it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

from autograder.console import shown_path
from autograder.errors import CourseError

COLUMNS = ("student", "handed_in")


class TimesError(CourseError):
    """The file of times cannot be used; the message says why."""


def read_times(path: Path) -> dict[str, datetime]:
    """Student -> time in UTC, without a time zone, as nbgrader's gradebook keeps it.

    Args:
        path: a CSV file with the columns student and handed_in, the latter as 2026-01-31T12:00+01:00; a time without
            a zone is taken for UTC.

    Raises:
        TimesError: the file cannot be read, has other columns, or a line of it holds no time.
    """
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise TimesError(
                    f"{shown_path(path)} needs the columns {' and '.join(COLUMNS)}: a line for each student."
                )
            return {row["student"]: _utc(row["handed_in"], path, reader.line_num) for row in reader}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TimesError(f"{shown_path(path)} cannot be read: {error}.") from error


def _utc(text: str | None, path: Path, line: int) -> datetime:
    try:
        time = datetime.fromisoformat(text or "")
    except ValueError:
        raise TimesError(
            f"{shown_path(path)}, line {line}: {text!r} is not a time such as 2026-01-31T12:00+01:00."
        ) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(tzinfo=None)
