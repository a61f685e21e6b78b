"""The class: who is in it, by the teacher's roster, or by what was handed in before.

Whoever a download names is looked for by what cannot be mistaken first: numbers of systems, then the id, the address,
and last the name.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from autograder.collecting.moments import as_utc
from autograder.collecting.people import BLIND, Person
from autograder.console import listed, one_line, shown_path
from autograder.errors import CourseError

#: What a column is -> how it is called in rosters of people and of systems, the best first; without blanks and marks.
COLUMNS = {
    "id": (
        "id", "username", "userid", "user", "login", "loginid", "sisloginid", "netid", "eid", "displayid", "student",
        "studentid", "orgdefinedid", "sid", "sisuserid", "idnumber", "matriculationnumber",
    ),
    "name": ("name", "fullname", "studentname", "student"),
    "first": ("firstname", "first", "givenname", "givennames"),
    "last": ("lastname", "last", "surname", "familyname"),
    "email": ("email", "emailaddress", "mail", "emailaddresses"),
    "section": ("section", "sections", "group", "groups", "class"),
    "extension": ("extension", "extendedto", "extensionuntil"),
    "sid": ("sid", "sisuserid", "idnumber", "studentid", "orgdefinedid", "matriculationnumber"),
    "moodle": ("identifier",),
    "blackboard": ("username",),
}  # fmt: skip
#: Systems whose numbers change with each assignment.
CHANGING = ("moodle", "gradescope", "canvas_anonymous")
LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*(?:(w)(?:eeks?)?|(d)(?:ays?)?|(h)(?:(?:ou)?rs?)?|(m)(?:in(?:ute)?s?)?)\b", re.I)
UNITS = ("weeks", "days", "hours", "minutes")


class RosterError(CourseError):
    """The roster cannot be used; the message says why."""


@dataclass(frozen=True)
class Extension:
    """More time for one student: so much more, or until then."""

    more: timedelta | None = None
    until: datetime | None = None

    def after(self, due: datetime) -> timedelta:
        """How much more than the class has the student has."""
        return self.more if self.more is not None else max(timedelta(), (self.until or due) - due)


@dataclass(frozen=True)
class Roster:
    """People who are known.

    Attributes:
        people: all of them.
        extensions: id -> more time.
        is_closed: nobody else belongs to the class.
    """

    people: tuple[Person, ...] = ()
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    is_closed: bool = False

    @cached_property
    def _index(self) -> Mapping[tuple[str, str], Mapping[str, Person]]:
        """What somebody may be known by -> id -> who."""
        index: dict[tuple[str, str], dict[str, Person]] = defaultdict(dict)
        for person in self.people:
            for mark in _marks(person):
                index[mark][person.id] = person
        return index

    def find(self, person: Person) -> list[Person]:
        """Who that may be: one who is sure, or several, or nobody.

        Moodle's number counts with the name only: each assignment has other numbers.
        """
        numbered = self._index.get(("moodle", same(person.ids.get("moodle", ""))), {})
        for known in numbered.values():
            if BLIND.fullmatch(person.name) or sorted(_words(known.name)) == sorted(_words(person.name)):
                return [known]
        if exact := self._index.get(("id", same(person.id)), {}).get(person.id):
            return [exact]
        for mark in _asked(person):
            if found := list(self._index.get(mark, {}).values()):
                return found
        return []

    def is_known(self, word: str) -> bool:
        """Whether exactly one student has that id, address or name."""
        return len(self.find(Person(word, word, word))) == 1

    def near(self, word: str) -> str:
        """The id of whoever is called nearly like that, or ""."""
        called = {same(text): person.id for person in self.people for text in (person.name, person.email, person.id)}
        found = difflib.get_close_matches(same(word), [name for name in called if name], 1, 0.6)
        return called[found[0]] if found else ""


def same(text: str) -> str:
    """A word as it is compared: without case, and with each letter written in one way."""
    return unicodedata.normalize("NFC", " ".join(text.split())).casefold()


def _marks(person: Person) -> Iterator[tuple[str, str]]:
    """What somebody may be known by: (kind, text)."""
    yield from ((system, same(number)) for system, number in person.ids.items())
    yield "id", same(person.id)
    if person.email:
        yield "email", same(person.email)
    if name := _words(person.name):
        yield "name", " ".join(sorted(name))
        yield from (("joined", "".join([*name[turn:], *name[:turn]])) for turn in range(len(name)))


def _asked(person: Person) -> Iterator[tuple[str, str]]:
    """The same of somebody in a download, what is sure first."""
    for system, number in person.ids.items():
        if system not in CHANGING:
            yield system, same(number)
        if system in ("sid", "blackboard", "sakai"):  # what people are called by, too
            yield "id", same(number)
    yield "id", same(person.id)
    for address in filter(None, (person.email, person.id)):
        yield "email", same(address)
    for name in (person.name, person.name.rpartition("-")[2], person.id):
        if words := _words(name):
            yield "name", " ".join(sorted(words))
            yield "joined", "".join(words)


def _words(name: str) -> list[str]:
    return re.findall(r"[^\W_]+", same(name))


def read_roster(path: Path) -> Roster:
    """Read a table of the class, as a person writes it or a system gives it.

    Args:
        path: CSV with a comma, a semicolon or a tab between; columns in any order: id, name (or first and last name),
            email, section, extension. An extension is `2 days`, `48 h`, `1 week`, or a time such as
            2026-02-05T12:00+01:00.

    Raises:
        RosterError: the file cannot be read, names nobody, or one id twice, or an extension that cannot be understood.
    """
    rows = _rows(path)
    people: dict[str, Person] = {}
    extensions: dict[str, Extension] = {}
    for line, row in rows:
        person = _person(row)
        if not person.id:
            continue
        if person.id in people:
            raise RosterError(f"{shown_path(path)}, line {line}: the id {person.id!r} stands there twice.")
        people[person.id] = person
        if text := row.get("extension", "").strip():
            extensions[person.id] = _extension(text, f"{shown_path(path)}, line {line}")
    if not people:
        raise RosterError(f"{shown_path(path)} names nobody. Give it a head such as id,name,email,section,extension.")
    return Roster(tuple(people.values()), extensions, is_closed=True)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Number of the line, and kind of column -> text."""
    try:
        content = path.read_bytes()
        text = _decoded(content)
        first = next((line for line in text.splitlines() if line.strip()), "")
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        lines = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except (OSError, csv.Error) as error:
        raise RosterError(f"{shown_path(path)} cannot be read: {error}.") from error
    if not lines:
        raise RosterError(f"{shown_path(path)} is empty.")
    head = [re.sub(r"[\W_]+", "", name).casefold() for name in lines[0][1]]
    places = _places(head)
    if not places.keys() & {"id", "email", "name", "last"}:
        raise RosterError(f"{shown_path(path)} has no column for students' ids: {listed(lines[0][1])}. Call one `id`.")
    return [
        (line, {kind: row[place].strip() for kind, place in places.items() if place < len(row)})
        for line, row in lines[1:]
        if "pointspossible" not in re.sub(r"\W", "", row[0]).casefold()  # a row that Canvas puts there
    ]


