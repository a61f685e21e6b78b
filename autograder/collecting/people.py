"""Who handed in what, as a download tells it, and how that is kept for the exports of later days."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from autograder.files import write_whole

#: What Moodle calls those whose names it hides.
BLIND = re.compile(r"(Participant|Teilnehmer|Deelnemer|Uczestnik|Deltag|Участник).*", re.IGNORECASE)


@dataclass(frozen=True)
class Person:
    """A student.

    Attributes:
        id: as the gradebook has it.
        name: the full name, as the download or the roster has it, or "".
        email, section: or "".
        ids: what other systems call this student, such as {"moodle": "1001"} (which Moodle changes with each
            assignment), {"canvas": "1234"}, {"gradescope": "101"}, {"sid": "0815"}.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class HandIn:
    """The attempt of a student that counts.

    Attributes:
        person: whose it is.
        path: the file on disk.
        name: its name in the folder or archive that was read.
        attempt: its number or mark in the system that it came from, or "".
        handed_in: when, in UTC and without a time zone, as nbgrader keeps it; None if nothing tells.
        late: what that system says of it; None if it says nothing.
        notes: what is odd, a sentence each; among them the attempts that do not count.
    """

    person: Person
    path: Path
    name: str
    attempt: str = ""
    handed_in: datetime | None = None
    late: bool | None = None
    notes: tuple[str, ...] = ()


def store_hand_ins(hand_ins: Iterable[HandIn], layout: str, path: Path) -> None:
    """Keep who handed in what, besides what is there of others.

    Args:
        layout: the name of the layout that they came in, such as "moodle".
        path: a JSON file: id -> facts. The classroom's is `handed_in/<lesson>.json`.
    """
    known = load_hand_ins(path)
    for hand_in in hand_ins:
        when = hand_in.handed_in.isoformat() if hand_in.handed_in else None
        facts = {"layout": layout, **asdict(hand_in.person), "file": hand_in.name, "attempt": hand_in.attempt}
        known[hand_in.person.id] = facts | {"handed_in": when, "late": hand_in.late}
    write_whole(path, json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def load_hand_ins(path: Path) -> dict[str, dict]:
    """Id -> {"layout", "id", "name", "email", "section", "ids", "file", "attempt", "handed_in", "late"}."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
