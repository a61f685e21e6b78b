"""The class by its roster and by the weeks before: who is known, who is missing, who has more time."""

import json
from datetime import datetime, timedelta

import pytest

from autograder import stored
from autograder.collecting.collect import collect
from autograder.collecting.people import Person
from autograder.collecting.roster import Roster, RosterError, read_roster, roster_of
from autograder.collecting.times import TimesError, read_times, with_times

NAME = "00_welcome"
FILE = f"{NAME}.ipynb"
NOTEBOOK = json.dumps(stored.lesson(NAME)["released"])
#: Whose roster -> (text, people as it tells them).
ROSTERS = {
    "by hand": (
        "id,name,email,section,extension\nada,Ada Lovelace,ada@x.org,A,2 days\nbo,Bo Y,,B,\n",
        [Person("ada", "Ada Lovelace", "ada@x.org", "A"), Person("bo", "Bo Y", "", "B")],
    ),
    "a spreadsheet's": ("\ufeffSECTION;E-Mail; ID \nA;ada@x.org;ada\n\n;;\n", [Person("ada", "", "ada@x.org", "A")]),
    "with tabs": ("Name\tid\nLovelace, Ada\tada\n", [Person("ada", "Ada Lovelace")]),
    "nbgrader's": ("id,first_name,last_name,email\nada,Ada,Lovelace,a@x\n", [Person("ada", "Ada Lovelace", "a@x")]),
    "Moodle's participants": (
        '"First name","Last name","ID number","Email address"\nAda,Lovelace,0815,ada@x.org\nBo,Y,,bo@x.org\n',
        [Person("0815", "Ada Lovelace", "ada@x.org", ids={"sid": "0815"}), Person("bo@x.org", "Bo Y", "bo@x.org")],
    ),
    "Moodle's worksheet": (
        "Identifier,Full name,Email address,Status,Grade\nParticipant 1001,Ada Lovelace,ada@x.org,,\n",
        [Person("ada@x.org", "Ada Lovelace", "ada@x.org", ids={"moodle": "1001"})],
    ),
    "Canvas's": (
        'Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Lovelace, Ada",4711,0815,ada,A\n',
        [Person("ada", "Ada Lovelace", "", "A", {"canvas": "4711", "sid": "0815"})],
    ),
    "Gradescope's": (
        "First Name,Last Name,SID,Email,Sections\nAda,Lovelace,0815,ada@x.org,A\n",
        [Person("0815", "Ada Lovelace", "ada@x.org", "A", {"sid": "0815"})],
    ),
    "Blackboard's": (
        '"Last Name","First Name","Username","Student ID"\nLovelace,Ada,ada,0815\n',
        [Person("ada", "Ada Lovelace", "", "", {"sid": "0815", "blackboard": "ada"})],
    ),
    "of names only": ("Name\nAda Lovelace\n", [Person("Ada Lovelace", "Ada Lovelace")]),
}


@pytest.mark.parametrize("whose", ROSTERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_roster_is_read_whoever_wrote_it(whose, encoding, tmp_path):
    text, people = ROSTERS[whose]
    (tmp_path / "roster.csv").write_text(text, encoding=encoding)
    roster = read_roster(tmp_path / "roster.csv")
    assert list(roster.people) == people and roster.is_closed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "roster.csv is empty"),
        ("id,name\n", "names nobody"),
        ("points\n3\n", "has no column for students' ids: points. Call one `id`"),
        ("id\nada\nbo\nada\n", "line 4: the id 'ada' stands there twice"),
        ("id,extension\nada,soon\n", "line 2: 'soon' is no extension such as `2 days`"),
        ("id,extension\nada,2 moons\n", "is no extension"),
    ],
)
def test_a_roster_that_cannot_be_used_is_told(text, words, tmp_path):
    (tmp_path / "roster.csv").write_text(text)
    with pytest.raises(RosterError, match=words):
        read_roster(tmp_path / "roster.csv")
    with pytest.raises(RosterError, match="nowhere.csv cannot be read"):
        read_roster(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("2 days", timedelta(days=2)), ("48h", timedelta(days=2)), ("1 week", timedelta(weeks=1)),
        ("1 day 12 h", timedelta(hours=36)), ("90 min", timedelta(minutes=90)), ("1.5 days", timedelta(hours=36)),
        ("2026-02-03T13:00+01:00", timedelta(days=2)), ("2026-02-03", timedelta(days=2, hours=12)),
        ("2026-01-01", timedelta()), ("2d", timedelta(days=2)), ("1 day and 2 hours", timedelta(hours=26)),
    ],
)  # fmt: skip
def test_an_extension_is_so_much_more_or_until_then(text, more, tmp_path):
    (tmp_path / "roster.csv").write_text(f"id,extension\nada,{text}\nbo,\n")
    roster = read_roster(tmp_path / "roster.csv")
    assert roster.extensions["ada"].after(datetime(2026, 2, 1, 12)) == more and "bo" not in roster.extensions


