"""The course's settings of nbgrader, from `nbgrader_config.py`."""

from __future__ import annotations

from traitlets.config import Config, PyFileConfigLoader

from autograder.lessons import ROOT


def nbgrader_config() -> Config:
    """The settings as stock nbgrader reads them."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
