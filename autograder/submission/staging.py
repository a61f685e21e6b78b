"""The ways in which a notebook can be run to find the answers in it, the likeliest first.

A kernel runs all cells from top to bottom, and nbgrader judges an answer where its test stands. Most answers need far
less: they are the same whatever is run besides. So what they need is run first. Answers that fail are tried again with
all that the student wrote, as it stood at their tests, in the file's own order, and as each definition left it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from autograder.submission.pieces import as_python, defines, needed_pieces, only_looks, read_piece
from autograder.submission.reading import ORDER

if TYPE_CHECKING:
    from nbformat import NotebookNode

#: Earlier definitions of one exercise that are tried.
MAX_DEFINITIONS = 4


@dataclass(frozen=True)
class Staging:
    """One way to run a notebook.

    Attributes:
        cells: what is run, in order.
        exercises: for which it may make a difference.
    """

    cells: tuple[NotebookNode, ...]
    exercises: tuple[str, ...]


class Stagings:
    """The ways to run one notebook that intake has put in order.

    Args:
        facts: of its lesson, from `autograder.stored`: the released notebook, exercises, experiments.
    """

    def __init__(self, notebook: NotebookNode, facts: dict) -> None:
        self._exercises, self._experiments = tuple(facts["exercises"]), set(facts["experiments"])
        self._given = {cell["id"]: cell["source"] for cell in facts["released"]["cells"]}
        self._handed = list(notebook.metadata.get(ORDER, ()))
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self._places = {cell.id: place for place, cell in enumerate(code)}
        running = [cell for cell in code if not _is_graded(cell)]
        # A placeholder that was left standing would take the name away from the answer, wherever that is.
        stubs = {cell.id for cell in running if cell.id in self._exercises and self._is_given(cell)}
        self._defining = {
            name: [cell for cell in running if cell.id not in stubs and defines(cell.source, name)]
            for name in self._exercises
        }
        self._worked = set(self._exercises) - stubs
        self._code = [cell for cell in running if cell.id not in stubs or not self._defining[cell.id]]

    def first(self) -> Staging:
        """The set-up, the answers, and the cells that define what these take, directly or not.

        Experiments and drawings are not needed to judge an answer, and are not run.
        """
        return Staging(self._needed(without=self._experiments), self._exercises)

    def further(self) -> Iterator[Staging]:
        """Other ways; an exercise that has its points already needs none of them."""
        first = self.first().cells
        own = [cell for cell in self._code if not self._is_given(cell)]
        whole = self._needed({cell.id for cell in own})
        if not all(self._only_looks(cell, first) for cell in own if cell not in first):
            yield Staging(whole, self._exercises)
        for name in self._exercises:
            test = self._places.get(f"hidden_{name}", len(self._places))
            above = tuple(cell for cell in whole if self._places[cell.id] < test)
            if self._may_change(name, whole[len(above) :]):
                yield Staging(above, (name,))
        if self._handed:
            places = {cell: place for place, cell in enumerate(self._handed)}
            handed = sorted(whole, key=lambda cell: places.get(cell.id, -1))
            yield Staging(tuple(handed), self._exercises)
        for name in self._exercises:
            for cell in self._defining[name][-2 : -2 - MAX_DEFINITIONS : -1]:
                until = tuple(other for other in whole if self._places[other.id] <= self._places[cell.id])
                yield Staging(until, (name,))

    def judged(self, exercise: str, staging: Staging) -> tuple[str, str]:
        """Which cell's definition is judged, by its id, and what to tell if it is not the one that counts for a kernel.

        A kernel has, where the test stands, the last definition above it.
        """
        known = self._defining[exercise]
        test = self._places.get(f"hidden_{exercise}", len(self._places))
        at_test = [cell.id for cell in known if self._places[cell.id] < test][-1:]
        found = [cell.id for cell in staging.cells if cell in known][-1:]
        if len(known) < 2 or found == at_test or not found:
            return next(iter(found), exercise), ""
        where = "below its test" if self._places[found[0]] > test else "above another"
        return found[0], f"it is defined more than once; the definition {where} was judged."

    def _needed(self, wanted: Collection[str] = (), without: Collection[str] = ()) -> tuple[NotebookNode, ...]:
        """The set-up, the answers, other wanted cells, and what all these take."""
        pieces = {cell.id: cell.source for cell in self._code if cell.id not in without or not self._is_given(cell)}
        defining = {cell.id for cells in self._defining.values() for cell in cells}
        wanted = {"setup", *self._worked, *defining, *wanted} & set(pieces)
        needed = needed_pieces(pieces, wanted)
        return tuple(cell for cell in self._code if cell.id in needed)

    def _may_change(self, exercise: str, cells: tuple[NotebookNode, ...]) -> bool:
        """Whether cells below an exercise's test may change what it does: other answers by themselves do not."""
        pieces = {cell.id: cell.source for cell in self._code}
        needed = needed_pieces(pieces, [cell.id for cell in self._defining[exercise]])
        taking = [cell for cell in self._code if cell.id in needed]
        taken = {exercise}.union(*(read_piece(cell.source).takes for cell in taking))
        own = [cell for cell in cells if not self._is_given(cell)]
        return any(read_piece(cell.source).defines & taken for cell in own) or not all(
            cell.id in self._exercises or self._only_looks(cell, taking) for cell in own
        )

    def _only_looks(self, cell: NotebookNode, others: Iterable[NotebookNode]) -> bool:
        """Whether a cell changes nothing that the others take."""
        known = {*self._exercises, *read_piece(self._given["setup"]).defines}
        taken = frozenset[str]().union(*(read_piece(other.source).takes for other in others))
        return only_looks(cell.source, known, taken)

    def _is_given(self, cell: NotebookNode) -> bool:
        """Whether a cell is as it was released, but for the numbers and letters in it."""
        given = self._given.get(cell.id)
        return given is not None and (given == cell.source or _shape(given) == _shape(cell.source))


def _is_graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


@lru_cache(10_000)
def _shape(source: str) -> str:
    """A piece of code without its constants; one that is no Python is its own."""
    try:
        tree = ast.parse(as_python(source))
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            node.value = None
    return ast.dump(tree)
