"""The room that `lab` opens: the lessons and nothing of the graders, and what it says about names that are missing."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from jupyter_client.manager import KernelManager, start_new_kernel

from autograder import cli, stored
from autograder.learner import lab, missing_names
from autograder.lessons import ROOT

TOKEN = "open"


@pytest.fixture
def called(monkeypatch):
    """The commands that `lab` would run, and with which environment."""
    calls = []
    monkeypatch.setattr(cli.subprocess, "call", lambda command, env: calls.append((command, env)) or 0)
    return calls


def test_kernels_in_the_lab_are_encrypted_and_do_not_warn_that_they_are_not(called):
    assert cli.main(["lab", "--no-browser"]) == 0
    assert called[0][0][-2:] == ["--KernelManager.transport_encryption=auto", "--no-browser"]
    manager = KernelManager(transport_encryption="auto", kernel_name="python3")
    assert manager._kernel_supports_curve_encryption()


def test_kernels_import_this_course_and_start_with_its_startup_file(called, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "mine")
    monkeypatch.delenv("PYTHONSTARTUP", raising=False)
    cli.main(["lab"])
    assert called[0][1]["PYTHONPATH"] == f"{ROOT}{os.pathsep}mine"
    assert called[0][1]["PYTHONSTARTUP"] == str(ROOT / "autograder" / "learner" / "startup.py")


def test_a_startup_file_of_ones_own_stays(called, monkeypatch):
    monkeypatch.setenv("PYTHONSTARTUP", "mine.py")
    cli.main(["lab"])
    assert called[0][1]["PYTHONSTARTUP"] == "mine.py"


def test_an_option_that_is_given_goes_before_the_rooms_own(called):
    cli.main(["lab", "--ServerApp.root_dir=elsewhere"])
    assert [word for word in called[0][0] if "root_dir" in word] == ["--ServerApp.root_dir=elsewhere"]


@contextlib.contextmanager
def opened(folder, *options):
    """A server that `lab` starts, with a home of its own: `ask(path, data)` talks to it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    words = ["--no-browser", f"--port={port}", "--allow-root", f"--IdentityProvider.token={TOKEN}", *options]
    environment = os.environ | {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "autograder", "lab", *words]

    def ask(path, data=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{path}",
            data=data and json.dumps(data).encode(),
            method="PUT" if data else "GET",
            headers={"Authorization": f"token {TOKEN}"},
        )
        return urllib.request.urlopen(request, timeout=30).read()

    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as server:
        try:
            for _ in range(600):
                with contextlib.suppress(OSError):
                    ask("api")
                    break
                time.sleep(0.1)
            yield ask
        finally:
            os.killpg(server.pid, 9)


def page_config(ask):
    return json.loads(re.search(rb'id="jupyter-config-data"[^>]*>(.*?)</script>', ask("lab"), re.DOTALL)[1])


def listed(ask, folder=""):
    return {each["name"] for each in json.loads(ask(f"api/contents/{folder}"))["content"]}


def test_the_learners_room_has_the_lessons_and_nothing_of_the_graders(tmp_path):
    with opened(tmp_path) as ask:
        assert listed(ask) == {"README.md", "data", "notebooks"}
        assert listed(ask, "notebooks") == set(stored.lessons())
        assert list(json.loads(ask("api/kernelspecs"))["kernelspecs"]) == ["python3"]
        assert "@jupyter/nbgrader" in page_config(ask)["disabledExtensions"]
        assert ask("files/data/signal_by_depth.png")  # which a lesson shows
        settings = json.loads(ask("lab/api/settings/@jupyterlab/notebook-extension:tracker"))["schema"]["properties"]
        assert settings["showEditorForReadOnlyMarkdown"]["default"] is False


def test_the_instructors_room_has_everything(tmp_path):
    with opened(tmp_path, "--instructor") as ask:
        assert {"solutions", "autograder", "notebooks"} <= listed(ask)
        assert "@jupyter/nbgrader" not in page_config(ask)["disabledExtensions"]
        assert "batchnorm-course" in json.loads(ask("api/kernelspecs"))["kernelspecs"]


def test_a_notebook_that_was_opened_and_saved_is_the_same_file(tmp_path):
    (tmp_path / "room").mkdir()
    path = tmp_path / "room" / "00_welcome.ipynb"
    shutil.copy(ROOT / "notebooks" / "00_welcome" / "00_welcome.ipynb", path)
    before = path.read_bytes()
    with opened(tmp_path, f"--ServerApp.root_dir={path.parent}") as ask:
        model = json.loads(ask(f"api/contents/{path.name}"))
        # What JupyterLab adds once a kernel runs.
        model["content"]["metadata"]["language_info"] = {
            "name": "python",
            "version": "3.11.9",
            "mimetype": "text/x-python",
        }
        ask(f"api/contents/{path.name}", {key: model[key] for key in ("type", "format", "content")})
    assert path.read_bytes() == before


