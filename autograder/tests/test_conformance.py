"""Honest work never gets fewer points than stock nbgrader gives the same file, wherever it stands in the notebook."""

import contextlib
import copy
import re
import subprocess

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from autograder.bench.peers import stock_nbgrader
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import banks_of
from autograder.grading import sample_class
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.prepare import prepare
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import NAMESPACES, try_sandbox
from autograder.submission import readiness
from autograder.submission.readiness import look_over

#: A kernel that starts without importing anything makes no other points, and stock three times as fast.
WARM = ["--ExecutePreprocessor.kernel_name=batchnorm-course"] if try_sandbox().name == NAMESPACES else []
WELCOME, FORWARD = load_lesson("00_welcome"), load_lesson("03_forward")
RIGHT = "def center(x):\n    return x - x.mean(axis=0)"
WRONG = "def center(x):\n    return x - x.mean()"
WITH_HELPER = "def center(x):\n    return x - column_means(x)"
HELPER = "def column_means(x):\n    return x.mean(axis=0)"
WITH_TOOLS = 'def center(x):\n    return x - tools["mean"](x)'
TOOL = "lambda x: x.mean(axis=0)"


def at(cells, name):
    return next(place for place, cell in enumerate(cells) if cell.id == name)


def own(center="", *, before=(), after=(), below=(), last=(), first=(), setup=""):
    """A change: the text of the answer's cell, and cells before and after it, below its test, at both ends."""

    def change(cells):
        for place, added in (
            (len(cells), last),
            (at(cells, "hidden_center") + 1, below),
            (at(cells, "center") + 1, after),
            (at(cells, "center"), before),
            (0, first),
        ):
            cells[place:place] = [new_code_cell(text) for text in added]
        if center:
            cells[at(cells, "center")].source = center
        if setup:
            cells[at(cells, "setup")].source += setup

    return change


def merged_with_its_test(cells):
    cells[at(cells, "center")].source = f"{RIGHT}\n\n{cells[at(cells, 'check_center')].source}"
    cells.pop(at(cells, "check_center"))


def deleted(answer, **places):
    def change(cells):
        own(**places)(cells)
        cells.pop(at(cells, "center"))
        cells.insert(at(cells, "check_center"), new_code_cell(answer))

    return change


def in_the_test(cells):
    cells[at(cells, "check_center")].source = f"{RIGHT}\n{cells[at(cells, 'check_center')].source}"


def all_cells_reversed_but_set_up(cells):
    own(RIGHT)(cells)
    setup = cells.pop(at(cells, "setup"))
    cells[:] = [setup, *reversed(cells)]


def without_ids(change):
    def forget(cells):
        change(cells)
        for cell in cells:
            cell.id, cell.metadata = "", {}

    return forget


