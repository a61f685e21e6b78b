"""Grade the one submission that Gradescope has laid out, and tell it as Gradescope wants to read it.

It is graded as a class of one, in a classroom that is gone afterwards: the same intake, judge and data for each student
and attempt as everywhere.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

from autograder.collecting.tree import SubmissionsError
from autograder.console import listed, one_line
from autograder.errors import CourseError
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.feedback import advice
from autograder.grading.grade import grade_folder
from autograder.grading.gradescope.archive import SETTINGS
from autograder.grading.judge import Verdict
from autograder.grading.verdicts import load_verdicts
from autograder.sandbox.isolation import NAMESPACES, NONE, OWN_USER

UNFINISHED = (
    "Grading did not come to its end. That says nothing about your work: hand in once more, and tell your teacher if "
    "it happens again."
)
#: Isolation -> what an instructor is told of it.
MEANING = {
    NAMESPACES: "the submission was shut in: own namespaces, read-only system, no network, limits",
    OWN_USER: "no namespaces can be made here: the submission ran as another user, to whom tests and solutions are "
    "closed, with limits; its network was that of the container",
    NONE: "the submission was not shut in: it could read the tests. Run setup.sh as root",
}
WIDTH = 94


def main(root: Path) -> None:
    """Grade what lies in `root`/submission and write `root`/results/results.json, whatever happens."""
    settings = json.loads((root / "source" / SETTINGS).read_text(encoding="utf-8"))
    target, start = root / "results" / "results.json", time.perf_counter()
    _write(target, {"score": 0, "output": UNFINISHED})  # if this process is killed, too, the student reads something
    try:
        results = graded(root / "submission", settings, student_of(root / "submission_metadata.json"))
    except CourseError as error:
        results = {"score": 0, "output": str(error)}
    _write(target, results | {"execution_time": round(time.perf_counter() - start)})


def _write(path: Path, results: dict) -> None:
    facts = {"stdout_visibility": "hidden", "output_format": "text"} | results
    write_whole(path, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


def student_of(metadata: Path) -> str:
    """The name for whoever handed in, a group together; "student" if nothing tells."""
    try:
        users = json.loads(metadata.read_text(encoding="utf-8"))["users"]
        names = sorted(str(user.get("email") or user["id"]) for user in users)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        names = []
    return re.sub(r"[^\w@.+-]", "_", "+".join(names))[:100].lstrip(".") or "student"


def graded(submission: Path, settings: dict, student: str) -> dict:
    """What Gradescope's `results.json` holds of a submission.

    Args:
        submission: the folder with what was handed in.
        settings: "lesson", "secret", "hidden", as the archive has them.
    """
    lesson = settings["lesson"]
    with tempfile.TemporaryDirectory(prefix="batchnorm-course-") as place:
        classroom = Classroom.apart(Path(place) / "classroom")
        write_whole(classroom.root / "secret", settings["secret"])
        shutil.copytree(submission, Path(place) / "handed_in" / student / lesson, symlinks=True)
        try:
            [row] = grade_folder(lesson, Path(place) / "handed_in", classroom, trusted=True)
        except SubmissionsError:
            there = listed(sorted(one_line(path.name) for path in submission.rglob("*"))) or "nothing"
            return {"score": 0, "output": f"There is no notebook of {lesson} here. Handed in was: {there}."}
        kept = load_verdicts(student, lesson, classroom)
    if row.points is None or kept is None:
        return {"score": 0, "output": "\n".join(row.notes)}
    judged = kept.judged
    told = [*kept.notes, *(f"{name}: {verdict.note}" for name, verdict in judged.verdicts.items() if verdict.note)]
    if settings["hidden"] == "visible":  # else it would tell what is not to be seen yet
        lacking = [name for name, verdict in judged.verdicts.items() if not verdict.is_full]
        told = [f"{row.points:g} of {row.max_points:g} points.", *told, *advice(lesson, judged.verdicts, lacking)]
    return {
        "score": row.points,
        "output": _wrapped(told),
        "tests": list(_tests(judged.verdicts, settings["hidden"])),
        "extra_data": {
            "lesson": lesson,
            "student": student,
            "attempt": kept.attempt,
            "isolation": judged.isolation,
            "isolation_means": MEANING[judged.isolation],
        },
    }


def _tests(verdicts: dict[str, Verdict], hidden: str) -> Iterator[dict]:
    """Each part of each exercise; the visible check is seen at once, the others as the instructor has said."""
    for number, (name, verdict) in enumerate(verdicts.items(), 1):
        for place, part in enumerate((verdict.visible, *verdict.hidden), 1):
            yield {
                "name": f"{name}: {part.name}",
                "number": f"{number}.{place}",
                "score": part.points,
                "max_score": part.max_points,
                "status": "passed" if part.passed else "failed",
                "output": _wrapped(part.message.split("\n")),
                "output_format": "text",
                "visibility": hidden if place > 1 else "visible",
                "extra_data": {"exercise": name, "mistakes": list(part.mistakes)},
            }


def _wrapped(lines: list[str]) -> str:
    """Lines of which only those that are far too long are broken: the others are in columns."""
    return "\n".join(line if len(line) <= WIDTH + 10 else textwrap.fill(line, WIDTH) for line in lines)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
