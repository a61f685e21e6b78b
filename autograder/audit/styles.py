"""Right answers that nobody would write by hand: a solution dressed up by rule. Each must keep all points."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterator

#: Style -> what follows the solution, with NAME for the exercise's. What they wrap is right, so that they are.
WRAPPED = {
    "a_subclass_or_a_wrapper": """
        if isinstance(NAME, type):
            class NAME(NAME):
                pass
        else:
            def _wrapped(*args, _right=NAME, **kwargs):
                return _right(*args, **kwargs)
            NAME = _wrapped
    """,
    "a_partial": """
        import functools
        NAME = functools.partial(NAME)
    """,
    "a_lambda": """
        _right = NAME
        NAME = lambda *args, **kwargs: _right(*args, **kwargs)
    """,
    "decorated": """
        import functools
        def _logged(function):
            @functools.wraps(function, updated=())
            def wrapper(*args, **kwargs):
                print("called", function.__name__)
                return function(*args, **kwargs)
            return wrapper
        NAME = _logged(NAME)
    """,
    "a_callable_object": """
        class _Callable:
            def __init__(self, function):
                self.function = function
                self.calls = 0
            def __call__(self, *args, **kwargs):
                self.calls += 1
                return self.function(*args, **kwargs)
        NAME = _Callable(NAME)
    """,
    "a_method": """
        class _Tools:
            def __init__(self, right):
                self.right = right
            def call(self, *args, **kwargs):
                return self.right(*args, **kwargs)
        NAME = _Tools(NAME).call
    """,
    "a_static_method": """
        class _Box:
            right = staticmethod(NAME)
            @staticmethod
            def call(*args, **kwargs):
                return _Box.right(*args, **kwargs)
        NAME = _Box.call
    """,
    "it_warns_and_prints": """
        import sys, warnings
        _right = NAME
        def NAME(*args, **kwargs):
            warnings.warn("careful")
            print("shape", [getattr(a, "shape", a) for a in args], file=sys.stderr)
            result = _right(*args, **kwargs)
            print(result)
            return result
    """,
    "arguments_by_name": """
        import inspect
        _right = NAME
        def NAME(*args, **kwargs):
            return _right(**inspect.signature(_right).bind(*args, **kwargs).arguments)
    """,
}
#: Only for functions that return values, of which RESULTS is a tuple.
RETURNED = {
    "a_list_of_results": "list(results) if several else results[0]",
    "results_in_fortran_order": "one(np.asfortranarray)",
    "results_that_are_views": "one(lambda a: np.repeat(a[..., None], 2, axis=-1)[..., 0])",
    "results_in_longdouble": "one(lambda a: a.astype(np.longdouble))",
    "results_that_are_read_only": "one(read_only)",
}
RETURNING = """
    import numpy as np
    _right = NAME
    def NAME(*args, **kwargs):
        results = _right(*args, **kwargs)
        several = isinstance(results, tuple)
        results = results if several else (results,)
        def read_only(a):
            a = np.array(a)
            a.setflags(write=False)
            return a
        def one(change):
            changed = tuple(change(r) if isinstance(r, np.ndarray) and r.dtype.kind == "f" else r for r in results)
            return changed if several else changed[0]
        return DRESSED
"""


#: Where the text asks for more than float32 can hold: means that are a hundred million spreads away.
NOT_IN_FLOAT32 = ("fit_standardizer",)
IN_FLOAT32 = """
    import numpy as np
    _right = NAME
    def NAME(*args, **kwargs):
        def low(a):
            if isinstance(a, dict):
                return {key: low(value) for key, value in a.items()}
            if hasattr(a, "detach"):
                return a.float() if a.is_floating_point() else a
            return a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a
        return _right(*map(low, args), **{key: low(value) for key, value in kwargs.items()})
"""


def styles_of(solution: str, name: str, returns_values: bool, is_function: bool) -> Iterator[tuple[str, str]]:
    """Style and text of right answers.

    Args:
        solution: a solution cell.
        name: of the exercise.
        returns_values: it is a function of arrays that returns numbers and arrays.
        is_function: it gives values, of arrays or not, and no object.
    """
    if is_function and name not in NOT_IN_FLOAT32:
        yield "arithmetic_in_float32", f"{solution}\n\n{textwrap.dedent(IN_FLOAT32).strip().replace('NAME', name)}\n"
    for style, text in WRAPPED.items():
        yield style, f"{solution}\n\n{textwrap.dedent(text).strip().replace('NAME', name)}\n"
    yield "other_names_no_comments", _renamed(solution, name)
    yield (
        "made_by_a_function",
        f"def _make():\n{textwrap.indent(solution, '    ')}\n    return {name}\n\n{name} = _make()\n",
    )
    for style, dressed in RETURNED.items() if returns_values else ():
        text = textwrap.dedent(RETURNING).strip().replace("NAME", name).replace("DRESSED", dressed)
        yield style, f"{solution}\n\n{text}\n"


def _renamed(solution: str, name: str) -> str:
    """With variables of other names, and without comments."""
    tree = ast.parse(solution)
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        inner = [
            n
            for part in ast.walk(function)
            if isinstance(part, ast.FunctionDef | ast.Lambda) and part is not function
            for n in ast.walk(part)
        ]
        if inner:
            continue
        kept = {a.arg for a in [*function.args.args, *function.args.kwonlyargs]} | _declared(function) | {name}
        stored = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)} - kept
        _rename(function, {old: f"μ_{place}" for place, old in enumerate(sorted(stored))})
    return ast.unparse(tree) + "\n"


def _declared(function: ast.FunctionDef) -> set[str]:
    return {n for node in ast.walk(function) if isinstance(node, ast.Global | ast.Nonlocal) for n in node.names}


def _rename(function: ast.FunctionDef, names: dict[str, str]) -> None:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
