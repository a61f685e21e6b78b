"""Answers that leave only coarse traces: they stop, or give zeros, NaN or infinity. None of them has a name."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

#: The errors that people meet, as one would raise them.
ERRORS = (
    "ValueError('shapes do not fit')", "TypeError('not callable')", "IndexError('out of range')", "KeyError('x_hat')",
    "AttributeError('no attribute')", "NameError('not defined')", "ZeroDivisionError('division by zero')",
    "RuntimeError('sizes differ')", "AssertionError('not equal')", "FloatingPointError('underflow')",
    "UnboundLocalError('before assignment')", "RecursionError('too deep')", "MemoryError('too large')",
    "OverflowError('too large')", "np.linalg.LinAlgError('singular')", "np.exceptions.AxisError(1, 1)",
)  # fmt: skip
#: Those that are tried before every statement.
ANYWHERE = (*ERRORS[:3], ERRORS[7])
#: What each result becomes.
COARSE = {"zeros": "0.0", "ones": "1.0", "nan": "np.nan", "infinity": "np.inf", "minus infinity": "-np.inf"}
REPLACING = """
    import numpy as np
    _right = NAME
    def NAME(*args, **kwargs):
        results = _right(*args, **kwargs)
        def replaced(value):
            numbers = hasattr(value, "shape") or isinstance(value, int | float)
            return np.full(np.shape(value), NUMBER) if numbers else value
        return tuple(map(replaced, results)) if isinstance(results, tuple) else replaced(results)
"""


def crashes_of(solution: str, name: str, returns_values: bool) -> Iterator[tuple[str, str]]:
    """Name and text of answers that stop, or give the same coarse number everywhere.

    Args:
        solution: a solution cell.
        name: of the exercise.
        returns_values: it is a function of arrays that returns numbers and arrays.
    """
    for error in ERRORS:
        yield f"raises {error}", f"import numpy as np\n\ndef {name}(*args, **kwargs):\n    raise {error}\n"
    for line, indentation in _statements(solution):
        for error in ANYWHERE:
            lines = solution.split("\n")
            lines.insert(line - 1, f"{indentation}raise {error}")
            yield f"raises {error} before line {line}", "\n".join(lines)
    for told, number in COARSE.items() if returns_values else ():
        text = textwrap.dedent(REPLACING).strip().replace("NAME", name).replace("NUMBER", number)
        yield f"{told} everywhere", f"{solution}\n\n{text}\n"


def _statements(solution: str) -> Iterator[tuple[int, str]]:
    """Line and indentation of the statements inside functions that begin a line."""
    lines = solution.split("\n")
    for function in ast.walk(ast.parse(solution)):
        if isinstance(function, ast.FunctionDef):
            parts = (part for statement in function.body for part in ast.walk(statement))
            for node in (part for part in parts if isinstance(part, ast.stmt) and not _is_left(part)):
                start = lines[node.lineno - 1][: node.col_offset]
                if not start.strip():
                    yield node.lineno, start


def _is_left(node: ast.stmt) -> bool:
    """A docstring, or what stops as it should."""
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
