"""One grader at a time in a classroom: whoever comes second is told who is at it, and waits."""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from autograder.console import say_progress, shortened, shown_path
from autograder.grading.classroom import Classroom
from autograder.grading.database import gradebook_folder

#: Seconds between looks at a lock that somebody else holds.
LOOK = 0.2


@contextlib.contextmanager
def alone_in(classroom: Classroom, lesson: str) -> Iterator[None]:
    """Wait until nobody else grades in the classroom, or into the same file of SQLite's, and then keep others waiting.

    The lock is the operating system's: it ends with the process that holds it, however that ends. Who holds it stands
    in the file that is locked.
    """
    with contextlib.ExitStack() as locks:
        for folder in sorted({classroom.root.resolve(), gradebook_folder(classroom).resolve()}):
            locks.enter_context(_alone_in_folder(folder, lesson))
        yield


@contextlib.contextmanager
def _alone_in_folder(folder: Path, lesson: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a+", encoding="utf-8") as file:
        _wait_for(file, folder)
        _say_who(file, f"{_user()}, who has been grading {lesson} since {datetime.now():%Y-%m-%d %H:%M}")
        yield
        file.truncate(0)


def _wait_for(file: TextIO, folder: Path) -> None:
    import fcntl  # not on Windows, where nothing is graded, and this module is read all the same

    told = None
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # some network folders say the latter
            file.seek(0)
            holder = shortened(file.readline().strip())
            if holder and holder != told:
                say_progress(f"Waiting for {holder}. Ctrl-C ends the waiting; nothing has been changed.")
            told = holder or told
            time.sleep(LOOK)
        except OSError as error:
            where = shown_path(folder)
            return say_progress(f"{where} cannot be locked ({error.strerror}): see to it that nobody else grades now.")


def _say_who(file: TextIO, who: str) -> None:
    file.truncate(0)
    file.write(f"{who} (process {os.getpid()} on {socket.gethostname()})\n")
    file.flush()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in containers
        return f"user {os.getuid()}"
