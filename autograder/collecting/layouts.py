"""Find out in which layout a class's files lie, and whose each is: by the whole tree, never by one file.

Whoever hands in can put anything below the place that stands for them, and nothing beside it. So the layout is what
most of the places at one level look like, each place below which people hand in counts once however much is in it, and
the outermost level wins: nobody can put a file into another's name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder import stored
from autograder.collecting.tree import ARCHIVE, Member, Tree
from autograder.lesson_names import lesson_in

#: Layouts that learning management systems give, by the path from the level that names students; of groups with the
#: names of systems, each is what that system calls the student. Names of people have none of the marks in them that
#: follow; names that people give to files come last.
PATTERNS = {
    "moodle": r"(?P<name>[^/]+?)_(?P<moodle>\d+)_assignsubmission_(?:file(?:_?/|_|$)(?P<file>.*)|(?P<facts>[a-z]+.*))",
    "blackboard": r"(?P<head>[^/]+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|(?P<facts>\.txt))",
    "canvas": r"(?:(?P<name>[^/]+?)_(?P<late>LATE_)?(?P<canvas>\d+)|(?P<late_>LATE_)?(?P<anonymous>anon_[^/_]+))"
    r"_(?!{lesson})(?P<order>\d+)_(?P<file>.+)"
    r"|(?P<name_>[^/]+?)_(?:LATE_)?(?P<canvas_>\d+)_(?P<facts>(text|link)\.html)",
    "exchange": r"(?P<id>[^/+]+)\+(?P<lesson>[^/+]+)\+(?P<when>\d{4}-[^/+]+)(?:\+[^/]*)?/(?P<file>.+)",
    "sakai": r"(?P<name>[^/]*?)\s*\((?P<sakai>[^/()]+)\)[/_]"
    r"(?:Submission attachment\(s\)[/_](?P<file>.+)|(?P<facts>.+))",
    "gradescope": r"(?P<gradescope>submission_\d+)(?:\.zip)?/(?P<file>.+)",
    "brightspace": r"(?P<brightspace>\d+)-\d+ - (?:(?P<sid>[^/ ]*\d{4}[^/ ]*) - )?(?P<name>[^/]+?) ?- "
    r"(?P<when>[^/]*?\b\d{4}\b[^/]*?)(?:/| - )(?P<file>.+)",
}
#: What a layout has besides its names, without which these may be chance: a part of a path.
EVIDENCE = {"sakai": r"Submission attachment\(s\)|grades\.(csv|xlsx?)", "gradescope": r"^submission_metadata\.yml$"}
#: Layouts that put students' folders into some more of their own, of which the last one that holds something counts.
SHELVES = ("Working files", "Submitted files")
#: Folders of the course itself: they stand for nobody.
COURSE = {"notebooks", "solutions", "batchnorm", "batchnorm-course", "batchnorm_course", "submitted", "source", "data"}
#: Files beside the students' that systems and teachers put there.
NEUTRAL = re.compile(r"(?!.*\.ipynb).*\.(csv|tsv|xlsx?|ods|ya?ml|html?|txt|log|md|pdf|jsonl?)", re.IGNORECASE)
#: Of these, what is looked at, or what no student can have handed in.
FACTS = re.compile(r"submission_metadata\.yml|grades\.(csv|xlsx?)|index\.html", re.IGNORECASE)
#: What stands behind a name.
STEM = re.compile(r"(\.(ipynb|json|txt|zip|tar|gz|bz2|xz|tgz))+$", re.IGNORECASE)
#: The number of a copy, behind a name: `(2)`, `-2`, ` 2`.
COPY = r"(?:[ _-]?\(\d+\)|[ _-]\d+)?"
#: Of the places at a level at least so many must look alike.
MOST = 0.5


@dataclass(frozen=True)
class Owned:
    """A file, and whose it is.

    Attributes:
        place: the path to what stands for the student, the same for all files of one student's attempt.
        told: what the path says, by the groups of `PATTERNS`; of a plain folder only `id`.
        file: the file as the student had it, "" for what the system has put there.
    """

    member: Member
    place: tuple[str, ...]
    told: Mapping[str, str]
    file: str


@dataclass(frozen=True)
class Laid:
    """How a class's files lie.

    Attributes:
        layout: its name: one of `PATTERNS`, or "folders", "files", "github", "nbgrader".
        level: how many folders lie around the places that stand for students.
        owned: the students' files.
        empty: places that stand for a student and hold no file.
        nobodys: files and folders that are nobody's.
        assumed: what was not certain, in sentences.
        prefix: with what all folders begin, before what the student is called.
    """

    layout: str
    level: int
    owned: list[Owned]
    empty: list[tuple[str, ...]] = field(default_factory=list)
    nobodys: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)
    prefix: str = ""


def lay_out(tree: Tree, lesson: str, is_known: Callable[[str], bool]) -> Laid:
    """Find the layout of a tree, and whose each file is.

    Args:
        is_known: whether a student is called so; decides where the tree alone does not.
    """
    units = Units(tree, lesson)
    for level in range(units.branching + 3):
        fits = {name: units.share(level, compiled(name, lesson)) for name in PATTERNS if units.is_evident(name, level)}
        best = max(fits, key=lambda name: fits[name], default="")
        # Below where the class branches, names are the students' own.
        if best and (fits[best] > MOST or (fits[best] == MOST and level <= units.branching)):
            return _by_pattern(units, best, level, lesson)
    return _by_level(units, units.student_level(is_known), lesson)


def compiled(layout: str, lesson: str) -> re.Pattern:
    return re.compile(PATTERNS[layout].replace("{lesson}", re.escape(lesson)), re.DOTALL)


class Units:
    """The places of a tree, level by level: folders, and files of which each may be a student's.

    Attributes:
        branching: the outermost level with more than one place.
    """

    def __init__(self, tree: Tree, lesson: str) -> None:
        self.tree, self.lesson = tree, lesson
        self.works = [member for member in tree.members if not NEUTRAL.fullmatch(member.parts[-1])]
        self.below: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
        self.inside: dict[tuple[str, ...], list[Member]] = defaultdict(list)
        for parts in [*tree.folders, *(member.parts for member in self.works)]:
            for end in range(len(parts)):
                self.below[parts[:end]].add(parts[: end + 1])
        for member in self.works:
            for end in range(1, len(member.parts)):
                self.inside[member.parts[:end]].append(member)
        self.branching = len(self._trunk())

    def at(self, level: int) -> list[tuple[str, ...]]:
        """The places at a level."""
        return sorted(place for parent, places in self.below.items() if len(parent) == level for place in places)

    def share(self, level: int, pattern: re.Pattern) -> float:
        """How much of the class fits a pattern at a level: the mean over all that the class branches into."""
        fitting: dict[tuple[str, ...], list[bool]] = defaultdict(list)
        places: dict[tuple[str, ...], bool] = {}
        for member in self.works:
            place = member.parts[: level + 1]
            fits = len(member.parts) > level and bool(pattern.fullmatch("/".join(member.parts[level:])))
            places[place] = places.get(place, False) or fits
        for place, fits in places.items():
            fitting[place[: min(level, self.branching) + 1]].append(fits)
        return _mean_share(fitting.values())

    def is_evident(self, layout: str, level: int) -> bool:
        if layout not in EVIDENCE:
            return True
        evidence = re.compile(EVIDENCE[layout], re.IGNORECASE)
        return any(evidence.search(part) for member in self.tree.members for part in member.parts[level : level + 2])

    def is_lessons(self, name: str) -> bool:
        return lesson_in(name, stored.lessons()) == self.lesson

    def is_courses(self, name: str) -> bool:
        """Whether a folder is the course's own, or a lesson's."""
        return name.lower() in COURSE or name in stored.lessons()

    def _trunk(self) -> tuple[str, ...]:
        """The folders around the whole class: each is alone, and not itself a student's."""
        place: tuple[str, ...] = ()
        while len(inside := self.below[place]) == 1:
            (only,) = inside
            if only not in self.tree.folders or self._is_students(only):
                break
            place = only
        return place

    def _is_students(self, place: tuple[str, ...]) -> bool:
        """Whether a folder that stands alone is a student's: it holds work, the course's folders, or nothing at all."""
        folders = [inside[-1] for inside in self.below[place] if inside in self.tree.folders]
        files = [inside[-1] for inside in self.below[place] if inside not in self.tree.folders]
        if any(map(self.is_courses, folders)):
            return not self.is_courses(place[-1])
        if len([name for name in files if flat_student(name, self.lesson)]) > 1:
            return False
        return not self.inside.get(place) or any(map(_is_notebook, files))

    def student_level(self, is_known: Callable[[str], bool]) -> int:
        """The level of plain folders, or files, that stand for students."""
        levels = range(self.branching + 3)
        known = {level: self._known(level, is_known) for level in levels}
        best = max(levels, key=lambda level: known[level])
        if known[best] >= MOST:
            return best
        level = self.branching
        while level < self.branching + 2 and self._are_shelves(level):
            level += 1
        return level

    def _known(self, level: int, is_known: Callable[[str], bool]) -> float:
        """How much of the class is called like a student at a level: the mean over all that the class branches into."""
        places = [place for place in self.at(level) if place in self.tree.folders or _is_notebook(place[-1])]
        found: dict[tuple[str, ...], list[bool]] = defaultdict(list)
        for place in places:
            name = flat_student(ARCHIVE.sub("", place[-1]), self.lesson) or re.sub(STEM, "", place[-1])
            found[place[: min(level, self.branching) + 1]].append(is_known(name))
        return _mean_share(found.values())

    def _are_shelves(self, level: int) -> bool:
        """Whether most folders at a level hold several students' work: their own folders, alike in form."""
        folders = [place for place in self.at(level) if place in self.tree.folders and self.inside.get(place)]
        files = [place for place in self.at(level) if place not in self.tree.folders]
        flat = [place for place in files if flat_student(place[-1], self.lesson)]
        if folders and not flat and all(self.is_courses(place[-1]) for place in folders):
            return True
        return sum(map(self._is_shelf, folders)) > MOST * (len(folders) + len(flat))

    def _is_shelf(self, place: tuple[str, ...]) -> bool:
        """Whether a folder has two folders or files or more with the lesson in each, and is not a student's own."""
        if place[-1] in SHELVES:
            return True
        names = {below[-1] for below in self.below[place]}
        own = [name for name in names if self.is_lessons(name) and not flat_student(name, self.lesson)]
        if own or any(map(self.is_courses, names)):
            return False
        with_lesson = {m.parts[len(place)] for m in self.inside[place] if self.is_lessons(m.parts[-1])}
        return len(with_lesson) > 1


