"""Multiple choice with an answer to every choice."""

from __future__ import annotations

import textwrap

from autograder.learner import stored


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
    questions = stored.lesson(lesson)["quizzes"]
    if question not in questions:
        raise LookupError(f"{lesson} has no question {question!r}; it has {', '.join(questions)}.")
    choices, right = questions[question]["choices"], questions[question]["right"]
    letter = answer.strip().lower()
    if letter == "?":
        print(f'Put {", ".join(choices)} in place of "?" and run this cell.')
    elif letter not in choices:
        raise ValueError(f"{answer!r} is not one of {', '.join(choices)}.")
    else:
        opening = "✓ Right." if letter == right else f"✗ Not {letter}."
        print(textwrap.fill(f"{opening} {choices[letter]}", 100))
