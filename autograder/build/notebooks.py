"""Turn a lesson's text into a notebook with nbgrader's metadata and stable cell ids."""

from __future__ import annotations

import copy
import hashlib
import json
import textwrap
from collections import Counter
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.exercises.bank import Bank, banks_of
from autograder.lessons import HIDDEN_TESTS, SOLUTIONS, Cell, Lesson, asked

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def solution_notebook(name: str) -> Path:
    """Where a lesson's instructor's notebook lies."""
    return SOLUTIONS / name / f"{name}.ipynb"


def make_notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """The instructor's notebook before it is run: all cells, no outputs."""
    banks = {bank.name: bank for bank in banks_of(lesson)}
    cells = [made for cell in lesson.cells for made in _make_cells(lesson, cell, banks)]
    seen: Counter[str] = Counter()
    for cell in cells:
        seen[cell.id] += 1
        if seen[cell.id] > 1:
            cell.id = f"{cell.id}-{seen[cell.id]}"
        if cell.cell_type == "markdown":
            cell.metadata["editable"] = False  # a double click does not turn it into its raw text
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def without_outputs(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """A copy with nothing in it that running adds."""
    bare = copy.deepcopy(notebook)
    for cell in bare.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return bare


def holds_cells(path: Path, fresh: nbformat.NotebookNode, *, executed: bool = False) -> bool:
    """Whether the notebook on disk has these very cells, whatever they put out; if asked for, all run."""
    try:
        there = nbformat.read(path, as_version=4)
    except Exception:
        return False
    same = _cells(without_outputs(there)) == _cells(fresh)
    return same and not (executed and any(c.cell_type == "code" and not c.execution_count for c in there.cells))


def _cells(notebook: nbformat.NotebookNode) -> list:
    return [(cell.id, cell.cell_type, cell.source, cell.metadata) for cell in notebook.cells]


def _make_cells(lesson: Lesson, cell: Cell, banks: dict[str, Bank]) -> list[nbformat.NotebookNode]:
    if cell.kind == "markdown":
        return [new_markdown_cell(cell.source, id=_content_id(cell.source))]
    if cell.kind == "predict":
        call = f'{cell.name} = predict("{lesson.name}", "{cell.name}", choice="?")'
        return [new_code_cell(call, id=f"predict-{cell.name}")]
    if cell.kind in ("quiz", "derive"):
        return _question_cells(lesson, cell)
    if cell.kind == "setup":
        return [_graded(cell.source, "setup", locked=True)]
    if cell.kind == "exercise":
        return [_graded(cell.source, cell.name, solution=True)]
    if cell.kind == "check":
        made = _graded(cell.source, f"check_{cell.name}", grade=True, locked=True, points=cell.points)
        made.metadata["tags"] = ["raises-exception"]  # so that "Run all" goes on past an exercise not yet done
        return [made]
    if cell.kind == "hidden":
        bank = banks[cell.name]
        return [_graded(_hidden_source(bank), f"hidden_{cell.name}", grade=True, locked=True, points=bank.points)]
    folded = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]} if cell.folded else {}
    return [new_code_cell(cell.source, id=cell.name or _content_id(cell.source), metadata=folded)]


def _graded(source: str, grade_id: str, **facts) -> nbformat.NotebookNode:
    metadata = {
        "grade": False,
        "grade_id": grade_id,
        "locked": False,
        "schema_version": 3,
        "solution": False,
        "task": False,
    }
    return new_code_cell(source, id=grade_id, metadata={"nbgrader": metadata | facts})


def _hidden_source(bank: Bank) -> str:
    parts = " · ".join(f"{part.name} ({part.points:g})" for part in bank.parts)
    points = f"{bank.points:g} point{'s' * (bank.points != 1)}"
    told = textwrap.wrap(f"Hidden tests of {bank.name}, {points}, on fresh data: {parts}.", 90)
    call = ["from autograder.exercises import grade", "", f'grade({bank.name}, "{bank.name}")']
    return "\n".join([*(f"# {line}" for line in told), HIDDEN_TESTS[0], *call, HIDDEN_TESTS[1]])


def _question_cells(lesson: Lesson, cell: Cell) -> list[nbformat.NotebookNode]:
    """The question, and the cell that answers it: rightly here; `OpenQuestions` takes the answer out."""
    question = asked(cell)
    choices = "\n".join(f"- **{letter})** {text}" for letter, (text, _) in question.get("choices", {}).items())
    title = {"quiz": "Question", "derive": "Derive it"}[cell.kind]
    text = f"**{title}.** {question['question']}\n\n{choices}".rstrip()
    right = question["blank"]["right"] if "blank" in question else question["right"]
    answering = f'{cell.kind}("{lesson.name}", "{cell.name}", answer={json.dumps(right, ensure_ascii=False)})'
    return [
        new_markdown_cell(text, id=f"question-{cell.name}"),
        new_code_cell(answering, id=f"{cell.kind}-{cell.name}"),
    ]


def _content_id(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:12]
