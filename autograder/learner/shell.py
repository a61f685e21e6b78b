"""The shell in which a notebook's cells run outside of a kernel: graders', and the one that `check --submit` asks."""

from __future__ import annotations

import gc
import importlib.util
import os
import sys
from types import ModuleType

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

#: What draws pictures takes as long to load as all the rest, and few cells draw.
PICTURES = "matplotlib.pyplot"


class Shell(InteractiveShell):
    """A shell such as notebooks run in, without history, terminal or windows."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing to be done: pictures are drawn inline."""


def make_shell() -> Shell:
    """The shell of this process, as good as new, before anybody has used it.

    What draws pictures draws inline, also if it is loaded later: Jupyter's own kernels set this variable, too.
    """
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    gc.freeze()  # a new shell collects what is no longer used, which takes a while among so many modules
    shell = Shell.instance(history_load_length=0)
    if shell.history_manager:
        shell.history_manager.enabled = False
    shell.colors = "nocolor"
    if PICTURES in sys.modules:
        shell.run_line_magic("matplotlib", "inline")
    with capture_output():  # what the first cell of all takes longer for is done here, once
        shell.run_cell("import autograder.learner\nautograder.learner.use_course_style()", store_history=False)
    shell.reset(new_session=False)
    return shell


class Unloaded(ModuleType):
    """A module that is loaded when somebody first takes something from it; to import it is not enough.

    (`importlib.util.LazyLoader` makes modules that are loaded when they are imported for the second time.)
    """

    def __getattr__(self, name: str):
        if name.startswith("__") or not (self.__spec__ and self.__spec__.loader):
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def load_when_used(name: str) -> None:
    """Have a module of a package look imported; the package is."""
    if found := importlib.util.find_spec(name):
        sys.modules[name] = module = importlib.util.module_from_spec(found)
        module.__class__ = Unloaded
        parent, _, child = name.rpartition(".")
        setattr(sys.modules[parent], child, module)
