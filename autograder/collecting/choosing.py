"""Which of the files that a student has handed in is the lesson's notebook: the newest attempt's, by time, then name,
then content; where none of these decides, none."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder import stored
from autograder.collecting.attempts import Attempt
from autograder.collecting.layouts import COPY, Owned
from autograder.collecting.tree import ARCHIVE, DAMAGE, Member
from autograder.console import LONGEST_NAME, listed, one_line, shortened, writable
from autograder.lesson_names import lesson_in
from autograder.submission.reading import MAX_FILE, Refused, read_notebook
from autograder.submission.recognise import may_be_notebook, which_lesson

#: Of one student not more files are opened to find the lesson in them.
MAX_OF_ONE = 20


#: What nbgrader lays beside a notebook.
RECEIPTS = ("timestamp.txt", "submission_secret.txt")
#: A file that may count, and the attempt that it is of.
Candidate = tuple[Attempt, Owned]


class Missing(Refused):
    """A student handed in no notebook of the lesson."""


@dataclass(frozen=True)
class Choice:
    """The file that counts.

    Attributes:
        attempt: of which it is.
        file: the file.
        path: where it lies on disk.
        notes: what else was there, and why it does not count.
    """

    attempt: Attempt
    file: Owned
    path: Path
    notes: tuple[str, ...]


class Chooser:
    """Chooses for one student after another.

    Args:
        lesson: its name.
        folder: an empty one, for what lies in archives.
    """

    def __init__(self, lesson: str, folder: Path) -> None:
        self.lesson, self.folder = lesson, folder
        self._copied, self._left = 0, 0
        self._paths: dict[int, Path] = {}  # by the member's identity: an archive may hold one name twice

    def choose(self, attempts: Sequence[Attempt]) -> Choice:
        """The file that counts of all attempts of a student.

        Raises:
            Missing: there is none of the lesson.
            Refused: there are several, and nothing decides; or what there is cannot be used.
        """
        self._left = MAX_FILE
        groups = _newest_first(attempts)
        for number, group in enumerate(groups):
            files = [(attempt, owned) for attempt in group for owned in attempt.files]
            if not (candidates := self._named(files) or self._by_content(files)):
                continue
            attempt, owned, notes = self._decided(candidates)
            notes += _other_attempts(groups, number)
            notes += self._besides(owned, [other for _, other in candidates], [other for _, other in files])
            return Choice(attempt, owned, self.path(owned), tuple(notes))
        given = [owned for attempt in attempts for owned in attempt.files]
        for owned in given:
            _refuse_link(owned.member)
        raise Missing(f"nothing handed in.{self._hint(given)}")

    def path(self, owned: Owned) -> Path:
        """The file on disk under the name that the student gave it: with limits, it is copied out of an archive.

        Raises:
            Refused: it is a link.
        """
        member = owned.member
        _refuse_link(member)
        name = PurePosixPath(owned.file).name
        if member.path and member.path.name == name:
            return member.path
        if id(member) not in self._paths:
            self._copied += 1
            name = re.sub(r'[\x00-\x1f/\\:*?"<>|\ud800-\udfff]', "_", name)[-100:]
            if "canvas" in owned.told:  # which numbers what is handed in again
                name = re.sub(r"-\d+(?=\.\w+$)", "", name)
            path = self._paths[id(member)] = self.folder / str(self._copied) / name
            path.parent.mkdir()
            self._left -= _copy(member, path, self._left)
        return self._paths[id(member)]

    def _named(self, files: list[Candidate]) -> list[Candidate]:
        """The files that are called like the lesson."""
        return [one for one in files if _may_be(one) and _lesson_by_name(one) == self.lesson]

    def _by_content(self, files: list[Candidate]) -> list[Candidate]:
        """The files, called anything but another lesson, that hold the lesson's cells."""
        odd = [one for one in files if _may_be(one) and not _lesson_by_name(one)]
        odd.sort(key=lambda one: ".ipynb" not in one[1].file.lower())
        return [one for one in odd[:MAX_OF_ONE] if self._lesson_and_text(one[1])[0] == self.lesson]

    def _lesson_and_text(self, owned: Owned) -> tuple[str, tuple[str, ...]]:
        """Which lesson a file is of, "" if of none or if it cannot be read, and the text of its cells."""
        with contextlib.suppress(Exception):  # whatever is wrong with one file stops nobody
            cells = read_notebook(self.path(owned)).cells
            return which_lesson(cells), tuple(cell.source.rstrip() for cell in cells)
        return "", ()

    def _decided(self, candidates: list[Candidate]) -> tuple[Attempt, Owned, list[str]]:
        """The one that counts of files that may all be meant, and a note on the others."""
        if len(candidates) == 1:
            return *candidates[0], []
        looked_at = sorted(candidates, key=lambda one: _likely(one[1], self.lesson))[:MAX_OF_ONE]
        read = {id(owned): self._lesson_and_text(owned) for _, owned in looked_at}
        fitting = [(a, owned) for a, owned in looked_at if read[id(owned)][0] == self.lesson]
        released = _released(self.lesson)
        worked = [(a, owned) for a, owned in fitting if not released.issuperset(read[id(owned)][1])]
        left = worked or fitting or candidates
        distinct = {read[id(owned)][1] if fitting else owned.member.name: (a, owned) for a, owned in reversed(left)}
        if len(distinct) > 1:
            left = _highest_copy(left)
        if len(distinct) > 1 and len(left) > 1:
            names = [_shown(owned.member) for _, owned in left]
            raise Refused(f"{len(left)} files may be the notebook: {listed(names)}. Leave the one that counts.")
        others = [_shown(owned.member) for _, owned in candidates if owned is not left[0][1]]
        return *left[0], [f"there too and not used: {listed(others)}."]

    def _besides(self, owned: Owned, candidates: list[Owned], files: list[Owned]) -> list[str]:
        """A note on other files in the notebook's folder, if there are any but notebooks of other lessons."""
        folder, names = PurePosixPath(owned.file).parent, stored.lessons()
        meant = set(map(id, candidates))
        others = [
            writable(PurePosixPath(other.file).name)
            for other in files
            if id(other) not in meant
            and PurePosixPath(other.file).parent == folder
            and not lesson_in(PurePosixPath(other.file).name, names)
            and PurePosixPath(other.file).name not in RECEIPTS
        ]
        return [f"handed in besides and not used: {listed(sorted(others))}."] if others else []

    def _hint(self, files: list[Owned]) -> str:
        """What was probably meant, where the notebook is not found."""
        names = sorted(owned.file for owned in files)
        near = [name for name in names if name.lower().endswith(".ipynb")]
        closed = [name for name in names if ARCHIVE.search(name) or name.lower().endswith((".7z", ".rar", ".gz"))]
        if closed:
            return f" {_quoted(closed[0])} is an archive that cannot be opened: hand in the notebook itself."
        if near:
            return f" {_quoted(near[0])} is not {self.lesson}." if len(near) == 1 else f" None of {listed(near)} is it."
        return f" There are only {listed(names)}." if names else ""


