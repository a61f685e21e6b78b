"""Which pieces of code others need: those that define a name which the others take."""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

#: A line that is IPython's own, and how many of them, times characters, IPython reads in a moment.
MAGIC = re.compile(r"^([ \t]*+)(?:[%!?,;/].*|.*\?[ \t]*|.*=[ \t]*[%!].*)$", re.MULTILINE)
MAX_MAGIC = 50_000


def needed_cells(
    notebook: NotebookNode, exercises: Iterable[str], experiments: Iterable[str], untouched: Iterable[str] = ()
) -> list[NotebookNode]:
    """The set-up, the answers, and those other cells that define a name which these take, directly or not.

    Experiments and drawings are not needed to judge an answer, and are not run.

    Args:
        exercises, experiments: ids of their cells.
        untouched: exercises whose cell is as it was released.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and not _is_graded(cell)]
    pieces = {cell.id: cell.source for cell in code if cell.id not in set(experiments)}
    wanted = {"setup", *exercises} & set(pieces)
    needed = wanted | needed_pieces(pieces, wanted - set(untouched))
    return [cell for cell in code if cell.id in needed]


def needed_pieces(pieces: Mapping[str, str], wanted: Iterable[str]) -> set[str]:
    """Of named pieces of code: those that define a name which the wanted ones take, directly or not, and these.

    A piece that imports `*` counts as needed: nobody knows what it defines.
    """
    names = {piece: _names(source) for piece, source in pieces.items()}
    found, new = set(), set(wanted)
    while new:
        found |= new
        taken = set().union(*(names[piece][1] for piece in found), {"*"})
        new = {piece for piece, (defined, _) in names.items() if defined & taken} - found
    return found


def as_python(source: str) -> str:
    """The Python that IPython makes of a cell's text.

    Raises:
        ValueError: it is none, or not one that can be read in a moment: IPython takes long over many magics.
    """
    with contextlib.suppress(SyntaxError):
        ast.parse(source)
        return source
    try:
        if len(MAGIC.findall(source)) * len(source) > MAX_MAGIC:
            source = MAGIC.sub(r"\1pass", source)
        text = TransformerManager().transform_cell(source)
        ast.parse(text)
    except (SyntaxError, RuntimeError, MemoryError) as error:
        raise ValueError("no Python") from error
    return text


def _is_graded(cell: NotebookNode) -> bool:
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


@lru_cache(10_000)
def _names(source: str) -> tuple[set[str], set[str]]:
    """The names that a piece of code defines at its top level, and the names that it takes from others."""
    try:
        text = as_python(source)
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
