"""Say what a file is that was handed in as a notebook and is none: the real cause, and what to do."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator

from autograder.console import one_line, shortened

AGAIN = "Hand in the notebook again."
ITSELF = "Hand in the notebook itself."
#: How files begin that are no text, and what they are.
BEGINNINGS = {
    b"%PDF-": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"RIFF": "a picture, a sound or a film",
    b"II*\0": "a picture",
    b"{\\rtf": "a text with formatting (RTF)",
    b"\xd0\xcf\x11\xe0": "an old or a locked document of Word, Excel or PowerPoint",
    b"Rar!": "an archive (RAR)",
    b"7z\xbc\xaf": "an archive (7-Zip)",
    b"\x28\xb5\x2f\xfd": "a packed file (Zstandard)",
    b"\x04\x22\x4d\x18": "a packed file (LZ4)",
    b"PK\x05\x06": "an empty archive",
    b"SQLite format 3": "a database",
    b"\x89HDF": "a file of data (HDF5)",
    b"\x93NUMPY": "a file of data (NumPy)",
    b"\x80\x04": "a file of data (pickle)",
    b"bplist00": "a place-holder or a settings file of macOS; the notebook itself is in its cloud",
    b"\x00\x05\x16\x07": "a side file that macOS makes for itself",
    b"book\0": "a link to a file (an alias of macOS)",
    b"L\0\0\0\x01\x14\x02\0": "a link to a file (a shortcut of Windows)",
    b"\x7fELF": "a program",
    b"MZ\x90\0": "a program",
}
#: How texts begin that are no notebook, and what they are.
TEXTS = {
    r"version https://git-lfs": "a pointer of Git LFS, not the file that it stands for (`git lfs pull` fetches that)",
    r"\S*/?annex/objects/": "a pointer of git-annex, not the file that it stands for (`git annex get` fetches that)",
    r"diff --git |index: |--- \S+|from [0-9a-f]{40} ": "a list of changes (a diff), not the notebook",
    r"\[InternetShortcut\]": "a link to a web page (a shortcut of Windows)",
    r"(from: <saved by|mime-version:|received:|return-path:|delivered-to:)": "a saved web page or mail (MIME)",
    r"(%.*+\n)*+\s*\\documentclass": "a text in LaTeX",
    r"---\s*\n(.*\n){0,60}?(jupyter|jupytext|kernelspec|title|marimo-version):": "a text in Markdown",
    r"# %%|#\s*---\s*\n#\s*jupyter:|#!.*python|# coding[:=]|# -\*-|# In\[|# Databricks notebook source"
    r"|# <nbformat|import marimo|(import|from) [\w.]+( import .*| as \w+)?\s*$": "a script in Python, not the notebook",
}
#: What a web page holds that was saved in place of a notebook, and whose page it is.
PAGES = {
    r"jp-Notebook|nbconvert|jp-RenderedHTMLCommon": "the notebook exported as a web page",
    r"jupyter-config-data": "a page of JupyterLab",
    r"Jupyter(Hub|Lab| Server| Notebook)[^<]{0,99}</title>|/hub/login|jupyter_server|/base/js": "a page of Jupyter",
    r"nbviewer": "a page of nbviewer",
    r"github\.githubassets|github\.com": "a page of GitHub; there, take “Download raw file”",
    r"gitlab": "a page of GitLab; there, take “Download”",
    r"colab\.research|colaboratory": "a page of Colab; there, take File, Download, .ipynb",
    r"kaggle\.com": "a page of Kaggle; there, take File, Download notebook",
    r"accounts\.google|drive\.google": "a page of Google Drive, perhaps its log-in",
    r"login\.microsoft|sharepoint|onedrive": "a page of Microsoft, perhaps its log-in",
    r"dropbox": "a page of Dropbox",
    r"moodle": "a page of Moodle, perhaps its log-in",
    r"instructure|canvas-lms": "a page of Canvas, perhaps its log-in",
    r"blackboard": "a page of Blackboard, perhaps its log-in",
    r"gradescope": "a page of Gradescope",
    r"type=[\"']?password": "a log-in page",
}
#: Of a web page or a script so much is looked at.
LOOKED_AT = 200_000


def what_bytes(content: bytes) -> str:
    """What a file is, by how it begins, if that is no text: "is a PDF. Hand in …"; else ""."""
    for begin, what in BEGINNINGS.items():
        if content.startswith(begin):
            return f"is {what}. {ITSELF}"
    for place, mark, what in ((257, b"ustar", "an archive (tar)"), (4, b"ftyp", "a film or a picture")):
        if content.startswith(mark, place):
            return f"is {what}. {ITSELF}"
    if content and not content.strip(b"\0 \r\n\t"):
        return f"is empty: it holds blanks only, as after a broken download. {AGAIN}" if b"\0" in content else ""
    return ""


def what_text(text: str, error: json.JSONDecodeError) -> str:
    """What a text is that is not JSON, or where its JSON breaks: "is a script in Python. …"."""
    lines = list(_conflicts(text))
    if lines:
        told = ", ".join(map(str, lines[:6])) + (", …" if len(lines) > 6 else "")
        return (
            f"has conflict markers of git (lines {told}): two versions were merged and not made one. "
            "Settle the conflict, open the notebook in Jupyter, save it, and hand it in again."
        )
    head = text[:LOOKED_AT].lstrip()
    if re.match(r"<(!doctype|html|head|!--|\?xml|svg|error|plist)", head, re.IGNORECASE):
        return f"is {_page(head)}, not the notebook. {ITSELF}"
    for begin, what in TEXTS.items():
        if re.match(begin, head, re.IGNORECASE | re.MULTILINE):
            return f"is {what}. {ITSELF}"
    if head[:1] not in ("{", "[") and _is_python(text):
        return f"is a script in Python, not the notebook. {ITSELF}"
    if len(text) < 300 and "{" not in text:
        return f"is no notebook: all it says is {one_line(text.strip())!r}. {AGAIN}"
    return _where(text, error)


def what_data(data: object) -> str:
    """What JSON is that holds no notebook: "is JSON, but not a notebook …"."""
    keys = set(data) if isinstance(data, dict) else set()
    told = next((str(data[key]) for key in ("message", "error", "detail") if key in keys), "")  # type: ignore[index]
    if told:
        return f"is no notebook but a message: {shortened(one_line(told), 100)!r}. {AGAIN}"
    if {"doc_id", "url"} & keys and len(keys) < 6:
        return "is a link to a file in Google Drive. Download the notebook there, and hand it in."
    if "paragraphs" in keys:
        return f"is a notebook of Zeppelin, not of Jupyter. {ITSELF}"
    return f"is JSON, but not a notebook. {ITSELF}"


def _page(head: str) -> str:
    title = re.search(r"<title[^>]{0,200}>(.{0,500}?)</title>", head, re.IGNORECASE | re.DOTALL)
    shown = f" ({shortened(one_line(html.unescape(title[1])).strip(), 80)!r})" if title and title[1].strip() else ""
    whose = next((page for mark, page in PAGES.items() if re.search(mark, head, re.IGNORECASE)), "")
    return f"a web page{shown}{f', {whose}' if whose else ''}"


def _conflicts(text: str) -> Iterator[int]:
    """Numbers of the lines that begin as git marks a conflict; strings in JSON do not begin a line."""
    lines = text.splitlines()
    if not any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in lines):
        return
    for number, line in enumerate(lines, 1):
        if re.match(r"(<{7}|>{7}|\|{7}) |={7}$", line):
            yield number


def _is_python(text: str) -> bool:
    try:
        return len(text) <= LOOKED_AT and bool(ast.parse(text).body) and "\n" in text.strip()
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _where(text: str, error: json.JSONDecodeError) -> str:
    where = f"line {error.lineno}, column {error.colno}"
    cut = error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated")
    why = "it ends too early, as after a broken upload" if cut else error.msg
    if text[error.pos : error.pos + 1] in tuple("“”„‟«»‘’"):
        why = "its quotation marks were made curly, as word processors do"
    return f"is not JSON ({where}): {why}. {AGAIN}"
