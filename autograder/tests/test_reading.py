"""Files in the forms in which they really arrive: read with the same cells and a note, or refused with the cause."""

import base64
import bz2
import copy
import gzip
import io
import itertools
import json
import lzma
import random
import re
import tracemalloc
import urllib.parse
import zipfile

import nbformat
import pytest

from autograder import stored
from autograder.submission import opening
from autograder.submission.decoding import CODE_PAGES
from autograder.submission.reading import (
    LINE_ENDS,
    MAX_CELLS,
    MAX_FILE,
    MAX_SOURCE,
    HandedCell,
    Refused,
    read_notebook,
)

NAME = "00_welcome"
ANSWER = "def center(x):\n    # première moitié: ± µ\n    return x - x.mean(axis=0)"


@pytest.fixture(scope="module")
def notebook():
    """The first half of the lesson with an answer in it."""
    made = copy.deepcopy(stored.lesson(NAME)["released"])
    made["cells"] = made["cells"][:14]
    next(cell for cell in made["cells"] if cell["id"] == "center")["source"] = ANSWER
    return made


@pytest.fixture
def read(tmp_path):
    def write_and_read(content):
        path = tmp_path / f"{NAME}.ipynb"
        path.unlink(missing_ok=True)  # a new file is written faster than an old one anew
        path.write_bytes(content)
        return read_notebook(path)

    return write_and_read


def dumped(notebook):
    return json.dumps(notebook, ensure_ascii=False, indent=1)


def base64_of(text):
    return base64.encodebytes(text.encode()).decode()


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


# Read with the same cells: every encoding, in every wrapping, in every packing

