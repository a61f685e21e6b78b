"""The hidden tests: an answer against the reference, on inputs drawn afresh, part by part."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from autograder.exercises.ahead import Looks, Play
from autograder.exercises.bank import Bank, Part, bank_of
from autograder.exercises.naming import Failed, Suspect, messages_of, names_of
from autograder.learner.check import diagnose_visibly
from autograder.learner.diagnosis.answer import Implementation, LocalImplementation, not_done
from autograder.learner.diagnosis.diagnose import Diagnosis, play
from autograder.learner.diagnosis.exercise import find_exercise
from autograder.learner.diagnosis.observe import Look, observe


@dataclass(frozen=True)
class PartResult:
    """The verdict on one part.

    Attributes:
        mistake: its name, or "" when there is none or it has no name.
        mistakes: all that were named; two that come together, or that cannot be told apart.
    """

    name: str
    points: float
    max_points: float
    passed: bool
    mistake: str = ""
    message: str = ""
    mistakes: tuple[str, ...] = ()


#: The message about a part of an exercise that still holds its placeholder.
NOT_DONE = "Not implemented yet."
#: Decides on the data on which mistakes are named. No points depend on them, so all students have the same: what each
#: mistake shows on them is found once and not for each student.
NAMES = "names"
#: Under this type the graded cell's output also holds the part results for programs.
PARTS_TYPE = "application/vnd.batchnorm-course.parts+json"


class Points(float):
    """Points that nbgrader reads as partial credit. In a notebook's output they bring their part results along."""

    results: list[PartResult]

    def __new__(cls, results: list[PartResult]) -> Points:
        points = super().__new__(cls, sum(result.points for result in results))
        points.results = results
        return points

    def _repr_mimebundle_(self, **_) -> dict:
        return {PARTS_TYPE: [asdict(result) for result in self.results]}


def grade(function: Callable, exercise: str | None = None) -> Points:
    """Run the hidden tests of an exercise, print what each part found, and return the points.

    This is the last expression of a graded cell: nbgrader reads the number as partial credit.
    """
    bank = bank_of(exercise or function.__name__)
    results = grade_parts(bank, LocalImplementation(function, in_numpy=not bank.lesson.uses_torch))
    print(*map(verdict_text, results), sep="\n")
    return Points(results)


def verdict_text(result: PartResult) -> str:
    """A part's verdict as text: a line with the points, and below it the message."""
    head = f"{'✓' if result.passed else '✗'} {result.name}: {result.points:g} of {result.max_points:g}"
    return "\n".join([head, *textwrap.wrap(result.message, 94, initial_indent="    ", subsequent_indent="    ")])


def grade_parts(
    bank: Bank, implementation: Implementation, secret: str = "", visible: Diagnosis | None = None
) -> list[PartResult]:
    """Grade each part by itself; look for what was wrong in all parts together.

    Args:
        secret: decides on the data; the same secret, exercise and part give the same data.
        visible: what the visible check has found and told; without it, that is found here.

    A part that fails is tried once more with the lesson's earlier exercises replaced by the reference, so that a
    mistake costs points only in the exercise where it was made.
    """
    results: dict[str, PartResult] = {}
    failures: list[tuple[Part, Implementation, int]] = []
    look = Looks(bank.all_probes, bank.only_request)
    if visible:
        _look_ahead(bank, implementation, secret, look, is_right=visible.passed)
    for part in bank.parts:
        try:
            if draw := failure(bank, part, implementation, secret, look):
                failures.append((part, *draw))
                continue
            results[part.name] = PartResult(part.name, part.points, part.points, True)
        except NotImplementedError as error:
            results[part.name] = PartResult(part.name, 0, part.points, False, "", undone(bank, error))
    for tried in {id(tried): tried for _, tried, _ in failures}.values():
        look.ahead(tried, [_draws(bank, part, NAMES)[0] for part, other, _ in failures if other is tried])
    failed = [_failed(bank, part, tried, seed, secret, look) for part, tried, seed in failures]
    if failed:
        names: dict[str, list[Suspect]] = {one.part.name: [] for one in failed}
        with contextlib.suppress(NotImplementedError):  # one that is not done on some data, and wrong on others
            names |= names_of(bank, failed, visible or diagnose_visibly(bank.name, failed[0].tried))
        messages = messages_of(bank, failed, names, visible)
        results |= {one.part.name: _result(one.part, names, messages) for one in failed}
    return [results[part.name] for part in bank.parts]


