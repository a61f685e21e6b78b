"""Pairs of similar submissions: copies stand out, independent work does not, and nothing is a verdict."""

import json
import random
from collections import Counter
from itertools import combinations

import pytest
from nbformat import v4, writes

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.exercises.bank import banks_of
from autograder.exercises.hidden import PartResult
from autograder.files import write_whole
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Judged, Verdict
from autograder.grading.kept import store_verdicts
from autograder.grading.verdicts import KeptVerdicts, verdicts_text
from autograder.lessons import lesson_names, load_lesson
from autograder.reports.similar import LEAST, MOST_FRAGMENTS, Known, Work, _fragments, _weight, compare, load_known
from autograder.reports.similar_fragments import ANSWER, MISTAKE, TELLS, fragments, shared_lines, words
from autograder.reports.similar_page import similar_page

NAME = "03_forward"
OWN_WAY = """def batchnorm_forward(x, gamma, beta, eps=1e-5):
    # sum the columns first, and devide later
    rows, cols = x.shape
    weights = np.ones(rows) / rows
    middle = weights @ x
    apart = x - np.outer(np.ones(rows), middle)
    spread = weights @ (apart * apart)
    factor = gamma * np.power(spread + eps, -0.5)
    result = np.empty((rows, cols))
    for column in range(cols):
        result[:, column] = factor[column] * apart[:, column] + beta[column]
    return result, [middle, spread, apart]
"""
RENAMED = '''def batchnorm_forward( x, gamma, beta, eps = 0.00001 ):
    """Mine."""
    n, d = x.shape
    w = np.ones(n)/n
    mu = (w @ x)
    z = x - np.outer(np.ones(n), mu)

    s2 = w @ (z*z)
    f = gamma * np.power( (s2 + eps), -0.5 )
    y = np.empty( (n, d) )
    for j in range(d):
        y[:, j] = (f[j]*z[:, j]) + beta[j]
    return y, [mu, s2, z]
'''


@pytest.fixture(scope="module")
def known():
    return load_known(NAME)


@pytest.fixture(scope="module")
def usual():
    """Exercise -> all answers of its bank, right and wrong."""
    return {bank.name: list(texts_of(bank)) for bank in banks_of(load_lesson(NAME))}


def texts_of(bank):
    yield from (bank.solution, *bank.accepted.values())
    yield from (mistake.source(bank.solution) for mistake in bank.mistakes.values())


@pytest.fixture
def works(usual):
    """Thirty students with answers of the bank, drawn by chance: many have the same."""
    draw = random.Random(0)
    return [Work(f"s{number:02}", {name: draw.choice(texts) for name, texts in usual.items()}) for number in range(30)]


def pairs(works, known):
    return {pair.students for pair in compare(works, known).pairs}


def test_a_copy_with_other_names_layout_and_comments_is_found_wherever_it_stands(works, known):
    works[3].cells["batchnorm_forward"] = OWN_WAY
    works[8].cells["added-0"] = RENAMED
    [pair] = compare(works, known).pairs
    assert pair.students == ("s03", "s08") and pair.share > 0.5
    assert pair.lines == pytest.approx(7, abs=2)


def test_a_plain_copy_shares_names_comments_and_typing_besides(works, known):
    for number in (3, 8):
        works[number].cells["batchnorm_forward"] = OWN_WAY
    works[9].cells["batchnorm_forward"] = RENAMED
    first, *others = compare(works, known).pairs
    assert first.students == ("s03", "s08") and len(others) == 2
    assert {kind for kind, _ in first.shared} == {"code", "comment", "name", "typed"}
    assert ("comment", "sum the columns first, and devide later") in first.shared
    assert compare(works, known).groups == [["s03", "s08", "s09"]]


def test_who_has_usual_answers_is_never_listed_though_they_are_the_same_to_the_letter(works, known):
    works[3].cells.update(works[8].cells)
    found = compare(works, known)
    assert found.pairs == () and set(found.nearest.values()) == {0.0}


def test_what_many_of_the_class_have_counts_nothing(works, known):
    for work in works[:15]:
        work.cells["batchnorm_forward"] = OWN_WAY
    assert pairs(works, known) == set()
    for work in works[2:15]:
        work.cells["batchnorm_forward"] = ""
    assert pairs(works, known) == {("s00", "s01")}


