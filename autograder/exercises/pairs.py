"""What every two mistakes of a bank, made together, show on the visible probes."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
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


def stored_pairs(bank: Bank, before: Mapping | None = None) -> dict:
    """What every two mistakes show together, and keys of what that was made from, as learners' files hold it.

    Args:
        before: what was stored last; what has not changed since is taken from there.
    """
    made_from = _made_from(bank)
    same: set[str] = set()
    kept: dict[frozenset[str], str] = {}
    if before:
        same = _unchanged(made_from, before["pairs_made_from"])
        kept = {frozenset((a, b)): text for b, others in before["pairs"].items() for a, text in others.items()}
    known = {name: bank.known(name, VISIBLE_SEED) for name in bank.exercise.probes}
    alone: dict[str, np.ndarray | None] = {}
    found: dict[str, dict[str, str]] = {}
    for one, other in pairs_of(bank):
        if {one, other} <= same:
            text = kept.get(frozenset((one, other)))
        else:
            alone |= {name: _folded(bank, (name,), known) for name in (one, other) if name not in alone}
            text = _telling(_folded(bank, (one, other), known), (alone[one], alone[other]))
        if text:
            found.setdefault(other, {})[one] = text
    return {"pairs_made_from": made_from, "pairs": found}


def _telling(numbers: np.ndarray | None, alone: Iterable[np.ndarray | None]) -> str | None:
    """Folded numbers as text; None if they show no more than one of the two mistakes, or only stop."""
    if numbers is None or any(mine is not None and _same(numbers, mine) for mine in alone):
        return None
    return None if np.all((numbers == 0) | (np.abs(numbers) >= STOPPED)) else written(numbers.tolist())


def _made_from(bank: Bank) -> dict:
    """Keys of all that the folded numbers depend on: for all pairs, and for each mistake."""
    topic = PROBES / bank.lesson.topic
    files = [topic / f"{bank.name}.py", *topic.glob(f"{INPUTS}.py"), PROBES / f"{INPUTS}.py", *MADE_BY]
    texts = [bank.solution, bank.lesson.cell("setup").source, *(path.read_text(encoding="utf-8") for path in files)]
    mistakes = {m.name: _key(m.source(bank.solution)) for m in bank.mistakes.values() if m.edits}
    return {"all": _key(*texts), "mistakes": mistakes}


def _unchanged(now: Mapping, before: Mapping) -> set[str]:
    """The mistakes of which nothing has changed."""
    if now["all"] != before["all"]:
        return set()
    return {name for name, key in now["mistakes"].items() if before["mistakes"].get(name) == key}


def _key(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def _folded(bank: Bank, mistakes: tuple[str, ...], known: dict[str, Known]) -> np.ndarray | None:
    """Their numbers; None if these would be others on another machine, or no code comes of them."""
    try:
        answer = bank.with_mistakes(mistakes)
        numbers = np.array([folded(p) for p in _played(bank, answer, known)])
        if all(_is_steady(mistake, known.values()) for mistake in mistakes):
            return numbers
        moved = np.array([folded(p) for p in _played(bank, answer, known, nudge=1)])
    except Exception:  # two changes together need not be Python, nor define anything
        return None
    return numbers if _same(numbers, moved, 1e-4) else None


def _is_steady(mistake: str, known: Iterable[Known]) -> bool:
    """Whether all that a mistake shows alone holds on every machine."""
    prints = [(facts.mistakes[mistake], facts.print_of(mistake)) for facts in known if mistake in facts.mistakes]
    return all(shown == lasting for shown, lasting in prints)


def _played(bank: Bank, answer, known: dict[str, Known], nudge: int = 0) -> list[Played]:
    own = LocalImplementation(answer)
    tried = Moved(own, moving_by(nudge)) if nudge else own
    unwatched = replace(bank.exercise, forbidden=())  # to watch each of torch's operators takes as long as these do
    return foldable(play(unwatched, tried, known, VISIBLE_SEED).probes)


def _same(one: np.ndarray, other: np.ndarray, tolerance: float = SAME) -> bool:
    return bool(np.all(np.abs(one - other) <= tolerance * np.abs(one)))
