"""Grading beside other tools: the same answers, the same tests, on this machine, in turn."""

from __future__ import annotations

import json
import os
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.bench import peers
from autograder.bench.equal_work import as_module, minimal_class, plain_class, recorded_tests
from autograder.bench.measure import REPEATS, Cost, cost_of, in_turn, python, told, work
from autograder.grading.sample_class import Sample, write_submissions
from autograder.lessons import Lesson, lesson_names, load_lesson
from autograder.sandbox.isolation import try_sandbox

#: The lesson that is graded, and an exercise of it.
LESSON, EXERCISE = "03_forward", "batchnorm_forward"
#: So many are graded by the engine and in a process; by pytest; by nbgrader and otter; by nbgrader, all experiments.
MANY, SOME, FEW, FEWEST = 100, 20, 8, 2
OURS = "python -m autograder grade"
#: Sizes of a class that grows.
GROWTH = (50, 1000)
#: One alone is measured more often: it takes little, and the beginning of a process varies.
ALONE = 5
#: For a table of all lessons: by the engine, by nbgrader.
OF_EACH, STOCK_OF_EACH = 20, 1


@dataclass(frozen=True)
class Row:
    """A line of the table: how many are graded, and by what."""

    students: int
    run: Callable[[], Cost]


def grading() -> None:
    """Submissions a minute, processor time and memory: the engine, nbgrader, pytest, otter, and the tests alone."""
    lesson = load_lesson(LESSON)
    tests = recorded_tests(lesson)
    calls = sum(len(test.calls) for test in tests)
    print(f"Grading {LESSON}: {len(tests)} tests, {calls} calls; {REPEATS} times each, in turn: median (least–most).")
    print(
        f"The engine's isolation: {try_sandbox().name}. The others have none, nor do they hide data; of them nbgrader"
    )
    print("alone has a gradebook and pages, and names mistakes, with the lesson's own cells.")
    with tempfile.TemporaryDirectory() as place:
        rows = _rows(lesson, Path(place))
        _table(rows, in_turn({name: row.run for name, row in rows.items()}))
    if not peers.has_otter():
        print("  otter-grader is not installed here. OTTER_PYTHON=…/bin/python names an environment that has it.")


def _rows(lesson: Lesson, folder: Path) -> dict[str, Row]:
    many, few = plain_class(lesson, MANY), minimal_class(lesson, FEW)
    some, cores = many[:SOME], os.cpu_count() or 1
    rows: dict[str, Row] = {}
    for jobs in sorted({1, cores}):
        engine, pytest = (
            partial(by_engine, lesson, many, folder, jobs),
            partial(peers.by_pytest, lesson, some, folder, jobs),
        )
        rows |= {f"{OURS} --jobs {jobs}": Row(MANY, engine), f"plain pytest, {jobs} at a time": Row(SOME, pytest)}
    if version := peers.has_otter():
        rows[f"otter-grader {version}"] = Row(FEW, partial(peers.by_otter, lesson, many[:FEW], folder))
    stock = {"minimal notebook": (few, False), "this lesson as it is": (many[:FEWEST], True)}
    for kind, (samples, whole) in stock.items():
        run = partial(peers.by_nbgrader, lesson, samples, folder, whole=whole)
        rows[f"nbgrader, {kind}"] = Row(len(samples), run)
    for kind, task in {"the engine's tests": "in_process", "the same calls": "recorded"}.items():
        rows[f"{kind}, in one warm process"] = Row(MANY, partial(_in_one_process, task, MANY))
    return rows


def _table(rows: Mapping[str, Row], costs: Mapping[str, Sequence[Cost]]) -> None:
    print(f"  {'':<42}{'':>5}  {'a minute':<28}{'processor ms each':<26}{'memory':>8}")
    for name, row in rows.items():
        rates = told([60 * row.students / cost.wall for cost in costs[name]])
        each = told([1000 * cost.processor / row.students for cost in costs[name]], ",.0f")
        print(f"  {name:<42}{row.students:>5}  {rates:<28}{each:<26}{_megabytes(costs[name]):>8}")
    *_, best = (name for name in rows if name.startswith(OURS))
    speed = {name: row.students / _median(costs[name]) for name, row in rows.items()}
    for name in (name for name in rows if not name.startswith(OURS)):
        print(f"  {best} is {speed[best] / speed[name]:>7.2f} times as fast as {name}")


def _megabytes(costs: Sequence[Cost]) -> str:
    most = max(cost.megabytes for cost in costs)
    return f"{most:,.0f} MB" if most else "–"


def _median(costs: Sequence[Cost]) -> float:
    return statistics.median(cost.wall for cost in costs)