@pytest.mark.parametrize("lesson", lesson_names())
def test_no_two_answers_of_the_bank_would_be_listed_if_they_were_two_students(lesson, record_property):
    """Authors who did not copy: for each pair, what no third answer of the bank has is all that counts."""
    loaded, known = load_lesson(lesson), load_known(lesson)
    given = set().union(*(fragments(cell.source, known.names) for cell in loaded.cells if cell.kind != "markdown"))
    right = [list(bank.accepted.values()) for bank in banks_of(loaded)]
    wrong = [[m.source(bank.solution) for m in bank.mistakes.values()] for bank in banks_of(loaded)]
    authors = [answers for texts in (right, wrong) for answers in authors_of(texts)]
    held = [set().union(*(fragments(text, known.names) for text in answers)) - given for answers in authors]
    counts = Counter(fragment for found in held for fragment in found)
    shared = [sum(TELLS[kind] for kind, what in a & b if counts[kind, what] == 2) for a, b in combinations(held, 2)]
    record_property("table", f"{lesson}: {len(shared)} pairs, the nearest share {max(shared):.1f} of {LEAST} lines")
    assert max(shared) < LEAST


def authors_of(texts):
    """The first answers to all exercises are one author's, the second another's, and so on."""
    return [[answers[place] for answers in texts if place < len(answers)] for place in range(max(map(len, texts)))]


def test_the_same_wrong_numbers_tell_much_and_a_mistake_that_is_known_little(works, known):
    assert _weight((ANSWER, "x"), 2, 30) == 1 and _weight((MISTAKE, "x"), 2, 30) == 0.25
    assert 0 < _weight((ANSWER, "x"), 10, 30) < 0.5
    answers = frozenset((ANSWER, f"exercise {number}: yours: out = [[1]]") for number in range(6))
    mistakes = frozenset((MISTAKE, f"exercise {number}: mean_of_rows") for number in range(6))
    for number, wrong in {3: answers, 8: answers, 4: mistakes, 9: mistakes}.items():
        works[number] = Work(works[number].student, works[number].cells, wrong)
    assert pairs(works, known) == {("s03", "s08")}


def test_in_a_class_that_shares_much_anyway_only_what_is_far_beyond_that_is_listed(known):
    """Each has something of its neighbours: eight lines, at which nobody is to look."""
    lines = [
        f"v = np.where(np.arange({n}) > {n + 1}, np.cos({n + 2}) ** {n + 3}, np.tan(v) / {n + 4})" for n in range(400)
    ]
    works = [Work(f"s{n:02}", {"a": "\n".join(lines[6 * n : 6 * n + 8])}) for n in range(40)]
    alike = compare(works, known)
    assert min(alike.nearest.values()) > LEAST / 2
    works[5].cells["b"] = works[30].cells["b"] = "\n".join(lines[300:380])
    assert pairs(works, known) - pairs(works[:5], known) >= {("s05", "s30")}
    assert compare(works, known).pairs[0].students == ("s05", "s30")


def test_a_ring_is_one_group(works, known):
    for number in range(4):
        works[number].cells["batchnorm_forward"] = OWN_WAY
    found = compare(works, known)
    assert found.groups == [["s00", "s01", "s02", "s03"]] and len(found.pairs) == 6


# How code is read


def test_names_texts_layout_and_brackets_make_no_difference():
    one = 'def f(x):\n    """Doc."""\n    mean = x.mean(axis=0)  # of columns\n    return (x - mean, "a")\n'
    other = "def g( rows ):\n  m = rows.mean( axis = 0, )\n  return rows-m, 'bc'"
    texts = [[word.text for word in words(text, frozenset())] for text in (one, other)]
    assert (
        texts[0]
        == texts[1]
        == ["def", "v", "v", ":", "v", "=", "v", ".", "mean", "v", "=", "0", "return", "v", "-", "v", "s"]
    )
    assert [word.text for word in words("1e-5 + 0.00001 + 1.0", frozenset())] == ["1e-05", "+", "1e-05", "+", "1"]


def test_what_is_done_makes_a_difference():
    texts = ["x.mean(0)", "x.sum(0)", "x.mean(1)", "np.mean(x)", "x + 1", "x - 1", "self.a", "f(self.b)"]
    read = [tuple(word.text for word in words(text, frozenset({"a"}))) for text in texts]
    assert len(set(read)) == len(texts)


@pytest.mark.parametrize(
    "text", ['"' * 99_999, "'\\" * 50_000, '"""\\' * 50_000, "\\'" * 50_000, "#" * 99_999, "1e" * 50_000]
)
def test_a_text_that_is_no_code_is_read_to_its_end_and_no_further_than_needed(text):
    assert len(words(text, frozenset())) <= 20_000
    fragments(text, frozenset())