#: How one exercise is handed in: name -> (what is done to the released cells, points deserved).
FORMS = {
    "as it is meant": (own(RIGHT), 3),
    "in a new cell below the untouched stub": (own(after=[RIGHT]), 3),
    "'see below' instead of the stub": (own("# see below", after=[RIGHT]), 3),
    "a stub that says pass": (own("def center(x):\n    pass", after=[RIGHT]), 3),
    "in a new cell above the untouched stub": (own(before=[RIGHT]), 3),
    "in the first cell of all": (own(first=[f"import numpy as np\n{RIGHT}"]), 3),
    "in the last cell of all": (own(last=[RIGHT]), 3),
    "below its test": (own(below=[RIGHT]), 3),
    "in a new cell, its own deleted": (deleted(RIGHT), 3),
    "helper under %%time": (own(WITH_HELPER, before=[f"%%time\n{HELPER}"]), 3),
    "helper under %%capture": (own(WITH_HELPER, before=[f"%%capture seen\nprint(1)\n{HELPER}"]), 3),
    "answer under %%time": (own(f"%%time\n{RIGHT}"), 3),
    "answer in a cell under %%capture": (own(after=[f"%%capture\n{RIGHT}"]), 3),
    "helper by %time": (own(WITH_HELPER, before=["%time column_means = lambda x: x.mean(axis=0)"]), 3),
    "helper in a written file": (
        own(f"from helpers import *\n{WITH_HELPER}", before=[f"%%writefile helpers.py\n{HELPER}"]), 3,
    ),
    "answer in a written file": (
        own("from answers import center", before=[f"%%writefile answers.py\n{RIGHT}"]), 3,
    ),
    "answer in a written file, its stub untouched": (
        own(after=[f"%%writefile answers.py\n{RIGHT}", "from answers import *"]), 3,
    ),
    "helper in a file that is run": (own(WITH_HELPER, before=[f"%%writefile h.py\n{HELPER}", "%run h.py"]), 3),
    "helper written by open": (
        own("import mine\ndef center(x):\n    return x - mine.column_means(x)",
            before=[f"with open('mine.py', 'w') as file:\n    file.write({HELPER!r})"]), 3,
    ),
    "helper by exec": (own(WITH_HELPER, before=[f"exec({HELPER!r})"]), 3),
    "answer by exec": (own(f"exec({RIGHT!r})"), 3),
    "helper by globals()": (own(WITH_HELPER, before=[f'globals()["column_means"] = {TOOL}']), 3),
    "state by an item": (own(WITH_TOOLS, before=["tools = {}", f'tools["mean"] = {TOOL}']), 3),
    "state by update": (own(WITH_TOOLS, before=["tools = {}", f"tools.update(mean={TOOL})"]), 3),
    "state by setdefault, below": (
        own(WITH_TOOLS, before=["tools = {}"], after=[f'tools.setdefault("mean", {TOOL})']), 3,
    ),
    "state by append": (
        own("def center(x):\n    for step in steps:\n        x = step(x)\n    return x",
            before=["steps = []", "steps.append(lambda x: x - x.mean(axis=0))"]), 3,
    ),
    "state by a registering decorator": (
        own(WITH_TOOLS, before=["tools = {}\ndef tool(f):\n    tools[f.__name__] = f\n    return f",
                                "@tool\ndef mean(x):\n    return x.mean(axis=0)"]), 3,
    ),
    "state by a call": (
        own(WITH_TOOLS, before=["tools = {}", f"def learn():\n    tools['mean'] = {TOOL}", "learn()"]), 3,
    ),
    "state in a loop": (
        own(WITH_TOOLS, before=["tools = {}", f'for name in ["mean"]:\n    tools[name] = {TOOL}']), 3,
    ),
    "an attribute of a module": (
        own("def center(x):\n    return x - np.column_means(x)", before=[f"np.column_means = {TOOL}"]), 3,
    ),
    "an attribute of a class": (
        own("def center(x):\n    return x - Tools.mean(x)",
            before=["class Tools:\n    pass", f"Tools.mean = staticmethod({TOOL})"]), 3,
    ),
    "setattr": (
        own("def center(x):\n    return x - np.column_means(x)", before=[f'setattr(np, "column_means", {TOOL})']), 3,
    ),
    "builtins": (own(WITH_HELPER, before=[f"import builtins\nbuiltins.column_means = {TOOL}"]), 3),
    "a module made by hand": (
        own("import mine\ndef center(x):\n    return x - mine.f(x)",
            before=["import sys, types\nsys.modules['mine'] = types.ModuleType('mine')",
                    f"import sys\nsys.modules['mine'].f = {TOOL}"]), 3,
    ),
    "a global statement": (
        own(WITH_HELPER, before=[f"def define():\n    global column_means\n    column_means = {TOOL}", "define()"]), 3,
    ),
    "a class over several cells": (
        own("class Centering:\n    pass",
            after=["def call(self, x):\n    return x - x.mean(axis=0)", "Centering.__call__ = call",
                   "center = Centering()"]), 3,
    ),
    "right, and wrong below its test": (own(RIGHT, below=[WRONG]), 3),
    "right, and its helper overwritten below its test": (
        own(WITH_HELPER, before=[HELPER], below=["column_means = 3"]), 3,
    ),
    "right, and its state emptied below its test": (
        own(WITH_TOOLS, before=["tools = {}", f'tools["mean"] = {TOOL}'], last=["tools.clear()"]), 3,
    ),
    "right, and deleted below its test": (own(RIGHT, last=["del center"]), 3),
    "right, and all reset below its test": (own(RIGHT, last=["%reset -f"]), 3),
    "wrong, then right": (own(WRONG, after=[RIGHT]), 3),
    "right, then wrong above its test": (own(RIGHT, after=[WRONG]), 3),  # stock takes the last
    "right, then the kernel is ended": (own(RIGHT, last=["import os\nos._exit(0)"]), 3),
    "right, an error before": (own(RIGHT, before=["1 / 0"]), 3),
    "right, endless below": (own(RIGHT, last=["print(center(np.eye(2)))", "x = np.eye(3)\nx"]), 3),
    "merged with its test": (merged_with_its_test, 3),
    "written into the test": (in_the_test, 3),
    "import in the set-up": (
        own("def center(x):\n    return x - math.fsum([1]) * x.mean(axis=0)", setup="\nimport math"), 3,
    ),
    "helper in the set-up": (own(WITH_HELPER, setup=f"\n\n{HELPER}"), 3),
    "alias in the set-up": (own("def center(x):\n    return x - mean(x, axis=0)", setup="\nfrom numpy import mean"), 3),
    "constant in the set-up": (own("def center(x):\n    return x - x.mean(axis=AXIS)", setup="\nAXIS = 0"), 3),
    "split inside, by indent": (
        own("def center(x):\n    mean = x.mean(axis=0)", after=["    return x - mean"]), 3,
    ),
    "split inside, in three": (
        own("def center(x):\n    mean = x.mean(axis=0)", after=["    out = x - mean", "    return out"]), 3,
    ),
    "split inside parentheses": (own("def center(x):\n    return (x", after=["        - x.mean(axis=0))"]), 3),
    "split behind the head": (own("def center(x):", after=["    return x - x.mean(axis=0)"]), 3),
    "no ids": (without_ids(own(RIGHT)), 3),
    "no ids, in a new cell": (without_ids(own("# below", after=[RIGHT])), 3),
    "no ids, split inside": (
        without_ids(own("def center(x):\n    mean = x.mean(axis=0)", after=["    return x - mean"])), 3,
    ),
    "in reverse": (all_cells_reversed_but_set_up, 3),
    "top-level await": (own(f"import asyncio\nawait asyncio.sleep(0)\n{RIGHT}"), 3),
    "a lambda": (own("center = lambda x: x - x.mean(axis=0)"), 3),
    "a partial": (
        own("from functools import partial\ncenter = partial(lambda x, axis: x - x.mean(axis=axis), axis=0)"), 3,
    ),
    "a decorated helper": (
        own(WITH_HELPER, before=[f"import functools\n@functools.cache\ndef axis():\n    return 0\n{HELPER}"]), 3,
    ),
    "a needed name of an experiment": (own("def center(x):\n    return x - x.mean(axis=AXIS)", first=["AXIS = 0"]), 3),
    "answer in a comment cell of the shell": (own(RIGHT, before=["!echo hello", "%matplotlib inline", "?np"]), 3),
    "several imports in one line of the set-up": (
        own("def center(x):\n    return x - np.mean(x, axis=AXES[0])",
            setup="\nimport numpy as np, math\nAXES = [1]\nAXES[0] = 0"), 3,
    ),
    "the set-up's name taken for another module": (own(RIGHT, setup="\nimport math as np"), 3),
    "helper by a shell": (
        own(WITH_HELPER, before=[f"%%bash\ncat > helpers.py <<'END'\n{HELPER}\nEND",
                                 "from helpers import column_means"]), 3,
    ),
    "helper by run_cell": (own(WITH_HELPER, before=[f"get_ipython().run_cell({HELPER!r})"]), 3),
    "wrong": (own(WRONG), 0),
    "nothing": (own(), 0),
    "only called": (own(after=["center(np.eye(2))"]), 0),
}  # fmt: skip


