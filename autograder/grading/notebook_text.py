"""The text of a notebook, as nbformat writes it. Most cells are in all students' notebooks; their text is made once."""

from __future__ import annotations

import json
from functools import lru_cache

import nbformat
from nbformat import NotebookNode, v4

#: How a notebook's text begins if it has no cells, and what stands in place of that otherwise.
NO_CELLS, BEGIN, END = '{\n "cells": []', '{\n "cells": [\n', "\n ]"
#: Cells whose text is kept.
KEPT = 4096


def notebook_text(notebook: NotebookNode) -> str:
    """What `nbformat.v4.writes` gives, and a last line end."""
    rest = v4.writes(NotebookNode(notebook | {"cells": []}))
    if notebook.cells:
        cells = ",\n".join(_cell_text(json.dumps(cell)) for cell in notebook.cells)
        rest = f"{BEGIN}{cells}{END}{rest.removeprefix(NO_CELLS)}"
    return f"{rest}\n"


@lru_cache(KEPT)
def _cell_text(cell: str) -> str:
    """The text of one cell, indented as in a notebook; given as JSON."""
    alone = v4.writes(nbformat.from_dict({"cells": [json.loads(cell)], "metadata": {}}))
    return alone.removeprefix(BEGIN).rpartition(f'{END},\n "metadata": {{}}')[0]
