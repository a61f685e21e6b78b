"""Which of a student's files is the notebook, and what is said where none is, or several may be."""

import copy
import json

import pytest

from autograder import stored
from autograder.collecting.collect import collect

NAME = "00_welcome"
FILE = f"{NAME}.ipynb"


def notebook(mark="", lesson=NAME):
    """A notebook of a lesson that somebody has worked in; as it was given out, without a mark."""
    book = copy.deepcopy(stored.lesson(lesson)["released"])
    if mark:
        next(cell for cell in book["cells"] if cell["cell_type"] == "code")["source"] = f"# {mark}"
    return json.dumps(book)


def ada(tmp_path, files):
    """What is found of Ada, who hands in these, beside Bo, who hands in one file."""
    for name, content in {
        **{f"ada/{name}": content for name, content in files.items()},
        f"bo/{FILE}": notebook(),
    }.items():
        path = tmp_path / "class" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    with collect(tmp_path / "class", NAME) as found:
        return found.students[0]


@pytest.mark.parametrize(
    "name",
    [
        "Copy_of_00_welcome.ipynb", "00_welcome-Copy1.ipynb", "00_welcome - Copy.ipynb", "00_welcome_final.ipynb",
        "00_Welcome.ipynb", "00_welcome.ipynb.json", "00_welcome.ipynb.txt", "00_welcome.IPYNB", "00_welcome.json",
        "Untitled.ipynb", "my solution.ipynb", "homework", f"a/b/c/{FILE}", "lesson 0.ipynb",
    ],
)  # fmt: skip
def test_a_notebook_under_an_odd_name_is_found(name, tmp_path):
    student = ada(tmp_path, {name: notebook("x"), "03_forward.ipynb": notebook("x", "03_forward"), "data.csv": "1,2"})
    assert student.hand_in.name == f"ada/{name}" and not student.refused


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"readme": ""}, "nothing handed in. There are only readme."),
        ({"a.py": "x = 1", "b.pdf": "%PDF"}, "nothing handed in. There are only a.py, b.pdf."),
        (
            {"work.7z": "7z"},
            "nothing handed in. 'work.7z' is an archive that cannot be opened: hand in the notebook itself.",
        ),
        ({"03_forward.ipynb": notebook("x", "03_forward")}, "nothing handed in. '03_forward.ipynb' is not 00_welcome."),
        ({"x.ipynb": notebook("x", "03_forward")}, "nothing handed in. 'x.ipynb' is not 00_welcome."),
    ],
)  # fmt: skip
def test_where_there_is_none_it_is_said_what_there_is(files, words, tmp_path):
    student = ada(tmp_path, files)
    assert not student.handed_in and student.hand_in is None and student.refused == words


def test_two_files_that_may_be_meant_are_an_error_that_names_both(tmp_path):
    for number, names in enumerate([(FILE, f"{NAME}/{FILE}"), (FILE, f"{NAME}-Copy1.ipynb"), ("a.ipynb", "b.ipynb")]):
        student = ada(tmp_path / str(number), {name: notebook(name) for name in names})
        assert student.hand_in is None and student.handed_in
        assert student.refused.startswith("2 files may be the notebook: ")
        assert all(name in student.refused for name in names) and "Leave the one that counts." in student.refused


@pytest.mark.parametrize(
    "other", [notebook("mine"), notebook(), "", "not JSON", notebook("x", "03_forward")],
    ids=["the same", "untouched", "empty", "damaged", "another lesson"],
)  # fmt: skip
def test_a_second_file_that_says_nothing_else_is_no_error(other, tmp_path):
    student = ada(tmp_path, {f"work/{FILE}": notebook("mine"), FILE: other})
    assert student.hand_in.path.read_text() == notebook("mine")
    assert any(note.startswith("there too and not used: ") for note in student.hand_in.notes)


def test_of_numbered_copies_the_highest_counts(tmp_path):
    names = [FILE, *(f"{NAME} ({n}).ipynb" for n in (2, 10, 9))]
    student = ada(tmp_path, {name: notebook(name) for name in names})
    assert student.hand_in.name == f"ada/{NAME} (10).ipynb"
    assert student.hand_in.notes == (
        f"there too and not used: ada/{NAME} (2).ipynb, ada/{NAME} (9).ipynb, ada/{FILE}.",
    )


def test_other_files_are_named_except_other_lessons(tmp_path):
    others = {"helper.py": "", "notes.txt": "", "03_forward.ipynb": notebook("x", "03_forward")}
    student = ada(tmp_path, {FILE: notebook("x"), **others})
    assert student.hand_in.notes == ("handed in besides and not used: helper.py, notes.txt.",)


def test_two_folders_of_one_name_in_two_sections_are_an_error_that_names_both(tmp_path):
    for place in ("A/ada", "A/bo", "B/ada", "B/cy"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / FILE).write_text(notebook(place))
    with collect(tmp_path, NAME) as found:
        told = {student.person.id: student.refused for student in found.students}
    assert told == {"ada": "several folders have this name: A/ada, B/ada. Leave or rename one.", "bo": "", "cy": ""}


def test_two_files_of_one_student_in_a_flat_class_are_an_error_that_names_both(tmp_path):
    for name in (f"ada_{FILE}", f"{NAME}_ada.ipynb", f"bo_{FILE}", f"bo_{NAME} (1).ipynb"):
        (tmp_path / name).write_text(notebook(name))
    with collect(tmp_path, NAME) as found:
        first, second = found.students
    assert f"{NAME}_ada.ipynb" in first.refused and f"ada_{FILE}" in first.refused
    assert second.hand_in.name == f"bo_{NAME} (1).ipynb" and f"bo_{FILE}" in second.hand_in.notes[0]
