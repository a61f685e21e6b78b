"""Questions with an answer to every answer: choices, and steps of a derivation that unfold what follows from them."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np

from autograder import stored
from autograder.learner import progress
from autograder.learner.message import filled

#: What a learner writes who would rather read on.
SHOW = "show"
#: How closely a formula has to agree, on how many random numbers between which limits.
RTOL, DRAWS, LOW, HIGH = 1e-6, 20, 0.5, 2.0
#: What a formula may use besides the names that are given.
KNOWN = {"np": np, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "pi": np.pi, "abs": abs}


def quiz(lesson: str, question: str, answer: str) -> None:
    """Say whether an answer is right, and why or why not.

    Args:
        lesson: the lesson's name.
        question: the question's name.
        answer: a letter, or "?" if not chosen yet.

    Raises:
        StoredError: there is no such lesson.
        LookupError: the lesson has no such question.
        ValueError: the answer is none of the letters.
    """
    _choose(lesson, question, _asked(lesson, "quizzes", question), answer)


def derive(lesson: str, question: str, answer: str) -> None:
    """Say whether a step of a derivation is right; if it is, or on "show", unfold what follows.

    Args:
        lesson: the lesson's name.
        question: the step's name.
        answer: a letter or a formula, "?" if there is none yet, or "show".

    Raises:
        StoredError: there is no such lesson.
        LookupError: the lesson has no such step.
        ValueError: the answer is no letter of a choice, or no formula in the names given.
    """
    asked = _asked(lesson, "derivations", question)
    shown = answer.strip().lower() == SHOW
    find = _choose if "choices" in asked else _fill
    if shown or find(lesson, question, asked, answer):
        from IPython.display import Markdown, display

        display(Markdown(asked["then"]))


def _asked(lesson: str, kind: str, question: str) -> Mapping:
    questions = stored.lesson(lesson)[kind]
    if question not in questions:
        raise LookupError(f"{lesson} has no question {question!r}; it has {', '.join(questions)}.")
    return questions[question]


def _choose(lesson: str, question: str, asked: Mapping, answer: str) -> bool:
    choices, right = asked["choices"], asked["right"]
    letter = answer.strip().lower()
    if letter == "?":
        _tell_open(", ".join(choices), asked)
        return False
    if letter not in choices:
        raise ValueError(f"{answer!r} is not one of {', '.join(choices)}.")
    _tell(letter == right, f"Not {letter}.", choices[letter])
    progress.answered(lesson, question, letter, letter == right)
    return letter == right


def _fill(lesson: str, question: str, asked: Mapping, answer: str) -> bool:
    if answer.strip() == "?":
        _tell_open(f"a formula in {', '.join(asked['names'])}, in quotes,", asked)
        return False
    given = _values(answer, asked["names"])
    right = _agree(given, _values(asked["right"], asked["names"]))
    known = (told for formula, told in asked["wrong"].items() if _agree(given, _values(formula, asked["names"])))
    _tell(right, "Not that.", asked["told"] if right else next(known, "Take small numbers, and try it on paper."))
    progress.answered(lesson, question, answer, right)
    return right


def _tell_open(wanted: str, asked: Mapping) -> None:
    otherwise = f' Stuck? Put "{SHOW}".' if "then" in asked else ""
    print(filled(f'Put {wanted} in place of "?" and run this cell.{otherwise}'))


def _tell(right: bool, otherwise: str, feedback: str) -> None:
    print(filled(f"{'✓ Right.' if right else f'✗ {otherwise}'} {feedback}".strip()))


def _values(formula: str, names: list[str]) -> np.ndarray:
    """What a formula gives for random numbers under these names.

    Raises:
        ValueError: it is no formula, or has other names in it.
    """
    try:
        tree = ast.parse(formula.strip(), mode="eval")
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if other := sorted(used - {*names, *KNOWN}):
            raise ValueError(
                f"it has the name {other[0]} in it; those to use are {', '.join(names)}, and {', '.join(KNOWN)}"
            )
        rng = np.random.default_rng(0)
        drawn = {name: rng.uniform(LOW, HIGH, DRAWS) for name in names}
        return np.broadcast_to(eval(compile(tree, "<formula>", "eval"), KNOWN | drawn), DRAWS).astype(float)
    except SyntaxError as error:
        raise ValueError(f"{formula!r} is no formula in Python ({error.msg}).") from None
    except Exception as error:
        raise ValueError(f"{formula!r} cannot be used: {error}.") from None


def _agree(one: np.ndarray, other: np.ndarray) -> bool:
    return np.allclose(one, other, rtol=RTOL, atol=0)
