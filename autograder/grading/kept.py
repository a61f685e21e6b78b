"""What was judged before: unchanged work under unchanged tests is not judged again.

A verdict is kept under a key made of everything that it depends on. It is written last, so that grading which was
interrupted anywhere is completed by grading again.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autograder.exercises.hidden import PartResult
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Judged, Verdict
from autograder.grading.recorder import write_whole
from autograder.lessons import ROOT, load_lesson
from autograder.sandbox.remote import Ran

#: The code that all verdicts depend on.
ENGINE = ("exercises/bank.py", "exercises/hidden.py", "grading/judge.py", "learner/*.py", "sandbox/*.py")
PACKAGES = ("numpy", "torch", "ipython", "matplotlib")


def key(lesson: str, notebook: str, secret: str, isolation: str) -> str:
    """Changes with the submission, the lesson, its tests, the engine, the packages, and how code was shut in."""
    return hashlib.sha256("\0".join([notebook, secret, isolation, _tests(lesson)]).encode()).hexdigest()


def kept(student: str, lesson: str, classroom: Classroom, wanted: str) -> Judged | None:
    """The verdict that was kept under this key, if all that was made from it is still there."""
    try:
        found = json.loads(_path(student, lesson, classroom).read_text(encoding="utf-8"))
        if found["key"] != wanted or not classroom.notebook("autograded", student, lesson).exists():
            return None
        verdicts = {
            name: Verdict(PartResult(**facts["visible"]), tuple(PartResult(**part) for part in facts["hidden"]))
            for name, facts in found["verdicts"].items()
        }
        ran = {cell: Ran(**facts) for cell, facts in found["ran"].items()}
        return Judged(verdicts, ran, found["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(student: str, lesson: str, classroom: Classroom, under: str, judged: Judged) -> None:
    """Keep a verdict."""
    facts = {
        "key": under,
        "seconds": judged.seconds,
        "verdicts": {name: asdict(verdict) for name, verdict in judged.verdicts.items()},
        "ran": {cell: asdict(ran) for cell, ran in judged.ran.items()},
    }
    write_whole(_path(student, lesson, classroom), json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


def _path(student: str, lesson: str, classroom: Classroom) -> Path:
    return classroom.root / "results" / lesson / f"{student}.json"


@cache
def _tests(lesson: str) -> str:
    described, package = load_lesson(lesson), ROOT / "autograder"
    topic = described.topic
    names = (*ENGINE, f"exercises/{topic}.py", f"learner/probes/{topic}.py", f"learner/lessons/{lesson}.json")
    digest = hashlib.sha256(described.path.read_bytes() + platform.python_version().encode())
    for file in (file for name in names for file in sorted(package.glob(name))):
        digest.update(file.read_bytes())
    for name in PACKAGES:
        digest.update(f"{name} {version(name)}".encode())
    return digest.hexdigest()
