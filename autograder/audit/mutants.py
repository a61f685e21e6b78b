"""Wrong answers that nobody wrote: a solution with one thing changed, by rule.

Each is a text that differs from the solution cell in one place. Most are mistakes; some change nothing that matters,
and those are listed in the exercise's `equivalent.md`, with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

BINARY = {
    ast.Add: ("-", "*"), ast.Sub: ("+",), ast.Mult: ("/", "+"), ast.Div: ("*", "//"), ast.FloorDiv: ("/", "*"),
    ast.Mod: ("*",), ast.Pow: ("*",), ast.MatMult: ("*",), ast.BitAnd: ("|",), ast.BitOr: ("&",),
}  # fmt: skip
COMPARED = {
    ast.Lt: ("<=", ">"), ast.LtE: ("<", ">="), ast.Gt: (">=", "<"), ast.GtE: (">", "<="), ast.Eq: ("!=",),
    ast.NotEq: ("==",), ast.Is: ("is not",), ast.IsNot: ("is",), ast.In: ("not in",), ast.NotIn: ("in",),
}  # fmt: skip
#: Names that are easily taken for one another.
TWINS = {
    "mean": ("sum", "max"), "sum": ("mean",), "var": ("std",), "std": ("var",), "sqrt": ("abs", "square"),
    "abs": ("square",), "max": ("min", "mean"), "min": ("max",), "zeros": ("ones",), "ones": ("zeros",),
    "zeros_like": ("ones_like",), "ones_like": ("zeros_like",), "rsqrt": ("sqrt",), "train": ("eval",),
    "eval": ("train",), "maximum": ("minimum",), "minimum": ("maximum",), "any": ("all",), "all": ("any",),
    "argmax": ("argmin",), "argmin": ("argmax",), "tanh": ("sin",), "square": ("abs",), "log": ("exp",),
    "register_buffer": ("register_parameter",), "Parameter": ("Buffer",), "add_": ("sub_", "copy_"),
    "mul_": ("div_",), "copy_": ("add_",), "ReLU": ("Tanh",), "BatchNorm1d": ("LayerNorm",), "floor": ("ceil",),
}  # fmt: skip
COMMUTES = (ast.Add, ast.Mult, ast.BitAnd, ast.BitOr)


@dataclass(frozen=True)
class Mutant:
    """A changed solution.

    Attributes:
        rule: what was changed: operator, constant, argument, name, call, condition or statement.
        line: of the solution cell, from 1.
        old, new: the lines that differ, without indentation, joined.
        text: the whole cell.
    """

    rule: str
    line: int
    old: str
    new: str
    text: str

    @property
    def name(self) -> str:
        """For tables: rule and place."""
        return f"{self.rule} in line {self.line}: {self.new}"


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a solution cell that are Python, each once."""
    found: set[str] = set()
    for rule, line, text in _changed(source):
        try:
            same = ast.dump(ast.parse(text)) == ast.dump(ast.parse(source))
        except SyntaxError:
            continue
        if not same and text not in found:
            found.add(text)
            yield Mutant(rule, line, *_lines_apart(source, text), text)


def _lines_apart(old: str, new: str) -> tuple[str, str]:
    """The lines in which two texts differ."""
    before, after = old.split("\n"), new.split("\n")
    start = next(i for i, pair in enumerate(zip(before, after)) if pair[0] != pair[1])
    end = next(i for i, pair in enumerate(zip(before[::-1], after[::-1])) if pair[0] != pair[1])
    end = min(end, len(before) - start, len(after) - start)
    one, other = (" ".join(line.strip() for line in text[start : len(text) - end]) for text in (before, after))
    return one, other


def _changed(source: str) -> Iterator[tuple[str, int, str]]:
    """Rule, line and text of each change."""
    edit = _Editor(source)
    tree = ast.parse(source)
    for definition in tree.body:
        if isinstance(definition, ast.FunctionDef | ast.ClassDef):
            for rule, node, new in _changes(definition, edit):
                yield rule, node.lineno, new


def _changes(definition: ast.AST, edit: _Editor) -> Iterator[tuple[str, ast.expr | ast.stmt, str]]:
    names = _names_in(definition)
    notes = {id(part) for node in ast.walk(definition) for part in _annotations(node)}
    for node in ast.walk(definition):
        if id(node) in notes:
            continue
        if isinstance(node, ast.BinOp):
            yield from _of_binary(node, edit)
        elif isinstance(node, ast.UnaryOp):
            yield "operator", node, edit.instead(node, f"({edit.text(node.operand)})")
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            for new in COMPARED[type(node.ops[0])]:
                yield "operator", node, edit.between(node.left, node.comparators[0], f" {new} ")
        elif isinstance(node, ast.BoolOp):
            new = " or " if isinstance(node.op, ast.And) else " and "
            yield "operator", node, edit.between(node.values[0], node.values[1], new)
        elif isinstance(node, ast.Constant):
            for new in _other_constants(node.value):
                yield "constant", node, edit.instead(node, new)
        elif isinstance(node, ast.Call):
            yield from _of_call(node, edit)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            for new in _neighbours(names, node.id):
                yield "name", node, edit.instead(node, new)
        elif isinstance(node, ast.Attribute):
            for new in TWINS.get(node.attr, ()):
                yield "call", node, edit.instead(node, f"{edit.text(node.value)}.{new}")
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield "argument", node, edit.instead(node, edit.text(node.value))
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            for new in ("True", "False"):
                if not (isinstance(node, ast.While) and new == "True"):
                    yield "condition", node, edit.instead(node.test, new)
        elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
            one, other = node.elts[:2]
            yield "argument", node, edit.swapped(one, other)
        if (
            isinstance(node, ast.stmt)
            and not isinstance(node, ast.FunctionDef | ast.ClassDef)
            and not _is_docstring(node)
        ):
            yield "statement", node, edit.instead(node, "pass")