def _mean_share(groups: Collection[Sequence[bool]]) -> float:
    return sum(sum(group) / len(group) for group in groups) / len(groups) if groups else 0


def flat_student(name: str, lesson: str) -> str:
    """The student in the name of a file `<student>_<lesson>.ipynb`, or with the lesson first; "" if it has none."""
    return _flat(name, lesson)[0]


def _flat(name: str, lesson: str) -> tuple[str, str]:
    """The student in the name of a file, and the name without: `Ada Lovelace - 00_welcome (1).ipynb`."""
    stem = re.sub(STEM, "", name)
    ending, own = name[len(stem) :], re.escape(lesson).replace("_", "[ _-]?")
    before = rf"(?!copy|kopie|copie)(?P<student>.+?)(?: - |[ _.+-])(?P<file>{own}{COPY})"
    behind = rf"(?P<file>{own})(?: - |[ _.+-])(?!copy|kopie|copie|(?:\(?\d+\)?|final|new|neu)$)(?P<student>.+)"
    for form in (before, behind) if ending or "." not in name else ():
        if match := re.fullmatch(form, stem, re.IGNORECASE | re.DOTALL):
            return match["student"], match["file"] + ending
    return "", name


def _is_notebook(name: str) -> bool:
    return ".ipynb" in name.lower()


