"""Text for a person at a terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

#: Characters that steer a terminal, or the order of letters in it, and halves of characters, which cannot be written.
STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
#: Of a list that somebody else has made, so many entries are told, of an entry so many characters, and of a sentence.
MOST_NAMES, LONGEST_NAME, LONGEST_TEXT = 10, 100, 600


def shown_path(path: Path) -> str:
    """A path as a person at the keyboard would write it: from here if it is below, else in full."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def one_line(text: str) -> str:
    """Text without line ends or anything else that steers a terminal: some of it comes from students."""
    return STEERING.sub(" ", text)


def writable(text: str) -> str:
    """Text that can be written to a file: a half of a character, which Python strings can hold, becomes a `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def shortened(text: str, most: int = LONGEST_TEXT) -> str:
    """The beginning of a long text."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def listed(names: Sequence[str]) -> str:
    """Names in a line; of many only the first ones, and how many more there are."""
    told = [shortened(name, LONGEST_NAME) for name in names[:MOST_NAMES]]
    more = len(names) - len(told)
    return ", ".join(told) + (f", … and {more:,} more" if more else "")


def say_progress(line: str) -> None:
    """Tell on stderr how far a long task is, so that what it prints stays what it found."""
    print(one_line(line), file=sys.stderr, flush=True)


def complain(message: str) -> None:
    """Tell on stderr what is wrong."""
    print(f"autograder: {message}", file=sys.stderr, flush=True)
