"""Pages for people: one look, light and dark, from disk, and nothing live or from elsewhere in them."""

from __future__ import annotations

from pathlib import Path

import jinja2

#: No script, no frame, nothing from elsewhere: whatever should slip into a page could do nothing.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page_environment(*folders: Path) -> jinja2.Environment:
    """Where a room finds its templates; each begins with `{% extends "page.html" %}`. What is filled in is escaped.

    The filter `number` writes points and the like: 3, 2.5.
    """
    places = [*folders, Path(__file__).parent]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(places), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["policy"] = POLICY
    environment.filters["number"] = "{:g}".format
    return environment