def _look_ahead(bank: Bank, implementation: Implementation, secret: str, look: Looks, *, is_right: bool) -> None:
    """Take together the looks that parts will ask for.

    Args:
        is_right: as it seems. Then all draws are needed; else most parts fail on the first, and are tried with helpers.
    """
    draws = {part.name: _draws(bank, part, secret) for part in bank.parts}
    if is_right:
        return look.ahead(implementation, itertools.chain(*draws.values()))
    parts = list(bank.parts)
    for tried in with_own_and_reference_helpers(bank, implementation):
        look.ahead(tried, [draws[part.name][0] for part in parts])
        agreeing = [part for part in parts if _agrees(bank, part, tried, next(seeds(bank, part, secret)), look)]
        look.ahead(tried, [draw for part in agreeing for draw in draws[part.name]])
        parts = [part for part in parts if part not in agreeing]
        if not parts:
            return None


def _agrees(bank: Bank, part: Part, implementation: Implementation, seed: int, look: Look) -> bool:
    with contextlib.suppress(NotImplementedError):
        return _play(bank, part, implementation, seed, look).passed
    return False


def _failed(bank: Bank, part: Part, tried: Implementation, seed: int, secret: str, look: Look) -> Failed:
    """A part that fails on a seed; what is wrong is looked for on the data for names, if it fails on these, too."""
    usual, other = next(seeds(bank, part, NAMES)), next(seeds(bank, part, f"{secret} again "))
    found = _play(bank, part, tried, usual, look)
    used, other = (seed, other) if found.passed else (usual, seed)
    found = _play(bank, part, tried, seed, look) if found.passed else found
    return Failed(part, tried, found, used, lambda: (_play(bank, part, tried, other, look), other))


def _result(part: Part, names: dict[str, list[Suspect]], messages: dict[str, str]) -> PartResult:
    mistakes = tuple(dict.fromkeys(mistake for suspect in names[part.name][:2] for mistake in suspect.mistakes))
    return PartResult(part.name, 0, part.points, False, next(iter(mistakes), ""), messages[part.name], mistakes)


def reference_helpers(bank: Bank) -> dict[str, Callable]:
    """The reference of those exercises that an answer may call: the lesson's earlier ones.

    Not later ones: what comes later is often a whole of which this is a part, and would leave nothing to do. Nor those
    that build objects, since an object cannot cross to where the answer may run.
    """
    earlier = itertools.takewhile(lambda entry: entry[0] != bank.name, bank.lesson.reference.items())
    return {name: right for name, right in earlier if name not in bank.exercise.without and find_exercise(name).returns}


def parts_passed(bank: Bank, implementation: Implementation, secret: str = "") -> list[bool]:
    """Which parts `grade_parts` would give points for; much faster, since no mistake is looked for.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    return [failure(bank, part, implementation, secret) is None for part in bank.parts]


def failure(
    bank: Bank, part: Part, implementation: Implementation, secret: str, look: Look = observe
) -> tuple[Implementation, int] | None:
    """The implementation, with helpers if those were tried too, and the seed on which it fails; None if it passes.

    Args:
        look: gives what a probe sees.

    Raises:
        NotImplementedError: the exercise is not done yet, or one that it calls and that nothing can stand in for.
    """
    failed = missing = None
    for tried in with_own_and_reference_helpers(bank, implementation):
        try:
            seed = next((s for s in seeds(bank, part, secret) if not _play(bank, part, tried, s, look).passed), None)
        except NotImplementedError as error:
            missing = error
            continue
        if seed is None:
            return None
        failed = tried, seed
    if missing and not failed:
        raise missing
    return failed


def undone(bank: Bank, error: NotImplementedError) -> str:
    """What to say of an answer that stops at a placeholder: its own, or that of another exercise."""
    exercise = not_done(error)
    if exercise == bank.name or exercise not in bank.lesson.exercises:
        return NOT_DONE
    return f"It calls `{exercise}`, which is not implemented yet."


def _play(bank: Bank, part: Part, implementation: Implementation, seed: int, look: Look) -> Diagnosis:
    known = {probe: bank.known(probe, seed, mistakes=False) for probe in part.probes}
    return play(bank.all_probes, implementation, known, seed, look)


def _draws(bank: Bank, part: Part, secret: str) -> list[Sequence[Play]]:
    """What is played of a part, draw by draw."""
    return [[(probe, seed) for probe in part.probes] for seed in seeds(bank, part, secret)]


def seeds(bank: Bank, part: Part, secret: str) -> Iterator[int]:
    for draw in range(part.draws):
        digest = hashlib.sha256(f"{secret}{bank.name}/{part.name}/{draw}".encode()).digest()
        yield int.from_bytes(digest[:4], "big")


def with_own_and_reference_helpers(bank: Bank, implementation: Implementation) -> Iterator[Implementation]:
    """The answer as it is; then, if it calls other exercises, with the reference in their place."""
    yield implementation
    others = reference_helpers(bank)
    if set(others) & implementation.names_used():
        yield implementation.with_helpers(others)
