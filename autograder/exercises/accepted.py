"""Read `accepted.py` of an exercise: right answers in other styles, each a function or class with a name of its own.

What is graded is an answer's text, under the exercise's name, together with the imports of the file that it uses and
those of the file's own helpers, whose names begin with `_`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from autograder.console import shown_path
from autograder.exercises.mistakes import BankError
from autograder.lessons import imports_used_by


def read_accepted(path: Path, exercise: str) -> dict[str, str]:
    """Name -> text of a right answer, in the order of the file.

    Raises:
        BankError: the file is missing, or is not Python.
    """
    try:
        source = path.read_text(encoding="utf-8")
        statements = ast.parse(source).body
    except (OSError, SyntaxError, ValueError) as error:
        raise BankError(
            f"{shown_path(path)} cannot be read: {error}. An exercise has a file of right answers."
        ) from error
    texts = {_name(node): _text(node, source) for node in statements if _name(node)}
    helpers = {name: text for name, text in texts.items() if name.startswith("_") or name.isupper()}
    return {
        name: _standing_alone(re.sub(rf"(?<![\w.]){name}\b", exercise, text), helpers, source)
        for name, text in texts.items()
        if name not in helpers
    }


def _standing_alone(answer: str, helpers: dict[str, str], source: str) -> str:
    """An answer with what it needs of its file."""
    for name, text in reversed(helpers.items()):
        if re.search(rf"(?<![\w.]){name}\b", answer):
            answer = f"{text}\n\n{answer}"
    return f"{imports_used_by(source, answer)}\n\n{answer}\n".lstrip()


def _name(node: ast.stmt) -> str:
    """What a statement defines; "" if it is an import or a docstring."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return getattr(node, "name", "")


def _text(node: ast.stmt, source: str) -> str:
    """A statement's text, decorators included."""
    first = min(part.lineno for part in (node, *getattr(node, "decorator_list", ())))
    return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
