"""An explorer draws with the learner's function: with sliders in an open notebook, as a plain figure elsewhere."""

import matplotlib.pyplot as plt
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder.learner import explore

DRAWN = """
from autograder.learner import explore, use_course_style
import matplotlib.pyplot as plt
use_course_style()
def draw(gamma, batch_size):
    plt.plot([0, gamma])
    print(gamma, batch_size)
"""


@pytest.fixture
def drawn(monkeypatch):
    """Each value that `draw(...)` was called with."""
    monkeypatch.setattr(plt, "show", lambda: None)
    return []


def run(cells, folder, monkeypatch, **environment):
    """The outputs of the last of some cells of a notebook that is run in a folder."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    folder.mkdir(parents=True, exist_ok=True)
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.validate(notebook)
    return notebook


def kinds(notebook):
    return [kind for output in notebook.cells[-1].outputs for kind in output.get("data", {})]


# What is drawn


def test_start_values_are_those_given_and_the_middle_or_the_first_of_the_others(drawn):
    controls = {"gamma": (-3, 3, 0.5), "batch_size": [4, 16, 64], "depth": (0, 10, 3)}
    explore(lambda **values: drawn.append(values), start={"batch_size": 16}, **controls)
    assert drawn == [{"gamma": 0.0, "batch_size": 16, "depth": 3}]


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ({"gama": 1}, "start names 'gama'; the controls are gamma, size"),
        ({"gamma": 5}, r"gamma cannot be 5: it is one of \(-3, 3, 0.5\)"),
        ({"size": 5}, r"size cannot be 5: it is one of \[4, 16\]"),
    ],
)
def test_a_start_that_no_control_can_take_is_refused(start, message, drawn):
    with pytest.raises(ValueError, match=message):
        explore(lambda **values: drawn.append(values), start=start, gamma=(-3, 3, 0.5), size=[4, 16])
    assert drawn == []


def batchnorm_forward():
    raise NotImplementedError("Exercise: replace this line with your code.")


def test_an_unsolved_exercise_is_told_in_a_line(drawn, capsys):
    explore(lambda gamma: batchnorm_forward(), gamma=[1])
    assert capsys.readouterr().out == "Nothing to draw yet: this figure needs your `batchnorm_forward`.\n"


def test_a_drawing_that_stops_is_told_in_a_line_and_leaves_no_half_figure(drawn, capsys):
    def draw(gamma):
        plt.figure()
        return 1 / gamma

    explore(draw, gamma=[0, 1])
    assert capsys.readouterr().out == "Nothing drawn for gamma=0: ZeroDivisionError: division by zero\n"
    assert plt.get_fignums() == []


# Where widgets are shown

EXPLORE = [DRAWN, "explore(draw, gamma=(-3, 3, 0.5), batch_size=[4, 16], start={'gamma': 1.5})"]


def test_an_open_notebook_shows_sliders_and_redraws(tmp_path, monkeypatch):
    pytest.importorskip("ipywidgets")
    notebook = run(EXPLORE, tmp_path, monkeypatch, JPY_SESSION_NAME="03_forward.ipynb")
    assert kinds(notebook) == ["text/plain", "application/vnd.jupyter.widget-view+json"]
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    sliders = [state for state in states if "Slider" in state["model_name"]]
    assert [each["state"]["description"] for each in sliders if "Style" not in each["model_name"]] == [
        "gamma",
        "batch_size",
    ]
    [drawn] = [state["state"]["outputs"] for state in states if state["model_name"] == "OutputModel"]
    assert drawn[0]["text"] == "1.5 4\n" and "image/png" in drawn[1]["data"]


@pytest.mark.parametrize("folder", ["03_forward", "solutions/03_forward"])
def test_a_notebook_that_nobody_has_open_holds_a_plain_figure(folder, tmp_path, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    notebook = run(EXPLORE, tmp_path / folder, monkeypatch)
    assert notebook.cells[-1].outputs[0].text == "1.5 4\n"
    assert kinds(notebook) == ["text/plain", "image/png"] and "widgets" not in notebook.metadata


def test_an_authors_open_notebook_stores_no_widget(tmp_path, monkeypatch):
    notebook = run(EXPLORE, tmp_path / "solutions" / "03_forward", monkeypatch, JPY_SESSION_NAME="03_forward.ipynb")
    assert "widgets" not in notebook.metadata and kinds(notebook) == ["text/plain", "image/png"]


def test_without_ipywidgets_the_figure_is_drawn(drawn, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    explore(lambda gamma: drawn.append(gamma), gamma=[1, 2])
    assert drawn == [1]
