"""What is started for one answer or one class, and what is not: torch where no lesson needs it, pictures, compilers."""

import json
import subprocess
import sys
import time

import pytest

from autograder import stored
from autograder.grading import starting
from autograder.grading.pool import Judges
from autograder.lessons import ROOT, load_lesson
from autograder.sandbox import isolation
from autograder.sandbox.isolation import NAMESPACES, Needs, Opening, OwnZygote, StudentGone, needs_of
from autograder.sandbox.line import WireError
from autograder.sandbox.remote import StudentProcess

shut_in = isolation.try_sandbox()
needs_isolation = pytest.mark.skipif(shut_in.name != NAMESPACES, reason=f"no isolation here: {shut_in.reason}")
NUMPY_ALONE = [name for name in stored.lessons() if name < "04"]
WELCOME = load_lesson("00_welcome")


def run(code, *arguments):
    """What a fresh Python prints at its end, as JSON."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


JUDGE = """
import sys
from autograder.exercises.bank import banks_of
from autograder.exercises.hidden import grade_parts
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.lessons import load_lesson
for bank in banks_of(load_lesson(sys.argv[1])):
    assert all(part.passed for part in grade_parts(bank, LocalImplementation(bank.reference)))
    wrong = bank.wrong(next(iter(bank.mistakes)))
    assert not all(part.passed for part in grade_parts(bank, LocalImplementation(wrong)))
print(int("torch" in sys.modules))
"""


@pytest.mark.parametrize("lesson", NUMPY_ALONE)
def test_a_lesson_in_numpy_is_judged_without_torch(lesson):
    assert not run(JUDGE, lesson)


HEAVY = ("numpy", "nbformat", "jinja2", "markdown_it", "autograder.learner", "autograder.exercises")
HAND_OUT = f"""
import json, sys
import autograder.grading.grade
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
"""
OPEN = f"""
import json, sys
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import Opening, needs_of
with Opening(needs_of(load_lesson("00_welcome"))) as opening:
    opening.zygote(trusted=True)
print(json.dumps([name for name in {HEAVY} if name in sys.modules]))
"""


@pytest.mark.parametrize("code", [HAND_OUT, OPEN], ids=["imports", "the sandbox that it opens"])
def test_who_hands_submissions_out_loads_nothing_that_judges_them(code):
    assert run(code) == []


TRY = """
import sys
from pathlib import Path
from autograder.grading.attempt import attempt
found = attempt("center", Path(sys.argv[1]), trusted=True)
print([found["points"], int("torch" in sys.modules), int("nbformat" in sys.modules), int("IPython" in sys.modules)])
"""
ANSWER = """
import sys
assert sys.modules["torch"] is None and "matplotlib.figure" not in sys.modules, "more is loaded than is used"
def center(x):
    return x - x.mean(axis=0)
