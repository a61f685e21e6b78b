"""Watch for what an exercise forbids: torch's own operators, or torch at all."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Iterator

from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.stored import IN_NUMPY

#: Names in the notebook of what is torch's, while they are taken away.
_taken: set[str] = set()


@contextlib.contextmanager
def forbidding(names: tuple[str, ...]) -> Iterator[None]:
    """Find out whether torch's own operators of such names are called, whatever they are called through.

    Raises:
        BadReturn: one was called.
    """
    with _noting(bool(names) and _torch_is_there()) as called:
        yield
    if found := [name for operator in called for name in names if name in operator]:
        raise BadReturn(f"it calls torch's own {found[0]}; this exercise asks you to write it yourself")


@contextlib.contextmanager
def without_torch(home: dict) -> Iterator[None]:
    """Be as where lessons in NumPy are graded: torch cannot be imported, and what was imported of it has no name.

    Args:
        home: the names of the notebook.

    Raises:
        BadReturn: something of torch was called all the same.
    """
    modules = {name: module for name, module in list(sys.modules.items()) if _is_torch(name)}
    named = {name: value for name, value in home.items() if _is_of_torch(value)}
    with _noting(_torch_is_there()) as called:
        sys.modules |= dict.fromkeys({"torch", *modules})  # type: ignore[arg-type]  # importing says: not there
        for name in named:
            del home[name]
        _taken.update(named)
        try:
            yield
        finally:
            _taken.clear()
            home |= {name: value for name, value in named.items() if name not in home}
            del sys.modules["torch"]
            sys.modules |= modules
    if called:
        raise BadReturn(f"it uses torch; {IN_NUMPY}")


def misses_torch(error: Exception) -> bool:
    """Whether code has stopped since torch is not to be had."""
    if "torch" not in sys.modules or sys.modules["torch"] is not None:
        return False
    return isinstance(error, ImportError | NameError) and (_is_torch(str(error.name)) or error.name in _taken)


def _torch_is_there() -> bool:
    return sys.modules.get("torch") is not None


def _is_torch(module: str) -> bool:
    return module.partition(".")[0] == "torch"


def _is_of_torch(value: object) -> bool:
    if isinstance(value, types.ModuleType):
        return _is_torch(value.__name__)
    named = isinstance(value, type | types.FunctionType | types.BuiltinFunctionType)
    return named and _is_torch(str(value.__module__))


@contextlib.contextmanager
def _noting(there: bool) -> Iterator[list[str]]:
    """Tell which of torch's operators were called.

    Args:
        there: whether torch can be imported; if not, nothing of it is called.
    """
    called: list[str] = []
    if not there:
        yield called
        return
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        @classmethod
        def _should_skip_dynamo(cls) -> bool:
            return False  # nothing is compiled here; to skip it, torch would import what takes longer than all the rest

        def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
            called.append(operator.__name__)
            return operator(*args, **(kwargs or {}))

    with Watch():
        yield called