ENCODED = {
    "UTF-8": lambda text: text.encode(),
    "UTF-8 with marks": lambda text: text.encode("utf-8-sig"),
    "UTF-8 with marks twice": lambda text: b"\xef\xbb\xbf" + text.encode("utf-8-sig"),
    "UTF-8 padded by a crash": lambda text: text.encode() + bytes(4096),
    "UTF-16 of PowerShell": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16 LE without marks": lambda text: text.encode("utf-16-le"),
    "UTF-16 BE without marks": lambda text: text.encode("utf-16-be"),
    "UTF-16 BE with marks": lambda text: ("\ufeff" + text).encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "UTF-32 BE without marks": lambda text: text.encode("utf-32-be"),
}
WRAPPED = {
    "nothing": dumped,
    "one line": lambda notebook: json.dumps(notebook, ensure_ascii=False, separators=(",", ":")),
    "ASCII only": json.dumps,
    "Windows lines": lambda notebook: dumped(notebook).replace("\n", "\r\n"),
    "old Mac lines": lambda notebook: dumped(notebook).replace("\n", "\r"),
    "tabs and blanks before": lambda notebook: "\n\t \n" + json.dumps(notebook, indent="\t"),
    "Jupyter's contents API": lambda notebook: dumped({"name": "a", "type": "notebook", "content": notebook}),
    "Jupyter's API of text files": lambda notebook: dumped({"type": "file", "content": dumped(notebook)}),
    "an object": lambda notebook: dumped({"notebook": notebook}),
    "a list": lambda notebook: dumped([notebook]),
    "a list of twice the same": lambda notebook: dumped([notebook, notebook]),
    "a string": lambda notebook: dumped(dumped(notebook)),
    "a string in a string": lambda notebook: dumped(dumped(dumped(notebook))),
    "GitHub's contents API": lambda notebook: dumped({"encoding": "base64", "content": base64_of(dumped(notebook))}),
    "GitHub's API of gists": lambda notebook: dumped({"files": {"a.ipynb": {"content": dumped(notebook)}}}),
    "Databricks' API": lambda notebook: dumped({"content": base64_of(dumped(notebook)), "file_type": "ipynb"}),
    "Kaggle's API": lambda notebook: dumped({"metadata": {"id": 1}, "blob": {"source": dumped(notebook)}}),
    "base64": lambda notebook: base64_of(dumped(notebook)),
    "base64 with marks": lambda notebook: base64_of("\ufeff" + dumped(notebook)),
    "a data URL": lambda notebook: "data:application/x-ipynb+json;base64," + base64_of(json.dumps(notebook)),
    "a data URL with percents": lambda notebook: "data:text/json;charset=utf-8," + urllib.parse.quote(dumped(notebook)),
    "a fence": lambda notebook: f"```json\n{dumped(notebook)}\n```\n",
    "a chat's answer": lambda notebook: f"Here is the [notebook](x):\n\n```\n{dumped(notebook)}\n```\nGood luck!",
    "a guard against scripts": lambda notebook: ")]}',\n" + dumped(notebook),
    "a script's line": lambda notebook: f"var notebook = {dumped(notebook)};",
    "the end of a longer file": lambda notebook: dumped(notebook) + '\n  "nbformat_minor": 5\n}\n',
    "the cells of a damaged whole": lambda notebook: dumped(notebook).replace('"cells"', "“cells”"),
    "one bracket too many": lambda notebook: dumped(notebook) + "}",
    "a last comma": lambda notebook: re.sub(r"\n \]", ",\n ]", dumped(notebook), count=1),
    "last commas in a fence": lambda notebook: "```\n" + dumped(notebook).replace("\n}", ",\n}") + "```",
    "raw line ends in strings": lambda notebook: dumped(notebook).replace("(x):\\n", "(x):\n"),
    "NaN and infinity": lambda notebook: dumped(notebook | {"a": float("nan"), "b": float("-inf")}),
    "a key twice": lambda notebook: '{"cells": [],' + dumped(notebook)[1:],
    "Python's print": repr,
    "cells alone": lambda notebook: dumped(notebook["cells"]),
    "no version": lambda notebook: dumped({"cells": notebook["cells"]}),
    "a version in words": lambda notebook: dumped(notebook | {"nbformat": "4.5"}),
    "a version to come": lambda notebook: dumped(notebook | {"nbformat": 7, "nbformat_minor": 0}),
    "worksheets": lambda notebook: dumped({"nbformat": 3, "worksheets": [{"cells": notebook["cells"]}]}),
}
PACKED = {
    "nothing": lambda content: content,
    "gzip": lambda content: gzip.compress(content, 1),
    "gzip twice": lambda content: gzip.compress(gzip.compress(content)),
    "gzip in blocks": lambda content: gzip.compress(content[:999], 1) + gzip.compress(content[999:], 1) + bytes(9),
    "bzip2": lambda content: bz2.compress(content, 1),
    "xz": lambda content: lzma.compress(content, preset=0),
    "zip": lambda content: zipped({"a.ipynb": content}),
    "zip of macOS": lambda content: zipped({"a.IPYNB": content, "__MACOSX/._a.IPYNB": b"\0\5", ".DS_Store": b"\0"}),
    "zip with a picture": lambda content: zipped({"week 3/a.ipynb": content, "week 3/b.png": b"\x89PNG"}),
    "gzip in zip": lambda content: zipped({"a.ipynb.gz": gzip.compress(content)}),
}
#: These are how notebooks are written, and so need no note.
USUAL = {"nothing", "one line", "ASCII only", "Windows lines", "old Mac lines", "tabs and blanks before",
         "NaN and infinity", "a key twice", "no version", "a version in words", "a version to come",
         "worksheets", "UTF-8", "UTF-8 with marks", "UTF-8 with marks twice"}  # fmt: skip


@pytest.mark.slow
def test_every_encoding_wrapping_and_packing_gives_the_same_cells_and_what_is_odd_is_noted(notebook, read):
    expected = [(cell["cell_type"], cell["source"], cell["id"]) for cell in notebook["cells"]]
    for form in itertools.product(ENCODED, WRAPPED, PACKED):
        encoding, wrapping, packing = form
        handed = read(PACKED[packing](ENCODED[encoding](WRAPPED[wrapping](notebook))))
        assert [(cell.kind, cell.source, cell.id) for cell in handed.cells] == expected, form
        assert handed.cells[2].grade_id == "setup" and bool(handed.notes) == bool(set(form) - USUAL), form
        assert all(note.endswith(".") for note in handed.notes), form


@pytest.mark.parametrize("codec", CODE_PAGES)
@pytest.mark.parametrize("lesson", ["00_welcome", "04_backward"])
def test_a_code_page_is_found_by_the_lessons_own_text(codec, lesson, read):
    content = dumped(stored.lesson(lesson)["released"]).encode(codec, "replace")
    expected = [cell["source"] for cell in json.loads(content.decode(codec))["cells"]]
    assert [cell.source for cell in read(content).cells] == expected


