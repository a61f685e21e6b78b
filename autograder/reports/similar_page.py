"""The page of similar pairs: side by side, with what they share marked, and what else may explain it."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.console import one_line, shortened
from autograder.lessons import Lesson
from autograder.page import page_environment
from autograder.reports.similar import MOST_PAIRS, Known, Pair, Similar, Work
from autograder.reports.similar_fragments import ANSWER, CHOSEN, CODE, COMMENT, MISTAKE, STRETCH, TYPED, shared_lines

#: So many lines of each side are shown, and so many examples of a kind.
MOST_LINES, MOST_EXAMPLES = 120, 6
#: Kind -> what is said of it.
SENTENCES = {
    CODE: "code that is the same but for names, layout and comments: about {lines:.0f} lines",
    ANSWER: "the same wrong numbers, by no mistake that is known",
    COMMENT: "the same comments",
    CHOSEN: "the same names, which hardly anybody else has chosen",
    TYPED: "lines that are the same to the space: {count}",
    MISTAKE: "the same known mistake; that is weak, since a mistake is known because many make it",
}
#: Kinds of which examples are quoted.
QUOTED = (ANSWER, COMMENT, CHOSEN, MISTAKE)


def similar_page(lesson: Lesson, found: Similar, works: Sequence[Work], known: Known) -> str:
    """The page as HTML."""
    by_name = {work.student: work for work in works}
    pairs = [
        {
            "students": [one_line(name) for name in pair.students],
            "lines": pair.lines,
            "share": pair.share,
            "evidence": list(_evidence(pair, len(works))),
            "sides": [list(_cells(by_name[name], pair, known)) for name in pair.students],
        }
        for pair in found.pairs[:MOST_PAIRS]
    ]
    nearest = sorted(found.nearest.values())
    usual = {"half": statistics.median(nearest), "nine": nearest[int(0.9 * (len(nearest) - 1))], "most": nearest[-1]}
    groups = [[one_line(name) for name in group] for group in found.groups if len(group) > 2]
    template = page_environment(Path(__file__).parent).get_template("similar.html")
    more = len(found.pairs) - len(pairs)
    return template.render(
        lesson=lesson, pairs=pairs, more=more, groups=groups, usual=usual, limit=found.limit, count=len(works)
    )


def _evidence(pair: Pair, students: int) -> Iterator[dict]:
    """What is shared, a sentence for each kind, with examples and how many of the class have them."""
    for kind, sentence in SENTENCES.items():
        shared = {text: count for (own, text), count in pair.shared.items() if own == kind}
        if not shared:
            continue
        rarest = sorted(shared.items(), key=lambda entry: (entry[1], str(entry[0])))[:MOST_EXAMPLES]
        examples = [(shortened(one_line(str(text)), 300), count) for text, count in rarest]
        yield {
            "sentence": sentence.format(count=len(shared), lines=len(shared) / STRETCH),
            "examples": examples if kind in QUOTED else [],
            "students": students,
        }


def _cells(work: Work, pair: Pair, known: Known) -> Iterator[dict]:
    """The student's cells in which something shared stands, line by line."""
    left = MOST_LINES
    for cell, source in work.cells.items():
        marked = shared_lines(source, known.names, set(pair.shared))
        if marked and left > 0:
            lines = [(shortened(line, 200), number in marked) for number, line in enumerate(source.split("\n")[:left])]
            left -= len(lines)
            yield {"cell": cell, "lines": lines}
