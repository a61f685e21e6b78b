"""Find the lessons and read their hand-written text, `solutions/NN_name.py`.

A lesson is a py:percent file. Prose cells are `# %% [markdown]`; a code cell says what it is in its marker:

    # %% setup                                     imports, read-only for learners
    # %%                                           code that learners may change
    # %% experiment="wine_descent"                 the same, by name: predict, run, judge
    # %% exercise="batchnorm_forward"              holds the solution between nbgrader's markers
    # %% check="batchnorm_forward" points=1        the visible test
    # %% hidden="batchnorm_forward"                becomes the graded cell with the hidden tests
    # %% quiz="split_first"                        a dict: question, choices with feedback, right
    # %% predict="descent_guess"                   descent_guess = a dict: question, options by name
    # %% derive="slope_of_variance"                a quiz or formula that unfolds what follows: see `asked`

Any code cell may add `picture="name"`: the builder stores its figure as `data/name.png`. A cell that is not what the
lesson is about begins with the word `folded`, as in `# %% folded experiment="rates"`: learners see its first line, a
comment.
"""

from __future__ import annotations

import ast
import json
import re
import types
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from autograder.console import shown_path
from autograder.errors import CourseError
from autograder.lesson_names import UnknownLesson, is_called, match_lesson

ROOT = Path(__file__).resolve().parent.parent
SOLUTIONS = ROOT / "solutions"
NOTEBOOKS = ROOT / "notebooks"

NAMED_KINDS = ("exercise", "check", "hidden", "quiz", "predict", "derive", "experiment")
SOLUTION = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
#: What learners find in place of a solution.
STUB = 'raise NotImplementedError("Exercise: replace this line with your code.")'
#: The marker of a cell, what that of prose says, and that of code which is not the lesson.
MARKER = re.compile(r"#\s*%%")
PROSE, FOLDED = "[markdown]", "folded"
#: A question as it is written: see `asked`.
Question = dict[str, Any]
#: What a marker says by key: text in quotes, or a number.
BY_KEY = re.compile(r'(?<!\S)(\w+)=("[^"\\]*"|-?(?:0|[1-9]\d*)(?:\.\d+)?)(?!\S)')


class LessonError(CourseError):
    """A lesson's text is wrong; the message names the file, the line and what to do."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{shown_path(path)}:{line}: {message}")


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson's text. `line` is the line of its marker."""

    kind: str  # markdown, code, setup, or one of NAMED_KINDS
    name: str
    source: str
    line: int
    points: float | None = None
    picture: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Lesson:
    """A lesson as it was written: its name (`03_forward`), its file and its cells."""

    name: str
    path: Path
    cells: tuple[Cell, ...]

    @property
    def topic(self) -> str:
        """The name without its number; also the name of the lesson's modules."""
        return self.name.split("_", 1)[1]

    @cached_property
    def title(self) -> str:
        return next(line[2:] for cell in self.cells for line in cell.source.splitlines() if line.startswith("# "))

    @property
    def exercises(self) -> tuple[str, ...]:
        return self._named("exercise")

    @property
    def experiments(self) -> tuple[str, ...]:
        return self._named("experiment")

    @property
    def uses_torch(self) -> bool:
        """Whether its answers are written in torch; elsewhere it is not there when they are graded."""
        return "import torch" in self.cell("setup").source

    def questions(self, kind: str) -> dict[str, Question]:
        """Name -> what is asked, of all quizzes, predictions or derivations ("quiz", "predict", "derive")."""
        return {cell.name: asked(cell) for cell in self.cells if cell.kind == kind}

    def _named(self, kind: str) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells if cell.kind == kind)

    def cell(self, kind: str, name: str = "") -> Cell:
        return next(cell for cell in self.cells if cell.kind == kind and cell.name == name)

    def define(self, replacing: Mapping[str, str] | None = None) -> dict:
        """Execute the solution cells in order and return their namespace.

        Args:
            replacing: exercise name -> Python text to run in place of that exercise's solution.
        """
        sources = [(replacing or {}).get(name, self.cell("exercise", name).source) for name in self.exercises]
        namespace: dict = {"__name__": f"solutions.{self.name}"}
        imports = imports_used_by(self.cell("setup").source, "\n".join(sources))
        for name, source in zip(("setup", *self.exercises), (imports, *sources), strict=True):
            exec(_compiled(source, f"<{name} in {self.name}>"), namespace)
        return namespace

    @cached_property
    def reference(self) -> dict:
        """Exercise name -> the function in its solution cell. This *is* the reference; nobody types it twice."""
        namespace = self.define()
        return {name: namespace[name] for name in self.exercises}


