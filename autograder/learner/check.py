"""`check(function)`: is it right, and if not, which mistake is it?"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from autograder.learner import progress, stored
from autograder.learner.diagnosis.answer import Implementation, LocalImplementation, names_used, not_done
from autograder.learner.diagnosis.diagnose import Diagnosis, describe, diagnose
from autograder.learner.diagnosis.exercise import exercise_names, find_exercise, others_of_the_lesson
from autograder.learner.diagnosis.ladder import Wrong, lines_about, smallest_wrong
from autograder.learner.diagnosis.observe import Look, observe
from autograder.learner.diagnosis.standing_in import home_of
from autograder.learner.message import CAUSE, COMPANY, IN_GOOD_COMPANY, LOOK, ON_PAPER, listed, paragraph
from autograder.stored import exercise as facts_of
from autograder.stored import uses_torch

UNNAMED = "not a mistake that this course knows by name. The lines above are the best clues."
STOPS = "an error leaves no numbers to compare. Print the shape and the type of what stands in the line that stopped."


class CheckFailed(AssertionError):
    """An exercise is not right yet. The message says what was seen, the known cause, and where to look.

    Attributes:
        mistakes: names of the known mistakes that were recognised.
    """

    def __init__(self, message: str, mistakes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.mistakes = mistakes

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows: the message alone, without the frames of the checker."""
        return str(self).splitlines()


def check(function: Callable, exercise: str | None = None) -> None:
    """Check a function against its exercise and name the mistake if there is one.

    Args:
        function: your function (or class).
        exercise: the exercise's name, if the function is called something else.

    Raises:
        CheckFailed: it is not right yet.
        NotImplementedError: it still holds the exercise's placeholder.
    """
    _report(_name(function, exercise), function, by_hand="")


@contextlib.contextmanager
def checking(function: Callable, exercise: str | None = None) -> Iterator[None]:
    """Run the small tests in the block, then `check(function)`; a failed test is told together with its cause.

    Raises:
        CheckFailed: a test in the block or the check failed.
        NotImplementedError: the exercise still holds its placeholder.
    """
    name = _name(function, exercise)
    try:
        yield
    except NotImplementedError as error:
        _tell_who_is_missing(name, error)
        raise
    except AssertionError as error:
        _report(name, function, by_hand=str(error) or "a test in this cell failed.")
    except Exception as error:
        _report(name, function, by_hand=f"the small test stopped with {type(error).__name__}: {error}")
    else:
        _report(name, function, by_hand="")


def _name(function: Callable, exercise: str | None) -> str:
    """The exercise that a function answers: as told, by the function's own name, or by its name in the notebook."""
    if not callable(function):
        raise TypeError(f"check() takes your function itself, as in check(batchnorm_forward), not {function!r:.60}.")
    name = exercise or getattr(function, "__name__", "")
    known = exercise_names()
    if name not in known and exercise is None:
        notebook = vars(sys.modules["__main__"])
        name = next((known_name for known_name in known if notebook.get(known_name) is function), name)
    if name not in known:
        raise TypeError(
            f"no exercise is called {name!r}; the exercises are {', '.join(known)}. Say which one you mean: "
            f'check({name}, "exercise_name").'
        )
    return name


def _report(name: str, function: Callable, by_hand: str) -> None:
    answer = LocalImplementation(function, in_numpy=not uses_torch(facts_of(name)["lesson"]))
    try:
        found = diagnose_visibly(name, answer)
    except NotImplementedError as error:
        _tell_who_is_missing(name, error)
        raise
    if found.passed and not by_hand:
        progress.checked(name, function, right=True)
        print(f"✓ {name}: right on all {found.played} probes.")
        return
    if getattr(function, "__name__", "") == name:
        progress.checked(name, function, right=False, mistakes=found.mistakes)
    first = _fails_first(name, function)
    raise CheckFailed(explain(name, found, wrong_on_paper(name, answer), by_hand, first), found.mistakes) from None


def _tell_who_is_missing(name: str, error: NotImplementedError) -> None:
    """Say which other exercise is to be done first, if it is one."""
    missing = not_done(error)
    if missing not in ("", name):
        raise CheckFailed(f"✗ {name} needs your `{missing}`, which is not done yet: do that first.") from None