def _by_pattern(units: Units, layout: str, level: int, lesson: str) -> Laid:
    pattern = compiled(layout, lesson)
    laid = Laid(layout, level, [])
    rest: list[Member] = []
    for member in units.tree.members:
        match = pattern.fullmatch("/".join(member.parts[level:])) if len(member.parts) > level else None
        if match is None:
            rest.append(member)
            continue
        told = {name.rstrip("_"): text for name, text in match.groupdict().items() if text is not None}
        laid.owned.append(Owned(member, member.parts[: level + 1], told, told.get("file", "")))
    _add_plain(units, laid, rest)
    places = {owned.place for owned in laid.owned}
    folders = {place for place in units.at(level) if place in units.tree.folders and place not in places}
    for place in sorted(folders):
        match = pattern.fullmatch(f"{place[-1]}/x")
        if match:
            laid.empty.append(place)
        else:
            laid.nobodys.append("/".join(place))
    return laid


def _by_level(units: Units, level: int, lesson: str) -> Laid:
    """Plain folders and files that are called like their student; other lessons' folders around them are left out."""
    others = set(stored.lessons()) - {lesson}

    def is_this(parts: tuple[str, ...]) -> bool:
        return not (level and len(parts) >= level and parts[level - 1] in others)

    folders = [place for place in units.at(level) if place in units.tree.folders and is_this(place)]
    laid = Laid("folders" if folders else "files", level, [])
    if folders and all(units.is_courses(place[-1]) for place in folders):
        laid.nobodys.extend(member.name for member in units.works)
        return laid
    if prefix := _repositories_prefix(folders, units.tree.name, lesson):
        laid = replace(laid, layout="github", prefix=prefix)
    _add_plain(units, laid, [member for member in units.tree.members if is_this(member.parts)])
    places = {owned.place for owned in laid.owned}
    laid.empty.extend(place for place in folders if place not in places and not place[-1].startswith((".", "__")))
    stamped = {owned.place for owned in laid.owned if owned.file == f"{lesson}/timestamp.txt"}
    # Of a few students it would be their own word.
    return replace(laid, layout="nbgrader") if len(stamped) > MOST * len(places) else laid


