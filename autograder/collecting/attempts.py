"""What each student has handed in at one time: made from the places of a layout, and from what the system tells beside.

Names, ids, addresses and times are taken from what the system has written, never from what a student can write.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from os.path import commonprefix

import yaml

from autograder.collecting.layouts import SHELVES, Laid, Owned, compiled
from autograder.collecting.moments import moment
from autograder.collecting.people import BLIND, Person
from autograder.collecting.tree import DAMAGE, Member, Tree
from autograder.lesson_names import is_called

#: Layouts in which folders and files are called like their student.
PLAIN = ("folders", "files", "github", "nbgrader")
#: Layouts whose paths tell a time, and not in which zone.
WITHOUT_ZONE = ("blackboard", "brightspace")
#: Of a file in which a system tells facts so much is read.
MAX_FACTS = 100_000_000


@dataclass(frozen=True)
class Attempt:
    """Files that one student has handed in at one time.

    Attributes:
        key: the same for all attempts of one student, and for no other student.
        person: who, as the download tells it; `id` is a proposal.
        place: the path to it.
        files: what the student had, none if the place is empty.
        mark: the attempt's number or time as the system writes it, or "".
        when: in UTC; None if nothing tells.
        late: what the system says; None if it says nothing.
        order: which of several attempts is newer, where no time tells.
        notes: sentences on these.
    """

    key: tuple[str, ...]
    person: Person
    place: tuple[str, ...]
    files: tuple[Owned, ...] = ()
    mark: str = ""
    when: datetime | None = None
    late: bool | None = None
    order: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


def attempts_of(laid: Laid, tree: Tree, lesson: str) -> list[Attempt]:
    """All attempts of all students of a class, in the order of their places."""
    read = {"gradescope": _gradescope, "blackboard": _blackboard, "sakai": _sakai, "nbgrader": _nbgrader}
    attempts = list(read.get(laid.layout, _plain)(laid, tree, lesson))
    if laid.layout in WITHOUT_ZONE and any(attempt.when for attempt in attempts):
        laid.assumed.append("The download tells times without a time zone: where no receipt has one, UTC is taken.")
    return _apart(attempts)


def _plain(laid: Laid, tree: Tree, lesson: str) -> Iterator[Attempt]:
    """Attempts of layouts that tell all in their paths."""
    found: dict[tuple, list[Owned]] = defaultdict(list)
    for owned in [*laid.owned, *_empty(laid, lesson)]:
        if owned.told.get("lesson", lesson) == lesson:
            found[owned.place if laid.layout in PLAIN else _key(owned.told), _mark(owned), _order(owned)].append(owned)
    for (_, mark, order), files in found.items():
        told = files[0].told
        yield Attempt(
            key=_key(told),
            person=_person(told),
            place=files[0].place,
            files=tuple(owned for owned in files if owned.file),
            mark=mark,
            when=moment(told["when"]) if "when" in told else None,
            late=any("late" in owned.told for owned in files) if {"canvas", "anonymous"} & set(told) else None,
            order=order,
        )


def _mark(owned: Owned) -> str:
    """The time or the number of an attempt, as its path has it."""
    version = re.match(r"(?:.*?/)?(Version \d+)/", owned.file) if set(SHELVES) & set(owned.place[:-1]) else None
    return version[1] if version else owned.told.get("when", "")


def _order(owned: Owned) -> tuple[int, ...]:
    """How new a file is that stands in a system's own folders, where no time is told; () where it does not."""
    shelf = next((SHELVES.index(part) for part in owned.place[:-1] if part in SHELVES), None)
    return () if shelf is None else (shelf, int(re.sub(r"\D", "", _mark(owned)) or 0))


def _empty(laid: Laid, lesson: str) -> Iterator[Owned]:
    """The places that hold nothing, as files without a name."""
    for place in laid.empty:
        nothing = Member(place, 0, lambda: io.BytesIO())
        told: Mapping[str, str] = {"id": place[-1].removeprefix(laid.prefix)}
        if laid.layout not in PLAIN:
            match = compiled(laid.layout, lesson).fullmatch(f"{place[-1]}/x")
            told = {name: text for name, text in match.groupdict().items() if text} if match else told
        yield Owned(nothing, place, told, "")


def _key(told: Mapping[str, str]) -> tuple[str, ...]:
    """What tells a student from all others in one download."""
    for system in ("canvas", "anonymous", "sakai"):
        if system in told:
            return system, told[system]
    if "moodle" in told or "brightspace" in told:
        return told["name"], told.get("moodle") or told["brightspace"]
    return ("id", told.get("id", ""))


