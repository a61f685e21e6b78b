"""Judge one submission: its cells run in a process of their own, and each exercise is tested from outside."""

from __future__ import annotations

import ast
import symtable
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.hidden import NOT_DONE, PartResult, grade_parts
from autograder.learner import stored
from autograder.learner.check import explain
from autograder.learner.diagnose import diagnose
from autograder.lessons import Lesson
from autograder.sandbox.isolation import Zygote
from autograder.sandbox.remote import Ran, Stranger, StudentProcess


@dataclass(frozen=True)
class Verdict:
    """On one exercise: the visible check as a part of its own, and the parts of the hidden tests."""

    visible: PartResult
    hidden: tuple[PartResult, ...]


@dataclass(frozen=True)
class Judged:
    """On one submission.

    Attributes:
        verdicts: exercise -> verdict.
        ran: cell id -> what that cell put out, for the cells that were run.
        seconds: how long it took.
    """

    verdicts: dict[str, Verdict]
    ran: dict[str, Ran]
    seconds: float


def judge(lesson: Lesson, notebook: NotebookNode, zygote: Zygote, untouched: Iterable[str], secret: str) -> Judged:
    """Judge a notebook that intake has put in order.

    Args:
        untouched: exercises whose cell is as it was released.
        secret: decides on the hidden tests' data.
    """
    start = time.perf_counter()
    cells = needed_cells(lesson, notebook, untouched)
    process = StudentProcess(zygote, [cell.source for cell in cells])
    try:
        verdicts = {
            bank.name: _not_done(bank) if bank.name in untouched else _verdict(bank, process, secret)
            for bank in banks_of(lesson)
        }
    finally:
        process.close()
    ran = {cell.id: ran for cell, ran in zip(cells, process.ran)}
    return Judged(verdicts, ran, time.perf_counter() - start)


def needed_cells(lesson: Lesson, notebook: NotebookNode, untouched: Iterable[str] = ()) -> list[NotebookNode]:
    """The set-up, the answers, and those other cells that define a name which these take, directly or not.

    Experiments and drawings are not needed to judge an answer, and are not run.
    """
    experiments = {cell.name for cell in lesson.cells if cell.kind == "experiment"}
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not _is_graded(cell)]
    names = {cell.id: _names(cell.source) for cell in code if cell.id not in experiments}
    wanted = {cell.id for cell in code if cell.id == "setup" or cell.id in lesson.exercises}
    taken = set().union(*(names[cell_id][1] for cell_id in wanted - set(untouched)), {"*"})
    while more := {cell_id for cell_id, (defined, _) in names.items() if defined & taken} - wanted:
        wanted |= more
        taken |= set().union(*(names[cell_id][1] for cell_id in more))
    return [cell for cell in code if cell.id in wanted]


def _is_graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell defines at its top level, and the names that it takes from other cells."""
    try:
        text = TransformerManager().transform_cell(source)
        top = symtable.symtable(text, "<cell>", "exec")
        stars = {"*"} if any(alias.name == "*" for alias in _imported(ast.parse(text))) else set()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set(), set()
    defined = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    defined |= {scope.get_name() for scope in top.get_children()}
    return defined | stars, set(_taken(top))


def _taken(scope: symtable.SymbolTable) -> Iterator[str]:
    outermost = scope.get_type() == "module"
    for symbol in scope.get_symbols():
        if symbol.is_referenced() and (outermost or symbol.is_global()):
            yield symbol.get_name()
    for inner in scope.get_children():
        yield from _taken(inner)


def _imported(tree: ast.Module) -> Iterator[ast.alias]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from node.names


def _verdict(bank: Bank, process: StudentProcess, secret: str) -> Verdict:
    answer = Stranger(process, bank.name)
    return Verdict(judge_visibly(bank, answer), tuple(grade_parts(bank, answer, secret)))


def judge_visibly(bank: Bank, answer: Stranger) -> PartResult:
    """The visible check as a part."""
    points = _visible_points(bank)
    try:
        found = diagnose(bank.exercise, answer, stored.known(bank.name), stored.VISIBLE_SEED)
    except NotImplementedError:
        return PartResult("visible check", 0, points, False, "", NOT_DONE)
    if found.passed:
        return PartResult("visible check", points, points, True)
    mistake = found.mistakes[0] if found.mistakes else ""
    return PartResult("visible check", 0, points, False, mistake, explain(bank.name, found))


def _not_done(bank: Bank) -> Verdict:
    hidden = [PartResult(part.name, 0, part.points, False, "", NOT_DONE) for part in bank.parts]
    return Verdict(PartResult("visible check", 0, _visible_points(bank), False, "", NOT_DONE), tuple(hidden))


def _visible_points(bank: Bank) -> float:
    return bank.lesson.cell("check", bank.name).points
