"""Other functions in the place of a learner's, whatever these are called through, while an answer runs.

A name in the notebook is not all that leads to a function: there are functions of the learner's own that call it, other
names for it, default arguments, closures and partial functions. So a function itself does something else meanwhile.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Mapping

#: So many things are looked at in search of what an answer can call; notebooks have far fewer.
MOST = 2_000
#: Stands in the code below for what is to be called.
OTHER = "the other function"


class StandIns:
    """Functions that are to be called in place of others.

    Args:
        others: name -> the function to be called.
        answer: what is going to run.
        home: the names of the notebook.
        kept: a function that stays as it is, also if it has one of the names.
    """

    def __init__(self, others: Mapping[str, Callable], answer: object, home: dict, kept: object = None) -> None:
        self._others, self._home = dict(others), home
        self._codes: list[tuple[types.FunctionType, types.CodeType]] = []
        self._names: dict[str, object] = {}
        if not others:
            return
        replaced = {id(home[name]): other for name, other in others.items() if name in home}
        for thing in {id(thing): thing for thing in (*home.values(), *reached(answer, home))}.values():
            other = replaced.get(id(thing), _earlier(thing, others, home))
            if isinstance(thing, types.FunctionType) and other is not None and thing not in (kept, other):
                self._codes.append((thing, _calling(other, len(thing.__code__.co_freevars))))
        self._names = {name: replaced[id(value)] for name, value in home.items() if id(value) in replaced}
        self._names = {name: other for name, other in self._names.items() if home[name] is not kept} | self._others

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Have them called."""
        before = {name: self._home[name] for name in self._names if name in self._home}
        codes = [(function, function.__code__) for function, _ in self._codes]
        self._home |= self._names
        for function, code in self._codes:
            function.__code__ = code
        try:
            yield
        finally:
            for function, code in codes:
                function.__code__ = code
            for name, other in self._names.items():
                if name in before:
                    self._home[name] = before[name]
                elif self._home.get(name) is other:
                    del self._home[name]


def home_of(answer: object) -> dict:
    """The names that an answer's own code finds: those of the notebook that it was written in."""
    while inner := _inside(answer):
        answer = inner
    if isinstance(answer, types.FunctionType):
        return answer.__globals__
    kind = answer if isinstance(answer, type) else type(answer)
    methods = (method for base in kind.__mro__ for method in vars(base).values())
    return next((method.__globals__ for method in methods if isinstance(method, types.FunctionType)), {})


def names_used(answer: object) -> set[str]:
    """The names in the notebook that an answer's code can read, or leads to, at whatever depth; not its own."""
    home = home_of(answer)
    things = [answer, *reached(answer, home)]
    functions = [thing for thing in things if isinstance(thing, types.FunctionType) and thing.__globals__ is home]
    read = set[str]().union(*(globals_read(function.__code__) for function in functions))
    found = {id(thing) for thing in things}
    callables = {name for name, value in home.items() if id(value) in found and value is not answer}
    return (read | callables | {function.__qualname__ for function in functions}) - {getattr(answer, "__name__", "")}


def reached(answer: object, home: dict) -> list[object]:
    """What an answer's code can call of the learner's own, found by names, closures, defaults and attributes."""
    seen: dict[int, object] = {}
    waiting = [answer]
    while waiting and len(seen) < MOST:
        thing = waiting.pop()
        if id(thing) not in seen and _is_looked_into(thing, home):
            seen[id(thing)] = thing
            with contextlib.suppress(Exception):  # a learner's object may answer in any way
                waiting += _led_to(thing, home)
    return list(seen.values())


@functools.lru_cache(1_000)  # asked for each probe anew
def globals_read(code: types.CodeType) -> frozenset[str]:
    """The global names in a code and in those within it."""
    inner = [const for const in code.co_consts if isinstance(const, types.CodeType)]
    own = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return frozenset(own).union(*map(globals_read, inner))


def _is_looked_into(thing: object, home: dict) -> bool:
    if isinstance(thing, types.FunctionType | types.MethodType | functools.partial):
        return True
    if isinstance(thing, list | tuple | dict | set | staticmethod | classmethod | property):
        return True
    kind = thing if isinstance(thing, type) else type(thing)
    return kind.__module__ == home.get("__name__") or hasattr(thing, "__wrapped__") or kind is types.SimpleNamespace


def _led_to(thing: object, home: dict) -> Iterable[object]:
    if isinstance(thing, types.FunctionType):
        names = globals_read(thing.__code__) if thing.__globals__ is home else ()
        cells = [cell.cell_contents for cell in thing.__closure__ or () if _is_filled(cell)]
        defaults = (*(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values())
        return [*(home[name] for name in names if name in home), *cells, *defaults, *vars(thing).values()]
    if isinstance(thing, types.MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, functools.partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, staticmethod | classmethod):
        return [thing.__func__]
    if isinstance(thing, property):
        return [thing.fget, thing.fset]
    if isinstance(thing, list | tuple | set):
        return list(thing)[:MOST]
    if isinstance(thing, dict):
        return list(thing.values())[:MOST]
    kind = thing if isinstance(thing, type) else type(thing)
    own = [base for base in kind.__mro__ if base.__module__ == home.get("__name__")]
    held = list(vars(thing).values()) if hasattr(thing, "__dict__") and kind is not thing else []
    wrapped = inspect.getattr_static(thing, "__wrapped__", None)
    return [*(value for base in own for value in vars(base).values()), *held, wrapped]


def _inside(answer: object) -> object:
    """What a partial function, a bound method or a wrapper is made around."""
    if isinstance(answer, functools.partial):
        return answer.func
    if isinstance(answer, types.MethodType):
        return answer.__func__
    return inspect.getattr_static(answer, "__wrapped__", None) or getattr(answer, "__dict__", {}).get("__wrapped__")


def _earlier(thing: object, others: Mapping[str, Callable], home: dict) -> Callable | None:
    """What is to be called for a function that was once defined under one of the names, and is no longer found so."""
    if isinstance(thing, types.FunctionType) and thing.__globals__ is home and "__wrapped__" not in vars(thing):
        return others.get(thing.__qualname__)
    return None


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


@functools.cache
def _template(free: int) -> types.CodeType:
    """The code of a function of so many variables from outside that calls something else with what it is given."""
    names = [f"v{number}" for number in range(free)]
    lines = [
        "def outer():",
        *(f"    {name} = None" for name in names),
        "    def stand_in(*args, **kwargs):",
        f"        other = {OTHER!r}",
        "        return other(*args, **kwargs)",
        *(f"        {name}" for name in names),
        "    return stand_in",
    ]
    space: dict = {}
    exec(compile("\n".join(lines), "<standing in>", "exec"), space)
    return space["outer"]().__code__


def _calling(other: Callable, free: int) -> types.CodeType:
    code = _template(free)
    return code.replace(co_consts=tuple(other if const == OTHER else const for const in code.co_consts))
