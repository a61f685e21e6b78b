"""Make `learner/lessons/NN_name.json`: what the visible check and the questions know, without any code."""

from __future__ import annotations

import contextlib
import json
import math

import numpy as np

from autograder import stored
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import Bank, banks_of
from autograder.exercises.mistakes import Mistake
from autograder.exercises.pairs import stored_pairs
from autograder.learner import stored as visible
from autograder.learner.diagnosis.compare import EXACT, NOISE, shapes_of
from autograder.lessons import Lesson, Question

#: What lies so deep in the file stands in one line: the fingerprint of one mistake on one probe.
LINE_DEPTH = 6


def stored_lesson(lesson: Lesson) -> dict:
    """Right outputs on the visible probes, fingerprints of the mistakes, messages, points and quiz feedback.

    And the notebook as learners get it, with which a handed-in one is compared.
    """
    return {
        "exercises": {bank.name: _stored_exercise(bank) for bank in banks_of(lesson)},
        "quizzes": {name: _stored_question(asked) for name, asked in lesson.questions("quiz").items()},
        "derivations": {name: _stored_question(asked) for name, asked in lesson.questions("derive").items()},
        "predictions": lesson.questions("predict"),
        "experiments": list(lesson.experiments),
        "released": release(lesson, make_notebook(lesson)),
    }


def write_stored_lesson(lesson: Lesson) -> bool:
    """Write the file if it is out of date; return whether it was."""
    made = json.loads(json.dumps(stored_lesson(lesson)))
    if _is_current(lesson, made):
        return False
    path = stored.FOLDER / f"{lesson.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(_in_lines(made) + "\n", encoding="utf-8")
    for kept in (stored.lesson, stored.exercise, visible.known, visible.pairs, visible.ladder):
        kept.cache_clear()
    return True


def is_current(lesson: Lesson) -> bool:
    """Whether the file says what the sources give; the last digits of floats may differ between machines."""
    return _is_current(lesson, json.loads(json.dumps(stored_lesson(lesson))))


def _is_current(lesson: Lesson, made: dict) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return _agree(json.loads((stored.FOLDER / f"{lesson.name}.json").read_text(encoding="utf-8")), made)
    return False


def _in_lines(value, depth: int = 0) -> str:
    """JSON in which a fingerprint, a message or an array of right numbers is a line: a change is a few lines."""
    if depth >= LINE_DEPTH or not _has_dicts(value):
        return json.dumps(value, ensure_ascii=False)
    indentation, inner = " " * depth, " " * (depth + 1)
    if isinstance(value, list):
        entries, brackets = [_in_lines(entry, depth + 1) for entry in value], "[]"
    else:
        brackets = "{}"
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {_in_lines(value[key], depth + 1)}" for key in value]
    body = ",\n".join(inner + entry for entry in entries)
    return f"{brackets[0]}\n{body}\n{indentation}{brackets[1]}"


def _has_dicts(value) -> bool:
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(isinstance(entry, dict) or _has_dicts(entry) for entry in entries)


def _stored_exercise(bank: Bank) -> dict:
    return {
        "points": {"visible": bank.lesson.cell("check", bank.name).points, "hidden": bank.points},
        "mistakes": {mistake.name: _stored_message(mistake) for mistake in bank.mistakes.values()},
        "ladder": [_stored_outputs(right) for right in bank.right_on_paper()],
        "probes": {probe: _stored_probe(bank, probe) for probe in bank.exercise.probes},
        **_stored_pairs(bank),
    }


def _stored_message(mistake: Mistake) -> dict[str, str]:
    company = {"company": str(mistake.company)} if mistake.company else {}
    return {"cause": mistake.cause, "look": mistake.look} | company


def _stored_probe(bank: Bank, probe: str) -> dict:
    known = bank.known(probe, visible.VISIBLE_SEED)
    exact = bank.exercise.probes[probe].rtol <= EXACT
    right = _stored_outputs(known.right, 12 if exact else 3)
    for name, slack in known.slack().items():
        if exact and slack:
            right[name]["slack"] = float(f"{slack:.1g}")
    mistakes = {name: print_ for name in known.mistakes if (print_ := known.print_of(name)) is not None}
    if not exact:
        mistakes = {name: shapes_of(print_) for name, print_ in mistakes.items()}
    return {"right": right, "mistakes": mistakes}


def _stored_outputs(right: dict[str, np.ndarray], digits: int = 12) -> dict[str, dict]:
    return {name: _stored_array(array, digits) for name, array in right.items()}


def _stored_array(array: np.ndarray, digits: int) -> dict:
    values = [float(f"{v:.{digits}g}") for v in array.ravel().tolist()]
    return {"shape": list(array.shape), "values": values} | ({"truth": True} if array.dtype.kind == "b" else {})


def _stored_pairs(bank: Bank) -> dict:
    """What each two mistakes show together; what has not changed is taken from the file."""
    before = None
    with contextlib.suppress(OSError, ValueError, KeyError):
        lesson = json.loads((stored.FOLDER / f"{bank.lesson.name}.json").read_text(encoding="utf-8"))
        before = lesson["exercises"][bank.name]
    with np.errstate(over="ignore"):  # a number beyond float32 is as good as infinity: it matches nothing
        return stored_pairs(bank, before)


def _stored_question(asked: Question) -> dict:
    """What comes back for an answer; the question itself stands in the notebook."""
    then = {"then": asked["then"]} if "then" in asked else {}
    if "blank" in asked:
        return {"told": "", "wrong": {}} | asked["blank"] | then
    return {"right": asked["right"], "choices": {letter: told for letter, (_, told) in asked["choices"].items()}} | then


def _agree(a, b, tolerance: float = NOISE) -> bool:
    """Whether two stored things are the same up to rounding, which for one of many numbers depends on the largest."""
    if isinstance(a, dict) and isinstance(b, dict):
        # `slack` is measured, and follows the last digits: which these are depends on the processor.
        return list(a) == list(b) and all(key == "slack" or _agree(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        largest = max((abs(x) for x in a if isinstance(x, float) and math.isfinite(x)), default=0.0)
        rounding = max(NOISE, NOISE * largest)
        return len(a) == len(b) and all(_agree(x, y, rounding) for x, y in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=1e-7, abs_tol=tolerance) or (math.isnan(a) and math.isnan(b))
    return a == b
