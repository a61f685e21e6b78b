"""The form of what is said about a wrong answer: a head and labelled blocks, as text and back.

What makes the text and what reads it stand together here: the one is the inverse of the other.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from itertools import chain, repeat

#: The block whose lines are data, of which none is joined with another.
ON_PAPER = "On paper"
#: The first and the last part of a paragraph on a known mistake.
CAUSE, LOOK = "Cause", "Look at"
#: The label of what is said of others who made the mistake, and how that begins.
COMPANY, IN_GOOD_COMPANY = "Company", "You are in good company:"
#: Characters of a line, those in front of the text, and those of a line that holds data.
WIDTH, MARGIN, DATA_WIDTH = 100, 11, 88

#: A block: its label, and its lines as they were before they were wrapped.
Block = tuple[str, list[str]]


def filled(text: str, indent: str = "") -> str:
    """A sentence in lines that fit beside JupyterLab's list of files, where longer ones are cut within a word.

    Args:
        indent: what the second line, and each below it, begins with.
    """
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False)


def paragraph(label: str, text: str) -> str:
    """A block of one paragraph."""
    margin = " " * MARGIN
    # Not broken at hyphens: then each end of a line was a space, and reading needs no guesses.
    return textwrap.fill(text, WIDTH, initial_indent=_head(label), subsequent_indent=margin, break_on_hyphens=False)


def listed(label: str, lines: Iterable[str]) -> list[str]:
    """The lines of a block of which none is joined with another."""
    wrapped = (textwrap.wrap(line, DATA_WIDTH, subsequent_indent="  ", break_on_hyphens=False) for line in lines)
    heads = map(_head, chain([label], repeat("")))
    return [f"{head}{line}" for head, line in zip(heads, chain.from_iterable(wrapped))]


def in_one_paragraph(cause: str, look: str) -> str:
    """What a mistake is and where to look, in a paragraph without labels."""
    return f"{cause} {LOOK}: {look}"


def read_message(text: str) -> tuple[str, list[Block]]:
    """The head and the blocks of a message; a paragraph on a mistake is its cause and where to look.

    Text of any other form is a head.
    """
    if "\n" not in text:
        cause, found, look = text.partition(f" {LOOK}: ")
        return ("", [(CAUSE, [cause]), (LOOK, [look])]) if found else (text, [])
    head, *lines = text.split("\n")
    blocks: list[Block] = []
    for line in lines:
        label, said = line[:MARGIN].strip(), line[MARGIN:]
        if label:
            blocks.append((label, [said]))
        elif not blocks:
            return text, []
        elif blocks[-1][0] == ON_PAPER and not said.startswith("  "):
            blocks[-1][1].append(said)
        else:
            blocks[-1][1][-1] += f" {said.strip()}"
    return head, blocks


def _head(label: str) -> str:
    return f"  {label:<{MARGIN - 3}} "