def test_a_damaged_byte_costs_one_character_and_is_noted(notebook, read):
    content = dumped(notebook).encode().replace("±".encode(), b"\xb1")
    handed = read(content)
    assert ANSWER.replace("±", "\ufffd") in [cell.source for cell in handed.cells]
    assert handed.notes == ("the file is UTF-8 with damaged bytes, not plain UTF-8; it was read as that.",)


# Lines

#: Form -> what stands in the file, the text of the cell.
PLAIN = {
    "as Jupyter writes": (["a = 1\n", "b = 2"], "a = 1\nb = 2"),
    "a string": ("a = 1\nb = 2", "a = 1\nb = 2"),
    "an end at the end": (["a = 1\n", "b = 2\n"], "a = 1\nb = 2\n"),
    "ends at the beginning": (["a = 1", "\nb = 2", "\nc = 3"], "a = 1\nb = 2\nc = 3"),
    "ends as lines": (["a = 1", "\n", "b = 2"], "a = 1\nb = 2"),
    "blank strings between": (["a = 1\n", "", "b = 2"], "a = 1\nb = 2"),
    "pieces of lines": (["def f", "(x):\n", "    return x"], "def f(x):\n    return x"),
    "Windows": (["a = 1\r\n", "b = 2"], "a = 1\nb = 2"),
    "old Mac": ("a = 1\rb = 2", "a = 1\nb = 2"),
    "a line end of Unicode in a string": ("a = '\u2028'", "a = '\u2028'"),
    "lists in lists": ([["a = 1\n"], ["b = 2"]], "a = 1\nb = 2"),
    "a number": (7, "7"),
    "nothing": (None, ""),
    "no lines": ([], ""),
    "half a character": ("a = '\ud83d'", "a = '?'"),
}
MENDED = {
    "no ends": (["def f(x):", "    m = x", "", "    return m"], "def f(x):\n    m = x\n\n    return m"),
    "no ends, and joined it would be a comment": (["# mine", "a = 1"], "# mine\na = 1"),
    "no ends, and joined it would be Python, too": (["a = 1", "-2", "b = a"], "a = 1\n-2\nb = a"),
    "no ends, and no Python": (["# mine", "def f(:", "    return 1"], "# mine\ndef f(:\n    return 1"),
    "some ends": (["def f(x):\n", "    m = x", "    return m"], "def f(x):\n    m = x\n    return m"),
    "a line end of Unicode": ("a = 1\u2028b = 2", "a = 1\nb = 2"),
    "magics": (["%%time", "a = 1"], "%%time\na = 1"),
    "an object": ({"0": "a = 1", "1": "b = 2"}, "a = 1\nb = 2"),
}


@pytest.mark.parametrize("form", [*PLAIN, *MENDED])
def test_lines_are_joined_as_they_are_meant(form, read):
    source, expected = (PLAIN | MENDED)[form]
    handed = read(json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": source}]}).encode())
    assert [cell.source for cell in handed.cells] == [expected]
    told = "lines in 1 of 1 cells had no line ends in the file; they were joined as lines."
    assert handed.notes == ((told,) if form in MENDED else ())


def test_markers_of_a_conflict_in_a_cells_text_are_noted(read):
    cells = [{"cell_type": "code", "source": "<<<<<<< local\na = 1\n=======\na = 2\n>>>>>>> remote"}, {"source": "b"}]
    notes = read(json.dumps({"nbformat": 4, "cells": cells}).encode()).notes
    assert notes == ("1 of 2 cells have conflict markers of git in their text.",)


def test_prose_without_line_ends_is_joined_as_lines(read):
    cell = {"cell_type": "markdown", "source": ["# Title", "some prose"]}
    assert read(json.dumps({"nbformat": 4, "cells": [cell]}).encode()).cells[0].source == "# Title\nsome prose"


def test_what_jupyter_writes_is_never_changed(tmp_path):
    draw = random.Random(0)
    for _ in range(200):
        text = "".join(draw.choices(["a = 1", "# b", "'''", "  ", "", *LINE_ENDS], k=9)).replace("\r", "")
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), nbformat.v4.new_raw_cell("x")])
        nbformat.write(made, tmp_path / "a.ipynb")
        assert read_notebook(tmp_path / "a.ipynb").cells[0].source == text


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_notebooks_of_every_version_are_read(version, tmp_path):
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(ANSWER), nbformat.v4.new_markdown_cell("text")])
    if version == 1:
        text = json.dumps({"cells": [{"cell_type": "code", "code": ANSWER}, {"cell_type": "markdown", "text": "text"}]})
    else:
        made = nbformat.convert(made, max(version, 3))
        text = (
            nbformat.v2.writes_json(nbformat.v2.nbbase.from_dict(made))
            if version == 2
            else nbformat.writes(made, version)
        )
    (tmp_path / "a.ipynb").write_text(text, encoding="utf-8")
    assert [cell.source for cell in read_notebook(tmp_path / "a.ipynb").cells] == [ANSWER, "text"]