def _person(told: Mapping[str, str]) -> Person:
    """Who is told by a path."""
    name, anonymous = told.get("name", ""), told.get("anonymous")
    ids = {system: told[system] for system in ("moodle", "canvas", "sakai", "brightspace", "sid") if system in told}
    if "canvas" in told:
        return Person(f"{name}_{told['canvas']}", name, ids=ids)
    if "sakai" in told:
        return Person(told["sakai"], _turned(name), ids=ids)
    if "name" in told:
        return Person(told.get("sid") or name, name, ids=ids)
    return Person(told.get("id") or anonymous or "", "", ids={"canvas_anonymous": anonymous[5:]} if anonymous else {})


def _turned(name: str) -> str:
    """`Ada Lovelace` for `Lovelace, Ada`."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma else name


def _apart(attempts: Sequence[Attempt]) -> list[Attempt]:
    """The attempts, where namesakes have their number in their id."""
    people = {attempt.key: attempt.person for attempt in attempts}
    names = Counter(person.id for person in people.values())

    def apart(attempt: Attempt) -> Attempt:
        person, number = attempt.person, _number(attempt.person)
        if not number or (names[person.id] == 1 and not BLIND.fullmatch(person.name)):
            return attempt
        told = f"only the number {number} tells who this is: others are called {person.name!r}, too."
        if "moodle" in person.ids:
            told += " Moodle gives everybody another one in each assignment; a roster with addresses helps."
        return replace(attempt, person=replace(person, id=f"{person.id}_{number}"), notes=(*attempt.notes, told))

    return list(map(apart, attempts))


def _number(person: Person) -> str:
    """The number that tells somebody from a namesake, if the id is only a name."""
    return (person.ids.get("moodle") or person.ids.get("brightspace") or "") if person.id == person.name else ""


# What systems tell in files


def _gradescope(laid: Laid, tree: Tree, lesson: str) -> Iterator[Attempt]:
    """A submission may have several submitters: it is each one's."""
    facts = _metadata(laid, tree)
    places: dict[tuple[str, ...], list[Owned]] = {place: [] for place in laid.empty}
    for owned in laid.owned:
        places.setdefault(owned.place, []).append(owned)
    for place, files in places.items():
        name = place[-1].removesuffix(".zip")
        found = facts.get(name, {})
        when = moment(str(found.get(":created_at", ""))) if isinstance(found, dict) else None
        who = list(_submitters(found)) or [Person(files[0].told.get("id", name) if files else name)]
        for person in who:
            ids = {**person.ids, "gradescope": name.removeprefix("submission_")}
            notes = () if found else (f"the download's metadata do not say whose {name} is.",)
            key = ("gradescope", person.id)
            own = tuple(owned for owned in files if owned.file)
            yield Attempt(key, replace(person, ids=ids), place, own, "", when, notes=notes)


def _metadata(laid: Laid, tree: Tree) -> dict:
    """Gradescope's own file beside the submissions: YAML with Ruby's symbols; tags are not followed."""
    for member in tree.members:
        if len(member.parts) == laid.level + 1 and member.parts[-1] == "submission_metadata.yml":
            try:
                found = yaml.load(_text(member), Loader=yaml.BaseLoader)
            except (yaml.YAMLError, RecursionError):
                return {}
            return found if isinstance(found, dict) else {}
    return {}


def _submitters(facts: object) -> Iterator[Person]:
    """Known by the student id, else by the address, else by the name."""
    submitters = facts.get(":submitters") if isinstance(facts, dict) else None
    for one in submitters if isinstance(submitters, list) else []:
        told = {key: str(one.get(f":{key}") or "").strip() for key in ("name", "sid", "email")} if one else {}
        known_by = told.get("sid") or told.get("email") or told.get("name")
        if known_by:
            ids = {"sid": told["sid"]} if told["sid"] else {}
            yield Person(known_by, told["name"], told["email"], ids=ids)