def test_a_widget_is_stored_as_the_words_that_stand_for_it():
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "5"}}
    outputs = [
        {"output_type": "display_data", "data": view | {"text/plain": "Run this cell."}, "metadata": {}},
        {"output_type": "stream", "name": "stdout", "text": "5"},
    ]
    content = {"metadata": {}, "cells": [{"cell_type": "code", "outputs": outputs}, {"cell_type": "markdown"}]}
    lab.keep_as_given({"type": "notebook", "content": content})
    assert outputs[0]["data"] == {"text/plain": "Run this cell."} and outputs[1]["text"] == "5"


# Names that are missing


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """`run(code, cell)` runs code as a cell of lesson 03 in a kernel as `lab` starts it; gives the outputs' texts."""
    folder = tmp_path_factory.mktemp("home") / "03_forward"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONSTARTUP", raising=False)
        manager, client = start_new_kernel(cwd=str(folder), env=lab.environment() | {"HOME": str(folder.parent)})

    def run(code, cell=""):
        message = client.session.msg(
            "execute_request", {"code": code, "silent": False, "store_history": True}, metadata={"cellId": cell}
        )
        client.shell_channel.send(message)
        outputs = []
        while True:
            got = client.get_iopub_msg(timeout=60)
            if got["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            if got["msg_type"] == "status" and got["content"]["execution_state"] == "idle":
                return outputs
            if got["msg_type"] == "error":
                assert got["content"]["ename"] == "NameError"
                outputs.append("\n".join(got["content"]["traceback"]))
            elif got["msg_type"] == "stream":
                outputs.append(got["content"]["text"])

    run.names_at_first = run("print([name for name in ('sys', 'autograder') if name in globals()])")
    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(started):
    """The same, as if nothing had been run yet."""
    started("%reset -f")
    return started


def cells():
    return stored.lesson("03_forward")["released"]["cells"]


def test_a_name_of_the_set_up_cell_is_told_before_it_was_run(kernel):
    assert kernel("np.zeros(3)") == [
        "`np` is made in the set-up cell at the top, which has not been run since the kernel started. Run the\n"
        "cells above first: menu Run ▸ Run All Above Selected Cell."
    ]


def test_an_exercise_that_was_not_run_is_told_with_its_heading(kernel):
    [said] = kernel("batchnorm_forward(1, 2, 3)")
    assert said.startswith("`batchnorm_forward` is made in the cell under 'Exercise 2 · `batchnorm_forward`")


def test_a_cell_that_ran_and_stopped_early_is_not_said_to_be_missing(kernel):
    setup = next(cell for cell in cells() if cell["id"] == "setup")
    source = "".join(setup["source"])
    kernel(source)
    assert kernel("del np") == []
    assert kernel("np.zeros(3)") == [
        "`np` is made in the set-up cell at the top, which ran and did not get that far: see what it says."
    ]


def test_a_name_that_no_cell_makes_shows_as_usual(kernel):
    [said] = kernel("nobody_makes_this + 1")
    assert "Traceback" in said


def test_a_mistyped_name_in_an_answer_shows_as_usual(kernel):
    code = ("".join(cell["source"]) for cell in cells() if cell["cell_type"] == "code" and cell["id"] != "setup")
    name = max(set().union(*map(missing_names.names_made, code)), key=len)
    assert kernel(name)[0].startswith(f"`{name}` is made in the cell under ")
    [said] = kernel(f"def batch_statistics(x):\n    return {name}\nbatch_statistics(1)")
    assert "Traceback" in said


def test_startup_leaves_no_names(started):
    assert started.names_at_first == ["[]\n"]


def test_the_cell_is_the_last_one_above_that_makes_the_name():
    lesson = [
        {"id": "a", "cell_type": "markdown", "source": "## 1 · One\n"},
        {"id": "b", "cell_type": "code", "source": "with needs('f'):\n    data = 1"},
        {"id": "c", "cell_type": "markdown", "source": ["## 2 · Two\n", "words"]},
        {"id": "d", "cell_type": "code", "source": "for data in range(3): pass"},
        {"id": "e", "cell_type": "code", "source": "print(data)"},
        {"id": "f", "cell_type": "code", "source": "later = [data for data in range(3)]"},
    ]
    assert missing_names.maker_of(lesson, "data", before="e").place == "2 · Two"
    assert missing_names.maker_of(lesson, "data", before="d").place == "1 · One"
    assert missing_names.maker_of(lesson, "data", before="not of the lesson").place == "1 · One"
    assert missing_names.maker_of(lesson, "later", before="e") is None


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import matplotlib.pyplot as plt, os.path", {"plt", "os"}),
        ("from a import b as c", {"c"}),
        ("def f(x):\n    y = 1", {"f"}),
        ("(a, b), c[0] = [1, 2], 3", {"a", "b"}),
        ("with open(p) as file:\n    text: str = file.read()", {"file", "text"}),
        ("%%time\nx = 1", set()),
        ("squares = [i * i for i in r]", {"squares"}),
    ],
)
def test_names_that_a_cell_makes(code, names):
    assert missing_names.names_made(code) == names


def test_outside_of_a_kernel_nothing_is_installed():
    code = (
        "from autograder.learner.shell import make_shell\n"
        "shell = make_shell()\n"
        "import autograder.learner as learner\n"
        "learner.tell_missing_names()\n"
        "print(shell.custom_exceptions)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "()\n"
