"""Read `mistakes.md`: the wrong answers to an exercise, each as people read it.

    ### eps_outside_root
    eps is added to the standard deviation, after the root; it belongs to the variance, inside the root.
    Look at: the parentheses of the square root.
    ```diff
    - x_hat = (x - mean) / np.sqrt(var + eps)
    + x_hat = (x - mean) / (np.sqrt(var) + eps)
    ```

The name, the cause, where to look, and how the solution cell becomes this answer: lines that are removed, and those
that stand in their place, indented as it suits the page. An empty line begins a second place. What is removed stands
exactly once in the solution cell. An answer that has little of the solution is a whole function, in a `python` block.

A line below `Look at:` may say who else has made this mistake: a report or a review on GitHub that was read, when it
was written, what broke, and why the tests of the code were silent. Learners are told it under the cause.

    Company: [jax#442](https://github.com/jax-ml/jax/issues/442), Feb 2019: what broke, and why no test saw it.

Where there are many, files `mistakes_of_….md` hold more of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from autograder.console import shown_path
from autograder.errors import CourseError

LOOK, COMPANY = "Look at:", "Company:"
#: The number, the link to it and the month, before what is told: the link has to lead to that number.
SOURCE = re.compile(
    r"\[(?P<name>(?P<repository>[\w.-]+)#(?P<number>\d+))\]"
    r"\((?P<address>https://github\.com/[\w.-]+/(?P=repository)/(?:issues|pull)/(?P=number))\), "
    r"(?P<date>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) 20\d\d): (?P<told>[^\[\]]+)"
)
REMOVED, ADDED = "-", "+"


class BankError(CourseError):
    """What is known of an exercise is incomplete, or does not fit its lesson; the message says what and where."""


@dataclass(frozen=True)
class Edit:
    """Lines of a solution, and what stands in their place; their common indentation is left out."""

    removed: tuple[str, ...]
    added: tuple[str, ...]

    def places(self, lines: list[str]) -> list[int]:
        """Where the removed lines stand in a text."""
        length = len(self.removed)
        starts = range(len(lines) - length + 1) if length else ()
        return [i for i in starts if self._indentation(lines[i : i + length]) is not None]

    def replacement(self, lines: list[str], place: int) -> list[str]:
        """The added lines, indented as the removed ones are at that place."""
        indentation = self._indentation(lines[place : place + len(self.removed)]) or ""
        return [indentation + line if line else "" for line in self.added]

    def _indentation(self, lines: list[str]) -> str | None:
        """What stands in front of each removed line, where these lines are the removed ones."""
        first = lines[0].removesuffix(self.removed[0])
        if first.strip() or [first + line if line else "" for line in self.removed] != lines:
            return None
        return first


@dataclass(frozen=True)
class Company:
    """Where widely used code made a mistake, or a review stopped it.

    Attributes:
        name: repository and number: `jax#442`.
        address: where it can be read.
        date: month and year.
        told: what broke, and why no test saw it, in a sentence or two for the learner; never the corrected line.
    """

    name: str
    address: str
    date: str
    told: str

    def __str__(self) -> str:
        return f"{self.name}, {self.date}: {self.told} {self.address}"


@dataclass(frozen=True)
class Mistake:
    """One wrong answer.

    Attributes:
        name: the mistake in words, as an identifier: `eps_outside_root`.
        cause: what is wrong, in a sentence or two for the learner; never the corrected line.
        look: where to look, in one sentence.
        edits: what turns the solution cell into this answer.
        code: the whole wrong function, where edits would be clumsy.
        place: file and line.
        company: who has made it before, where that is known.
    """

    name: str
    cause: str
    look: str
    edits: tuple[Edit, ...] = ()
    code: str = ""
    place: str = ""
    company: Company | None = None

    def source(self, solution: str) -> str:
        """The wrong answer as text.

        Raises:
            BankError: an edit's lines are not in the solution exactly once.
        """
        if self.code:
            return self.code
        lines = solution.split("\n")
        found = []
        for edit in self.edits:
            places = edit.places(lines)
            if len(places) != 1:
                raise BankError(
                    f"{self.place}: {self.name!r} removes {edit.removed}, which stands {len(places)} times in the "
                    "solution cell. Bring it in line with the solution; more lines tell one place from another."
                )
            found.append((places[0], edit))
        for place, edit in sorted(found, key=lambda entry: entry[0], reverse=True):
            lines[place : place + len(edit.removed)] = edit.replacement(lines, place)
        return "\n".join(lines)


def read_mistakes(folder: Path) -> dict[str, Mistake]:
    """Name -> wrong answer, in the order of the files in an exercise's folder.

    Raises:
        BankError: there is no file, or its text breaks a rule of the form; the message names file and line.
    """
    found: dict[str, Mistake] = {}
    paths = sorted(folder.glob("mistakes*.md"))
    if not paths:
        raise BankError(f"{shown_path(folder / 'mistakes.md')} is missing. An exercise has one, be it empty.")
    for mistake in (mistake for path in paths for mistake in _mistakes(path)):
        if mistake.name in found:
            twin = found[mistake.name].place
            raise BankError(f"{mistake.place}: {mistake.name!r} stands at {twin}, too. Rename one.")
        found[mistake.name] = mistake
    return found


def _mistakes(path: Path) -> Iterator[Mistake]:
    try:
        tokens = MarkdownIt().parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BankError(f"{shown_path(path)} cannot be read: {error}.") from error
    heads = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    for begin, end in zip(heads, [*heads[1:], len(tokens)]):
        if tokens[begin].tag == "h3":  # others only divide the page
            yield _mistake(tokens[begin:end], path)


def _mistake(tokens: list[Token], path: Path) -> Mistake:
    """One entry, from its heading to the next."""
    place = f"{shown_path(path)}:{(tokens[0].map or [0])[0] + 1}"
    name, *texts = [" ".join(token.content.split()) for token in tokens if token.type == "inline"]
    blocks = [token for token in tokens if token.type == "fence"]
    if not re.fullmatch(r"[a-z][a-z0-9_.]*", name):
        raise BankError(f"{place}: {name!r} is no name for a mistake. Write it in words, as eps_outside_root.")
    texts, company = _texts_and_company(texts, f"{place}: {name!r}")
    cause, look_at, look = " ".join(texts).partition(LOOK)
    if not (cause.strip() and look_at and look.strip()):
        raise BankError(f"{place}: {name!r} needs a cause, and a line that begins with `{LOOK}`.")
    if len(blocks) != 1 or blocks[0].info not in ("diff", "python"):
        raise BankError(f"{place}: {name!r} needs one block: `diff` with lines of the solution, or `python`.")
    content, is_function = blocks[0].content, blocks[0].info == "python"
    edits = () if is_function else _edits(content, f"{place}: {name!r}")
    return Mistake(name, cause.strip(), look.strip(), edits, content if is_function else "", place, company)


def _texts_and_company(texts: list[str], place: str) -> tuple[list[str], Company | None]:
    """What is said of a mistake, and who has made it before."""
    text, company, told = " ".join(texts).partition(COMPANY)
    if not company:
        return texts, None
    found = SOURCE.fullmatch(told.strip())
    if LOOK not in text or not found or COMPANY in told:
        raise BankError(
            f"{place}: one line below `{LOOK}` may say `{COMPANY} [repository#number](address on GitHub), Feb 2019: "
            "what broke`, with the number that the address has."
        )
    return [text], Company(found["name"], found["address"], found["date"], found["told"])


def _edits(diff: str, place: str) -> tuple[Edit, ...]:
    """The places of a `diff` block, which empty lines separate."""
    edits = []
    for text in re.split(r"\n\n+", diff.strip("\n")):
        lines = text.split("\n")
        marks = [line[:1] for line in lines]
        removed = [line[2:] for line in lines if line[:1] == REMOVED]
        if (
            marks != [REMOVED] * len(removed) + [ADDED] * (len(lines) - len(removed))
            or not "".join(removed[:1]).strip()
        ):
            raise BankError(
                f"{place}: a place in a `diff` block is `- ` with what is removed, then `+ ` with what is added."
            )
        edits.append(Edit(tuple(removed), tuple(line[2:] for line in lines[len(removed) :])))
    return tuple(edits)