def _blackboard(laid: Laid, tree: Tree, lesson: str) -> Iterator[Attempt]:
    """Names of files hold assignment and user, both with underscores: receipts tell them apart, else what is common."""
    groups: dict[tuple[str, str], list[Owned]] = defaultdict(list)
    for owned in laid.owned:
        if "head" in owned.told:
            groups[owned.told["head"], owned.told["when"]].append(owned)
    yield from _plain(replace(laid, owned=[owned for owned in laid.owned if "head" not in owned.told]), tree, lesson)
    receipts = {key: _receipt(files) for key, files in groups.items()}
    told = {head.removesuffix(r["user"]) for (head, _), r in receipts.items() if head.endswith(f"_{r.get('user')}")}
    title = told.pop() if len(told) == 1 else _common({head for head, _ in groups}, lesson)
    if not told and not any(receipts.values()):
        laid.assumed.append(f"There are no receipts (.txt) in the download: its assignment is taken to be {title!r}.")
    for (head, when), files in groups.items():
        receipt = receipts[head, when]
        user = receipt.get("user", "")
        user = user if head.endswith(f"_{user}") else head.removeprefix(title) or head
        person = Person(user, receipt.get("name", ""), ids={"blackboard": user})
        own = tuple(owned for owned in files if owned.file)
        at = moment(receipt.get("when", "")) or moment(when)
        yield Attempt(("blackboard", user), person, files[0].place, own, when, at)


def _receipt(files: Sequence[Owned]) -> dict[str, str]:
    """What the receipt of an attempt says: its first lines are the system's, what follows is the student's."""
    for owned in files:
        if "facts" in owned.told:
            head = _text(owned.member)[:2_000].splitlines()[:4]
            lines = dict(line.partition(":")[::2] for line in head)
            match = re.fullmatch(r"\s*(?P<name>.*?)\s*\((?P<user>[^()]+)\)\s*", lines.get("Name", ""))
            return {**(match.groupdict() if match else {}), "when": lines.get("Date Submitted", "")}
    return {}


def _common(heads: set[str], lesson: str) -> str:
    """The assignment's name, with which all heads begin, to the last underscore that they have in common."""
    if len(heads) > 1:
        return commonprefix(list(heads)).rpartition("_")[0] + "_"  # noqa: RUF071  (letter by letter is meant)
    [head] = heads
    begin = head.partition("_")[0]
    return f"{begin if is_called(lesson, begin.lower()) else head.rpartition('_')[0]}_"


def _sakai(laid: Laid, tree: Tree, lesson: str) -> Iterator[Attempt]:
    """The time stands in a file beside the student's folder of attachments, and in the list of grades."""
    listed = _sakai_list(laid, tree)
    times = {
        _key(owned.told): moment(_text(owned.member).strip()[:40])
        for owned in laid.owned
        if owned.told.get("facts") == "timestamp.txt"
    }
    for attempt in _plain(laid, tree, lesson):
        row = listed.get(attempt.person.id, {})
        when = times.get(attempt.key) or moment(row.get("submission date", ""))
        late = {"late": True, "true": True, "on time": False, "false": False}.get(
            row.get("late submission", "").lower()
        )
        ids = {**attempt.person.ids, **({"sid": row["id"]} if row.get("id") else {})}
        yield replace(attempt, person=replace(attempt.person, ids=ids), when=when, late=late)


def _sakai_list(laid: Laid, tree: Tree) -> dict[str, dict[str, str]]:
    """Login -> row of grades.csv, whose head is its third line."""
    for member in tree.members:
        if member.parts[laid.level :] == ("grades.csv",):
            rows = list(csv.reader(io.StringIO(_text(member))))
            head = next((row for row in rows if row and row[0].strip().lower() == "display id"), [])
            names = [name.strip().lower() for name in head]
            found = [dict(zip(names, row)) for row in rows[rows.index(head) + 1 :]] if head else []
            return {row.get("display id", ""): row for row in found}
    return {}


def _nbgrader(laid: Laid, tree: Tree, lesson: str) -> Iterator[Attempt]:
    """What `nbgrader collect` has put into `submitted/`, a file with the time in each folder.

    `nbgrader submit` runs as the student and writes that file: whoever wants to can change it. The exchange's folders,
    and times given by the teacher, are better.
    """
    laid.assumed.append("Times are those of timestamp.txt, which students can change; --times counts for more.")
    for attempt in _plain(laid, tree, lesson):
        stamps = [owned for owned in attempt.files if owned.file == f"{lesson}/timestamp.txt"]
        yield replace(attempt, when=moment(_text(stamps[0].member).strip()[:60]) if stamps else None)


def _text(member: Member) -> str:
    try:
        with member.opened() as file:
            return file.read(MAX_FACTS).decode("utf-8-sig", "replace")
    except DAMAGE:
        return ""