def test_what_is_no_cell_is_left_out(read):
    cells = [{"cell_type": "code", "source": ["a\n", "b"], "metadata": None}, {"source": "c"}, "no cell", None]
    handed = read(b"\xef\xbb\xbf" + json.dumps({"nbformat": 4, "cells": cells}).encode())
    assert handed.cells == [HandedCell("code", "a\nb"), HandedCell("", "c")]


def test_colab_keeps_ids_in_the_metadata(read):
    cell = {"cell_type": "code", "metadata": {"id": "center"}, "source": []}
    assert read(json.dumps({"nbformat": 4, "cells": [cell]}).encode()).cells[0].id == "center"


# Refused with the cause


def _page(head, body=""):
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>".encode()


def _conflict(notebook):
    return dumped(notebook).replace(
        '\n   "id": "center"', '\n<<<<<<< HEAD\n   "a": 1\n=======\n   "a": 2\n>>>>>>> theirs'
    )


def _cut_in_a_character(notebook):
    return dumped(notebook).encode().split("±".encode())[0] + "±".encode()[:1]


REFUSED = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \r\n\t", "is empty"),
    "a place-holder": (bytes(5000), "is empty: it holds blanks only"),
    "GitHub's page": (_page("<title>hw/00.ipynb at main · ada/hw · GitHub</title>", '<a href="https://github.com">'),
                      "is a web page ('hw/00.ipynb at main · ada/hw · GitHub'), a page of GitHub; there, take “Down"),
    "a page in capitals": (b"  <HTML><TITLE>x</TITLE>", "is a web page ('x'), not the notebook"),
    "a page without title": (b"\xef\xbb\xbf<!-- saved --><html>", "is a web page, not the notebook"),
    "an exported page": (_page("<title>00_welcome</title>", '<main class="jp-Notebook">'), "exported as a web page"),
    "JupyterLab": (_page("<title>JupyterLab</title>", '<script id="jupyter-config-data">'), "a page of JupyterLab"),
    "Jupyter's log-in": (_page("<title>Jupyter Server</title>", '<input type="password">'), "a page of Jupyter"),
    "Moodle's log-in": (_page("<title>Log in to the site | Uni</title>", "moodle-core"), "a page of Moodle, perhaps"),
    "Canvas' log-in": (_page("<title>Log In to Canvas</title>", "instructure.com"), "a page of Canvas"),
    "some log-in": (_page("<title>Sign in</title>", '<input type="password">'), "a log-in page"),
    "an error of a store": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "is a web page"),
    "a saved page": (b"From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0", "a saved web page or mail"),
    "conflict markers": (_conflict, r"has conflict markers of git (lines "),
    "cut off": (lambda notebook: dumped(notebook)[:3000], "it ends too early"),
    "cut off in a character": (_cut_in_a_character, "ends too early"),
    "cut off and packed": (lambda notebook: gzip.compress(dumped(notebook).encode())[:900], "packed with gzip and"),
    "a zip cut off": (lambda notebook: zipped({"a.ipynb": dumped(notebook)})[:900], "packed with zip and cannot"),
    "xz cut off": (lambda notebook: lzma.compress(dumped(notebook).encode())[:900], "packed with xz and cannot"),
    "a missing comma": (lambda notebook: dumped(notebook).replace(',\n "nb', '\n "nb'), "is not JSON (line "),
    "curly quotes": (lambda notebook: re.sub('"(.*?)"', "“\\1”", dumped(notebook)), "its quotation marks were made cu"),
    "a lost beginning": (lambda notebook: dumped(notebook)[20:], "is not JSON (line 1"),
    "two notebooks": (lambda notebook: dumped([notebook, notebook | {"cells": []}]), "holds 2 notebooks"),
    "one behind the other": (lambda notebook: dumped(notebook) + dumped({"nbformat": 4}), "holds 2 notebooks"),
    "an archive": (zipped({"a.ipynb": "{}", "b.ipynb": "{}"}), "is an archive of 2 files (a.ipynb, b.ipynb)"),
    "an archive of nothing": (zipped({}), "is an empty archive"),
    "a locked archive": (zipped({"a.ipynb": "{}"}).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0")
                         .replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0"), "is locked with a password"),
    "Word": (zipped({"[Content_Types].xml": "", "word/document.xml": "", "x": ""}), "is a document of Word"),
    "LibreOffice": (zipped({"mimetype": "", "content.xml": ""}), "is a document of Word or another"),
    "old Word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is an old or a locked document"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "is a PDF"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0", "is a picture"),
    "a photo of a telephone": (b"\0\0\0$ftypheic\0\0", "is a film or a picture"),
    "RTF": (b"{\\rtf1\\ansi {\\fonttbl}}", "is a text with formatting (RTF)"),
    "a tar": (b"a.ipynb".ljust(257, b"\0") + b"ustar\x0000" + bytes(900), "is an archive (tar)"),
    "a side file of macOS": (b"\0\5\x16\7\0\2\0\0Mac OS X        ", "is a side file that macOS makes"),
    "a shortcut": (b"[InternetShortcut]\r\nURL=https://colab.research.google.com/x", "is a link to a web page"),
    "a link to Drive": (b'{"url": "https://docs.google.com/open?id=1", "doc_id": "1"}', "is a link to a file in G"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "is a pointer of Git LFS"),
    "git-annex": (b"/annex/objects/SHA256E-s1--ab.ipynb\n", "is a pointer of git-annex"),
    "a diff": (b"diff --git a/00.ipynb b/00.ipynb\n--- a/00.ipynb\n+++ b/00.ipynb\n", "is a list of changes"),
    "a script of jupytext": (b"# ---\n# jupyter:\n#   jupytext:\n# ---\n\n# %%\nx = 1\n", "is a script in Python"),
    "a script of nbconvert": (b"#!/usr/bin/env python\n# coding: utf-8\n\n# In[1]:\n!ls\n", "is a script in Python"),
    "a script of Databricks": (b"# Databricks notebook source\n%md\n", "is a script in Python"),
    "a script of marimo": (b"import marimo\n\napp = marimo.App()\n", "is a script in Python"),
    "a plain script": (ANSWER.encode(), "is a script in Python"),
    "Markdown": (b"---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n# Title\n", "is a text in Markdown"),
    "LaTeX": (b"% made by nbconvert\n\\documentclass[11pt]{article}\n", "is a text in LaTeX"),
    "an error in words": (b"404: Not Found", "all it says is '404: Not Found'"),
    "an error in JSON": (b'{"message": "Not Found", "url": "x"}', "is no notebook but a message: 'Not Found'"),
    "Zeppelin": (b'{"paragraphs": [], "name": "x"}', "is a notebook of Zeppelin"),
    "other JSON": (b'{"a": 1}', "is JSON, but not a notebook"),
    "a number": (b"17", "is JSON, but not a notebook"),
    "no cells": (b'{"nbformat": 4, "metadata": {}}', "is a notebook without cells"),
    "cells that are none": (b'{"nbformat": 4, "cells": 5}', "is a notebook without cells"),
    "a number of a million digits": (b'{"nbformat": 4, "cells": [' + b"9" * 10**6 + b"]}", "cannot be read as JSON"),
    "too many cells": (json.dumps({"nbformat": 4, "cells": [{}] * (MAX_CELLS + 1)}).encode(), "has 2001 cells"),
    "a huge cell": (json.dumps({"nbformat": 4, "cells": [{"source": "x" * (MAX_SOURCE + 1)}]}).encode(),
                    "has a cell of more than 200,000 characters"),
    "huge cells": (json.dumps({"nbformat": 4, "cells": [{"source": ["x\n" * 99_999]}] * 11}).encode(),
                   "has cells of more than 2,000,000 characters"),
    "nested deep": (b'{"nbformat": 4, "cells": ' + b"[" * 10**5, "its JSON is nested too deep"),
}  # fmt: skip


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_no_notebook_is_refused_with_its_real_cause(form, notebook, read):
    made, words = REFUSED[form]
    content = made(notebook) if callable(made) else made
    with pytest.raises(Refused) as refused:
        read(content if isinstance(content, bytes) else content.encode())
    told = str(refused.value)
    assert words in told and told.startswith(f"{NAME}.ipynb ") and told.endswith(".") and len(told) < 500


