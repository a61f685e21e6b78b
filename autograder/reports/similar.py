"""Pairs of submissions that share more than the exercises explain: to be looked at by a person, never a verdict.

What anybody may write counts nothing: what the lesson hands out, its solutions, all right and wrong answers of the
banks, and what many of the class have. What is left is weighed by how few have it, and added up for each pair. The
unit is a line of code that nobody else in the class has.

Whether a pair stands out, the class itself says: of each student the nearest other is found, and a pair is listed if it
is far beyond what is usual there. Two who wrote the usual answer are never listed, whoever wrote it first.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from autograder.console import MOST_NAMES, one_line, say_progress, shown_path
from autograder.errors import CourseError
from autograder.exercises.bank import banks_of
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.verdicts import load_verdicts
from autograder.lessons import load_lesson
from autograder.reports.own_code import own_code, released_notebook
from autograder.reports.similar_fragments import ANSWER, MISTAKE, TELLS, Fragment, fragments

#: A pair is listed from so many lines on, and so many times the usual spread beyond the usual nearest other.
LEAST, SPREADS = 5.0, 6.0
#: What more than one in so many of the class have, or so many of a small class, tells nothing.
COMMON, FEW = 10, 10
#: Nobody's work holds more; the cells that come after are not compared.
MOST_FRAGMENTS = 50_000
#: So many pairs are shown on the page.
MOST_PAIRS = 50


class SimilarError(CourseError):
    """There is nothing to compare."""


@dataclass(frozen=True)
class Work:
    """What a student has written.

    Attributes:
        cells: cell -> its code, of cells that are not as they were released.
        wrong: what is known of the student's wrong answers.
    """

    student: str
    cells: Mapping[str, str]
    wrong: frozenset[Fragment] = frozenset()


@dataclass(frozen=True)
class Pair:
    """Two submissions that share much.

    Attributes:
        lines: how much: in lines of code that nobody else has.
        share: of what the one who has less of it has beyond the usual, how much is shared, 0 to 1.
        shared: what; how many have it.
    """

    students: tuple[str, str]
    lines: float
    share: float
    shared: Mapping[Fragment, int]


@dataclass(frozen=True)
class Similar:
    """What was found in a class.

    Attributes:
        pairs: those that stand out, the most alike first.
        nearest: student -> how much the nearest other shares.
        limit: from how many lines on a pair is listed.
    """

    pairs: tuple[Pair, ...]
    nearest: Mapping[str, float]
    limit: float

    @property
    def groups(self) -> list[list[str]]:
        """Students whom listed pairs connect, the largest group first."""
        groups: list[set[str]] = []
        for pair in self.pairs:
            touched = [group for group in groups if group & set(pair.students)]
            groups = [group for group in groups if group not in touched] + [set(pair.students).union(*touched)]
        return sorted(map(sorted, groups), key=lambda group: (-len(group), group))


@dataclass(frozen=True)
class Known:
    """What anybody may have: it counts nothing.

    Attributes:
        names: those that the exercises ask for.
        fragments: of all that the lesson hands out, and of its banks.
    """

    names: frozenset[str]
    fragments: frozenset[Fragment]


def similar_and_print(lesson: str, folder: str = "", as_json: bool = False) -> None:
    """Compare the class, write the page, and say which pairs are on it.

    Args:
        folder: of a classroom; "" for the course's.

    Raises:
        SimilarError: fewer than two submissions have been graded.
    """
    from autograder.reports.similar_page import similar_page

    classroom = Classroom.apart(Path(folder)) if folder else Classroom.of_the_course()
    works, known = load_works(lesson, classroom), load_known(lesson)
    say_progress(f"Comparing {len(works)} students")
    found = compare(works, known)
    if as_json:
        print(json.dumps(for_programs(found), indent=1, ensure_ascii=False))
        return
    path = classroom.root / "reports" / f"{lesson}_similar.html"
    write_whole(path, similar_page(load_lesson(lesson), found, works, known))
    for pair in found.pairs[:MOST_NAMES]:
        print(f"{' and '.join(map(one_line, pair.students))}: {pair.lines:.1f} lines that hardly anybody else has")
    print(f"Pairs to look at among {len(works)} students: {len(found.pairs)}. {shown_path(path)}")
    if found.pairs:
        print("None of this is a verdict: the page says what else may explain it.")


def for_programs(found: Similar) -> dict:
    """The pairs as JSON can hold them."""
    pairs = [
        {
            "students": list(pair.students),
            "lines": round(pair.lines, 2),
            "share": round(pair.share, 3),
            "shared": dict(Counter(kind for kind, _ in pair.shared)),
        }
        for pair in found.pairs
    ]
    return {
        "limit": round(found.limit, 2),
        "students": len(found.nearest),
        "pairs": pairs,
        "groups": found.groups,
    }


def load_works(lesson: str, classroom: Classroom) -> list[Work]:
    """What each student of a class has written in a lesson.

    Raises:
        SimilarError: there are not two.
    """
    found = (classroom.root / "submitted").glob(f"*/{lesson}/{lesson}.ipynb")
    names = sorted(path.parents[1].name for path in found)
    if len(names) < 2:
        raise SimilarError(f"fewer than two submissions of {lesson} have been graded. Use `grade` first.")
    given = released_notebook(lesson, classroom)
    return [
        Work(name, own_code(name, lesson, classroom, given), frozenset(_wrong(name, lesson, classroom)))
        for name in names
    ]


def _wrong(student: str, lesson: str, classroom: Classroom) -> Iterator[Fragment]:
    """The student's wrong answers: a mistake's name, or for one without a name what it gives in the visible check."""
    kept = load_verdicts(student, lesson, classroom)
    for name, verdict in kept.judged.verdicts.items() if kept else ():
        if verdict.visible.mistake:
            yield MISTAKE, f"{name}: {verdict.visible.mistake}"
        elif not verdict.visible.passed and "yours:" in verdict.visible.message:
            yield ANSWER, f"{name}: {verdict.visible.message}"


def load_known(lesson: str) -> Known:
    """What the lesson's text and its banks, and the solutions of all lessons, may have put into anybody's head."""
    loaded = load_lesson(lesson)
    texts = [cell.source for cell in loaded.cells if cell.kind != "markdown"]
    for bank in banks_of(loaded):
        texts += [*bank.accepted.values(), *(mistake.source(bank.solution) for mistake in bank.mistakes.values())]
    attributes = {name for text in texts for name in re.findall(r"\bself\.(\w+)", text)}
    names = frozenset({*loaded.exercises, *attributes})
    return Known(names, frozenset().union(*(fragments(text, names) for text in texts)))


def compare(works: Iterable[Work], known: Known) -> Similar:
    """Find the pairs of a class that stand out.

    The time is in proportion to what is shared: what the same students share is counted once for all of them.
    """
    owned = {work.student: _fragments(work, known) for work in works}
    counts = Counter(fragment for found in owned.values() for fragment in found)
    common = max(FEW, len(owned) // COMMON)
    weights = {fragment: _weight(fragment, counts[fragment], len(owned)) for fragment in counts}
    groups: dict[tuple[str, ...], float] = defaultdict(float)
    for fragment, students in _owners(owned).items():
        if 1 < len(students) <= common:
            groups[tuple(students)] += weights[fragment]
    scores: dict[tuple[str, str], float] = defaultdict(float)
    for group, weight in groups.items():
        for pair in combinations(group, 2):
            scores[pair] += weight
    scores = {pair: round(score, 6) for pair, score in scores.items()}  # in whichever order they were added up
    nearest = dict.fromkeys(owned, 0.0)
    for pair, score in scores.items():
        for student in pair:
            nearest[student] = max(nearest[student], score)
    limit = _limit(nearest.values())
    listed = sorted((pair for pair in scores if scores[pair] >= limit), key=lambda pair: (-scores[pair], pair))
    pairs = []
    for one, other in listed:
        shared = {fragment: counts[fragment] for fragment in owned[one] & owned[other] if counts[fragment] <= common}
        least = min(sum(weights[fragment] for fragment in owned[student]) for student in (one, other))
        pairs.append(Pair((one, other), scores[one, other], min(1.0, scores[one, other] / least), shared))
    return Similar(tuple(pairs), nearest, limit)


def _fragments(work: Work, known: Known) -> set[Fragment]:
    """All that a student's work holds and that not anybody may have."""
    found = set(work.wrong)
    for source in work.cells.values():
        if len(found) < MOST_FRAGMENTS:
            found |= fragments(source, known.names) - known.fragments
    return found


def _owners(owned: Mapping[str, set[Fragment]]) -> dict[Fragment, list[str]]:
    owners: dict[Fragment, list[str]] = defaultdict(list)
    for student, found in owned.items():
        for fragment in found:
            owners[fragment].append(student)
    return owners


def _weight(fragment: Fragment, count: int, students: int) -> float:
    """How much it tells: all that its kind does if two of the class have it, nothing if all have."""
    rarity = math.log((students + 1) / max(count, 2)) / math.log((students + 1) / 2)
    return TELLS[fragment[0]] * rarity


def _limit(nearest: Iterable[float]) -> float:
    """From how many lines on a pair stands out: beyond the least, and far beyond the usual in this class.

    The usual spread is that of the lower half: copies lengthen only the upper one.
    """
    found = sorted(nearest)
    middle = statistics.median_low(found)
    spread = 1.4826 * statistics.median(middle - value for value in found if value <= middle)
    return max(LEAST, middle + SPREADS * spread)  # such a spread is the deviation of a normal distribution
