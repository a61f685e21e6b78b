"""The marks of every figure can be told from its ground, and from one another."""

import itertools

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from autograder.learner.figures import COLOURS, use_course_style

DARK = "#111111"  # the ground of JupyterLab's dark theme
# Machado, Oliveira and Fernandes (2009), severity 1: what is left of linear RGB without one kind of cone.
VISIONS = {
    "all colours": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    """Return the light of an sRGB colour. Shape: (3,)."""
    c = np.array(to_rgb(colour))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Return the contrast of two colours as the Web Content Accessibility Guidelines define it."""
    dark, light = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(light):
    """Return CIELAB coordinates, in which 1 is about the least difference seen. Shape: (3,)."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ light
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_contrast_is_what_the_guidelines_say():
    assert contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


def test_figures_draw_with_the_courses_colours_on_white():
    with matplotlib.rc_context():
        use_course_style()
        assert matplotlib.rcParams["axes.prop_cycle"].by_key()["color"] == COLOURS
        assert {matplotlib.rcParams[f"{part}.facecolor"] for part in ("figure", "axes", "savefig")} == {"white"}
        words = {matplotlib.rcParams[name] for name in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")}
    assert all(contrast(colour, "white") >= 4.5 for colour in words)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("ground", ["white", DARK])
def test_a_mark_has_three_to_one(colour, ground):
    assert contrast(colour, ground) >= 3


@pytest.mark.parametrize("vision", VISIONS)
def test_the_first_six_colours_are_far_apart_in_everybodys_eyes(vision):
    seen = [lab(np.clip(VISIONS[vision] @ linear(colour), 0, 1)) for colour in COLOURS[:6]]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 20
