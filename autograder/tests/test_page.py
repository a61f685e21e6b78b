"""The frame of all pages: what it promises for screens, paper and eyes, whatever a page holds."""

import itertools
import re

import pytest

from autograder.page import page_environment

FRAME = page_environment().get_template("page.html").render()
#: What is written in one colour on the ground of another.
PAIRS = [
    *itertools.product(("text", "quiet", "link", "right", "wrong"), ("page", "box", "notes")),
]


def colours(block):
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


LIGHT, DARK = (colours(block) for block in re.findall(r":root \{(.*?--.*?)\}", FRAME, re.DOTALL))


def luminance(colour):
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_all_text_can_be_read_in_light_and_dark(theme, ink, ground):
    darker, lighter = sorted((luminance(theme[ink]), luminance(theme[ground])))
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_the_dark_has_each_colour_of_the_light_and_paper_has_none_of_it():
    assert LIGHT.keys() == DARK.keys()
    assert "@media screen and (prefers-color-scheme: dark)" in FRAME
    used = set(re.findall(r"var\(--([a-z-]+)\)", FRAME))
    assert used == LIGHT.keys()


def test_a_page_allows_no_script_and_nothing_from_elsewhere():
    assert "default-src &#39;none&#39;" in FRAME and "script-src" not in FRAME and "http:" not in FRAME
    assert not re.search(r"<script|<link|@import|url\(", FRAME)


def test_what_is_filled_in_is_escaped(tmp_path):
    (tmp_path / "own.html").write_text(
        '{% extends "page.html" %}{% block body %}{{ text }} {{ 2.5|number }} {{ 3.0|number }}{% endblock %}'
    )
    page = page_environment(tmp_path).get_template("own.html").render(text="<b onclick='x'>")
    assert "&lt;b onclick=&#39;x&#39;&gt; 2.5 3" in page
