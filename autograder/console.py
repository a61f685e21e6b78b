"""Text for a person at a terminal."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

#: Characters that steer a terminal, or the order of letters in it.
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


def shown_path(path: Path) -> str:
    """A path as a person at the keyboard would write it: from here if it is below, else in full."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def one_line(text: str) -> str:
    """Text without line ends or anything else that steers a terminal: some of it comes from students."""
    return STEERING.sub(" ", text)


def say_progress(line: str) -> None:
    """Tell on stderr how far a long task is, so that what it prints stays what it found."""
    print(one_line(line), file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Tell on stderr what is wrong."""
    print(f"autograder: {message}", file=sys.stderr, flush=True)
