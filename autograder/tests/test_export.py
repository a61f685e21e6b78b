"""Exports, read as the systems that they are for read them.

The readers here follow the code of Moodle (mod/assign/feedback/offline and file) and Canvas (lib/gradebook_importer.rb,
app/models/abstract_assignment.rb).
"""

import csv
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from nbformat import v4, write
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.collecting.people import HandIn, Person, store_hand_ins
from autograder.exercises.hidden import PartResult
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.judge import Judged, Verdict
from autograder.grading.kept import store_verdicts
from autograder.grading.prepare import prepare
from autograder.grading.verdicts import KeptVerdicts, verdicts_text
from autograder.lessons import load_lesson
from autograder.reports.export import Order, export
from autograder.reports.export_marks import ExportError, load_marks
from autograder.reports.export_sheets import Sheet, number, safe

NAME = "00_welcome"
FORMULA = '=HYPERLINK("http://x.example";"A")'
#: Student -> full name, number, points of the check and of the hidden tests.
CLASS = {
    "ada": ('Ada "the" Lovelace, Countess', 1001, 1, 2),
    "zoe": ("Zoë Ünïcode 李", 1002, 1, 0.5),
    "smith1": ("John Smith", 1003, 0, 0),
    "smith2": ("John Smith", 1004, 1, 2),
    "eve": (FORMULA, 1005, 1, 1),
    "late": ("Al Ways-Late", 1006, 1, 2),
}
#: What counts in the end: zoe has a third of a point more by hand, the late one a penalty of one.
TOTALS = {"ada": 3, "zoe": 1.83, "smith1": 0, "smith2": 3, "eve": 2, "late": 2}
CODE = '''import numpy as np
ada_lovelace_mean = 4   # by Ada Lovelace, matr. 20231234
def center(x, annotate=20231234):
    """Ada's own."""
    print("hello from zoe", x)
    channel = np.einsum("ij->j", x)
    return x - channel / len(x)
'''


def moodle_file(name, number):
    return f"{name.replace('_', ' ')}_{number}_assignsubmission_file_/{NAME}.ipynb"


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """A class with grades, whose download came from Moodle: nothing was run for it."""
    room = Classroom.apart(tmp_path_factory.mktemp("room"))
    prepare(read_built(NAME), room)
    hand_ins = []
    with Gradebook(room.db_url, room.course_id) as book, book.db.no_autoflush:
        book.find_assignment(NAME).duedate = datetime(2026, 1, 31, 12)
        for student, (name, number_, visible, hidden) in CLASS.items():
            when = datetime(2026, 1, 31, 13 if student == "late" else 11)
            book.update_or_create_student(student)
            notebook = book.update_or_create_submission(NAME, student, timestamp=when).notebooks[0]
            for grade in notebook.grades:
                grade.auto_score = visible if grade.name.startswith("check") else hidden
            notebook.late_submission_penalty = 1 if student == "late" else None
            verdict = Verdict(PartResult("visible check", visible, 1, True), (PartResult("all", hidden, 2, False),))
            judged = Judged({"center": verdict}, {}, "namespaces", 1)
            store_verdicts(student, NAME, room, verdicts_text(KeptVerdicts(judged, {"center": "k"}, ("=odd",))))
            write_notebooks(room, student)
            person = Person(student, name, f"{student}@x.example", "A", {"moodle": str(number_)})
            hand_ins.append(HandIn(person, Path("x"), moodle_file(name, number_), "2", when))
        book.update_or_create_student("absent")
        book.find_grade("hidden_center", NAME, NAME, "zoe").manual_score = 5 / 6
        book.db.commit()
    store_hand_ins(hand_ins, "moodle", room.root / "handed_in" / f"{NAME}.json")
    return room


def write_notebooks(room, student):
    notebook = release(load_lesson(NAME), make_notebook(load_lesson(NAME)))
    next(cell for cell in notebook.cells if cell.id == "center").source = CODE
    notebook.cells.append(
        v4.new_code_cell("# zoe\nno python", id="added-0", outputs=[v4.new_output("stream", text="Ada")])
    )
    for step in ("submitted", "autograded", "feedback"):
        path = room.notebook(step, student, NAME, ".html" if step == "feedback" else ".ipynb")
        path.parent.mkdir(parents=True)
        path.write_text(f"<p>page of {student}</p>") if step == "feedback" else write(notebook, path)


