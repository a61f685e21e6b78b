"""Find the notebook in a text: JSON, JSON with small faults, or JSON in which another tool has wrapped it."""

from __future__ import annotations

import ast
import base64
import binascii
import contextlib
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

#: How deep a notebook may be wrapped, and how many values are looked at in one list or object.
DEPTH, BREADTH = 5, 1_000
#: What may stand before a notebook: a line of an answer that a chat has given, a fence.
LONGEST_BEFORE = 2_000
#: A text that may hold a notebook: JSON, or base64 of JSON (`{`, perhaps with blanks or marks before or behind it).
BASE64 = re.compile(r"\s*(?:77u/)?(?:e[yw]|W[3w]|IHs|Cns)[A-Za-z0-9+/\s]++={0,2}\s*")
DATA_URL = re.compile(r"\s*data:[\w/.+;=-]*?(;base64)?,", re.IGNORECASE)
#: In text that is almost JSON: strings, and commas before a closing bracket.
LAST_COMMA = re.compile(r'("(?:[^"\\]++|\\.)*+"?)|,(?=\s*[}\]])', re.DOTALL)
#: JSON with raw line ends and tabs in strings.
DECODER = json.JSONDecoder(strict=False)
#: Python's own writing of data is read up to so many characters.
LONGEST_PYTHON = 2_000_000


class NoJSON(Exception):
    """A text is no JSON; holds the error of a strict reading."""

    def __init__(self, error: json.JSONDecodeError) -> None:
        super().__init__(str(error))
        self.error = error


def notebooks_in(text: str) -> tuple[list[dict], object, list[str]]:
    """The notebooks in a text, all its data, and sentences on what is odd.

    Raises:
        NoJSON: the text is no JSON, nor almost.
        RecursionError, ValueError: it is JSON that Python does not read.
    """
    plain = _unpacked_text(text)
    data, notes = _parsed(text if plain is None else plain)
    found = list(_notebooks(data, DEPTH))
    if plain is not None or (found and found[0] is not data):
        notes.append("the notebook was wrapped in something else; it was taken out.")
    return found, data, notes


def is_notebook(data: object) -> bool:
    """Whether parsed JSON is a notebook of any version: it has cells, or a notebook's version number."""
    if not isinstance(data, dict):
        return False
    cells = data.get("cells")
    return "nbformat" in data or "worksheets" in data or (isinstance(cells, list) and _are_cells(cells))


def _are_cells(found: list) -> bool:
    return bool(found) and all(isinstance(cell, dict) and "cell_type" in cell for cell in found)


def _notebooks(data: object, deep: int) -> Iterator[dict]:
    """The notebooks in parsed JSON; a bare list of cells is one, too."""
    if is_notebook(data):
        assert isinstance(data, dict)
        yield data
    elif isinstance(data, list) and _are_cells(data):
        yield {"nbformat": 4, "cells": data}
    elif deep:
        for part in _parts(data):
            yield from _notebooks(part, deep - 1)


def _parts(data: object) -> list:
    """What is in parsed JSON: the values of an object or a list, or the data that a string holds."""
    if isinstance(data, dict):
        return list(data.values())[:BREADTH]
    if isinstance(data, list):
        return data[:BREADTH]
    if isinstance(data, str):
        text = _unpacked_text(data) or data
        with contextlib.suppress(ValueError, RecursionError):
            return [json.loads(text)] if text.lstrip()[:1] in ("{", "[", '"') else []
    return []


def _unpacked_text(text: str) -> str | None:
    """The text in a `data:` URL or in base64; None if this is neither."""
    url = DATA_URL.match(text)
    if url and not url[1]:
        return unquote(text[url.end() :])
    packed = text[url.end() :] if url else text
    if not url and not BASE64.fullmatch(text):
        return None
    with contextlib.suppress(binascii.Error, UnicodeDecodeError):
        return base64.b64decode(re.sub(r"\s", "", packed)).decode("utf-8-sig")
    return None


def _parsed(text: str) -> tuple[object, list[str]]:
    """Data from JSON, or from what is almost JSON, and sentences on its faults."""
    try:
        return json.loads(text), []
    except json.JSONDecodeError as error:
        strict = error
    for read in (_with_more_around, _with_last_commas, _in_python):
        with contextlib.suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            data, notes = read(text)
            if next(_notebooks(data, DEPTH), None):
                return data, notes
    raise NoJSON(strict)


def _with_more_around(text: str) -> tuple[object, list[str]]:
    """JSON with text before it, text behind it, or line ends and tabs in its strings."""
    begin = re.search(r'[\[{]\s*["\[{]', text[:LONGEST_BEFORE])
    if not begin:
        raise ValueError("no JSON begins here")
    data, end = DECODER.raw_decode(text, begin.start())
    before, behind = text[: begin.start()].strip(), text[end:].strip()
    if is_notebook(data) and (second := re.search(r'^\s*(\{\s*"(?:cells|metadata|nbformat|worksheets)")', text[end:])):
        with contextlib.suppress(ValueError):
            data = [data, DECODER.raw_decode(text, end + second.start(1))[0]]
    where = [name for name, found in (("before", before), ("behind", behind)) if found]
    told = f"the file has other text {' and '.join(where)} the notebook; it was left out." if where else ""
    return data, [told or "strings in the file have raw line ends or tabs; they were read all the same."]


def _with_last_commas(text: str) -> tuple[object, list[str]]:
    mended = LAST_COMMA.sub(lambda match: match[1] or "", text)
    data, notes = _with_more_around(mended)
    about_commas = "the file has a comma before a closing bracket, where JSON has none; it was left out."
    return data, [about_commas, *(note for note in notes if "other text" in note)]


def _in_python(text: str) -> tuple[object, list[str]]:
    """Data as Python prints it, with single quotes."""
    if len(text) > LONGEST_PYTHON or not re.match(r"\s*[\[{]\s*'", text):
        raise ValueError("not written by Python, or too long")
    data = ast.literal_eval(text.strip())
    if not isinstance(data, dict | list):
        raise ValueError("no data")
    return data, ["the file is written as Python prints data, not as JSON; it was read all the same."]
