"""Make text of a handed-in file's bytes: UTF-8 as it should be, or what Windows and its tools write."""

from __future__ import annotations

import json
import re
from functools import cache

from autograder import stored

#: Where pieces of text end in JSON.
ENDS = r'\\r|\\n|"'
#: In so many bytes known text is looked for.
LOOKED_AT = 2_000_000
#: What is tried where a file is no UTF-8, the most usual first, with names that people know.
CODE_PAGES = {
    "utf-8": "UTF-8 with damaged bytes",
    "cp1252": "Windows-1252 (Western Europe)",
    "iso8859_15": "ISO 8859-15 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "gbk": "GBK (Chinese)",
    "gb18030": "GB 18030 (Chinese)",
    "cp932": "Shift JIS (Japanese)",
    "cp949": "Windows-949 (Korean)",
    "big5": "Big5 (Chinese)",
    "euc_jp": "EUC-JP (Japanese)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "mac_roman": "Mac Roman",
    "cp850": "DOS code page 850",
    "cp437": "DOS code page 437",
    "cp866": "DOS code page 866",
}


def decoded(content: bytes) -> tuple[str, list[str]]:
    """The text of a file, and sentences on what is odd about its encoding."""
    encoding, name = _encoding(content)
    text = content.decode(encoding, "replace").lstrip("\ufeff")
    padding = len(text) - len(text.rstrip("\0"))
    notes = [f"the file is {name}, not plain UTF-8; it was read as that."] if name else []
    notes += [f"{padding:,} empty bytes at the end of the file were left out."] if padding else []
    return text.rstrip("\0"), notes


def _encoding(content: bytes) -> tuple[str, str]:
    """The codec of a file, and what it is called, or "" for UTF-8."""
    encoding = json.detect_encoding(content)
    if not encoding.startswith("utf-8"):
        return encoding, re.sub(r"[-_][bl]e$", "", encoding).upper()
    try:
        content.decode("utf-8")
        return "utf-8", ""
    except UnicodeDecodeError as error:
        if error.end == len(content) and "end of data" in error.reason:
            return "utf-8", ""  # cut off in the middle of a character; that it is cut off will be told
    pieces = set(re.split(ENDS.encode(), content[:LOOKED_AT]))
    borne = {codec: len(_pieces_in(codec) & pieces) for codec in CODE_PAGES}
    best = max(CODE_PAGES, key=lambda codec: borne[codec])
    best = best if borne[best] else "cp1252"
    return best, CODE_PAGES[best]


@cache
def _pieces_in(codec: str) -> set[bytes]:
    """The pieces of all lessons' JSON that are more than ASCII, with a `?` for what the code page lacks."""
    return {piece.encode(codec, "replace") for piece in _pieces() if not piece.isascii()}


@cache
def _pieces() -> set[str]:
    lessons = (stored.lesson.__wrapped__(name) for name in stored.lessons())  # not kept: they are large
    sources = ("".join(cell["source"]) for lesson in lessons for cell in lesson["released"]["cells"])
    return {piece for source in sources for piece in re.split(ENDS, json.dumps(source, ensure_ascii=False))}