def of(classroom, kind, **more):
    """What one file holds, and what is told about it."""
    [(_, exported)] = export(
        Order(kind, (NAME,), **{key: str(value) for key, value in more.items()}), classroom
    ).items()
    return exported.content.decode("utf-8"), " ".join(exported.told)


def table(text):
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


# As the systems read


def moodle_imports(text, grades, comments=None, most=3, grade_column="Grade"):
    """Participant -> grade and comment after the worksheet was uploaded, as importgradeslib.php and locallib.php do."""
    head, *rows = table(text)
    assert {"Identifier", grade_column, "Last modified (grade)"} <= set(head), "invalidgradeimport"
    assert all(len(row) == len(head) for row in rows), "csvweirdcolumns"
    grades, comments = dict(grades), dict(comments or {})
    for row in rows:
        cells = dict(zip(head, row))
        participant = int(cells["Identifier"][len("Participant ") :])
        grade = float(cells[grade_column]) if cells[grade_column].strip() else None
        if participant in grades and grade is not None and 0 <= grade <= most:
            grades[participant] = grade
        if "Feedback comments" in cells:  # an empty one takes away what is there
            comments[participant] = cells["Feedback comments"]
    return grades, comments


def canvas_imports(text, people, assignments):
    """Student, assignment -> grade, as gradebook_importer.rb reads it."""
    head, *rows = table(text)
    assert "Student" in head[0] and "ID" in head[1] and len(head) > 3, "Invalid header row"
    columns = head.index("Section") + 1
    changes = {}
    for row in rows:
        if "Points Possible" in row[0]:
            continue
        student = people[int(row[1])]
        for name, cell in list(zip(head, row))[columns:]:
            title, number_ = re.fullmatch(r"(.*?)(?: \((\d+)\))?", name).groups()
            changes[student, assignments.get(int(number_ or 0), title)] = cell
    return changes


def moodle_unpacks(content, participants):
    """Participant -> file -> bytes, as importziplib.php sorts the members of an archive."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            parts = member.split("/")
            while parts:
                info = parts.pop(0).split("_", 4)
                if len(info) < 4 or not info[1].isdecimal() or int(info[1]) not in participants:
                    continue
                assert info[2:4] == ["assignsubmission", "file"]
                found[int(info[1])] = {"/".join([[*info, ""][4], *parts]).strip("/"): archive.read(member)}
                break
    return found


def canvas_unpacks(content, attachments):
    """Student -> bytes, as infer_comment_context_from_filename goes by the names."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.namelist():
            parts = [part for part in member.rpartition("/")[2].split("_") if part != "LATE"]
            user, attachment = [part for part in parts if part.isdecimal()][:2]
            assert attachments[int(attachment)] == int(user)
            found[int(user)] = archive.read(member)
    return found


# Moodle


