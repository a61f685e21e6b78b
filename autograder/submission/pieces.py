"""Pieces of code: which names they define, which they take from others, and what they may do besides."""

from __future__ import annotations

import ast
import contextlib
import re
import symtable
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

#: A line that is IPython's own, and how many of them, times characters, IPython reads in a moment.
MAGIC = re.compile(r"^([ \t]*+)(?:[%!?,;/].*|.*\?[ \t]*|.*=[ \t]*[%!].*)$", re.MULTILINE)
MAX_MAGIC = 50_000
#: Magics that run what follows them, in the notebook's own names: a cell, and a line.
RUN_CELL = re.compile(r"\A\s*%%(?:time|capture|prun)\b.*\n?")
RUN_LINE = re.compile(r"^%(?:time|prun)[ \t]+(?=\S)", re.MULTILINE)
#: Statements that define something.
DEFINITIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)
#: Functions that change nothing.
HARMLESS = {
    "abs", "all", "any", "bool", "check", "dict", "display", "enumerate", "float", "getattr", "hasattr", "help", "id",
    "int", "isinstance", "len", "list", "max", "min", "print", "range", "repr", "reversed", "round", "set", "sorted",
    "str", "sum", "tuple", "type", "zip",
}  # fmt: skip
#: With these, text can define names that it does not show.
UNSEEN = {"exec", "globals", "locals", "vars", "setattr"}


@dataclass(frozen=True)
class Piece:
    """What a piece of code does with names.

    Attributes:
        defines: the names that it defines at its top level.
        takes: the names that it takes from others.
        is_open: it may define names that cannot be read off it, by `*` or `exec`.
        is_magic: it has IPython do something.
    """

    defines: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    is_open: bool = False
    is_magic: bool = False


def needed_pieces(pieces: Mapping[str, str], wanted: Iterable[str]) -> set[str]:
    """Of named pieces of code: those that define a name which the wanted ones take, directly or not, and these.

    A piece that may define more than can be read off it counts as needed.
    """
    read = {piece: read_piece(source) for piece, source in pieces.items()}
    found, new = set(), set(wanted)
    while new:
        found |= new
        taken = frozenset().union(*(read[piece].takes for piece in found))
        new = {name for name, piece in read.items() if piece.is_open or piece.defines & taken} - found
    return found


def defines(source: str, name: str) -> bool:
    """Whether a piece of code defines a name, as far as can be seen; one that may hide what it does has to say it."""
    piece = read_piece(source)
    hides = piece.is_open or piece.is_magic
    return name in piece.defines or (hides and bool(re.search(rf"\b{re.escape(name)}\b", source)))


def only_looks(source: str, known: Collection[str], taken: Collection[str]) -> bool:
    """Whether a piece of code changes nothing that others have: it calls, prints and draws, and that is all.

    Args:
        known: functions and modules that change nothing.
        taken: names of things that calls of their methods may change.
    """
    try:
        nodes = [*_run_at_once(ast.parse(source))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return not any(
        isinstance(node, ast.Delete | ast.Import | ast.ImportFrom)
        or (isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Call) and _may_change(node.func, {*known, *HARMLESS}, taken))
        or bool(getattr(node, "decorator_list", ()))
        for node in nodes
    )


def _run_at_once(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it, but for the bodies of functions: those are run when they are called."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from _run_at_once(child)


def _may_change(function: ast.expr, known: Collection[str], taken: Collection[str]) -> bool:
    """Whether a call may change what others have: a function that is not known, or a method of what is taken."""
    is_method = isinstance(function, ast.Attribute)
    while isinstance(function, ast.Attribute | ast.Subscript | ast.Call):
        function = function.func if isinstance(function, ast.Call) else function.value
    name = function.id if isinstance(function, ast.Name) else ""
    return name in set(taken) - set(known) if is_method else name not in known


@lru_cache(10_000)
def read_piece(source: str) -> Piece:
    """What a piece of code does; one that is no Python does nothing."""
    try:
        text = as_python(RUN_LINE.sub("", RUN_CELL.sub("", source)))
        top, tree = symtable.symtable(text, "<cell>", "exec"), ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Piece()
    taken = frozenset(_taken(top))
    is_open = bool(taken & UNSEEN) or any(alias.name == "*" for alias in _imported(tree))
    return Piece(frozenset(_defined(top)), taken, is_open, "get_ipython" in taken)


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
        from IPython.core.inputtransformer2 import TransformerManager  # few cells have magics, and that takes a while

        text = TransformerManager().transform_cell(source)
        ast.parse(text)
    except (SyntaxError, RuntimeError, MemoryError) as error:
        raise ValueError("no Python") from error
    return text


@lru_cache(2_000)  # most cells are as they were released, in all notebooks
def compiles(source: str) -> bool:
    """Whether IPython could run the text: Python, with its magics."""
    try:
        compile(as_python(source), "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def statements(source: str) -> list[ast.stmt]:
    """The statements of a piece of code; none if it is no Python."""
    try:
        return ast.parse(as_python(source)).body
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return []


def additions(given: str, source: str, *, definitions: bool = False) -> str:
    """The statements that a piece of code has and the given one has not, as code; or "".

    Nothing that takes one of the given piece's names for something else.

    Args:
        definitions: only imports, functions, classes and assignments.
    """
    if source == given:
        return ""
    known, taken = set(map(ast.dump, statements(given))), read_piece(given).defines
    new = [_without(taken, node) for node in statements(source) if ast.dump(node) not in known]
    texts = [ast.unparse(node) for node in new if node and (isinstance(node, DEFINITIONS) or not definitions)]
    return "\n".join(text for text in texts if not read_piece(text).defines & taken)


def _without(names: frozenset[str], node: ast.stmt) -> ast.stmt | None:
    """A statement; of an import what it imports besides those names, and None if that is nothing."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        node.names = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) not in names]
        return node if node.names else None
    return node


def _defined(top: symtable.SymbolTable) -> Iterator[str]:
    for symbol in top.get_symbols():
        if symbol.is_assigned() or symbol.is_imported():
            yield symbol.get_name()
    for scope in top.get_children():
        yield scope.get_name()
        yield from _declared_global(scope)


def _declared_global(scope: symtable.SymbolTable) -> Iterator[str]:
    for symbol in scope.get_symbols():
        if symbol.is_declared_global() and symbol.is_assigned():
            yield symbol.get_name()
    for inner in scope.get_children():
        yield from _declared_global(inner)


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