def _repositories_prefix(folders: Sequence[tuple[str, ...]], root: str, lesson: str) -> str:
    """The assignment's name and a hyphen, with which repositories of GitHub Classroom are called; else ""."""
    if not folders:
        return ""
    around, (number, _, topic) = (root, *folders[0])[-2], lesson.partition("_")
    names = [lesson, lesson.replace("_", "-"), topic.replace("_", "-"), number]
    if around.endswith("-submissions"):
        names.insert(0, around.removesuffix("-submissions"))
    prefixes = [f"{name}-" for name in names]
    return next(
        (prefix for prefix in prefixes if all(p[-1].startswith(prefix) and p[-1] != prefix for p in folders)), ""
    )


def _add_plain(units: Units, laid: Laid, members: Iterable[Member]) -> None:
    """Add files in folders that are called like their student, and files that have the student in their name."""
    for member in members:
        place, file = member.parts[: laid.level + 1], "/".join(member.parts[laid.level + 1 :])
        student = ARCHIVE.sub("", place[-1]).removeprefix(laid.prefix)
        if len(member.parts) <= laid.level:
            student = ""
        elif not file:
            student, file = _flat(place[-1], units.lesson)
            student = student or _whole_name(units, laid, member) or (place[-1] if _is_linked_folder(member) else "")
        elif place[-1].startswith((".", "__")) and not any(_is_notebook(m.parts[-1]) for m in units.inside[place]):
            student = ""
        elif ARCHIVE.search(place[-1]):
            student = flat_student(student, units.lesson) or student
        if student and not (laid.layout == "gradescope" and len(member.parts) <= laid.level + 1):
            laid.owned.append(Owned(member, place, {"id": student}, file))
        elif laid.layout not in PATTERNS or not FACTS.fullmatch(member.parts[-1]):
            laid.nobodys.append(member.name)


def _whole_name(units: Units, laid: Laid, member: Member) -> str:
    """The student by whom a file of a flat class is called: `ada.ipynb`; "" if it is called like the lesson only."""
    name = member.parts[-1]
    if laid.layout != "files" or not _is_notebook(name) or units.is_lessons(name):
        return ""
    return re.sub(r"\.ipynb.*$", "", name, flags=re.IGNORECASE)


def _is_linked_folder(member: Member) -> bool:
    return bool(member.is_link and member.path and member.path.is_dir())