def _of_binary(node: ast.BinOp, edit: _Editor) -> Iterator[tuple[str, ast.expr | ast.stmt, str]]:
    for new in BINARY.get(type(node.op), ()):
        yield "operator", node, edit.between(node.left, node.right, f" {new} ")
    if not isinstance(node.op, COMMUTES):
        yield "operator", node, edit.swapped(node.left, node.right)
    yield "operator", node, edit.instead(node, f"({edit.text(node.left)})")
    yield "operator", node, edit.instead(node, f"({edit.text(node.right)})")


def _of_call(node: ast.Call, edit: _Editor) -> Iterator[tuple[str, ast.expr | ast.stmt, str]]:
    arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
    for place in range(len(arguments)):
        rest = [edit.text(other) for other in [*arguments[:place], *arguments[place + 1 :]]]
        yield "argument", node, edit.instead(node, f"{edit.text(node.func)}({', '.join(rest)})")
    if len(node.args) > 1:
        yield "argument", node, edit.swapped(*node.args[:2])
    if len(arguments) == 1 and node.args:
        yield "call", node, edit.instead(node, f"({edit.text(node.args[0])})")
    if isinstance(node.func, ast.Attribute):
        yield "call", node, edit.instead(node, f"({edit.text(node.func.value)})")


def _other_constants(value: object) -> list[str]:
    if isinstance(value, bool):
        return [str(not value)]
    if isinstance(value, int):
        return [str(value + 1), str(value - 1)] + (["-1"] if value == 0 else ["None"] if value == 1 else [])
    if isinstance(value, float):
        return [repr(value * 10), repr(value / 10), "0.0"]
    if value is None:
        return ["0"]
    return []


def _names_in(definition: ast.AST) -> list[str]:
    """Parameters and variables, in order."""
    arguments = [
        a.arg
        for node in ast.walk(definition)
        if isinstance(node, ast.arguments)
        for a in [*node.args, *node.kwonlyargs]
    ]
    stored = [n.id for n in ast.walk(definition) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys([*arguments, *stored]))


def _neighbours(names: list[str], name: str) -> list[str]:
    """The names before and after one in the order in which they appear."""
    place = names.index(name)
    return [names[other] for other in (place - 1, place + 1) if 0 <= other < len(names) and names[other] != "self"]


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    found = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    return (part for note in found if note for part in ast.walk(note))


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Editor:
    """Replaces what stands at a node of a text."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._starts = [0]
        for line in source.split("\n"):
            self._starts.append(self._starts[-1] + len(line.encode()) + 1)
        self._bytes = source.encode()

    def text(self, node: ast.expr | ast.keyword) -> str:
        """The text of a node, with parentheses where it needs them to stand elsewhere."""
        begin, end = self._span(node)
        text = self._bytes[begin:end].decode()
        lone = isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.BoolOp | ast.IfExp | ast.Lambda)
        return f"({text})" if lone else text

    def instead(self, node: ast.expr | ast.stmt, new: str) -> str:
        return self._with([(*self._span(node), new)])

    def between(self, left: ast.expr, right: ast.expr, new: str) -> str:
        """With another operator; parentheses round the operands stay."""
        begin, end = self._span(left)[1], self._span(right)[0]
        between = self._bytes[begin:end].decode()
        closing, opening = (len(part) for part in (between.rstrip("( \n"), between.lstrip(") \n")))
        before, after = between[: len(between) - opening], between[closing:]
        return self._with([(begin, end, f"{before.rstrip()}{new}{after.lstrip()}")])

    def swapped(self, one: ast.expr, other: ast.expr) -> str:
        return self._with([(*self._span(one), self.text(other)), (*self._span(other), self.text(one))])

    def _span(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        begin = self._starts[node.lineno - 1] + node.col_offset
        return begin, self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def _with(self, edits: list[tuple[int, int, str]]) -> str:
        text = self._bytes
        for begin, end, new in sorted(edits, reverse=True):
            text = text[:begin] + new.encode() + text[end:]
        return text.decode()
