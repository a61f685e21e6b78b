"""A name that is missing since a cell above was not run, told in a sentence in place of a traceback.

Only in a Jupyter kernel whose working folder is a lesson's. The cell still ends with an error: one that is graded does
not pass. An error in the learner's own functions shows as usual.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import stored
from autograder.learner.message import filled

RUN = "Run the cells above first: menu Run ▸ Run All Above Selected Cell."
HEADING = re.compile(r"^#{2,3} (.+)$", re.MULTILINE)
SETUP = "setup"


@dataclass(frozen=True)
class Maker:
    """A cell that makes a name.

    Attributes:
        place: the heading above it; "" above the first one.
        source: its code.
    """

    id: str
    place: str
    source: str


def tell_missing_names() -> None:
    """Tell of missing names in this process, if it is a kernel that notebooks run in."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell and hasattr(shell, "kernel"):
        shell.set_custom_exc((NameError,), _show)


def _show(shell, kind, error, trace, tb_offset=None) -> None:
    """Show an error as IPython does, or as the sentence that there is about it."""
    if said := explain(shell, error, trace):
        error._render_traceback_ = lambda: [filled(said)]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def explain(shell, error: NameError, trace) -> str:
    """What to do about a name that is missing; "" if nothing is known about it."""
    lesson = Path.cwd().name
    if not error.name or lesson not in stored.lessons():
        return ""
    cells = stored.lesson(lesson)["released"]["cells"]
    here = shell.get_parent().get("metadata", {}).get("cellId", "")
    maker = maker_of(cells, error.name, before=here)
    if not maker or not (maker.id == SETUP or _is_given(trace, cells)):
        return ""
    where = "the set-up cell at the top" if maker.id == SETUP else f"the cell under '{maker.place}'"
    if maker.source.strip() in (source.strip() for source in shell.user_ns.get("In", [])):
        return f"`{error.name}` is made in {where}, which ran and did not get that far: see what it says."
    return f"`{error.name}` is made in {where}, which has not been run since the kernel started. {RUN}"


def maker_of(cells: list[dict], name: str, before: str = "") -> Maker | None:
    """The cell that makes a name: the last one above a certain cell; the first one if that cell is not the lesson's."""
    found: list[Maker] = []
    place = ""
    for cell in cells:
        source = "".join(cell["source"])
        if cell["id"] == before:
            return found[-1] if found else None
        if cell["cell_type"] == "markdown":
            place = [place, *HEADING.findall(source)][-1]
        elif name in names_made(source):
            found.append(Maker(cell["id"], place, source))
    return found[0] if found else None


def names_made(source: str) -> set[str]:
    """What a cell's code binds outside of functions; nothing for what is not plain Python."""
    try:
        return set(_bound(ast.parse(source)))
    except SyntaxError:
        return set()


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        elif isinstance(child, ast.alias):
            yield child.asname or child.name.partition(".")[0]
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        else:
            yield from _bound(child)


def _is_given(trace, cells: list[dict]) -> bool:
    """Whether the name was missing in a cell itself, or in a function that the lesson gives, not in an answer."""
    while trace.tb_next:
        trace = trace.tb_next
    function = trace.tb_frame.f_code.co_name
    if function.startswith("<"):
        return True
    made = [cell for cell in cells if cell["cell_type"] == "code" and function in names_made("".join(cell["source"]))]
    return bool(made) and not any(cell["metadata"].get("nbgrader", {}).get("solution") for cell in made)
