"""What was judged before: an exercise of unchanged work under unchanged tests is not judged again.

Each verdict is kept with the key of all that it depends on. Verdicts are written last, so that grading which was
interrupted anywhere is completed by grading again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache

from autograder.exercises.hidden import PartResult
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Judged, Verdict
from autograder.grading.kept import kept_text
from autograder.sandbox.remote import Ran


@dataclass(frozen=True)
class KeptVerdicts:
    """One student's verdicts in a lesson.

    Attributes:
        judged: as it was when it was kept.
        keys: exercise -> the key of its verdict.
        notes: what intake said about the notebook.
        attempt: what the hidden tests' data were drawn for: the same classroom, student and attempt draw the same.
        graded: when it was judged, in UTC, as ISO 8601 writes it, or "".
        judged_with: versions, see `keys.judged_with`; empty if that was not kept.
    """

    judged: Judged
    keys: Mapping[str, str]
    notes: tuple[str, ...]
    attempt: str = ""
    graded: str = ""
    judged_with: Mapping[str, str] = field(default_factory=dict)

    def current(self, keys: Mapping[str, str]) -> dict[str, Verdict]:
        """The verdicts that judging again would only repeat."""
        return {name: verdict for name, verdict in self.judged.verdicts.items() if self.keys[name] == keys.get(name)}


def load_verdicts(student: str, lesson: str, classroom: Classroom) -> KeptVerdicts | None:
    """What was kept of a student, if all that was made from it is still there."""
    return read_verdicts(kept_text(student, lesson, classroom))


def read_verdicts(text: str) -> KeptVerdicts | None:
    """Verdicts from their text; None if it is none, or none that this version has written."""
    try:
        found = json.loads(text)
        verdicts = {
            name: _known_verdict(
                _part(facts["visible"]), tuple(map(_part, facts["hidden"])), facts["cell"], facts["note"]
            )
            for name, facts in found["verdicts"].items()
        }
        ran = {cell: Ran(**facts) for cell, facts in found["ran"].items()}
        judged = Judged(verdicts, ran, found["isolation"], found["seconds"])
        keys = {name: found["keys"][name] for name in verdicts}
        tools = dict(found.get("judged_with", {}))
        return KeptVerdicts(judged, keys, tuple(found["notes"]), str(found["attempt"]), str(found["graded"]), tools)
    except (ValueError, KeyError, TypeError):
        return None


#: In a large class most was found before, of others: it is kept in memory once.
_known_part = lru_cache(maxsize=10_000, typed=True)(PartResult)
_known_verdict = lru_cache(maxsize=10_000, typed=True)(Verdict)


def _part(facts: dict) -> PartResult:
    return _known_part(**{**facts, "mistakes": tuple(facts["mistakes"])})


def verdicts_text(kept: KeptVerdicts) -> str:
    """Verdicts as they are kept."""
    judged = kept.judged
    facts = {
        "graded": kept.graded,
        "isolation": judged.isolation,
        "judged_with": dict(kept.judged_with),
        "seconds": judged.seconds,
        "notes": list(kept.notes),
        "attempt": kept.attempt,
        "keys": dict(kept.keys),
        "verdicts": {name: asdict(verdict) for name, verdict in judged.verdicts.items()},
        "ran": {cell: asdict(ran) for cell, ran in judged.ran.items()},
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
