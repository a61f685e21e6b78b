"""JupyterLab as a room to learn in: the lessons and nothing beside them; or as an instructor's, with everything."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent / "jupyterlab"
FIRST = "notebooks/00_welcome/00_welcome.ipynb"
#: What of the course's folder learners see in the list of files. The pictures in the lessons are read from data.
SHOWN = {"README.md", "data", "notebooks"}
#: JupyterLab's own list of what it hides.
HIDDEN = ("__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~")


def command(options: list[str], *, instructor: bool) -> list[str]:
    """What to run.

    Args:
        options: handed to JupyterLab.
        instructor: with nbgrader's menus, the sandbox's kernel and all files.
    """
    import zmq

    here = HERE / ("instructor" if instructor else "learner")
    ours = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST}?file-browser-path=/notebooks",
        # No question about news on the first start, no call to the network; for learners, nothing of nbgrader's.
        f"--LabApp.app_settings_dir={here}",
        f"--ContentsManager.pre_save_hook={__name__}.keep_as_given",
        *([] if instructor else _for_learners()),
        # No warning for each kernel that anybody on the machine could listen to it.
        *(["--KernelManager.transport_encryption=auto"] if zmq.has("curve") else []),
    ]
    # JupyterLab takes most options once: what is given here goes before what is ours.
    given = {option.partition("=")[0] for option in options}
    return [
        *(sys.executable, "-m", "jupyterlab"),
        *(option for option in ours if option.partition("=")[0] not in given),
        *options,
    ]


def _for_learners() -> list[str]:
    hidden = [*HIDDEN, *sorted(path.name for path in ROOT.iterdir() if path.name not in SHOWN)]
    return [
        "--KernelSpecManager.allowed_kernelspecs=python3",
        *(f"--ContentsManager.hide_globs={name}" for name in hidden),
    ]


def environment() -> dict[str, str]:
    """The kernels' environment: this very course is imported, and names that are missing are explained from the start.

    A startup file of the user's own is left as it is.
    """
    places = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "PYTHONSTARTUP": str(Path(__file__).with_name("startup.py")),
        **os.environ,
        "PYTHONPATH": os.pathsep.join(places),
    }


def keep_as_given(model: dict, **_) -> None:
    """Have a notebook that was opened and saved be the same for git: JupyterLab writes the kernel's version into it.

    A widget, which is gone with its kernel, is stored as the words that stand for it.
    """
    if model["type"] != "notebook":
        return
    notebook = model["content"]
    if notebook["metadata"].get("language_info", {}).get("name") == "python":
        notebook["metadata"]["language_info"] = {"name": "python"}
    for output in (output for cell in notebook["cells"] for output in cell.get("outputs", [])):
        if "text/plain" in output.get("data", {}):
            output["data"].pop("application/vnd.jupyter.widget-view+json", None)