def test_one_student_cannot_fill_the_memory(works, known):
    works[3].cells.update({f"added-{n}": " ".join(f"a{n}_{i} + {i}" for i in range(20_000)) for n in range(8)})
    assert len(_fragments(works[3], known)) < 2 * MOST_FRAGMENTS


def test_the_lines_that_are_shared_are_known():
    shared = fragments(OWN_WAY, frozenset()) & fragments(RENAMED, frozenset())
    lines = shared_lines(RENAMED, frozenset(), shared)
    assert lines == set(range(14)) - {0, 1, 6, 13} | lines & {0}


# The page and the command


def test_the_page_escapes_what_students_wrote_and_is_no_verdict(works, known):
    evil = OWN_WAY.replace("# sum", "# <script>alert(1)</script> sum").replace('""', "<img src=x onerror=alert(1)>")
    works[3] = Work("<b>eve\u202e</b>", {"<i>cell": evil}, frozenset({(ANSWER, "x: yours: <u>1</u>")}))
    works[8] = Work("bob", {"a": evil}, frozenset({(ANSWER, "x: yours: <u>1</u>")}))
    page = similar_page(load_lesson(NAME), compare(works, known), works, known)
    for raw in ("<script>alert", "<img src=x", "<b>eve", "<i>cell", "<u>1", "\u202e"):
        assert raw not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; sum" in page and "<mark>    rows, cols = x.shape</mark>" in page
    assert "Nothing here is a verdict." in page and "who from whom cannot be seen" in page
    assert "2 of 30 have it" in page


def test_a_class_without_pairs_has_a_page_that_says_so(works, known):
    page = similar_page(load_lesson(NAME), compare(works, known), works, known)
    assert "No pair stands out." in page and "Pairs are listed from 5.0 lines on." in page


@pytest.fixture
def classroom(works, tmp_path, monkeypatch):
    """A classroom in which three have handed in, two of them with an answer of their own that is the same."""
    room, lesson = Classroom.apart(tmp_path), load_lesson(NAME)
    released = release(lesson, make_notebook(lesson))
    write_whole(room.notebook("release", ".", NAME), writes(released))
    for student, text in {"ada": OWN_WAY, "bob": RENAMED, "cy": "pass"}.items():
        notebook = v4.new_notebook(cells=[dict(cell) for cell in released.cells])
        next(cell for cell in notebook.cells if cell["id"] == "batchnorm_forward")["source"] = text
        write_whole(room.notebook("submitted", student, NAME), json.dumps(notebook))
        write_whole(room.notebook("autograded", student, NAME), "")
        told = PartResult("visible check", 0, 1, False, "", "On paper\nyours: out = [[7]]\nexpected: out = [[8]]")
        judged = Judged({"batchnorm_forward": Verdict(told, ())}, {}, "namespaces", 1)
        store_verdicts(student, NAME, room, verdicts_text(KeptVerdicts(judged, {"batchnorm_forward": ""}, ())))
    monkeypatch.setattr(Classroom, "of_the_course", classmethod(lambda cls: room))
    return room


def test_the_command_names_the_pair_and_writes_the_page(classroom, capsys):
    assert main(["similar", "03"]) == 0
    told = capsys.readouterr().out
    assert (
        "ada and bob: " in told
        and "Pairs to look at among 3 students: 1." in told
        and "None of this is a verdict" in told
    )
    page = (classroom.root / "reports" / f"{NAME}_similar.html").read_text(encoding="utf-8")
    assert "<bdi>ada</bdi> and <bdi>bob</bdi>" in page and "<mark>    rows, cols = x.shape</mark>" in page
    assert "raise NotImplementedError" not in page  # what was handed out is not shown


def test_programs_get_the_pair_as_json(classroom, capsys):
    assert main(["similar", "03", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    [pair] = found["pairs"]
    assert pair["students"] == ["ada", "bob"] and pair["lines"] >= found["limit"] >= LEAST
    assert pair["shared"]["code"] > 50 and found["students"] == 3


def test_one_submission_cannot_be_compared(classroom, capsys):
    assert main(["similar", "00"]) == 2
    assert "fewer than two submissions of 00_welcome have been graded. Use `grade` first." in capsys.readouterr().err


def test_nobody_is_known_by_a_name_that_the_exercise_asks_for(known):
    assert isinstance(known, Known) and set(load_lesson(NAME).exercises) <= known.names