ANSWERS = {bank.name: sample_class._solution(bank) for bank in banks_of(FORWARD)}
NAMES = list(ANSWERS)


def every(cells, **changed):
    """Answer all exercises but some."""
    for name, answer in (ANSWERS | changed).items():
        cells[at(cells, name)].source = answer


def first_two_merged(cells):
    every(cells)
    first, second = NAMES[:2]
    cells[at(cells, first)].source = f"{ANSWERS[first]}\n\n{ANSWERS[second]}"
    cells.pop(at(cells, second))


def neighbours_merged(cells):
    """Each answer with its test and the next answer: three cells become one, of the first one's kind."""
    every(cells)
    for name in NAMES[:-1]:
        answer, test = cells[at(cells, name)], cells[at(cells, f"check_{name}")]
        answer.source += f"\n\n{test.source}"
        cells.remove(test)


def all_in_one(place, leave):
    def change(cells):
        text = "\n\n".join(ANSWERS.values())
        if leave == "nothing":
            for name in NAMES:
                cells.pop(at(cells, name))
        if leave == "a word":
            for name in NAMES:
                cells[at(cells, name)].source = "# see the big cell"
        cells.insert(at(cells, place) + 1, new_code_cell(text))

    return change


def in_the_first_answers_cell(cells):
    cells[at(cells, NAMES[0])].source = "\n\n".join(ANSWERS.values())
    for name in NAMES[1:]:
        cells[at(cells, name)].source = ""