def _newest_first(attempts: Sequence[Attempt]) -> list[list[Attempt]]:
    """Attempts with files, the newest first; those that neither time nor order tells apart stand together."""
    given = [attempt for attempt in attempts if attempt.files]
    if any(attempt.when is None for attempt in given):
        ages = {attempt.order for attempt in given}
        return [[attempt for attempt in given if attempt.order == age] for age in sorted(ages, reverse=True)]
    times = sorted({attempt.when for attempt in given if attempt.when}, reverse=True)
    return [[attempt for attempt in given if attempt.when == when] for when in times]


def _other_attempts(groups: list[list[Attempt]], used: int) -> list[str]:
    """Notes on the attempts that do not count."""
    names = [f"{one.when:%Y-%m-%d %H:%M:%S}" if one.when else one.mark or one.place[0] for one, *_ in groups]
    notes = [f"earlier attempts, not used: {listed(names[used + 1 :])}."] if names[used + 1 :] else []
    return notes + ([f"later attempts without a notebook of the lesson: {listed(names[:used])}."] if used else [])


def _highest_copy(files: list[Candidate]) -> list[Candidate]:
    """Of files that are numbered copies of one, `00_welcome (2).ipynb`, the one with the highest number; else all."""
    copies = [_copy_of(owned) for _, owned in files]
    if len({original for original, _ in copies}) > 1:
        return files
    highest = max(number for _, number in copies)
    best = [pair for pair, (_, number) in zip(files, copies) if number == highest]
    return best if len(best) == 1 else files


def _copy_of(owned: Owned) -> tuple[PurePosixPath, int]:
    """Of what a file is a numbered copy, and which: 0 for what is none."""
    path = PurePosixPath(owned.file)
    match = re.fullmatch(rf"(?P<name>.+?)(?P<copy>{COPY})", path.stem)
    name, copy = (match["name"], match["copy"]) if match else (path.stem, "")
    return path.with_name(name), int(re.sub(r"\D", "", copy) or 0)


def _likely(owned: Owned, lesson: str) -> tuple[bool, int]:
    """What is looked at first: the file that is called as it should be, then the highest copy."""
    return PurePosixPath(owned.file).name != f"{lesson}.ipynb", -_copy_of(owned)[1]


def _released(lesson: str) -> set[str]:
    return {"".join(cell["source"]).rstrip() for cell in stored.lesson(lesson)["released"]["cells"]}


def _may_be(candidate: Candidate) -> bool:
    return may_be_notebook(PurePosixPath(candidate[1].file).name)


def _lesson_by_name(candidate: Candidate) -> str:
    return lesson_in(PurePosixPath(candidate[1].file).name, stored.lessons())


def _refuse_link(member: Member) -> None:
    if member.is_link:
        name = shortened(one_line(member.parts[-1]), LONGEST_NAME)
        raise Refused(f"{name} is a link to another place, and links are not followed. Hand in the file.")


def _copy(member: Member, path: Path, most: int) -> int:
    """Write a file, and return its size; of a huge one only that, and of a damaged one what there is: reading tells."""
    with open(path, "wb") as file:
        if member.size > most:
            file.truncate(MAX_FILE + 1)
            return 0
        for chunk in _chunks(member):
            file.write(chunk)
            if file.tell() > most:
                break
        return file.tell()


def _chunks(member: Member) -> Iterator[bytes]:
    """What can be read of a file."""
    with contextlib.suppress(*DAMAGE), member.opened() as source:
        while chunk := source.read(2**20):
            yield chunk


def _shown(member: Member) -> str:
    return writable("/".join(member.parts[-2:]))


def _quoted(name: str) -> str:
    return repr(shortened(writable(name), 100))
