"""What two submissions can have in common: stretches of code, however it is named and laid out, and odd details.

Code is read as a row of words and signs. Names that people choose become one word, and so do texts; brackets, commas,
comments, line ends and spaces are left out, so that renaming and reformatting change nothing. What is compared are
all stretches of STRETCH words and signs, about a line each.

The text need not be Python, and takes a time in proportion to its length, whatever it is.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

#: Words and signs of a stretch. Longer ones miss what was moved about, shorter ones stand in anybody's code.
STRETCH = 12
#: Nobody writes more of them; what comes after is not compared.
MOST_WORDS = 20_000
TOKEN = re.compile(
    r'''(?P<line>\n)|(?P<comment>\#[^\n]*)
    |(?P<text>[rRbBfFuU]{0,2}(?:"""(?:[^\\]|\\.?)*?(?:"""|\Z)|\'\'\'(?:[^\\]|\\.?)*?(?:\'\'\'|\Z)
        |"(?:[^"\\\n]|\\.?)*+(?:"|(?=\n)|\Z)|'(?:[^'\\\n]|\\.?)*+(?:'|(?=\n)|\Z)))
    |(?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)|(?P<name>[^\W\d]\w*)|(?P<sign>[^\w\s])''',
    re.VERBOSE | re.DOTALL,
)
NAME, TEXT = "v", "s"
LEFT_OUT = frozenset("(),;\\")
LANGUAGE = frozenset([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "numpy", "torch", "plt", "nn", "F"])

#: What is shared, and how much it tells: in lines of code that hardly anybody else has.
CODE, COMMENT, CHOSEN, TYPED, ANSWER, MISTAKE = "code", "comment", "name", "typed", "answer", "mistake"
TELLS = {CODE: 1 / STRETCH, COMMENT: 1, CHOSEN: 1 / 4, TYPED: 1 / 4, ANSWER: 1, MISTAKE: 1 / 4}
#: Shorter ones are chosen by many: names, lines as they were typed (characters), and comments (words).
LONG_NAME, LONG_LINE, LONG_COMMENT = 4, 16, 3

#: Kind, and what is shared: the text, or for code a digest.
Fragment = tuple[str, str | int]


@dataclass(frozen=True)
class Word:
    """A word or sign of code, and the number of its line, from 0."""

    text: str
    line: int


def words(source: str, own: frozenset[str]) -> list[Word]:
    """Code as words and signs.

    Args:
        own: names that nobody has chosen, such as the exercise's; those of the language are known.
    """
    found: list[Word] = []
    line, last = 0, -1  # the line that the last word or sign stood in
    kept = LANGUAGE | own
    for token in TOKEN.finditer(source):
        kind, text = token.lastgroup, token[0]
        if kind in ("name", "number", "sign") or (kind == "text" and last == line):  # not a docstring
            if text not in LEFT_OUT:
                found.append(Word(_plain(str(kind), text, found, kept), line))
            last = line
        line += text.count("\n")
        if len(found) >= MOST_WORDS:
            break
    return found


def _plain(kind: str, text: str, before: list[Word], kept: frozenset[str]) -> str:
    """What stands for a token: attributes keep their names, but for those that a class of one's own may have."""
    if kind == "text":
        return TEXT
    if kind == "number":
        return _number(text)
    is_attribute = len(before) > 1 and before[-1].text == "." and before[-2].text != "self"
    return text if kind == "sign" or is_attribute or text in kept else NAME


def _number(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def stretches(row: list[Word]) -> Iterator[tuple[int, int]]:
    """Digest and place of each stretch."""
    texts = [word.text for word in row]
    for place in range(len(texts) - STRETCH + 1):
        yield hash(tuple(texts[place : place + STRETCH])), place


def fragments(source: str, own: frozenset[str]) -> set[Fragment]:
    """All that a text may have in common with another."""
    found: set[Fragment] = {(CODE, digest) for digest, _ in stretches(words(source, own))}
    found |= {(COMMENT, text) for text in _comments(source) if len(text.split()) >= LONG_COMMENT}
    found |= {(CHOSEN, name) for name in _names(source) if len(name) >= LONG_NAME and name not in LANGUAGE}
    return found | {(TYPED, text) for text in map(str.strip, source.splitlines()) if is_typed(text)}


def is_typed(line: str) -> bool:
    """Whether a line is long enough to be typed in many ways, and is no comment."""
    return len(line) >= LONG_LINE and not line.startswith("#")


def _names(source: str) -> Iterator[str]:
    """Names of variables, functions and arguments; not those of attributes, which mostly are somebody else's."""
    for token in TOKEN.finditer(source):
        if token.lastgroup == "name" and source[token.start() - 1 : token.start()] != ".":
            yield token[0]


def _comments(source: str) -> Iterator[str]:
    for token in TOKEN.finditer(source):
        if token.lastgroup == "comment":
            yield " ".join(token[0].strip("# ").casefold().split())


def shared_lines(source: str, own: frozenset[str], shared: set[Fragment]) -> set[int]:
    """Numbers of a text's lines, from 0, in which something of `shared` stands."""
    row = words(source, own)
    places = [place for digest, place in stretches(row) if (CODE, digest) in shared]
    found = {word.line for place in places for word in row[place : place + STRETCH]}
    for number, line in enumerate(source.split("\n")):
        if (TYPED, line.strip()) in shared or any((COMMENT, text) in shared for text in _comments(line)):
            found.add(number)
    return found
