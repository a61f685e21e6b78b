"""Grade one submission: read it, put it in order, judge it, and make all that is kept of it.

It runs where the judging is, in one of many processes, and writes nothing. What it is told and what it finds is plain
data, so that the process may be on another machine.
"""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder import stored
from autograder.exercises.hidden import NOT_DONE, PARTS_TYPE, verdict_text
from autograder.grading.built import made
from autograder.grading.feedback import feedback_page
from autograder.grading.intake import Submission
from autograder.grading.judge import Judged, Verdict, judge
from autograder.grading.keys import judged_with, secret_of, verdict_keys
from autograder.grading.lateness import penalty_of
from autograder.grading.notebook_text import notebook_text
from autograder.grading.results import result
from autograder.grading.taking_in import take_in
from autograder.grading.task import Marked, Task
from autograder.grading.verdicts import KeptVerdicts, read_verdicts, verdicts_text
from autograder.lessons import Lesson
from autograder.sandbox.isolation import Zygote
from autograder.sandbox.remote import Ran


def mark(lesson: Lesson, task: Task, zygote: Zygote) -> Marked:
    """Grade one submission."""
    submission, notebook = _taken_in(lesson, task)
    if notebook is None:
        return Marked(submission)
    before = read_verdicts(task.kept)
    if before and (submission.attempt == before.attempt if task.same is None else task.same):
        # It is judged on the data that were drawn for it before, and what was said of it then still holds.
        notes = tuple(dict.fromkeys((*before.notes, *submission.notes)))
        submission = replace(submission, notes=notes, attempt=before.attempt or submission.attempt)
    text = notebook_text(notebook)
    kept, is_news = _judged(lesson, task, zygote, submission, notebook, before, text)
    now = task.before.arrived(task.told.handed_in, task.told.extension)
    is_news = is_news or not now.is_tested
    points = points_of(kept.judged) if is_news else None
    now = now.tested(points) if points else now
    penalty = penalty_of(now, submission.student, task.late_rule)
    now = replace(now, penalty=penalty or 0)
    return Marked(
        submission,
        result=result(submission, kept.judged, now, task.before if task.is_recorded else None),
        row=replace(
            task.told, student=submission.student, points=points, untouched=submission.untouched, penalty=penalty
        ),
        notebook=text,
        graded=graded_notebook(lesson, notebook, kept.judged) if is_news else "",
        page=feedback_page(lesson, released(lesson.name), notebook, kept, now, submission.student, task.about),
        kept=verdicts_text(kept),
    )


def _taken_in(lesson: Lesson, task: Task) -> tuple[Submission, NotebookNode | None]:
    if task.content is None:
        return take_in(task.handed, lesson.name, released(lesson.name))
    with tempfile.TemporaryDirectory(prefix="batchnorm-course-") as folder:
        path = Path(folder) / task.handed.path.name
        path.write_bytes(task.content)
        return take_in(replace(task.handed, path=path), lesson.name, released(lesson.name))


def _judged(
    lesson: Lesson,
    task: Task,
    zygote: Zygote,
    submission: Submission,
    notebook: NotebookNode,
    before: KeptVerdicts | None,
    text: str,
) -> tuple[KeptVerdicts, bool]:
    """The verdicts, and whether any was found now; what judging again would only repeat is not judged."""
    secret = secret_of(submission.student, submission.attempt, task.secret)
    wanted = verdict_keys(lesson, text, secret, zygote.level)
    settled = before.current(wanted) if before else {}
    if before and len(settled) == len(wanted):
        return replace(before, keys=wanted, notes=submission.notes, judged_with=judged_with(lesson)), False
    judged = judge(lesson, notebook, zygote, submission.untouched, secret, settled)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    return KeptVerdicts(judged, wanted, submission.notes, submission.attempt, now, judged_with(lesson)), True


@cache
def released(lesson: str) -> NotebookNode:
    """The lesson as learners get it."""
    return nbformat.from_dict(stored.lesson(lesson)["released"])


@cache
def _tests(lesson: str) -> dict[str, str]:
    """Graded cell -> its text with the tests, which instructors see in graded notebooks."""
    cells = made(lesson).cells
    return {cell.id: cell.source for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")}


def graded_notebook(lesson: Lesson, notebook: NotebookNode, judged: Judged) -> str:
    """The text of a student's notebook with the tests, and with what came out of each cell."""
    graded = NotebookNode(notebook | {"cells": [NotebookNode(cell) for cell in notebook.cells]})
    outputs = {cell_id: _outputs_of(ran) for cell_id, ran in judged.ran.items()}
    for name, verdict in judged.verdicts.items():
        outputs |= {f"check_{name}": _check_outputs(name, verdict), f"hidden_{name}": _hidden_outputs(verdict)}
    for cell in graded.cells:
        cell.source = _tests(lesson.name).get(cell.id, cell.source)
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, outputs.get(cell.id, [])
    return notebook_text(graded)


def points_of(judged: Judged) -> dict[str, float]:
    """Graded cell -> points."""
    points = {}
    for name, verdict in judged.verdicts.items():
        points[f"check_{name}"] = verdict.visible.points
        points[f"hidden_{name}"] = sum(part.points for part in verdict.hidden)
    return points


def _outputs_of(ran: Ran) -> list[NotebookNode]:
    outputs = [_stream(text, name) for name, text in (("stdout", ran.text), ("stderr", ran.stderr)) if text]
    outputs += [new_output("display_data", data=dict(data)) for data in ran.outputs]
    return outputs + ([_error(*ran.error)] if ran.error else [])


def _check_outputs(name: str, verdict: Verdict) -> list[NotebookNode]:
    part = verdict.visible
    if part.passed:
        return [_stream(f"✓ {name}: right on all probes.\n")]
    return [_error("NotImplementedError" if part.message == NOT_DONE else "CheckFailed", part.message)]


def _hidden_outputs(verdict: Verdict) -> list[NotebookNode]:
    points = sum(part.points for part in verdict.hidden)
    data = {"text/plain": repr(float(points)), PARTS_TYPE: [asdict(part) for part in verdict.hidden]}
    text = "".join(f"{verdict_text(part)}\n" for part in verdict.hidden)
    return [_stream(text), NotebookNode(output_type="execute_result", execution_count=None, metadata={}, data=data)]


def _error(name: str, text: str) -> NotebookNode:
    return NotebookNode(output_type="error", ename=name, evalue=text, traceback=text.splitlines())


def _stream(text: str, name: str = "stdout") -> NotebookNode:
    """Like `new_output`, which also holds each output to the schema of notebooks: milliseconds for each student."""
    return NotebookNode(output_type="stream", name=name, text=text)
