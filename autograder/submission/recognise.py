"""Tell which of the course's lessons a notebook is, and what it is if it is none, whatever the file is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from autograder import stored
from autograder.console import LONGEST_NAME, listed, one_line, shortened
from autograder.submission.reading import Handed, HandedCell, Refused, read_notebook

#: Endings under which notebooks arrive: browsers and mail programs add some, tools compress, people say `.ipynb_old`.
NOTEBOOK = re.compile(r"\.(ipynb.*|json|txt|gz|bz2|xz|zip|bak|old|orig|download|nb)$")
#: What is found of a lesson in a notebook without its name: a mark may be chance.
FEWEST_MARKS = 2
#: A notebook that has so many times more of another lesson is that one.
FAR_MORE = 3
#: Shorter lines are in any notebook.
SHORTEST_LINE = 12
BOUND = re.compile(r"^(?:(?:async )?def|class)\s+(\w+)|^(\w+)\s*=(?!=)", re.MULTILINE)


def may_be_notebook(name: str) -> bool:
    """Whether a file of that name can be a notebook at all: `03.ipynb`, `03.ipynb.json`, `03.IPYNB.gz`, `03`."""
    endings = [ending.lower() for ending in Path(name).suffixes[-2:]]
    return not endings or any(map(NOTEBOOK.match, endings)) or not re.fullmatch(r"\.[a-z]\w*", endings[-1])


def which_lesson(cells: Sequence[HandedCell]) -> str:
    """The lesson that these cells are of, or "": by ids, by lines of its text, by names of its exercises."""
    return _best(_shares(cells))


def read_lesson(lesson: str, path: Path) -> Handed:
    """Read a notebook that was handed in for a lesson.

    Raises:
        Refused: the file is no notebook, or one of another lesson, course or language.
    """
    handed = read_notebook(path)
    name = shortened(one_line(path.name), LONGEST_NAME)
    if told := what_else(lesson, handed):
        raise Refused(f"{name} is not {lesson or 'of any lesson'}: {told} Hand in your notebook of the lesson.")
    renamed = () if path.name == f"{lesson}.ipynb" else (f"{name} was taken for {lesson}.ipynb.",)
    return replace(handed, notes=(*renamed, *handed.notes))


def what_else(lesson: str, handed: Handed) -> str:
    """A sentence on what a notebook is that has nothing, or far less than of another, of a lesson; else ""."""
    if lesson and lesson not in own_marks():
        return ""  # one that is being written, and not built yet
    shares = _shares(handed.cells)
    other = _best(shares)
    is_python = not handed.language or "python" in handed.language.lower()
    if shares.get(lesson) and (shares[other] < FAR_MORE * shares[lesson] if other else is_python):
        return ""
    if other and other != lesson:
        return f"this is {other}."
    if not any(cell.source.strip() for cell in handed.cells):
        return "it is an empty notebook."
    if not is_python:
        return f"this is a notebook in {shortened(one_line(handed.language), 40)}."
    foreign, title = _foreign(handed.cells), _title(handed.cells)
    if foreign:
        return f"this is another course's notebook{title}; its exercises are called {shortened(listed(foreign), 200)}."
    return f"this is another notebook{title}; nothing of the lesson is in it."


def _best(shares: dict[str, float]) -> str:
    best = max(shares, key=lambda lesson: shares[lesson])
    return best if shares[best] * len(own_marks()[best]) >= FEWEST_MARKS else ""


def _shares(cells: Sequence[HandedCell]) -> dict[str, float]:
    """Lesson -> how much of it the cells bear, 0 to 1; names alone count for nothing beside another course's ids."""
    ids = {f"id {name}" for cell in cells for name in (cell.grade_id, cell.id) if name}
    lines = {f"line {line}" for cell in cells for line in _lines(cell.source)}
    names = {f"name {name}" for cell in cells if cell.kind != "markdown" for name in _bound(cell.source)}
    found = ids | lines
    if not _foreign(cells) or any(own & found for own in own_marks().values()):
        found |= names
    return {lesson: len(own & found) / len(own) for lesson, own in own_marks().items()}


@cache
def own_marks() -> dict[str, set[str]]:
    """Lesson -> its ids and lines that no other lesson has, and the names of its exercises."""
    everywhere = Counter(mark for marks in _all_marks().values() for mark in marks)
    return {lesson: {mark for mark in marks if everywhere[mark] == 1} for lesson, marks in _all_marks().items()}


@cache
def _all_marks() -> dict[str, set[str]]:
    return {lesson: set(_marks_of(lesson)) for lesson in stored.lessons()}


def _marks_of(lesson: str) -> Iterator[str]:
    facts = stored.lesson.__wrapped__(lesson)  # not kept: all lessons' files together are large
    for cell in facts["released"]["cells"]:
        yield f"id {cell['id']}"
        yield from (f"line {line}" for line in _lines("".join(cell["source"])))
    yield from (f"name {name}" for name in facts["exercises"])


@lru_cache(2_000)  # most cells are as they were released, in all notebooks
def _lines(source: str) -> tuple[str, ...]:
    """Lines of some length, in small ASCII letters and digits: encodings and editors change the rest."""
    lines = (line.strip() for line in re.sub(r"[^a-z0-9\n]+", " ", source.lower()).split("\n"))
    return tuple(line for line in lines if len(line) >= SHORTEST_LINE)


def _bound(source: str) -> Iterator[str]:
    return (first or second for first, second in BOUND.findall(source))


def _foreign(cells: Iterable[HandedCell]) -> list[str]:
    """nbgrader's ids of cells that are in no lesson."""
    known = _all_marks().values()
    ids = {cell.grade_id for cell in cells if cell.grade_id}
    return sorted(one_line(name) for name in ids if not any(f"id {name}" in marks for marks in known))


def _title(cells: Iterable[HandedCell]) -> str:
    """The first heading, in brackets, or ""."""
    for cell in cells:
        if cell.kind == "markdown" and (match := re.search(r"^#+ +(.+)", cell.source, re.MULTILINE)):
            return f" ({shortened(one_line(match[1]).strip(), 80)!r})"
    return ""
