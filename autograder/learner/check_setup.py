"""Is everything there that the notebooks need?"""

from __future__ import annotations

import importlib.util
import sys

from autograder import stored
from autograder.learner.data import load_digits, load_mnist, load_wine

PACKAGES = ("numpy", "matplotlib", "torch", "nbgrader")


def check_setup() -> None:
    """Print a line for each thing the course needs, and what to do if it is missing."""
    _line(sys.version_info >= (3, 11), "Python is 3.11 or newer", "start the course with `make lab`")
    for package in PACKAGES:
        found = importlib.util.find_spec(package) is not None
        _line(found, f"{package} is installed", "start the course with `make lab`, which installs it")
    for load in (load_wine, load_digits, load_mnist):
        try:
            rows, columns = load().x.shape
            _line(True, f"{load.__name__}() reads {rows} rows of {columns} columns", "")
        except (OSError, ValueError) as error:
            _line(False, f"{load.__name__}()", str(error))
    lessons = len(list(stored.FOLDER.glob("*.json")))
    _line(lessons > 0, "the checks of the lessons are there", "get a fresh copy of the course")


def _line(fine: bool, what: str, remedy: str) -> None:
    print(f"✓ {what}" if fine else f"✗ {what}: {remedy}")
