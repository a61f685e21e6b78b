"""torch without its compiler, which optimizers load at their first step, and which takes as long to load as torch.

Nothing is compiled where answers are judged. What torch's own code asks of the compiler on the way does nothing then.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

COMPILER = "torch._dynamo"


class Compiler(ModuleType):
    """Stands in for torch's compiler until somebody wants anything else of it: then it is loaded."""

    def graph_break(self, *_, **__) -> None:
        """What is compiled would be cut in two here."""

    def disable(self, function, *_, **__):
        """The same function, never compiled."""
        return function

    def __getattr__(self, name: str):
        if name.startswith("__") and name != "__path__":  # nobody looks at a module by chance for its folder
            raise AttributeError(name)
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
        return getattr(importlib.import_module(COMPILER), name)


def leave_compiler_out() -> None:
    """Have torch do without its compiler in this process; it need not be loaded yet."""
    if COMPILER not in sys.modules:
        sys.modules[COMPILER] = Compiler(COMPILER)
