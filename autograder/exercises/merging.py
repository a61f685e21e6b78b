"""Two mistakes made together: both changes to the solution's text, where they are in different places."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise

#: Words, spaces, and any other character: what is changed as a whole.
TOKENS = re.compile(r"\w+|\s+|.", re.DOTALL)


def merged(text: str, one: str, other: str) -> str | None:
    """The text with the changes of two others; None if they change the same."""
    changes = sorted([*_changes(text, one), *_changes(text, other)])
    if any(later[0] < earlier[1] or later[:2] == earlier[:2] for earlier, later in pairwise(changes)):
        return None
    tokens = TOKENS.findall(text)
    for begin, end, new in reversed(changes):
        tokens[begin:end] = new
    return "".join(tokens)


@lru_cache(maxsize=1024)
def _changes(text: str, other: str) -> list[tuple[int, int, list[str]]]:
    """Which tokens are replaced, and by what."""
    old, new = TOKENS.findall(text), TOKENS.findall(other)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(begin, end, new[there:until]) for what, begin, end, there, until in steps if what != "equal"]