def lesson_names() -> list[str]:
    """Names of all lessons, in course order."""
    return sorted(path.stem for path in SOLUTIONS.glob("[0-9][0-9]_*.py"))


def find_lesson(asked: str) -> str:
    """Turn `03`, `forward`, `03_forward` or a path of that lesson into `03_forward`.

    Raises:
        UnknownLesson: no lesson, or more than one, answers to that name.
    """
    return match_lesson(asked, lesson_names())


def names_exercise(word: str) -> bool:
    """Whether a word is an exercise's name, and no lesson is called so, in which case the lesson is meant."""
    lessons = lesson_names()
    called = any(is_called(name, word) for name in lessons)
    return not called and any(word in load_lesson(name).exercises for name in lessons)


def find_exercises(asked: str) -> tuple[str, ...]:
    """The exercise of that name, or all of the lesson that answers to it, as `find_lesson` has it.

    Raises:
        UnknownLesson: neither an exercise nor one lesson is called so.
    """
    return (asked,) if names_exercise(asked) else load_lesson(find_lesson(asked)).exercises


def lesson_of(exercise: str) -> Lesson:
    """The lesson that holds an exercise.

    Raises:
        UnknownLesson: no lesson has such an exercise.
    """
    for name in lesson_names():
        if exercise in load_lesson(name).exercises:
            return load_lesson(name)
    known = ", ".join(found for name in lesson_names() for found in load_lesson(name).exercises)
    raise UnknownLesson(f"no exercise is called {exercise!r}. The exercises are: {known}.")


@cache
def load_lesson(name: str) -> Lesson:
    """Read one lesson by its full name.

    Raises:
        LessonError: the text breaks a rule of the format.
    """
    return read_lesson(SOLUTIONS / f"{name}.py")


