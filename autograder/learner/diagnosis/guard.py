"""Watch for what an exercise forbids: torch's own operators."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from autograder.learner.diagnosis.plain_data import BadReturn


@contextlib.contextmanager
def forbidding(names: tuple[str, ...]) -> Iterator[None]:
    """Find out whether torch's own operators of such names are called, whatever they are called through.

    Raises:
        BadReturn: one was called.
    """
    if not names or sys.modules.get("torch") is None:
        yield
        return
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        called: tuple[str, ...] = ()

        def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
            self.called += tuple(name for name in names if name in operator.__name__)
            return operator(*args, **(kwargs or {}))

    with Watch() as watch:
        yield
    if watch.called:
        raise BadReturn(f"it calls torch's own {watch.called[0]}; this exercise asks you to write it yourself")