def worksheet(
    path, grade="", max_grade="3.00", extra=(), newline="\r\n", encoding="utf-8-sig", delimiter=",", head=None
):
    """A grading worksheet as Moodle gives it: with everybody of the course, and what teachers have written."""
    names = head or [
        "Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade", "Grade can be changed",
        "Last modified (submission)", "Last modified (grade)", "Feedback comments",
    ]  # fmt: skip
    rows = [
        [f"Participant {number_}", name, f"{student}@x.example", "Submitted for grading - ", grade, max_grade, "Yes",
         "Saturday, 31 January 2026, 11:00 AM", "-", 'Well, "done"\nada']
        for student, (name, number_, *_) in CLASS.items()
    ]  # fmt: skip
    rows += [
        ["Participant 1099", "Not, Here", "n@x.example", "No submission", "", max_grade, "Yes", "-", "-", ""],
        *extra,
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator=newline, delimiter=delimiter).writerows([names, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def test_moodle_takes_the_filled_worksheet_and_all_else_in_it_stays_to_the_byte(classroom, tmp_path):
    path = worksheet(tmp_path / "Grades.csv")
    text, told = of(classroom, "moodle", worksheet=path)
    before = {number_: None for _, number_, *_ in CLASS.values()} | {1099: None}
    grades, comments = moodle_imports(text, before)
    assert {student: grades[CLASS[student][1]] for student in CLASS} == TOTALS and grades[1099] is None
    assert comments[1001] == 'Well, "done"\nada' and told == ""
    lines, old = text.encode().split(b"\r\n"), path.read_bytes().split(b"\r\n")
    assert [re.sub(rb"Submitted for grading - ,[\d.]*,", b"Submitted for grading - ,,", line) for line in lines] == old


def test_moodle_takes_a_worksheet_of_ours(classroom):
    text, told = of(classroom, "moodle")
    grades, comments = moodle_imports(text, {number_: None for _, number_, *_ in CLASS.values()}, {1001: "kept"})
    assert {student: grades[CLASS[student][1]] for student in CLASS} == TOTALS and comments == {1001: "kept"}
    assert "tick" in told


@pytest.mark.parametrize(
    ("form", "delimiter"),
    [({"encoding": "utf-16"}, "\t"), ({"encoding": "utf-8"}, ";"), ({"newline": "\n"}, ","), ({"newline": "\r"}, ",")],
)
def test_a_worksheet_that_went_through_a_spreadsheet_keeps_its_form(form, delimiter, classroom, tmp_path):
    path = worksheet(tmp_path / "Grades.csv", delimiter=delimiter, **form)
    [exported] = export(Order("moodle", (NAME,), worksheet=str(path)), classroom).values()
    encoding = form.get("encoding", "utf-8-sig")
    assert exported.count == len(CLASS) and exported.content[:3] == path.read_bytes()[:3]
    rows = list(csv.reader(io.StringIO(exported.content.decode(encoding), newline=""), delimiter=delimiter))
    assert [row[4] for row in rows[1:]] == [*map(number, TOTALS.values()), ""]


def test_a_worksheet_in_another_language_is_filled_by_the_column_that_is_named(classroom, tmp_path):
    names = [
        "ID",
        "Vollständiger Name",
        "E-Mail-Adresse",
        "Status",
        "Bewertung",
        "Bestwertung",
        "Änderbar",
        "a",
        "b",
        "c",
    ]
    path = worksheet(tmp_path / "Bewertungen.csv", head=names)
    with pytest.raises(
        ExportError, match="no column 'Grade'. Say which is meant: --column NAME. Its columns: ID, Voll"
    ):
        of(classroom, "moodle", worksheet=path)
    text, _ = of(classroom, "moodle", worksheet=path, column="Bewertung")
    assert [row[4] for row in table(text)[1:]] == [*map(number, TOTALS.values()), ""]


def test_a_worksheet_of_another_assignment_is_refused_though_the_names_and_mails_fit(classroom, tmp_path):
    path = worksheet(tmp_path / "Grades.csv")
    path.write_bytes(path.read_bytes().replace(b"Participant 10", b"Participant 20"))
    with pytest.raises(ExportError, match=r"none of the 7 students is in .*Is it of this assignment and class\?"):
        of(classroom, "moodle", worksheet=path)


def test_whoever_is_twice_in_a_worksheet_or_locked_or_counted_from_another_maximum_is_told(classroom, tmp_path):
    twice = ["Participant 1001", "Ada", "ada@x.example", "", "", "100.00", "Yes", "", "", ""]
    path = worksheet(tmp_path / "Grades.csv", max_grade="100.00", extra=[twice])
    path.write_bytes(
        path.read_bytes().replace(b"zoe@x.example,Submitted for grading - ,,100.00,Yes", b"z,S,,100.00,No")
    )
    text, told = of(classroom, "moodle", worksheet=path)
    assert "not, or not once, in Grades.csv: ada." in told and "locked: zoe." in told
    assert "There the assignment has 100 points, here 3: set it to 3 there." in told
    assert {row[0]: row[4] for row in table(text)}["Participant 1001"] == ""


def test_a_file_that_is_no_worksheet_or_broken_is_named(classroom, tmp_path):
    path = tmp_path / "x.csv"
    for content, words in {
        b'Identifier,Grade\r\n"Participant 1001,3\r\n': "line 2: a quotation mark is not closed",
        b"Identifier,Status,Grade\r\nParticipant 1001,\r\n": "line 2: there are too few columns",
        b"Identifier,Grade\r\nx,y\r\n": "no participants' numbers in its first column",
        b"": "has no column",
    }.items():
        path.write_bytes(content)
        with pytest.raises(ExportError, match=words):
            of(classroom, "moodle", worksheet=path)
    with pytest.raises(ExportError, match="nowhere.csv cannot be read: No such file"):
        of(classroom, "moodle", worksheet=tmp_path / "nowhere.csv")


def test_moodle_sorts_the_feedback_archive_to_the_right_people(classroom):
    [exported] = export(Order("moodle", (NAME,), feedback=True), classroom).values()
    found = moodle_unpacks(exported.content, {number_ for _, number_, *_ in CLASS.values()})
    for student, (_, number_, *_) in CLASS.items():
        assert found[number_] == {f"{NAME}.html": f"<p>page of {student}</p>".encode()}


# Canvas


@pytest.fixture
def in_canvas(classroom, tmp_path):
    """The same class, as if it had been downloaded from Canvas."""
    path = classroom.root / "handed_in" / f"{NAME}.json"
    kept = path.read_text(encoding="utf-8")
    people = json.loads(kept)
    for place, (student, facts) in enumerate(people.items()):
        number_ = 500 + place
        late = "LATE_" if student == "late" else ""
        facts |= {"ids": {"canvas": str(number_)}, "layout": "canvas"}
        facts["file"] = f"sub/{student}john_{late}{number_}_{9000 + place}_{NAME}-1.ipynb"
    path.write_text(json.dumps(people), encoding="utf-8")
    yield {500 + place: student for place, student in enumerate(people)}
    path.write_text(kept, encoding="utf-8")


def gradebook(path, people, title="Welcome (77)", grade=""):
    """A gradebook as Canvas exports it."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title, "Essay (78)", "Final Score"]
    hidden = ["", "", "", "", "", "Manual Posting", "", ""]
    points = ["    Points Possible", "", "", "", "", "3.00", "10.00", "(read only)"]
    rows = [[CLASS[who][0], str(n), "", f"{who}@x.example", "A", grade, "8.00", "80"] for n, who in people.items()]
    test = ["Student, Test", "999", "", "abc", "A", "", "", ""]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, hidden, points, *rows, test])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


@pytest.mark.parametrize("title", ["Welcome (77)", "00_welcome (77)", "00 · welcome (77)"])
def test_canvas_changes_the_lessons_column_and_nothing_else(title, classroom, in_canvas, tmp_path):
    path = gradebook(tmp_path / "gradebook.csv", in_canvas, title)
    text, told = of(classroom, "canvas", worksheet=path)
    changes = canvas_imports(text, in_canvas, {77: "welcome", 78: "essay"})
    assert {key: float(grade) for key, grade in changes.items()} == {(who, "welcome"): n for who, n in TOTALS.items()}
    assert told == "" and FORMULA not in text


def test_a_gradebook_in_which_no_column_is_called_like_the_lesson_needs_its_name(classroom, in_canvas, tmp_path):
    path = gradebook(tmp_path / "gradebook.csv", in_canvas, "Welcome quiz (77)")
    with pytest.raises(ExportError, match="Say which is meant: --column NAME"):
        of(classroom, "canvas", worksheet=path)
    text, _ = of(classroom, "canvas", worksheet=path, column="Welcome quiz (77)")
    assert len(canvas_imports(text, in_canvas, {77: "welcome"})) == len(CLASS)
    with pytest.raises(ExportError, match="Canvas computes the column 'Final Score' itself"):
        of(classroom, "canvas", worksheet=path, column="Final Score")


def test_who_is_excused_in_canvas_stays_so(classroom, in_canvas, tmp_path):
    text, told = of(classroom, "canvas", worksheet=gradebook(tmp_path / "gradebook.csv", in_canvas, grade="EX"))
    assert canvas_imports(text, in_canvas, {}) == {} and "excused in Canvas: ada, eve, late" in told


def test_canvas_takes_a_table_of_ours(classroom, in_canvas):
    text, _ = of(classroom, "canvas")
    changes = canvas_imports(text, in_canvas, {})
    assert {who: float(grade) for (who, _), grade in changes.items()} == TOTALS


def test_canvas_sorts_the_feedback_archive_to_the_right_people(classroom, in_canvas):
    [exported] = export(Order("canvas", (NAME,), feedback=True), classroom).values()
    found = canvas_unpacks(exported.content, {number_ + 8500: number_ for number_ in in_canvas})
    assert {in_canvas[number_]: page.decode() for number_, page in found.items()} == {
        student: f"<p>page of {student}</p>" for student in CLASS
    }
    assert "HTML" in " ".join(exported.told)


def test_canvas_takes_back_feedback_to_those_whose_names_it_hides(classroom, in_canvas):
    path = classroom.root / "handed_in" / f"{NAME}.json"
    people = json.loads(path.read_text(encoding="utf-8"))
    people["ada"] |= {"ids": {"canvas_anonymous": "aB3x9"}, "file": f"anon_aB3x9_567890_{NAME}.ipynb"}
    path.write_text(json.dumps(people), encoding="utf-8")
    [exported] = export(Order("canvas", (NAME,), feedback=True), classroom).values()
    with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
        assert archive.read(f"anon_aB3x9_567890_{NAME}.html") == b"<p>page of ada</p>"


def test_numbers_that_nobody_has_told_are_not_guessed(classroom):
    with pytest.raises(ExportError, match="of none of the 6 students a number in Canvas is known"):
        of(classroom, "canvas")
    with pytest.raises(ExportError, match="no feedback of 00_welcome whose name in Canvas is known"):
        export(Order("canvas", (NAME,), feedback=True), classroom)


# Blackboard, Sakai, Gradescope


def test_blackboards_download_is_filled_in_by_user_name(classroom, in_canvas, tmp_path):
    path = classroom.root / "handed_in" / f"{NAME}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"canvas"', '"blackboard"'), encoding="utf-8")
    sheet = tmp_path / "gc.xls"
    rows = [f'"Last","First","{number_}","","{n}"' for n, number_ in enumerate(in_canvas)]
    head = '"Last Name","First Name","Username","Availability","Welcome [Total Pts: 3 Score] |4711"'
    sheet.write_bytes("\r\n".join([head, *rows]).replace(",", "\t").encode("utf-16"))
    [exported] = export(Order("blackboard", (NAME,), worksheet=str(sheet)), classroom).values()
    given = {line.split("\t")[2]: line.split("\t")[4] for line in exported.content.decode("utf-16").split("\r\n")[1:]}
    assert given == {f'"{number_}"': f'"{number(TOTALS[who])}"' for number_, who in in_canvas.items()}


def test_sakais_grades_are_filled_in_below_what_stands_above_the_names(classroom, in_canvas, tmp_path):
    path = classroom.root / "handed_in" / f"{NAME}.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"canvas"', '"sakai"'), encoding="utf-8")
    sheet = tmp_path / "grades.csv"
    rows = [f'"{number_}","{number_}","Last","First","","2026-01-31","On time"' for number_ in in_canvas]
    head = ['"Welcome","SCORE_GRADE_TYPE"', '""', '"Display ID","ID","Last Name","First Name","grade","d","l"']
    sheet.write_text("\n".join([*head, *rows]) + "\n")
    text, _ = of(classroom, "sakai", worksheet=sheet)
    assert text.splitlines()[:3] == head
    assert [row[4] for row in table(text)[3:]] == [number(TOTALS[who]) for who in in_canvas.values()]


def test_brightspaces_export_is_filled_in_by_user_name(classroom, tmp_path):
    sheet = tmp_path / "grades.csv"
    head = "OrgDefinedId,Username,Welcome Points Grade <Numeric MaxPoints:3 Weight:10>,End-of-Line Indicator"
    sheet.write_text(
        "\n".join([head, *(f"#00{n},#{who.upper()},,#" for n, who in enumerate(CLASS)), "#9,#x,2,#"]) + "\n"
    )
    text, told = of(classroom, "brightspace", worksheet=sheet)
    assert [row[2] for row in table(text)[1:]] == [*map(number, TOTALS.values()), "2"] and told == ""


def test_gradescope_is_said_to_import_no_grades(classroom):
    text, told = of(classroom, "gradescope")
    assert "Gradescope imports no grades from a file" in told
    assert {row[2]: row[3] for row in table(text)}["late@x.example"] == "2"


# The table for everybody


def test_the_table_has_points_by_part_penalties_and_hand_set_points_and_no_zero_for_who_is_absent(classroom):
    text, told = of(classroom, "csv")
    head, *rows = table(text)
    found = {row[0]: dict(zip(head, row)) for row in rows}
    assert text.startswith("\ufeff") and "\r\n" in text
    assert {who: found[who]["total"] for who in CLASS} == {who: number(total) for who, total in TOTALS.items()}
    late, zoe, absent = found["late"], found["zoe"], found["absent"]
    assert (late["points"], late["penalty"], late["late"], late["handed_in"]) == (
        "3",
        "1",
        "yes",
        "2026-01-31T13:00:00Z",
    )
    assert (zoe["center: all"], zoe["center"], zoe["set_by_hand"], zoe["late"]) == (
        "0.5",
        "1.83",
        "hidden_center",
        "no",
    )
    assert {absent[name] for name in ("total", "points", "penalty", "center", "handed_in", "late")} == {""}
    assert "1 more have no points: empty, not 0." in told
    assert found["ada"]["name"] == CLASS["ada"][0] and found["zoe"]["name"] == CLASS["zoe"][0]


def test_the_table_says_why_somebody_has_no_points(classroom):
    path = classroom.root / "ungraded" / f"{NAME}.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"broken": {"why": "=1 it ends too early.", "handed_in": True}}))
    head, *rows = table(of(classroom, "csv")[0])
    path.unlink()
    [broken] = [dict(zip(head, row)) for row in rows if row[0] == "broken"]
    assert broken["notes"] == "'=1 it ends too early." and broken["total"] == ""


def test_the_points_are_those_of_nbgraders_own_export_which_gives_the_absent_0(classroom, tmp_path):
    path = tmp_path / "stock.csv"
    with Gradebook(classroom.db_url, classroom.course_id) as book:
        CsvExportPlugin(to=str(path)).export(book)
    with path.open(encoding="utf-8", newline="") as file:
        stock = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    ours = {mark.person.id: mark.total for mark in load_marks(NAME, classroom)}
    assert ours.pop("absent") is None and stock.pop("absent") == 0
    assert ours == pytest.approx(stock)


def test_the_whole_course_is_one_table_with_a_column_for_each_lesson(classroom, tmp_path):
    marks = {"a": load_marks(NAME, classroom), "b": load_marks(NAME, classroom)[1:]}
    from autograder.reports.export import _table

    head, *rows = table(_table(marks).content.decode())
    assert head[-2:] == ["a (3)", "b (3)"] and rows[0][0] == "absent" and set(rows[0][4:]) == {"", "6"}
    assert rows[1][4:] == ["6", "6", "3", "3"]
    assert [*export(Order("csv"), classroom)] == [Path(f"{NAME}.csv")]  # all that was graded


@pytest.mark.parametrize("text", ["=1+1", " =1", "+1", "-1", "@SUM(A1)", "\t=1", "a;=cmd", "x\r\n=1", "＝1", "ok, -x"])
def test_no_cell_begins_a_formula_whatever_separates_cells(text):
    for cell in re.split(r"[;,\t\r\n]", safe(text)):
        assert not re.match(r"\s*[=+\-@＝＋－＠]", cell)


def test_ordinary_names_stay_as_they_are():
    for name in ("Zoë Ünïcode 李", "Ways-Late", 'Ada "the" Lovelace, Countess', "O'Neill", "a@b.example"):
        assert safe(name) == name


# The anonymous copy


def test_the_anonymous_copy_holds_code_and_verdicts_and_nothing_that_tells_who(classroom):
    text, told = of(classroom, "anonymous")
    data = json.loads(text)
    words = [
        *CLASS,
        "Lovelace",
        "John",
        "Ünïcode",
        "hello",
        "20231234",
        "x.example",
        "1001",
        "2026",
        "matr",
        "own.",
        "Ada",
    ]
    submissions = json.dumps(data["submissions"], ensure_ascii=False)
    assert {word for word in words if re.search(rf"(?<!\w){word}(?!\w)", submissions)} - {"late"} == set()
    assert "lovelace" not in submissions and "outputs" not in submissions
    answer = data["submissions"][0]["exercises"]["center"]
    code = "import numpy as np\nsomeone = 4\n\ndef center(x, annotate=0):\n    print('text', x)\n"
    assert answer["code"] == code + "    channel = np.einsum('ij->j', x)\n    return x - channel / len(x)"
    assert [part["name"] for part in answer["parts"]] == ["visible check", "all"]
    assert sorted(row["points"] for row in data["submissions"]) == pytest.approx(sorted(TOTALS.values()), abs=0.01)
    assert all(row["other_code"] == [] for row in data["submissions"])  # what is no code is left out
    assert "Of 6 students, each may be known by the points." in told


def test_two_anonymous_copies_have_no_id_in_common(classroom):
    ids = [{row["student"] for row in json.loads(of(classroom, "anonymous")[0])["submissions"]} for _ in range(2)]
    assert not ids[0] & ids[1] and all(len(found) == len(CLASS) for found in ids)


# The command


@pytest.fixture
def command(classroom, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Classroom, "of_the_course", classmethod(lambda cls: classroom))
    return lambda *words: main(["export", *words])


def test_a_file_that_is_there_is_never_replaced_unasked(command, tmp_path, capsys):
    assert command(NAME, "--csv") == 0
    (tmp_path / f"{NAME}.csv").write_text("mine")
    assert command(NAME, "--csv") == 2
    assert "00_welcome.csv is there already. Name another by --output, or say --force." in capsys.readouterr().err
    assert (tmp_path / f"{NAME}.csv").read_text() == "mine"
    assert command(NAME, "--csv", "--force") == 0 and command(NAME, "--csv", "--output", "b.csv") == 0
    assert (tmp_path / f"{NAME}.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {f"{NAME}.csv", "b.csv"}
    assert "wrote b.csv: 6 students\n    1 more have no points: empty, not 0.\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--csv", "--worksheet", "x"), "--worksheet and --column go with Moodle"),
        (("--moodle", "--column", "x"), "--column names a column of the file that --worksheet gives"),
        (("--blackboard",), "Blackboard wants its own file filled in"),
        (("--csv", "--feedback"), "only Moodle and Canvas take feedback in an archive, and not Csv."),
        (("03_forward", "--csv"), "nothing of 03_forward has been graded"),
        (("03_forward", NAME, "--moodle", "--output", "x"), "name one lesson for --output"),
    ],
)
def test_an_order_that_does_not_fit_is_told_and_writes_nothing(words, told, command, tmp_path, capsys):
    assert command(*words) == 2
    assert told in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_sheet_that_is_not_written_to_is_as_it_was(tmp_path):
    path = tmp_path / "x.csv"
    for content in (
        b'\xef\xbb\xbfa,"b ""c"""\r\n1,\r\n\r\n2',
        b"a;b\n\xe9;x\n",
        b"a\n",
        '\ufeffa\t"x\ny"\r\n'.encode("utf-16-le"),
    ):
        path.write_bytes(content)
        assert Sheet(path).content() == content
