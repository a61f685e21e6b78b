"""Read `equivalent.md` of an exercise: changes of its solution that change nothing that is asked for, and why.

Each reason is a heading; the list under it gives a line of the solution and what it may become:

    ### The cache is the learner's own business.
    - `cache = (x_hat, gamma, var, eps)` → anything
    - `mean = x.mean(axis=0)` → `mean = x.mean(axis=-2)`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.console import shown_path
from autograder.exercises.mistakes import BankError

ENTRY = re.compile(
    r"- `` ?(?P<old>.*?) ?`` → (`` ?(?P<new>.*?) ?``|anything)|- `(?P<old1>[^`]*)` → (`(?P<new1>[^`]*)`|anything)"
)


@dataclass(frozen=True)
class Equivalent:
    """A change that changes nothing that is asked for.

    Attributes:
        old: the lines of the solution, without indentation.
        new: what they become; "" for anything.
        reason: why that is as right.
    """

    old: str
    new: str
    reason: str

    def is_of(self, old: str, new: str) -> bool:
        """Whether it is this change."""
        return self.old == old and self.new in ("", new)


def read_equivalent(folder: Path) -> list[Equivalent]:
    """The changes listed in an exercise's folder; none if there is no list.

    Raises:
        BankError: a line is neither a heading, nor an entry under one.
    """
    path = folder / "equivalent.md"
    if not path.exists():
        return []
    found, reason = [], ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("### "):
            reason = line[4:].strip()
        elif line.startswith("- "):
            entry = ENTRY.fullmatch(line.strip())
            if not (entry and reason):
                raise BankError(
                    f"{shown_path(path)}:{number}: an entry is `old` → `new`, under a heading with the reason."
                )
            old, new = entry["old"] or entry["old1"] or "", entry["new"] or entry["new1"] or ""
            found.append(Equivalent(old, new, reason))
    return found