"""


def test_an_answer_that_is_tried_alone_has_nothing_loaded_that_it_does_not_use(tmp_path):
    (tmp_path / "answer.py").write_text(ANSWER)
    assert run(TRY, str(tmp_path / "answer.py")) == [3, 0, 0, 0]


def loaded():
    """Of what is large, what this process has loaded."""
    return sorted({"torch", "matplotlib", "jupytext", "nbclient"} & set(sys.modules))


@pytest.mark.parametrize("lesson", NUMPY_ALONE)
def test_who_judges_a_class_has_loaded_neither_torch_nor_pictures(lesson):
    with Judges(lesson, trusted=True, jobs=1) as judges:
        judges.ready()
        assert judges._processes.submit(loaded).result() == []


def draws_at_once(lesson, submissions, monkeypatch):
    """Whether what draws pictures is loaded before anything is judged."""
    seen = []
    monkeypatch.setattr(starting, "Opening", seen.append)
    monkeypatch.setattr(starting, "_begun", {})
    starting.begin(lesson, str(submissions))
    return isolation.PICTURES[0] in seen[0].imports


def test_what_draws_is_loaded_for_a_class_and_not_for_one_notebook(tmp_path, monkeypatch):
    for student in ("ada", "bob"):
        (tmp_path / student / WELCOME.name).mkdir(parents=True)
        (tmp_path / student / WELCOME.name / f"{WELCOME.name}.ipynb").touch()
    assert draws_at_once(WELCOME.name, tmp_path, monkeypatch)
    assert not draws_at_once(WELCOME.name, tmp_path / "ada", monkeypatch)
    (tmp_path / "ada" / "class.zip").touch()
    assert draws_at_once(WELCOME.name, tmp_path / "ada", monkeypatch)
    assert draws_at_once(WELCOME.name, "", monkeypatch)


@needs_isolation
def test_the_sandbox_that_is_tried_is_the_one_that_is_used(monkeypatch):
    made = []
    start = OwnZygote.__init__
    monkeypatch.setattr(
        OwnZygote, "__init__", lambda self, *args, **more: (made.append(self), start(self, *args, **more))[1]
    )
    with Opening(needs_of(WELCOME, alone=True)) as opening:
        assert opening.try_it().name == NAMESPACES
        assert [opening.zygote(trusted=False)] == made


def test_where_there_is_no_sandbox_the_trusted_run_without_one(monkeypatch):
    monkeypatch.setattr(isolation, "missing", lambda: "it is a test")
    with Opening(needs_of(WELCOME, alone=True)) as opening:
        with pytest.raises(isolation.IsolationError, match="it is a test"):
            opening.zygote(trusted=False)
        process = StudentProcess(opening.zygote(trusted=True), ["print(1 + 1)"])
        assert process.ran[0].text == "2\n"
        process.close()


def test_pictures_are_loaded_when_something_is_drawn_and_drawn_inline():
    cells = [
        WELCOME.cell("setup").source,
        "import sys\nprint('matplotlib.figure' in sys.modules)",
        "plt.plot([1, 2])\nprint('matplotlib.figure' in sys.modules, plt.rcParams['figure.figsize'])",
        "import matplotlib.pyplot\nfrom matplotlib import pyplot\nfrom matplotlib.pyplot import plot\n"
        "print(pyplot is plt is matplotlib.pyplot, plot is plt.plot)",
    ]
    with Opening(needs_of(WELCOME, alone=True)) as opening:
        process = StudentProcess(opening.zygote(trusted=True), cells)
        process.close()
    assert [ran.error for ran in process.ran] == [None] * 4
    assert [ran.text for ran in process.ran] == ["", "False\n", "True [6.0, 3.0]\n", "True True\n"]
    assert any("image/png" in output for output in process.ran[2].outputs)


# Zygotes that share memory


@pytest.fixture
def zygote():
    with OwnZygote(Needs(), isolated=True) as made:
        yield made


def ask(process, source):
    """Run one more cell, and tell what it prints."""
    process._wire.send(["run", 10, [source]])
    return process._wire.receive(30)["result"]["text"]


@needs_isolation
def test_branches_have_students_of_their_own_at_the_same_time(zygote):
    with zygote.branch() as one, zygote.branch() as other:
        first, second = (StudentProcess(branch, [f"name = {name!r}"]) for branch, name in ((one, "a"), (other, "b")))
        assert [ask(process, "print(name)") for process in (first, second)] == ["a\n", "b\n"]
        one.close()
        time.sleep(0.3)
        assert other.alive and ask(second, "print(name)") == "b\n", "the end of one branch ended another's student"
        with pytest.raises(WireError):
            ask(first, "print(name)")
        second.close()


@needs_isolation
def test_what_one_branch_takes_is_not_held_against_another(monkeypatch):
    monkeypatch.setitem(isolation.LIMITS, "memory", 2**30)
    fill = "import numpy as np, time\nheld = np.ones(80_000_000)\ntime.sleep(0.5)"  # 640 MB
    with OwnZygote(Needs(), isolated=True) as small, small.branch() as one, small.branch() as other:
        both = [StudentProcess(branch, [fill]) for branch in (one, other)]
        assert [process.ran[0].error for process in both] == [None, None]
        assert [ask(process, "time.sleep(0.5)\nprint(held.sum())") for process in both] == ["80000000.0\n"] * 2


@needs_isolation
def test_a_branch_ends_with_what_it_comes_from(zygote):
    branch = zygote.branch()
    assert branch.alive
    zygote._process.kill()
    deadline = time.monotonic() + 10
    while branch.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not branch.alive
    with pytest.raises(StudentGone):
        branch.start()
    branch.close()


# torch without its compiler


EAGER = """
import sys
from autograder.learner.eager import COMPILER, Compiler, leave_compiler_out
leave_compiler_out()
import torch
layer = torch.nn.Linear(3, 2)
for kind in (torch.optim.SGD, torch.optim.Adam):
    steps = kind(layer.parameters(), lr=0.1)
    before = layer.weight.detach().clone()
    steps.zero_grad(); layer(torch.ones(4, 3)).sum().backward(); steps.step()
    steps.load_state_dict(steps.state_dict())
    assert not torch.equal(before, layer.weight)
left_out = isinstance(sys.modules[COMPILER], Compiler)
import torch._dynamo.config
print([int(left_out), int(isinstance(sys.modules[COMPILER], Compiler)), int(torch._dynamo.is_compiling())])
"""


def test_optimizers_step_without_the_compiler_and_who_asks_for_it_gets_it():
    assert run(EAGER) == [1, 0, 0]