def by_engine(lesson: Lesson, samples: Sequence[Sample], folder: Path, jobs: int = 1) -> Cost:
    """Grade into a new classroom: gradebook, graded notebooks, pages, verdicts."""
    handed_in = peers.cleared(folder) / "handed_in"
    write_submissions(list(samples), lesson.name, handed_in)
    return work("grade", lesson.name, str(jobs), str(handed_in), str(folder / "room"))


def engine_points(folder: Path) -> dict[str, float]:
    """Student -> points, after `by_engine`."""
    return json.loads((folder / "room" / "points.json").read_text(encoding="utf-8"))


def _in_one_process(task: str, students: int) -> Cost:
    """The time that the task itself tells; it is prepared before."""
    return Cost(**json.loads(work(task, LESSON, str(students)).output.splitlines()[-1]))


def alone() -> None:
    """What one person waits for: a new process each time, nothing warm."""
    lesson = load_lesson(LESSON)
    print(f"One alone, {LESSON}, from the start of the command to its end; {ALONE} times each: median (least–most)")
    with tempfile.TemporaryDirectory() as place:
        costs = in_turn(_rows_alone(lesson, Path(place)), ALONE)
    print(f"  {'':<42}{'seconds':<28}{'processor s':<26}{'memory':>8}")
    for name, found in costs.items():
        wall, processor = (told(values, ".2f") for values in zip(*((cost.wall, cost.processor) for cost in found)))
        print(f"  {name:<42}{wall:<28}{processor:<26}{_megabytes(found):>8}")


def _rows_alone(lesson: Lesson, folder: Path) -> dict[str, Callable[[], Cost]]:
    one, bare = plain_class(lesson, 1), minimal_class(lesson, 1)
    answer, notebook, work_here = folder / "answer.py", folder / f"{lesson.name}.ipynb", folder / "work"
    answer.write_text(as_module(one[0]), encoding="utf-8")
    notebook.write_text(one[0].text, encoding="utf-8")
    course = python("-m", "autograder")
    rows: dict[str, Callable[[], Cost]] = {
        f"try {EXERCISE}": partial(cost_of, [*course, "try", EXERCISE, str(answer)]),
        "check --submit": partial(cost_of, [*course, "check", "--submit", str(notebook)]),
        "grade, one student": partial(by_engine, lesson, one, work_here, os.cpu_count() or 1),
        "plain pytest": partial(peers.by_pytest, lesson, one, work_here),
        "nbgrader, minimal notebook": partial(peers.by_nbgrader, lesson, bare, work_here),
    }
    if version := peers.has_otter():
        rows[f"otter-grader {version}"] = partial(peers.by_otter, lesson, one, work_here)
    return rows


def growth() -> None:
    """Milliseconds each as the class grows."""
    cores, lesson = os.cpu_count() or 1, load_lesson(LESSON)
    print(f"Grading {LESSON} as the class grows, {cores} jobs, {REPEATS} times each: median (least–most)")
    classes = {str(size): plain_class(lesson, size) for size in GROWTH}
    with tempfile.TemporaryDirectory() as place:
        runs = {size: partial(by_engine, lesson, made, Path(place), cores) for size, made in classes.items()}
        costs = in_turn(runs)
    print(f"  {'submissions':>12}  {'seconds':<28}{'ms each':<26}{'processor ms each':<26}{'memory':>8}")
    for size, found in costs.items():
        wall = told([cost.wall for cost in found])
        each = told([1000 * cost.wall / int(size) for cost in found], ",.0f")
        processor = told([1000 * cost.processor / int(size) for cost in found], ",.0f")
        print(f"  {int(size):>12,}  {wall:<28}{each:<26}{processor:<26}{_megabytes(found):>8}")


def every_lesson() -> None:
    """The engine beside nbgrader on each lesson as it is, start and end included."""
    cores = os.cpu_count() or 1
    print(f"Each lesson as it is: {OF_EACH} by the engine with {cores} jobs, {STOCK_OF_EACH} by nbgrader; ms each")
    print(f"  {'':<28}{'engine':<28}{'nbgrader':<28}{'ratio':>7}")
    for name in lesson_names():
        lesson = load_lesson(name)
        samples = plain_class(lesson, OF_EACH)
        with tempfile.TemporaryDirectory() as place:
            rows = {
                f"{name}, engine": partial(by_engine, lesson, samples, Path(place), cores),
                f"{name}, nbgrader": partial(
                    peers.by_nbgrader, lesson, samples[:STOCK_OF_EACH], Path(place), whole=True
                ),
            }
            engine, stock = in_turn(rows).values()
        ours = [1000 * cost.wall / OF_EACH for cost in engine]
        theirs = [1000 * cost.wall / STOCK_OF_EACH for cost in stock]
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"  {name:<28}{told(ours, ',.0f'):<28}{told(theirs, ',.0f'):<28}{ratio:>7.1f}", flush=True)
