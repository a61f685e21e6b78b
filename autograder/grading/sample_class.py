"""A class to try grading on, made from the lesson's sources each time, so it is never out of date."""

from __future__ import annotations

import ast
import copy
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.hidden import grade_parts
from autograder.exercises.visible import run_visible_check
from autograder.grading.classroom import FOLDER, Classroom
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.lessons import SOLUTION, Lesson, load_lesson

LOOPS = (ast.For, ast.While, ast.comprehension)
#: Exercise -> part -> points.
Points = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Sample:
    """One student of the sample class.

    Attributes:
        student: the name.
        shows: what the student is there for.
        text: the notebook file's text.
        answers: exercise -> the code in its cell; None if the notebook cannot be read.
    """

    student: str
    shows: str
    text: str
    answers: dict[str, str] | None

    def expected(self, lesson: Lesson) -> Points:
        """The points that the answers deserve, found without nbgrader and without a notebook."""
        namespace = lesson.define(self.answers)
        return {bank.name: _deserved(bank, namespace | {}) for bank in banks_of(lesson)}


def _deserved(bank: Bank, namespace: dict) -> dict[str, float]:
    visible = bank.visible_points if run_visible_check(bank, namespace).passed else 0
    hidden = {part.name: part.points for part in grade_parts(bank, LocalImplementation(namespace[bank.name]))}
    return {"visible check": visible} | hidden


def write_sample_class(lesson: str) -> tuple[Path, Classroom]:
    """Write the sample class and return its folder of submissions and a fresh classroom for it."""
    root = FOLDER / "sample" / lesson
    shutil.rmtree(root, ignore_errors=True)
    folder = root / "handed_in"
    write_submissions(sample_class(load_lesson(lesson)), lesson, folder)
    return folder, Classroom.apart(root)


def write_submissions(samples: list[Sample], lesson: str, folder: Path) -> None:
    """Write each student's notebook where a submission belongs."""
    for sample in samples:
        path = folder / sample.student / lesson / f"{lesson}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(sample.text, encoding="utf-8")


def sample_class(lesson: Lesson) -> list[Sample]:
    """The students: right in two styles, typically wrong, half done, not done, and with damaged notebooks.

    Where a short lesson would make two students hand in the same text, only the first is there.
    """
    released = release(lesson, make_notebook(lesson))
    banks = banks_of(lesson)
    right = {bank.name: _solution(bank) for bank in banks}
    stubs = {cell.id: cell.source for cell in released.cells if cell.id in right}
    first, last = banks[0].name, banks[-1].name

    def sample(student: str, shows: str, answers: dict[str, str]) -> Sample:
        return Sample(student, shows, nbformat.writes(filled(released, answers)) + "\n", answers)

    perfect = sample("lovelace", "the solutions", right)
    samples = [
        perfect,
        sample(
            "noether", "right in another style", {bank.name: _other_style(bank) or right[bank.name] for bank in banks}
        ),
        sample("hopper", "one mistake, in the first exercise", right | {first: _mistaken(banks[0], 0)}),
        sample("turing", "the first mistake of each exercise", {bank.name: _mistaken(bank, 0) for bank in banks}),
        sample("curie", "the second mistake of each exercise", {bank.name: _mistaken(bank, 1) for bank in banks}),
        sample("gauss", "the last exercise not done", right | {last: stubs[last]}),
        sample("galois", "nothing done", stubs),
        Sample("ramanujan", "a file cut off on its way", perfect.text[: len(perfect.text) * 2 // 3], None),
        Sample("franklin", "right; a test copied, another deleted", mishandled(released, right, banks), right),
        Sample("germain", "right; in new cells below what was to be replaced", in_new_cells(released, right), right),
    ]
    return [sample for i, sample in enumerate(samples) if sample.text not in {other.text for other in samples[:i]}]


def filled(released: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def mishandled(released: nbformat.NotebookNode, answers: dict[str, str], banks: list[Bank]) -> str:
    """A right notebook with the first hidden test's cell copied and the last check's cell deleted."""
    notebook = filled(released, answers)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == f"hidden_{banks[0].name}")
    copied = copy.deepcopy(notebook.cells[place])
    copied.id = "copied"
    notebook.cells.insert(place + 1, copied)
    notebook.cells = [cell for cell in notebook.cells if cell.id != f"check_{banks[-1].name}"]
    return nbformat.writes(notebook) + "\n"


def in_new_cells(released: nbformat.NotebookNode, answers: dict[str, str]) -> str:
    notebook = copy.deepcopy(released)
    for name, answer in answers.items():
        place = next(i for i, cell in enumerate(notebook.cells) if cell.id == name)
        notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(answer, id=f"mine-{place}"))
    return nbformat.writes(notebook) + "\n"


def _solution(bank: Bank) -> str:
    return without_markers(bank.solution)


def _mistaken(bank: Bank, number: int) -> str:
    mistakes = list(bank.mistakes.values())
    mistake = mistakes[min(number, len(mistakes) - 1)]
    return without_markers(mistake.source(bank.solution))


def without_markers(source: str) -> str:
    return "\n".join(line for line in source.strip().splitlines() if not any(marker in line for marker in SOLUTION))


def _other_style(bank: Bank) -> str:
    """The first accepted answer that can stand in the lesson's notebook, or "".

    It may import only what the lesson does, and have no loop: the lesson's experiments would take minutes with it.
    """
    setup = bank.lesson.cell("setup").source.splitlines()
    for text in bank.accepted.values():
        nodes = list(ast.walk(ast.parse(text)))
        imports = {ast.unparse(node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)}
        if imports <= set(setup) and not any(isinstance(node, LOOPS) for node in nodes):
            return text
    return ""
