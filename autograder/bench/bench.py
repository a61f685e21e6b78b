"""Measure what learners and teachers wait for, and print it side by side. Nothing here passes or fails."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from functools import partial

from autograder.bench.grading import alone, every_lesson, grading, growth
from autograder.bench.learning import checks, imports, lessons
from autograder.bench.whole_class import whole_class


def bench(sections: Sequence[str] = (), students: int = 0) -> None:
    """Print a table for each section, with progress on stderr.

    Args:
        sections: of those below; all but `class`, which takes long, if none is named.
        students: of the class that `class` makes; 0 for as many as it makes by itself.
    """
    measured: dict[str, Callable[[], None]] = {
        "imports": imports,
        "checks": checks,
        "lessons": lessons,
        "alone": alone,
        "grading": grading,
        "growth": growth,
        "course": every_lesson,
        "class": partial(whole_class, *((students,) if students else ())),
    }
    print(f"{os.cpu_count()} cores, {platform.system()}, Python {sys.version.split()[0]}")
    for name in sections or [name for name in measured if name != "class"]:
        print()
        measured[name]()