def _decoded(content: bytes) -> str:
    encoding = json.detect_encoding(content)
    if encoding.startswith("utf-8"):
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")
    return content.decode(encoding, "replace").lstrip("\ufeff")


def _places(head: list[str]) -> dict[str, int]:
    """Kind of column -> its place. In Canvas's table `ID` is Canvas's own number, and `Student` the name."""
    names = {name: place for place, name in reversed(list(enumerate(head)))}
    own = {"canvas": names.pop("id")} if "id" in names and {"sisloginid", "sisuserid"} & set(names) else {}
    found = {kind: next((names[name] for name in called if name in names), -1) for kind, called in COLUMNS.items()}
    if found["id"] == found["name"]:
        found["name"] = -1
    return {kind: place for kind, place in (found | own).items() if place >= 0}


def _person(row: Mapping[str, str]) -> Person:
    first_last = " ".join(filter(None, (row.get("first", ""), row.get("last", ""))))
    name = first_last or row.get("name", "")
    last, comma, first = name.partition(",")
    name = f"{first.strip()} {last.strip()}" if comma and first.strip() else name
    ids = {system: row[system] for system in ("canvas", "sid", "blackboard") if row.get(system)}
    if number := re.search(r"\d+$", row.get("moodle", "")):
        ids["moodle"] = number[0]
    known_by = row.get("id") or row.get("email") or name
    return Person(unicodedata.normalize("NFC", known_by), name, row.get("email", ""), row.get("section", ""), ids)


def _extension(text: str, where: str) -> Extension:
    """`2 days`, `48h`, `1 day 12 h`, a time, or a day, which counts to its end."""
    parts = LENGTH.findall(text)
    if parts and not re.sub(r"[\s,+]|and", "", LENGTH.sub("", text)):
        units = [(UNITS[found.index(next(filter(None, found)))], float(number)) for number, *found in parts]
        return Extension(more=sum((timedelta(**{unit: number}) for unit, number in units), timedelta()))
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise RosterError(
            f"{where}: {one_line(text)!r} is no extension such as `2 days`, `48 h` or 2026-02-05T12:00+01:00."
        ) from None
    return Extension(until=as_utc(until + timedelta(days=1) if len(text) == 10 else until, UTC))


def roster_of(people: Iterable[Person]) -> Roster:
    """Those who are known from before; others may come."""
    merged: dict[str, Person] = {}
    for person in people:
        had = merged.get(person.id, person)
        merged[person.id] = replace(
            had,
            name=had.name or person.name,
            email=had.email or person.email,
            section=had.section or person.section,
            ids={**had.ids, **person.ids},
        )
    return Roster(tuple(merged.values()))
