"""Two mistakes made together: both changes to the solution's text, where they are in different places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise

#: Words, spaces, and any other character: what is changed as a whole.
TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)


def merged(text: str, one: str, other: str) -> str | None:
    """The text with the changes of two others; None if they meet."""
    tokens = TOKENS.findall(text)
    changes = sorted([*_changes(tokens, one), *_changes(tokens, other)])
    if any(later[0] <= earlier[1] for earlier, later in pairwise(changes)):
        return None
    for begin, end, new in reversed(changes):
        tokens[begin:end] = new
    return "".join(tokens)


def _changes(tokens: Sequence[str], text: str) -> list[tuple[int, int, list[str]]]:
    """Which tokens are replaced, and by what."""
    new = TOKENS.findall(text)
    steps = SequenceMatcher(None, tokens, new, autojunk=False).get_opcodes()
    return [(begin, end, new[there:until]) for what, begin, end, there, until in steps if what != "equal"]
