"""What is run of a notebook to judge an answer, and what is tried when that does not do."""

import copy

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder import stored
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.lessons import load_lesson
from autograder.submission.pieces import defines, read_piece
from autograder.submission.reading import ORDER, HandedCell, read_notebook
from autograder.submission.repair import repair
from autograder.submission.staging import Stagings

LESSON = load_lesson("03_forward")
RELEASED = release(LESSON, make_notebook(LESSON))
FIRST, SECOND = LESSON.exercises[:2]
ANSWER = f"def {FIRST}(x):\n    return x.mean(axis=0), x.var(axis=0)"


def stagings(*added, after=FIRST, **texts):
    """Those of a notebook with such texts in its cells, and cells that were added."""
    made = copy.deepcopy(RELEASED)
    for cell in made.cells:
        cell.source = texts.get(cell.id, cell.source)
    place = next(place for place, cell in enumerate(made.cells) if cell.id == after)
    made.cells[place + 1 : place + 1] = [new_code_cell(text, id=f"own-{n}") for n, text in enumerate(added)]
    return Stagings(made, stored.lesson(LESSON.name))


def ids(staging):
    return [cell.id for cell in staging.cells]


def test_only_what_the_answers_need_is_run_first_and_no_further_way_is_tried_for_a_plain_notebook():
    plain = stagings(**{name: ANSWER.replace(FIRST, name) for name in LESSON.exercises})
    assert ids(plain.first()) == ["setup", *LESSON.exercises]
    assert list(plain.further()) == []


IDLE = [
    "batch_statistics(np.eye(2))",
    "x = np.random.default_rng(0).normal(size=(3, 2))\nmean, var = batch_statistics(x)\nprint(mean.round(2), var[0])",
    "for n in range(3):\n    print(batch_statistics(np.full((n, 2), n))[0].sum())",
    "plt.plot([1, 2])\nplt.show()",
    "check(batch_statistics)",
    "def unused():\n    return tools.clear()",
    "# a note",
    "'text'",
]
BUSY = [
    "tools['mean'] = np.mean",
    "tools.clear()",
    "np.column_mean = np.mean",
    "register('mean', np.mean)",
    "learn()",
    "%run mine.py",
    "@register\ndef mean(x):\n    return x",
    "print(tools.setdefault('mean', np.mean))",
    "for name in ['a']:\n    tools[name] = 1",
    "import mine",
]
WITH_TOOLS = ["tools = {}", f"def {FIRST}(x):\n    return tools['mean'](x, axis=0), x.var(axis=0)"]


@pytest.mark.parametrize("text", IDLE)
def test_what_only_looks_at_answers_makes_no_second_way(text):
    assert list(stagings(*WITH_TOOLS, text).further()) == []


@pytest.mark.parametrize("text", BUSY)
def test_what_may_change_them_is_run_in_a_second_way(text):
    tried = stagings(*WITH_TOOLS, text)
    second = next(tried.further())
    assert "own-2" in ids(second) and set(second.exercises) == set(LESSON.exercises)


def test_experiments_that_the_lesson_brings_are_never_run_for_themselves():
    lesson = stored.lesson(LESSON.name)
    whole = next(stagings("tools = {}", "tools['a'] = 1", batch_statistics=ANSWER).further())
    assert lesson["experiments"] and not set(lesson["experiments"]) & set(ids(whole))


def test_an_answered_quiz_is_no_work_of_its_own():
    quiz = next(cell for cell in RELEASED.cells if cell.id.startswith("quiz-"))
    answered = stagings(**{FIRST: ANSWER, quiz.id: quiz.source.replace('"?"', '"b"')})
    assert quiz.source.count('"?"') == 1 and list(answered.further()) == []


def test_a_placeholder_is_left_out_if_the_answer_stands_elsewhere():
    assert FIRST not in ids(stagings(ANSWER).first())
    assert ids(stagings(ANSWER).first()) == ["setup", "own-0"]


def test_what_stands_below_a_test_is_left_out_in_one_way():
    ways = list(stagings("learn()", after=f"hidden_{FIRST}", batch_statistics=ANSWER).further())
    alone = [way for way in ways if way.exercises == (FIRST,)]
    assert [ids(way) for way in alone] == [["setup", FIRST]]


def test_of_several_definitions_each_is_tried_and_the_one_that_is_not_the_kernels_is_told():
    several = stagings(ANSWER, ANSWER, batch_statistics=ANSWER)
    assert several.judged(FIRST, several.first()) == ("own-1", "")
    last = [way for way in several.further() if way.exercises == (FIRST,)][-2:]
    told = "it is defined more than once; the definition above another was judged."
    assert [several.judged(FIRST, way) for way in last] == [("own-0", told), (FIRST, told)]
    below = stagings(ANSWER, after=f"hidden_{FIRST}", batch_statistics=ANSWER)
    assert below.judged(FIRST, below.first())[1].endswith("the definition below its test was judged.")


def test_the_order_of_the_file_is_kept_where_it_is_another():
    cells = [HandedCell("code", ANSWER, "", {"grade_id": FIRST}), HandedCell("code", "x = 1", "mine")]
    assert ORDER not in repair(RELEASED, cells).notebook.metadata
    second = HandedCell("code", ANSWER.replace(FIRST, SECOND), "", {"grade_id": SECOND})
    notebook = repair(RELEASED, [second, *cells]).notebook
    assert notebook.metadata[ORDER] == [SECOND, FIRST, "added-0"]
    last = list(Stagings(notebook, stored.lesson(LESSON.name)).further())[-1]
    assert [name for name in ids(last) if name in (FIRST, SECOND)] == [SECOND, FIRST]


def test_the_order_outlives_that_the_notebook_is_put_in_order_again(tmp_path):
    cells = [HandedCell("code", ANSWER.replace(FIRST, name), "", {"grade_id": name}) for name in (SECOND, FIRST)]
    first = repair(RELEASED, cells).notebook
    path = tmp_path / "copy.ipynb"
    path.write_text(nbformat.v4.writes(first), encoding="utf-8")
    copied = read_notebook(path)
    again = repair(RELEASED, copied.cells, copied.order).notebook
    assert again.metadata[ORDER] == first.metadata[ORDER] == [SECOND, FIRST]


@pytest.mark.parametrize(
    "source",
    [
        "def f(): pass", "class f: pass", "f = 1", "f: int = 1", "import a as f", "from a import f", "f, g = 1, 2",
        "for f in []: pass", "(f := 1)", "with a as f: pass", "if a:\n    def f(): pass", "f = !ls", "f = %who",
        "try:\n    import f\nexcept: pass", "def g():\n    global f\n    f = 1", "exec('f = 1')", "globals()['f'] = 1",
        "%%time\nf = 1", "%%capture out\nf = 1", "%time f = 1", "%%writefile a.py\nf = 1",
        "get_ipython().run_cell('f = 1')",
    ],
)  # fmt: skip
def test_a_name_is_seen_to_be_defined(source):
    assert defines(source, "f")


@pytest.mark.parametrize("source", ["f(1)", "print(f)", "def g(f): pass", "a.f = 1", "a['f'] = 1", "# f = 1", "f ="])
def test_a_name_that_is_only_used_is_not(source):
    assert not defines(source, "f")


def test_what_a_piece_takes_from_others_is_what_is_global_in_it():
    assert read_piece("def f(x):\n    y = a(x)\n    return lambda: b + y").takes == {"a", "b"}
