"""Nothing in a lesson is cut off: code fits a 1280-pixel window beside the list of files, formulas one of 760 pixels."""

import ast
import re

import pytest

from autograder.build.notebooks import make_notebook
from autograder.lessons import lesson_names, load_lesson

#: Characters of a line of code: JupyterLab 4 shows 107 in a window of 1280 pixels with its side bar open.
CODE = 96
#: Pixels of a formula: JupyterLab 4 shows 576 in a window of 760 pixels with its side bar closed.
FORMULA = 560
#: Pixels of what a formula is made of, as MathJax draws it in JupyterLab.
LETTER, UPRIGHT, SPACE, SCRIPT = 10.3, 0.8, 18, 0.75
BROAD = {
    "sum": 25,
    "qquad": 2 * SPACE,
    "quad": SPACE,
    ",": 3,
    ";": 5,
    "Rightarrow": 26,
    "max": 27,
    "min": 24,
    "log": 20,
}
#: Relations and operators have space on both sides.
SIGNS = dict.fromkeys("=<>", 26) | dict.fromkeys("+-", 23) | dict.fromkeys("()[]|.,:;'!", 8)
SIGNS |= dict.fromkeys(("approx", "le", "ge", "ne", "leftarrow", "to", "sim", "propto", "ll", "gg"), 26)
SIGNS |= dict.fromkeys(("cdot", "pm", "times"), 17)
SILENT = {"left", "right", "big", "Big", "hat", "bar", "overline"}
TOKEN = re.compile(r"\\([A-Za-z]+|.)|([{}^_&])|(\S)|\s")

every_lesson = pytest.mark.parametrize("name", lesson_names())


def width(formula):
    """About how many pixels wide a formula is: ."""
    lines = re.split(r"\\\\", re.sub(r"\\(?:begin|end)\{\w+\}", "", formula))
    return max(_width(TOKEN.findall(re.sub(r"\\text\{([^}]*)\}", _text, line))) for line in lines)


def _text(found):
    return r"\text{" + found[1].replace(" ", "~") + "}"


def _width(tokens):
    total = 0.0
    tokens = list(tokens)
    while tokens:
        total += _take(tokens)
    return total


def _take(tokens):
    """The width of the first thing, which is taken away."""
    command, mark, sign = tokens.pop(0)
    if mark == "{":
        return _width(_group(tokens))
    if mark in ("^", "_"):
        return SCRIPT * _take(tokens)
    if command in ("frac", "dfrac", "tfrac"):
        parts = [_take(tokens), _take(tokens)]
        return max(parts) * (SCRIPT if command == "tfrac" else 1) + 4
    if command in ("mathrm", "text", "mathbf"):
        return UPRIGHT * _take(tokens)
    if command == "sqrt":
        return _take(tokens) + 15
    if command == "underbrace":
        inner = _take(tokens)
        under = tokens[1:] and tokens[0][1] == "_" and (tokens.pop(0), SCRIPT * _take(tokens))[1]
        return max(inner, under or 0)
    if command == "sum":
        below = [SCRIPT * _take(tokens) for _ in range(2) if tokens and tokens[0][1] in ("^", "_") and tokens.pop(0)]
        return max([BROAD["sum"], *below]) + 3
    if command in SILENT or mark == "&" or not (command or sign):
        return 0.0
    return BROAD.get(command) or SIGNS.get(command or sign) or LETTER * (1.3 if sign.isupper() else 1)


def _group(tokens):
    """The tokens up to the brace that closes a group, which are taken away."""
    inner, depth = [], 1
    while tokens:
        token = tokens.pop(0)
        depth += {"{": 1, "}": -1}.get(token[1], 0)
        if not depth:
            break
        inner.append(token)
    return inner


def formulas(name):
    for cell in load_lesson(name).cells:
        texts = [cell.source]
        if cell.kind in ("quiz", "predict", "derive"):
            parts = ast.walk(ast.parse(cell.source.strip()))
            texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        elif cell.kind != "markdown":
            continue
        for text in texts:
            yield from re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)


@pytest.mark.parametrize(
    ("formula", "pixels"),  # as JupyterLab 4.6.6 drew them in Chromium
    [
        (
            r"\mathrm{mean}_j = \frac1N \sum_{i=1}^N x_{ij} \qquad \mathrm{var}_j = \frac1N \sum_{i=1}^N (x_{ij} - \mathrm{mean}_j)^2",
            411,
        ),
        (
            r"\mathrm{dmean}_j = -\,\mathrm{inv\_std}_j \sum_i \mathrm{dx\_hat}_{ij} \;+\; \mathrm{dvar}_j \cdot \frac1N \sum_i -2\,(x_{ij} - \mathrm{mean}_j)",
            540,
        ),
        (
            r"\mathrm{dx}_{ij} = \underbrace{\mathrm{dx\_hat}_{ij}\,\mathrm{inv\_std}_j}_{\text{direct}} + \underbrace{\mathrm{dvar}_j\,\tfrac{2}{N}\,(x_{ij} - \mathrm{mean}_j)}_{\text{through var}} + \underbrace{\mathrm{dmean}_j\,\tfrac1N}_{\text{through mean}}",
            489,
        ),
        (
            r"\text{relu (He): } \sqrt{2/\text{fan\_in}} \qquad \text{tanh, identity (Xavier): } 1/\sqrt{\text{fan\_in}}",
            474,
        ),
        (
            r"\begin{aligned} \text{shift} &= \frac{1}{D}\sum_j \frac{|\mathrm{mean}_j(\text{after}) - \mathrm{mean}_j(\text{before})|}{\text{scale}} \\ \text{stretch} &= 1 \end{aligned}",
            387,
        ),
    ],
)
def test_widths_are_near_to_those_that_were_measured(formula, pixels):
    assert width(formula) == pytest.approx(pixels, rel=0.1)


@every_lesson
def test_no_line_of_code_is_cut_off(name):
    cells = [cell for cell in make_notebook(load_lesson(name)).cells if cell.cell_type == "code"]
    assert [line for cell in cells for line in cell.source.splitlines() if len(line) > CODE] == []


@every_lesson
def test_no_formula_is_cut_off(name):
    assert [formula for formula in formulas(name) if width(formula) > FORMULA] == []