def read_lesson(path: Path) -> Lesson:
    """Parse and validate a lesson's file.

    Raises:
        LessonError: the text breaks a rule of the format; the message names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise LessonError(path, 1, f"is not UTF-8 text ({error.reason}). Save it as UTF-8.") from error
    if not MARKER.match(text):
        raise LessonError(path, 1, "must begin with a cell marker such as `# %% [markdown]`.")
    cells = tuple(_read_cell(path, *found) for found in split_cells(text))
    lesson = Lesson(path.stem, path, cells)
    _validate(lesson)
    return lesson


def split_cells(text: str) -> list[tuple[int, str, str]]:
    """The cells of a py:percent text: the line of each one's marker, what the marker says, and what stands below it.

    Jupytext reads the same of such a text, and takes half a second to be imported.
    """
    lines = text.split("\n")
    begins = [number for number, line in enumerate(lines) if MARKER.match(line)]
    found = []
    for begin, end in zip(begins, [*begins[1:], len(lines)]):
        said = lines[begin].partition("%%")[2].strip()
        below = [re.sub("^# ?", "", line) if said.startswith(PROSE) else line for line in lines[begin + 1 : end]]
        found.append((begin + 1, said, "\n".join(below).rstrip()))
    return found


def _read_cell(path: Path, line: int, said: str, source: str) -> Cell:
    is_prose = said.startswith(PROSE)
    title = BY_KEY.sub("", said.removeprefix(PROSE)).strip()
    marker = {key: json.loads(value) for key, value in BY_KEY.findall(said)}
    points, picture = marker.pop("points", None), marker.pop("picture", "")
    folded = title == FOLDED
    title = "" if folded else title
    kinds = [kind for kind in NAMED_KINDS if kind in marker]
    unknown = set(marker) - set(NAMED_KINDS)
    if title not in ("", "setup") or unknown or len(kinds) > 1:
        words = " ".join([title, *sorted(unknown), *(kinds if len(kinds) > 1 else [])]).strip()
        raise LessonError(
            path,
            line,
            f'the marker says {words!r}. Write `setup`, `folded`, or one of {", ".join(NAMED_KINDS)} as key="name".',
        )
    if is_prose:
        kind, name = "markdown", ""
    else:
        kind = title or (kinds[0] if kinds else "code")
        name = marker.get(kind, "")
        if kind in NAMED_KINDS and not (isinstance(name, str) and re.fullmatch(r"[a-zA-Z]\w*", name)):
            raise LessonError(path, line, f"{kind}={name!r} must be a name in quotes, of letters, digits and _.")
    if points is not None and not (isinstance(points, int | float) and points > 0):
        raise LessonError(path, line, f"points={points!r} must be a number above 0.")
    if folded and not (kind in ("code", "experiment") and source.startswith("# ")):
        raise LessonError(path, line, "a folded cell is plain code, and begins with a comment that says what it makes.")
    return Cell(kind, name, source, line, points, picture, folded)


def _validate(lesson: Lesson) -> None:
    def fail(cell: Cell, message: str) -> None:
        raise LessonError(lesson.path, cell.line, message)

    counts = Counter((cell.kind, cell.name) for cell in lesson.cells if cell.name)
    for cell in lesson.cells:
        _validate_regions(lesson.path, cell)
        if cell.name and counts[cell.kind, cell.name] > 1:
            fail(cell, f'{cell.kind}="{cell.name}" is used more than once. Give each cell its own name.')
        if cell.kind != "markdown":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                raise LessonError(
                    lesson.path, cell.line + (error.lineno or 0), f"not valid Python: {error.msg}."
                ) from error
        if cell.kind in ("check", "hidden") and cell.name not in lesson.exercises:
            fail(cell, f'there is no exercise="{cell.name}" in this lesson. Add it, or correct the name.')
        if cell.kind == "check":
            if cell.points is None:
                fail(cell, f'check="{cell.name}" has no points. Add points=1 (or more) to its marker.')
            if not re.search(rf"\bcheck(ing)?\({cell.name}\b", cell.source):
                fail(cell, f"the check never calls `checking({cell.name})` or `check({cell.name})`.")
        elif cell.points is not None:
            fail(cell, f"points belong to check cells, not to a {cell.kind} cell.")
        if cell.kind == "exercise":
            if SOLUTION[0] not in cell.source:
                fail(
                    cell,
                    f'exercise="{cell.name}" has no `{SOLUTION[0]}` region, so learners would see all of it.',
                )
            for needed in ("check", "hidden"):
                if not counts[needed, cell.name]:
                    fail(cell, f'exercise="{cell.name}" has no `# %% {needed}="{cell.name}"` cell.')
        if cell.kind in QUESTIONS:
            _validate_question(cell, fail)
    if sum(cell.kind == "setup" for cell in lesson.cells) != 1:
        raise LessonError(lesson.path, 1, "a lesson has exactly one `# %% setup` cell.")
    if not any(cell.source.startswith("# ") for cell in lesson.cells if cell.kind == "markdown"):
        raise LessonError(lesson.path, 1, "a lesson begins with a title: a markdown cell with `# Title`.")


def _validate_regions(path: Path, cell: Cell) -> None:
    """Solution regions stand in exercises only, hidden regions nowhere by hand; none nested, all closed."""
    begun: tuple[str, int] | None = None
    for number, text in enumerate(cell.source.splitlines(), cell.line + 1):
        for begin, end in (SOLUTION, HIDDEN_TESTS):
            if begin in text:
                if begun:
                    raise LessonError(path, number, f"`{begin}` stands inside the region opened in line {begun[1]}.")
                if begin == HIDDEN_TESTS[0]:
                    raise LessonError(path, number, "hidden tests are not written here: use a `# %% hidden=` cell.")
                if cell.kind != "exercise":
                    raise LessonError(path, number, f"`{begin}` may stand only in an exercise cell.")
                begun = (begin, number)
            elif end in text:
                if begun is None:
                    raise LessonError(path, number, f"`{end}` closes a region that was never opened.")
                begun = None
    if begun:
        raise LessonError(path, begun[1], f"`{begun[0]}` is never closed in its cell.")


def asked(cell: Cell) -> Question:
    """What a cell asks: the dict that it is, or that gets the prediction's name, by which later cells call it.

    A quiz has `question`, `choices` (letter -> text and feedback) and `right`, a letter. A prediction has `question`
    and `options` (name of an outcome -> the outcome). A derivation is a quiz with `then`, markdown that a right answer
    unfolds; or it has, in place of choices and right, `blank`: the `names` that a formula may use, the one that is
    `right`, known `wrong` ones with feedback, and what is `told` to a right one.
    """
    begin = f"{cell.name} = " if cell.kind == "predict" else ""
    if not cell.source.startswith(begin):
        raise ValueError(f"it does not begin with {begin}")
    return ast.literal_eval(cell.source.removeprefix(begin).strip())


def _validate_question(cell: Cell, fail) -> None:
    try:
        found = asked(cell)
        good = isinstance(found["question"], str) and QUESTIONS[cell.kind][0](found)
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError):
        good = False
    if not good:
        fail(cell, f"a {cell.kind} is {QUESTIONS[cell.kind][1]}.")


def _is_quiz(found: Question) -> bool:
    told = found["choices"].values()
    return set(found) == {"question", "choices", "right"} and found["right"] in found["choices"] and _are_pairs(told)


def _is_prediction(found: Question) -> bool:
    names = list(found["options"])
    return set(found) == {"question", "options"} and len(names) > 1 and all(len(name) > 1 for name in names)


def _is_derivation(found: Question) -> bool:
    rest = {key: value for key, value in found.items() if key != "then"}
    if "blank" not in found:
        return isinstance(found["then"], str) and _is_quiz(rest)
    blank = found["blank"]
    formulas = [blank["right"], *blank.get("wrong", {})]
    for formula in formulas:
        ast.parse(formula, mode="eval")
    return isinstance(found["then"], str) and set(blank) <= {"names", "right", "wrong", "told"} and bool(blank["names"])


def _are_pairs(told) -> bool:
    return all(len(pair) == 2 for pair in told)


#: Kind of a cell that asks -> whether a dict is such a question, and what one looks like.
QUESTIONS = {
    "quiz": (_is_quiz, '{"question": …, "choices": {"a": (text, feedback), …}, "right": "a"}'),
    "predict": (_is_prediction, 'its_name = {"question": …, "options": {"name_of_an_outcome": text, …}}'),
    "derive": (
        _is_derivation,
        'a quiz with "then": markdown, or {"question": …, "blank": {"names": […], "right": formula}, "then": …}',
    ),
}


@lru_cache(10_000)  # the banks' wrong answers, each needed once for every probe
def _compiled(source: str, file: str) -> types.CodeType:
    return compile(source, file, "exec")


@lru_cache(10_000)
def imports_used_by(source: str, text: str) -> str:
    """The import statements of `source` that bind a name which another text reads."""
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    kept = [
        ast.unparse(node)
        for node in ast.parse(source).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and any((alias.asname or alias.name).split(".")[0] in used for alias in node.names)
    ]
    return "\n".join(kept)
