"""Pages for people: one look, light and dark, from disk, and nothing live or from elsewhere in them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    import jinja2

#: No script, no frame, nothing from elsewhere: whatever should slip into a page could do nothing.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

#: What the course is called on its pages, as in the README's first line.
COURSE = "Batch normalization, written by hand"
#: What stands in each of these pages, and in no other.
OURS = '<meta name="generator" content="batchnorm-course">'


def page_environment(*folders: Path) -> jinja2.Environment:
    """Where a room finds its templates; each begins with `{% extends "page.html" %}`. What is filled in is escaped.

    The filter `number` writes points and the like: 3, 2.5. The filter `ticked` shows what stands in backticks as code.
    """
    import jinja2  # who only looks whether a page is ours needs none of it

    places = [*folders, Path(__file__).parent]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(places), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"policy": POLICY, "course": COURSE, "ours": Markup(OURS)}
    environment.filters |= {"number": "{:g}".format, "ticked": _ticked}
    return environment


def _ticked(text: str) -> Markup:
    return Markup(re.sub(r"`([^`\n]+)`", r"<code>\1</code>", str(escape(text))))
