"""A copy of a class's work for research, of which nobody's name can be read.

What can tell who wrote an answer, and what becomes of it:

| what | becomes |
|---|---|
| names, e-mails, ids, sections, file names, attempts | left out; a random id instead, of which no key is kept |
| times | only: late or not |
| outputs, and messages of tests, which quote them | left out |
| comments, docstrings, layout | left out: code is written anew from its syntax, and what is none is left out |
| texts in code that neither the lesson nor its bank has | "text" |
| numbers of six or more digits, likewise | 0 |
| words in code with a part of a name, id or e-mail of the class, likewise | "someone" |
| prose cells | left out |
| the order | random |

A way of writing code remains, and so may a name that the class's list does not have: such data are for those who are
bound to keep them safe.
"""

from __future__ import annotations

import ast
import builtins
import json
import random
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any

import nbformat
import numpy as np

from autograder.collecting.people import Person
from autograder.exercises.bank import banks_of
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Verdict
from autograder.grading.verdicts import load_verdicts
from autograder.lessons import load_lesson
from autograder.reports.export_marks import Marks
from autograder.reports.export_systems import Exported
from autograder.reports.own_code import own_code, released_notebook
from autograder.submission.pieces import as_python

SOMEONE, TEXT = "someone", "text"
#: Shorter parts of names are not looked for; up to the second length only as words of their own, as in `ann_mean`.
SHORTEST_NAME, SHORT_NAME = 3, 4
#: A shorter number is no student's.
SHORTEST_NUMBER = 6
#: What says which axes are summed tells nothing of anybody.
EINSUM = re.compile(r"[a-zA-Z,.\s]*->[a-zA-Z.]*")
#: So few students may know each other by their points.
FEW = 10
PART = ("name", "points", "max_points", "passed", "mistake")


def anonymous_copy(classroom: Classroom, marks: Mapping[str, Sequence[Marks]]) -> Exported:
    """All answers and verdicts of a class, as JSON; one student has one id in all lessons.

    Args:
        marks: lesson -> the class's marks.
    """
    people = {mark.person.id: mark.person for rows in marks.values() for mark in rows}
    ids, names = {name: secrets.token_hex(8) for name in people}, _parts_of_names(people.values())
    answers = []
    for lesson, rows in marks.items():
        given = released_notebook(lesson, classroom)
        mask = _Mask(names, list(_texts_of(lesson, given)))
        for mark in rows:
            if mark.total is not None:
                code = own_code(mark.person.id, lesson, classroom, given)
                masked = {cell: mask.code(text) for cell, text in code.items()}
                kept = load_verdicts(mark.person.id, lesson, classroom)
                answer = _answer(mark, masked, kept.judged.verdicts if kept else {})
                answers.append({"student": ids[mark.person.id], "lesson": lesson} | answer)
    random.SystemRandom().shuffle(answers)
    about = (__doc__ or "").strip().splitlines()
    text = json.dumps({"about": about, "submissions": answers}, indent=1, ensure_ascii=False) + "\n"
    students = len({answer["student"] for answer in answers})
    told = ["Look through it before you pass it on: its first lines say what was taken out, and what may remain."]
    told += [f"Of {students} students, each may be known by the points."] if students < FEW else []
    return Exported(text.encode(), students, told)


def _answer(mark: Marks, code: dict[str, str], verdicts: Mapping[str, Verdict]) -> dict:
    """What is told of one student in one lesson.

    Args:
        code: cell -> what is left of its text.
    """
    exercises = {
        name: {"points": points, "max_points": most, "code": code.pop(name, ""), "parts": _parts(verdicts.get(name))}
        for name, (points, most) in mark.exercises.items()
    }
    told = {"points": mark.total, "max_points": mark.max_points, "late": mark.late, "exercises": exercises}
    return told | {"other_code": [text for text in code.values() if text]}


def _parts(verdict: Verdict | None) -> list[dict]:
    parts = (verdict.visible, *verdict.hidden) if verdict else ()
    return [{key: value for key, value in asdict(part).items() if key in PART} for part in parts]


def _texts_of(lesson: str, given: nbformat.NotebookNode) -> Iterator[str]:
    """Code that nobody of the class has written."""
    yield from (cell.source for cell in given.cells if cell.cell_type == "code")
    for bank in banks_of(load_lesson(lesson)):
        yield from (bank.solution, *bank.accepted.values())
        yield from (mistake.source(bank.solution) for mistake in bank.mistakes.values())


def _parts_of_names(people: Iterable[Person]) -> re.Pattern:
    """What finds a part of anybody's name, id or e-mail in a word of code."""
    texts = (t for who in people for t in (who.id, who.name, who.email.partition("@")[0], *who.ids.values()))
    parts = {part for text in texts for part in re.split(r"[\W_]+", text.casefold()) if len(part) >= SHORTEST_NAME}
    found = (rf"(?<![^\W\d_]){part}(?![^\W\d_])" if len(part) <= SHORT_NAME else part for part in sorted(parts))
    return re.compile("|".join(found) or r"(?!)")


class _Mask(ast.NodeTransformer):
    """Writes code anew without what tells who wrote it.

    Args:
        names: what finds anybody's.
        known: code that nobody of the class has written: its words, texts and numbers stay.
    """

    def __init__(self, names: re.Pattern, known: Sequence[str]) -> None:
        self._names = names
        self._word = cache(self._masked)  # the same few words are asked for again and again
        self._words = {*re.findall(r"\w+", "\n".join(known)), *dir(builtins), *dir(np), *dir(np.ndarray)}
        trees = [tree for text in known if (tree := _parsed(text))]
        self._values = {repr(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}

    def code(self, source: str) -> str:
        """The code; "" if it is none."""
        try:
            tree = _parsed(source)
            return ast.unparse(self.visit(tree)) if tree else ""
        except (RecursionError, MemoryError, ValueError):
            return ""

    def visit(self, node: ast.AST) -> ast.AST:
        """One node, after those in it."""
        self.generic_visit(node)
        if isinstance(body := getattr(node, "body", None), list) and body and _is_text(body[0]):
            body[:] = body[1:] or [ast.Pass()]
        if isinstance(node, ast.Constant):
            return ast.Constant(self._value(node.value))
        for field in ("id", "arg", "attr", "name", "asname", "module", "rest"):
            if isinstance(word := getattr(node, field, None), str):
                setattr(node, field, self._word(word))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = list(map(self._word, node.names))
        return node

    def _masked(self, word: str) -> str:
        spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", word).casefold()
        return SOMEONE if word not in self._words and self._names.search(spelled) else word

    def _value(self, value: Any) -> Any:
        if repr(value) in self._values or value is None or value is ... or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return value if EINSUM.fullmatch(value) else TEXT
        if isinstance(value, bytes):
            return TEXT.encode()
        return type(value)(0) if len(re.sub(r"\D", "", repr(value))) >= SHORTEST_NUMBER else value


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(as_python(source))
    except (ValueError, RecursionError, MemoryError):
        return None


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