def split_inside(cells):
    every(cells)
    for name in NAMES:
        place = at(cells, name)
        lines = ANSWERS[name].splitlines()
        half = max(
            number for number, line in enumerate(lines) if line.startswith("    ") and not line.startswith("     ")
        )
        cells[place].source = "\n".join(lines[:half])
        cells.insert(place + 1, new_code_cell("\n".join(lines[half:])))


def split_above_the_definition(cells):
    every(cells)
    for name in NAMES:
        cells.insert(at(cells, name), new_code_cell(f"import numpy as np\nSCALE_OF_{name} = 1.0"))


def answers_in_the_next_exercises_cell(cells):
    """Pasted one cell too far down: each answer stands in the next exercise's cell, the first cell is untouched."""
    for name, above in zip(NAMES[1:], NAMES):
        cells[at(cells, name)].source = ANSWERS[above]
    cells[at(cells, NAMES[-1])].source += f"\n\n{ANSWERS[NAMES[-1]]}"


def last_first(cells):
    every(cells)
    setup = cells.pop(at(cells, "setup"))
    cells[:] = [setup, *reversed(cells)]


#: All points of a lesson; how a lesson of several exercises is handed in, and the points deserved.
ALL = sum(bank.points + FORWARD.cell("check", bank.name).points for bank in banks_of(FORWARD))
LESSON_FORMS = {
    "as they are meant": (every, ALL),
    "two answers merged, the second deleted": (first_two_merged, ALL),
    "answers merged with their tests": (neighbours_merged, ALL),
    "all in one cell at the top, stubs untouched": (all_in_one("setup", "stubs"), ALL),
    "all in one cell at the top, theirs deleted": (all_in_one("setup", "nothing"), ALL),
    "all in one cell at the end": (all_in_one(f"hidden_{NAMES[-1]}", "a word"), ALL),
    "all in the first answer's cell": (in_the_first_answers_cell, ALL),
    "split inside": (split_inside, ALL),
    "constants above each": (split_above_the_definition, ALL),
    "one cell too far down": (answers_in_the_next_exercises_cell, ALL),
    "in reverse": (last_first, ALL),
}


