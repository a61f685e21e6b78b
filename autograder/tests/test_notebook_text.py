"""The text of a notebook is what nbformat writes, whoever had the same cells before."""

import nbformat
import pytest
from nbformat import v4

from autograder.build.notebooks import solution_notebook
from autograder.grading.notebook_text import notebook_text
from autograder.lessons import lesson_names

ODD = [
    v4.new_markdown_cell("", attachments={"a.png": {"image/png": "aGk=\n"}}),
    v4.new_markdown_cell(' ],\n "metadata": {}', metadata={"trusted": True, "z": {"b": [], "a": {}}}),
    v4.new_raw_cell("ä\u2028\r\n\ud800"),
    v4.new_code_cell(
        "x\n",
        outputs=[
            v4.new_output("stream", text="one\ntwo"),
            v4.new_output("display_data", data={"text/html": "<p>\n</p>", "application/json": {"b": 1, "a": [1.5]}}),
            v4.new_output("error", ename="E", evalue="", traceback=["\x1b[0m"]),
        ],
    ),
]


def odd(cells, **metadata):
    return nbformat.from_dict({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize("name", lesson_names())
def test_of_a_lesson(name):
    notebook = nbformat.read(solution_notebook(name), as_version=4)
    for _ in range(2):
        assert notebook_text(notebook) == f"{v4.writes(notebook)}\n"


@pytest.mark.parametrize("cells", [[], ODD[:1], ODD, ODD[::-1]], ids=len)
def test_of_odd_cells(cells):
    for notebook in (odd(cells), odd(cells, kernelspec={"name": "python3"}, order=["a"], signature="s")):
        assert notebook_text(notebook) == f"{v4.writes(notebook)}\n"
    assert all(cell.get("id") for cell in cells), "nothing was changed"
