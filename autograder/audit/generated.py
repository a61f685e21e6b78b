"""Judge answers that nobody wrote: mutants, crashes, pairs of mistakes, and right answers in odd styles.

A name is a claim: here it is put on trial. It is true if the named mistakes show the same, probe by probe, on data that
neither the check nor the hidden tests have used.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from autograder.audit.crashes import crashes_of
from autograder.audit.equivalent import Equivalent, read_equivalent
from autograder.audit.mutants import mutants
from autograder.audit.rows import Row
from autograder.audit.styles import styles_of
from autograder.exercises.bank import Bank, folder_of
from autograder.exercises.hidden import PartResult, grade_parts
from autograder.exercises.pairs import pairs_of
from autograder.learner.check import diagnose_visibly
from autograder.learner.diagnosis.answer import LocalImplementation
from autograder.learner.diagnosis.compare import noticed
from autograder.learner.diagnosis.diagnose import Diagnosis, Played, play
from autograder.learner.diagnosis.observe import observe
from autograder.sandbox.time_limit import time_limit

#: Seeds of data that only serve to try names.
FRESH = (190_911, 271_828)
#: So many mutants, crashes and pairs of each exercise are looked at, unless all are asked for. A mutant that is listed
#: as equivalent is always looked at.
SOME_MUTANTS, SOME_CRASHES, SOME_PAIRS = 30, 20, 16
#: Seconds for one answer: some never end.
LONGEST = 20


class TooLong(BaseException):
    """An answer did not end. No `except Exception` of its own stops this."""


@dataclass(frozen=True)
class Judgement:
    """What the checks said of an answer: the visible one, and each part of the hidden tests."""

    visible: Diagnosis | None = None
    parts: tuple[PartResult, ...] = ()

    @property
    def keeps_its_points(self) -> bool:
        return bool(self.visible and self.visible.passed and all(part.passed for part in self.parts))

    @property
    def names(self) -> tuple[str, ...]:
        visible = self.visible.mistakes[:2] if self.visible else ()
        return (*visible, *(mistake for part in self.parts for mistake in part.mistakes))


def generated(bank: Bank, thorough: bool = False) -> Iterator[Row]:
    """Judge the generated answers of one exercise.

    Args:
        thorough: all mutants, crashes and pairs, and not some.
    """
    yield from _mutants(bank, thorough)
    simple = bool(bank.exercise.returns) and not bank.exercise.opaque
    chosen = "seed" in bank.exercise.arguments  # numbers that the learner chooses may well be zeros, and have a name
    crashes = [*crashes_of(bank.solution, bank.name, simple and not chosen)]
    for name, text in _some(crashes, SOME_CRASHES, bank, thorough):
        yield _row(bank, "crash", name, text, may_have_names=False)
    yield from _pairs(bank, thorough)
    numpy = simple and not bank.exercise.tensors
    for style, text in styles_of(bank.solution, bank.name, numpy, bool(bank.exercise.returns)):
        yield _row(bank, "style", style, text, right=True)


def _some(things: list, count: int, bank: Bank, thorough: bool) -> list:
    """All things, or the same few of them every time."""
    return things if thorough else random.Random(bank.name).sample(things, min(count, len(things)))


def _mutants(bank: Bank, thorough: bool) -> Iterator[Row]:
    listed = read_equivalent(folder_of(bank.name))
    used: set[Equivalent] = set()
    made = [
        (mutant, next((entry for entry in listed if entry.is_of(mutant.old, mutant.new)), None))
        for mutant in mutants(bank.solution)
    ]
    others = _some([pair for pair in made if not pair[1]], SOME_MUTANTS, bank, thorough)
    for mutant, same in [*(pair for pair in made if pair[1]), *others]:
        row = _row(bank, "mutant", mutant.name, mutant.text, equivalent=same is not None)
        if same and row.visible and row.hidden:
            used.add(same)
        yield row
    for entry in listed:
        if entry not in used:
            told = f"equivalent.md lists {entry.old} → {entry.new or 'anything'}, which no mutant that passes is"
            yield Row(bank.lesson.name, bank.name, "mutant", "listed in vain", False, False, hole=told)


def _pairs(bank: Bank, thorough: bool) -> Iterator[Row]:
    for pair in _some([*pairs_of(bank)], SOME_PAIRS, bank, thorough):
        with contextlib.suppress(Exception):  # two changes together need not be Python, nor define anything
            yield _row(bank, "pair", " + ".join(pair), bank.with_mistakes(pair), both=pair)


def _row(
    bank: Bank,
    kind: str,
    answer: str,
    code: str | Callable,
    *,
    right: bool = False,
    equivalent: bool = False,
    may_have_names: bool = True,
    both: Sequence[str] = (),
) -> Row:
    try:
        function = bank.defined_by(code) if isinstance(code, str) else code
        judged, false = _judged(bank, LocalImplementation(function), both)
    except TooLong:
        judged, false = Judgement(), ()
    except Exception as error:  # what does not even define a function
        judged, false = Judgement(), () if not right else (repr(error),)
    keeps, visible = judged.keeps_its_points, bool(judged.visible and judged.visible.passed)
    hole = ""
    if (right and not keeps) or (kind == "mutant" and equivalent and not keeps):
        hole = "is right, and loses points" if right else "is listed as equivalent, and loses points"
    if keeps and kind == "mutant" and not equivalent:
        hole = "keeps its points, and is not listed as equivalent"
    if keeps and kind == "crash":
        hole = "keeps its points"
    if judged.names and not may_have_names:
        hole = f"has the name {judged.names[0]}"
    if false:
        hole = f"is falsely called {', '.join(dict.fromkeys(false))}"
    hidden = bool(judged.parts) and all(part.passed for part in judged.parts)
    names = tuple(dict.fromkeys(judged.names))
    named = explained = bool(names)
    if both:
        named = set(both) <= set(names)
        explained = named or _is_one_of(both, judged)
    points = sum(part.points for part in judged.parts)
    return Row(
        bank.lesson.name, bank.name, kind, answer, visible, hidden, named, explained, hole, points, names, tuple(false)
    )


def _is_one_of(both: Sequence[str], judged: Judgement) -> bool:
    """Whether one of two mistakes hides the other: what is seen is what it shows alone."""
    found = judged.visible
    return bool(found and found.complete and set(found.mistakes) & set(both))


def _judged(bank: Bank, answer: LocalImplementation, made: Sequence[str]) -> tuple[Judgement, tuple[str, ...]]:
    with time_limit(LONGEST, TooLong):
        try:
            found = diagnose_visibly(bank.name, answer)
            parts = tuple(grade_parts(bank, answer, "audit", found))
        except NotImplementedError:
            return Judgement(), ()
        judged = Judgement(found, parts)
        return judged, tuple(_false_names(bank, answer, judged, made)) if judged.names else ()


def _false_names(bank: Bank, answer: LocalImplementation, judged: Judgement, made: Sequence[str]) -> Iterator[str]:
    """Those of the names told that fresh data do not bear out, and that are not those of mistakes known to be made."""
    everything = {seed: _fresh(bank, answer, seed) for seed in FRESH}
    for claim, probes in _claims(bank, judged):
        if set(claim) <= set(made):
            continue
        for seed, played in everything.items():
            if not all(_shows(bank, claim, played[probe], seed) for probe in probes if probe in played):
                yield " + ".join(claim)
                break


def _claims(bank: Bank, judged: Judgement) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The mistakes that are said to be made, and the probes on which they are to show what is seen."""
    found = judged.visible
    if found and found.mistakes:
        claims = [found.mistakes[:2]] if found.together else [(mistake,) for mistake in found.mistakes[:2]]
        for claim in claims:
            yield claim, [p.probe.name for p in found.probes if found.complete or _is_explained(p, claim[0])]
    for part, result in zip(bank.parts, judged.parts):
        together = bool(found and found.together and set(result.mistakes) == set(found.mistakes[:2]))
        for claim in [result.mistakes] if together else [(mistake,) for mistake in result.mistakes]:
            yield claim, list(part.probes)


def _is_explained(played: Played, mistake: str) -> bool:
    stored = played.facts.print_of(mistake)
    return bool(played.difference and stored is not None and played.shows(stored))


def _fresh(bank: Bank, answer: LocalImplementation, seed: int) -> dict[str, Played]:
    known = {probe: bank.known(probe, seed, mistakes=False) for probe in bank.all_probes.probes}
    return {played.probe.name: played for played in play(bank.all_probes, answer, known, seed).probes}


def _shows(bank: Bank, claim: tuple[str, ...], played: Played, seed: int) -> bool:
    """Whether the claimed mistakes show what is seen; noise, which nothing shows twice, may differ."""
    stored = bank.shows(claim, played.probe.name, seed)
    if stored is not None and played.difference and played.shows(stored):
        return True
    seen = observe(bank.exercise, played.probe, LocalImplementation(bank.with_mistakes(claim)), seed)
    if stored is not None:  # the same but for what arithmetic in float32 does
        return bool(seen.outputs) and not noticed(played.seen, seen.outputs, played.probe.rtol, played.facts.slack)
    return bool(noticed(seen, played.facts.right, played.probe.rtol, played.facts.slack)) == bool(played.difference)
