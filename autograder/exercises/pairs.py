"""What every two mistakes of a bank, made together, show on the visible probes."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from autograder.exercises.bank import Bank
from autograder.exercises.merging import merged
from autograder.learner.diagnosis import compare, pairs, steadiness
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.diagnose import Known, Played, play
from autograder.learner.diagnosis.exercise import INPUTS, PROBES
from autograder.learner.diagnosis.pairs import SAME, STOPPED, foldable, folded, written
from autograder.learner.diagnosis.steadiness import Moved, moving_by
from autograder.learner.stored import VISIBLE_SEED

#: The code that gives the numbers their form.
MADE_BY = [Path(__file__), *(Path(str(module.__file__)) for module in (pairs, compare, steadiness))]


def pairs_of(bank: Bank) -> Iterator[tuple[str, str]]:
    """The mistakes that can be made together: those that change the solution in different places."""
    texts = {m.name: m.source(bank.solution) for m in bank.mistakes.values() if m.edits}
    for one, other in itertools.combinations(texts, 2):
        if merged(bank.solution, texts[one], texts[other]) is not None:
            yield one, other


def folded_pairs(bank: Bank) -> dict[str, dict[str, str]]:
    """Later mistake -> earlier mistake -> their folded numbers. Left out is what shows no more than one of the two."""
    known = {name: bank.known(name, VISIBLE_SEED, mistakes=False) for name in bank.exercise.probes}
    alone = {name: _folded(bank, (name,), known) for name in bank.mistakes}
    found: dict[str, dict[str, str]] = {}
    for one, other in pairs_of(bank):
        numbers = _folded(bank, (one, other), known)
        if numbers is None or any(mine is not None and _same(numbers, mine) for mine in (alone[one], alone[other])):
            continue
        if np.all((numbers == 0) | (np.abs(numbers) >= STOPPED)):
            continue  # it only stops, which tells nothing
        found.setdefault(other, {})[one] = written(numbers.tolist())
    return found


def pairs_made_from(bank: Bank) -> str:
    """A key of all that the folded numbers depend on."""
    texts = [bank.solution, bank.lesson.cell("setup").source]
    texts += [f"{m.name} {m.source(bank.solution)}" for m in bank.mistakes.values()]
    topic = PROBES / bank.lesson.topic
    files = [topic / f"{bank.name}.py", *topic.glob(f"{INPUTS}.py"), PROBES / f"{INPUTS}.py", *MADE_BY]
    texts += [path.read_text(encoding="utf-8") for path in files]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:20]


def _folded(bank: Bank, mistakes: tuple[str, ...], known: dict[str, Known]) -> np.ndarray | None:
    """Their numbers; None if these would be others on another machine, or no code comes of them."""
    try:
        answer = bank.with_mistakes(mistakes)
        numbers = np.array([folded(p) for p in _played(bank, answer, known)])
        moved = np.array([folded(p) for p in _played(bank, answer, known, nudge=1)])
    except Exception:  # two changes together need not be Python, nor define anything
        return None
    return numbers if _same(numbers, moved, 1e-4) else None


def _played(bank: Bank, answer, known: dict[str, Known], nudge: int = 0) -> list[Played]:
    own = LocalImplementation(answer)
    tried = Moved(own, moving_by(nudge)) if nudge else own
    return foldable(play(bank.exercise, tried, known, VISIBLE_SEED).probes)


def _same(one: np.ndarray, other: np.ndarray, tolerance: float = SAME) -> bool:
    return bool(np.all(np.abs(one - other) <= tolerance * np.abs(one)))