def points(classroom, lesson):
    """Student -> points, from the gradebook."""
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        return {row.student.id: row.score for row in gradebook.assignment_submissions(lesson)}


def write_class(lesson, forms, folder):
    """Write the notebooks, without the lesson's own experiments: they take time, and decide nothing."""
    released = release(lesson, make_notebook(lesson))
    for name, (change, *_) in forms.items():
        mine = copy.deepcopy(released)
        mine.cells = [cell for cell in mine.cells if "nbgrader" in cell.metadata]
        change(mine.cells)
        text = nbformat.v4.writes(mine)
        path = folder / folder_name(name) / lesson.name / f"{lesson.name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")


def folder_name(form):
    return re.sub(r"\W+", "-", form)


def graded_by_both(lesson, forms, root):
    """Form -> points and notes of ours, points of stock nbgrader's; printed as a table, too."""
    write_class(lesson, forms, root / "class")
    ours, stock = Classroom.apart(root / "ours"), Classroom.apart(root / "stock")
    results = {row.student: row for row in grade_folder(lesson.name, root / "class", ours, jobs=2, trusted=True)}
    prepare(read_built(lesson.name), stock)
    (root / "class").rename(stock.root / "submitted")
    with contextlib.suppress(subprocess.CalledProcessError):  # it says so of single students, and goes on
        stock_nbgrader("autograde", lesson.name, stock, *WARM)
    theirs = points(stock, lesson.name)
    theirs = {folder_name(form): theirs.get(folder_name(form), 0) for form in forms}
    print(f"\n{lesson.name}: {'ours':>40} stock  deserved")
    for form, (_, deserved) in forms.items():
        print(f"{form:<50}{results[folder_name(form)].points:>6g}{theirs[folder_name(form)]:>6g}{deserved:>6g}")
    return {form: (results[folder_name(form)], theirs[folder_name(form)]) for form in forms}


@pytest.fixture(scope="module")
def welcome(tmp_path_factory):
    return graded_by_both(WELCOME, FORMS, tmp_path_factory.mktemp("welcome"))


@pytest.fixture(scope="module")
def forward(tmp_path_factory):
    return graded_by_both(FORWARD, LESSON_FORMS, tmp_path_factory.mktemp("forward"))


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_gets_what_it_deserves_and_no_less_than_stock_gives_wherever_it_stands(form, welcome):
    ours, stock = welcome[form]
    assert ours.points == FORMS[form][1] >= stock


@pytest.mark.slow
@pytest.mark.parametrize("form", LESSON_FORMS)
def test_so_do_the_answers_of_a_whole_lesson(form, forward):
    ours, stock = forward[form]
    assert ours.points == LESSON_FORMS[form][1] >= stock


def test_stock_gives_all_points_to_most_of_these_so_the_comparison_means_something(welcome):
    assert sum(stock == 3 for _, stock in welcome.values()) > len(FORMS) / 2


SAID = [
    "in a new cell below the untouched stub",
    "below its test",
    "helper in a written file",
    "state by update",
    "right, and all reset below its test",
    "right, then the kernel is ended",
    "import in the set-up",
    "split inside, by indent",
    "wrong",
    "nothing",
]


@pytest.mark.slow
@pytest.mark.parametrize("form", SAID)
def test_what_check_submit_says_is_what_grading_gives(form, tmp_path):
    write_class(WELCOME, {form: FORMS[form]}, tmp_path)
    ready = look_over(WELCOME.name, tmp_path / folder_name(form) / WELCOME.name / f"{WELCOME.name}.ipynb")
    wanted = {3: readiness.PASSED, 0: readiness.NOT_DONE if form == "nothing" else readiness.FAILED}
    assert ready.exercises["center"][0] == wanted[FORMS[form][1]]
