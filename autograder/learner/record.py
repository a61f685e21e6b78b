"""What this learner has done, kept on this machine and sent nowhere: a line of JSON for each thing, only ever added to.

It is kept where a notebook is worked on: in a Jupyter kernel that runs in another place than `solutions/`, whose
notebooks have to put out the same each time.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import uuid
from datetime import datetime
from pathlib import Path

#: Where it lies, if that is not to be the home folder.
VARIABLE = "BATCHNORM_COURSE_RECORD"


def path() -> Path:
    """The file."""
    return Path(os.environ.get(VARIABLE) or Path.home() / ".batchnorm-course" / "record.jsonl")


def is_kept() -> bool:
    """Whether anything is written down here."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel") and Path.cwd().parent.name != "solutions"


def note(kind: str, **facts) -> None:
    """Write down that something happened; where that cannot be written, nothing is lost but the memory of it.

    Args:
        kind: such as "checked".
        facts: what JSON can hold.
    """
    if is_kept():
        with contextlib.suppress(OSError):
            _add({"kind": kind, "at": datetime.now().astimezone().isoformat(timespec="seconds")} | facts)


def notes(kind: str, **facts) -> list[dict]:
    """What was written down of a kind with these facts, the oldest first; lines that are damaged are passed over."""
    if not is_kept():
        return []
    with contextlib.suppress(OSError):
        lines = path().read_text(encoding="utf-8", errors="replace").splitlines()
        wanted = facts | {"kind": kind}
        return [found for line in lines if (found := _read(line)).items() >= wanted.items()]
    return []


def learner() -> str:
    """A name for whoever works here, made up once; "" where nothing is kept."""
    if not is_kept():
        return ""
    if not notes("learner"):
        note("learner", name=uuid.uuid4().hex)
    return next((found["name"] for found in notes("learner") if isinstance(found.get("name"), str)), "")


def _add(entry: dict) -> None:
    path().parent.mkdir(parents=True, exist_ok=True)
    with path().open("a", encoding="utf-8") as file:  # one write: two notebooks' lines do not mix
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _read(line: str) -> dict:
    with contextlib.suppress(ValueError):
        found = json.loads(line)
        return found if isinstance(found, dict) else {}
    return {}