def test_the_lines_of_a_conflict_are_told(notebook, read):
    lines = [i for i, line in enumerate(_conflict(notebook).split("\n"), 1) if line[:7] in ("<" * 7, "=" * 7, ">" * 7)]
    with pytest.raises(Refused, match=re.escape(f"(lines {', '.join(map(str, lines))})")):
        read(_conflict(notebook).encode())


@pytest.mark.parametrize(
    "text", ["% ", "<title>", "JupyterHub", "data:", "eyJ9", "<<<<<<< ", '{"', "['", "\\'", ", \n", "/annex/"]
)
def test_a_text_that_repeats_itself_is_refused_in_a_moment(text, read):
    for before in ("", "<html>", "{", '{"a": "'):
        with pytest.raises(Refused):
            read((before + text * 100_000).encode())


def test_whatever_happens_to_a_file_it_is_read_or_refused(notebook, read):
    draw, content = random.Random(0), dumped(notebook).encode()
    for _ in range(300):
        damaged, place = bytearray(content), draw.randrange(len(content))
        damaged[place : place + draw.choice([0, 1, 1, 2, 500])] = draw.randbytes(draw.choice([0, 1, 2, 50]))
        try:
            read(bytes(damaged))
        except Refused as refused:
            assert str(refused).startswith(f"{NAME}.ipynb ")