CLASS = Roster(
    (
        Person("ada", "Ada Lovelace", "ada@x.org", "A", {"canvas": "1234", "sid": "0815"}),
        Person("bo", "Bo Y", "bo@x.org"),
        Person("bo2", "Bo Y", "bo2@x.org", ids={"moodle": "1003"}),
    ),
    is_closed=True,
)
#: What a download tells -> whom the roster finds.
KNOWN = [
    (Person("Ada Lovelace_7", "Ada Lovelace", ids={"moodle": "7"}), ["ada"]),
    (Person("A-Ada Lovelace", "A-Ada Lovelace", ids={"moodle": "7"}), ["ada"]),
    (Person("Bo Y_1003", "Bo Y", ids={"moodle": "1003"}), ["bo2"]),
    (Person("Bo Y_9", "Bo Y", ids={"moodle": "9"}), ["bo", "bo2"]),
    (Person("Cy_1003", "Cy", ids={"moodle": "1003"}), []),
    (Person("Participant_1003", "Participant", ids={"moodle": "1003"}), ["bo2"]),
    (Person("lovelaceada_1234", "lovelaceada", ids={"canvas": "1234"}), ["ada"]),
    (Person("lovelaceada_99", "lovelaceada", ids={"canvas": "99"}), ["ada"]),
    (Person("0815", "A. L.", ids={"sid": "0815"}), ["ada"]),
    (Person("9", "Somebody", "BO@x.org"), ["bo"]),
    (Person("bo@x.org"), ["bo"]),
    (Person("Lovelace Ada"), ["ada"]),
    (Person("ADA"), ["ada"]),
    (Person("1234"), []),
    (Person("adda"), []),
]


@pytest.mark.parametrize(("asked", "found"), KNOWN)
def test_the_roster_knows_people_by_what_a_download_tells(asked, found):
    assert [person.id for person in CLASS.find(asked)] == found


def laid(tmp_path, *names):
    for name in names:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / FILE).write_text(NOTEBOOK)
    return tmp_path


def told(place, roster):
    with collect(place, NAME, roster) as found:
        return {student.person.id: student.refused for student in found.students}, found


def test_the_mistyped_the_missing_and_the_doubtful_are_told(tmp_path):
    students, found = told(laid(tmp_path, "adda", "Bo Y_3_assignsubmission_file_", "bo"), CLASS)
    assert students == {
        "Bo Y_3_assignsubmission_file_": "not in the roster. Add this student, or rename what was handed in.",
        "adda": "not in the roster. Is 'ada' meant? Add this student, or rename what was handed in.",
        "bo": "",
    }
    assert [person.id for person in found.missing] == ["ada", "bo2"]


def test_namesakes_whom_nothing_tells_apart_are_not_guessed(tmp_path):
    students, _ = told(laid(tmp_path, "Bo Y_3_assignsubmission_file_", "Ada Lovelace_4_assignsubmission_file_"), CLASS)
    assert students == {
        "Bo Y": "this may be bo, bo2, and nothing tells which. Say in the roster who is who.",
        "ada": "",
    }


def test_two_who_are_taken_for_one_are_both_told_and_neither_graded(tmp_path):
    students, _ = told(laid(tmp_path, "ada", "Ada Lovelace", "bo"), CLASS)
    assert students["bo"] == ""
    words = "are taken for the same student, 'ada'. Say in the roster who is who."
    assert (
        students["Ada Lovelace"] == f"Ada Lovelace and ada {words}"
        and students["ada"] == f"ada and Ada Lovelace {words}"
    )


def test_without_a_roster_the_weeks_before_tell_who_is_who(tmp_path):
    before = roster_of([Person("0815", "Ada Lovelace", "ada@x.org"), Person("bo", "Bo Y")])
    names = ("Ada Lovelace_4_assignsubmission_file_", "Cy_5_assignsubmission_file_")
    students, found = told(laid(tmp_path, *names), before)
    assert students == {"0815": "", "Cy": ""} and found.missing == ()
    students, _ = told(tmp_path, roster_of([Person("Bo Y_7", "Ada Lovelace"), Person("Bo Y_8", "Ada Lovelace")]))
    assert "this may be Bo Y_7, Bo Y_8, and nothing tells which" in students["Ada Lovelace"]


def test_a_name_nearly_like_one_of_before_is_noted(tmp_path):
    _, found = told(laid(tmp_path, "adaa", "bo"), roster_of([Person("ada"), Person("bo")]))
    assert found.students[0].notes == ("new in this classroom. Is 'ada' meant?",)


def test_times_are_given_by_id_name_or_address_and_who_is_unknown_is_told(tmp_path):
    with collect(laid(tmp_path, "ada", "bo", "bo2"), NAME, CLASS) as found:
        at = datetime(2026, 2, 1)
        timed, remarks = with_times(found, {"Ada Lovelace": at, "bo2@x.org": at, "boo": at})
    assert [student.hand_in.handed_in for student in timed.students] == [at, None, at]
    assert remarks == ["Times of nobody in the class: 'boo' (is 'bo' meant?).", "No time is known of: bo."]


def test_two_times_for_one_student_are_told(tmp_path):
    (tmp_path / "times.csv").write_text("student,handed_in\nada,2026-01-31\nada,2026-02-01\n")
    with pytest.raises(TimesError, match="line 3: 'ada' stands there twice, with two times"):
        read_times(tmp_path / "times.csv")