def diagnose_visibly(name: str, answer: Implementation, look: Look = observe) -> Diagnosis:
    """Play an exercise's probes on the visible stream; look for one known mistake, and for two.

    Args:
        look: gives what a probe sees.

    Raises:
        NotImplementedError: the exercise is not done yet.
    """
    found = diagnose(find_exercise(name), answer, stored.known(name), stored.VISIBLE_SEED, look)
    if found.passed or found.complete:
        return found
    pairs = stored.pairs(name).explaining(found.probes)
    if not pairs:
        return found
    return replace(found, mistakes=pairs[0], complete=True, together=True, explained=len(found.findings))


def _fails_first(name: str, function: Callable) -> str:
    """Another exercise of the lesson that the function calls and that is not right as it is now, or "".

    What is called like an exercise of another lesson is given, and may be given in another form.
    """
    for helper in sorted(names_used(function) & set(others_of_the_lesson(name))):
        called = home_of(function).get(helper)
        with contextlib.suppress(NotImplementedError):
            if callable(called) and not diagnose_visibly(helper, LocalImplementation(called)).passed:
                return helper
    return ""


def wrong_on_paper(name: str, answer: Implementation) -> Wrong | None:
    """The smallest case on which an answer is wrong; none if it is not done for one of them."""
    with contextlib.suppress(NotImplementedError):
        return smallest_wrong(find_exercise(name), answer, stored.ladder(name))
    return None


def explain(name: str, found: Diagnosis, on_paper: Wrong | None, by_hand: str = "", first: str = "") -> str:
    """The message for a wrong answer: observed, known cause, where to look.

    Args:
        on_paper: the smallest case on which it is wrong.
        by_hand: what a small test in the cell said.
        first: an earlier exercise that the answer calls, and that is wrong itself.
    """
    right = found.played - len(found.findings)
    lines = [f"✗ {name} is not right yet ({right} of {found.played} probes agree)."]
    if by_hand:
        lines.append(paragraph("By hand", by_hand))
    if found.findings:
        finding = found.findings[0]
        seen, *further = describe(finding, plain_is_right=found.plain_is_right, example=not on_paper)
        lines.append(paragraph("Seen", f"{finding.probe.name}: {seen}"))
    if on_paper:
        lines += listed(ON_PAPER, lines_about(on_paper))
    if not found.findings:
        return "\n".join(lines)
    if found.mistakes:
        lines += _named(found, facts_of(name)["mistakes"])
    elif not first:
        if finding.kind in ("shape", "values"):
            if found.plain_is_right:
                further.append(finding.probe.symptom)
            lines += [paragraph("Also", clue) for clue in further]
        lines.append(paragraph(CAUSE, STOPS if finding.kind == "raised" else UNNAMED))
    if first:
        told = f"{name} calls your `{first}`, which fails its own check: put that right before you look here."
        lines.append(paragraph("First", told))
    return "\n".join(lines)


def _named(found: Diagnosis, messages: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The paragraphs that name a mistake, or two: both are made, or it cannot be told which of them is."""
    one, *others = (messages[mistake] for mistake in found.mistakes[:2])
    if found.together:
        cause = (
            f"two mistakes at once. {one['cause']} And: {others[0]['cause']} (Together they give exactly what is seen.)"
        )
        look = f"{one['look']} And: {others[0]['look']}"
        return [paragraph(CAUSE, cause), paragraph(LOOK, look), *_company(one, *others)]
    cause = " Or: ".join(message["cause"] for message in (one, *others))
    if found.complete:
        sure = "Each of the two gives exactly what is seen." if others else "This gives exactly what is seen."
    else:
        failed = len(found.findings)
        sure = (
            f"That is exactly what {found.explained} of the {failed} failing probes show; the rest has another cause."
        )
    # Which of two it is cannot be told: then nobody is said to have made the same.
    company = [] if others else _company(one)
    return [paragraph(CAUSE, f"{cause} ({sure})"), paragraph(LOOK, one["look"]), *company]


def _company(*messages: Mapping[str, str]) -> list[str]:
    """The paragraph on who else has made the mistakes: of the first of which that is known."""
    known = [message["company"] for message in messages if "company" in message]
    return [paragraph(COMPANY, f"{IN_GOOD_COMPANY} {company}") for company in known[:1]]