# Size


def with_outputs(notebook, outputs):
    made = copy.deepcopy(notebook)
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = outputs
    made["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {"a": ["}"] * 99}}}
    return made


LARGE = {
    "a picture": [{"output_type": "display_data", "data": {"image/png": "A" * 30_000}}],
    "lines": [{"output_type": "stream", "name": "stdout", "text": ['epoch "1" ]}\\ \n'] * 1_500}],
    "a table": [{"output_type": "execute_result", "data": {"text/html": '<td class="a">\\</td>\n' * 1_500}}],
    "a notebook": [{"output_type": "stream", "text": '{"cells": [{"source": "x", "outputs": [' * 1_500}],
    "lists in lists": [{"output_type": "display_data", "data": {"a": [[[{"b": [{}]}] * 25] * 25]}}],
}


@pytest.mark.parametrize("form", LARGE)
@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16 of PowerShell", "UTF-32 BE without marks"])
def test_outputs_are_no_reason_to_refuse(form, encoding, notebook, read, monkeypatch):
    monkeypatch.setattr(opening, "MAX_BYTES", 100_000)
    expected = [(cell["cell_type"], cell["source"]) for cell in notebook["cells"]]
    for packing in PACKED.values():
        handed = read(packing(ENCODED[encoding](dumped(with_outputs(notebook, LARGE[form])))))
        assert [(cell.kind, cell.source) for cell in handed.cells] == expected
        assert "the file is very large; its outputs were left out." in handed.notes


def test_a_notebook_of_many_megabytes_takes_little_memory(notebook, tmp_path):
    cells = 100 * [{"cell_type": "code", "source": "", "outputs": [{"data": {"image/png": "A" * 600_000}}]}]
    (tmp_path / "a.ipynb").write_text(dumped(notebook | {"cells": notebook["cells"] + cells}), encoding="utf-8")
    tracemalloc.start()
    assert len(read_notebook(tmp_path / "a.ipynb").cells) == len(notebook["cells"]) + 100
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "a.ipynb").stat().st_size > 60e6 > 45e6 > peak


def test_a_file_of_any_size_that_is_no_notebook_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    with open(path, "wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(Refused, match="a.ipynb is larger than 300 MB. Hand it in with all outputs cleared."):
        read_notebook(path)
    monkeypatch.setattr(opening, "MAX_BYTES", 100_000)
    monkeypatch.setattr(opening, "MAX_FILE", 10_000_000)
    for name, packing in PACKED.items():
        path.write_bytes(packing(b'"' * 11_000_000))
        with pytest.raises(Refused, match="larger than 10 MB" if name == "nothing" else "holds more than 10 MB"):
            read_notebook(path)
    for content in (b'{"cells": "' + b"x" * 200_000, b'\\"' * 2_000_000, b"[{," * 2_000_000):
        path.write_bytes(content)
        with pytest.raises(Refused, match="holds more than 0 MB besides its outputs"):
            read_notebook(path)
