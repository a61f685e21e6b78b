"""Downloads in every known layout, packed and unpacked: who handed in what, which attempt counts, and when it came.

Each layout is written here as its system documents it, or as its own program writes it.
"""

import json
import random
import tarfile
import zipfile
from datetime import datetime

import pytest

from autograder import stored
from autograder.collecting.collect import collect
from autograder.collecting.tree import SubmissionsError

NAME = "00_welcome"
FILE = f"{NAME}.ipynb"
RELEASED = stored.lesson(NAME)["released"]


def notebook(mark=""):
    """A notebook of the lesson that somebody has worked in."""
    cells = [
        {**cell, "source": f"x = {mark!r}" if cell["id"] == "center" else cell["source"]} for cell in RELEASED["cells"]
    ]
    return json.dumps({**RELEASED, "cells": cells})


def metadata(**submissions):
    """What Gradescope writes beside the submissions."""
    lines = ["---"]
    for name, (created, *people) in submissions.items():
        lines += [f"{name}:", "  :submitters:"]
        for full, sid, email in people:
            lines += [f"  - :name: {full}", f"    :sid: '{sid}'", f"    :email: {email}"]
        lines += [f"  :created_at: {created}", "  :score: 0.0", "  :status: processed", "  :history: []"]
    return "\n".join(lines)


def receipt(name, user, date, file):
    """What Blackboard writes for each attempt; the student's comment comes after."""
    return (
        f"Name: {name} ({user})\nAssignment: Welcome\nDate Submitted: {date}\nCurrent Mark: Needs Marking\n\n"
        f"Submission Field:\nThere is no student submission text data for this assignment.\n\nComments:\n"
        f"Name: Somebody Else (else)\n\nFiles:\n\tOriginal filename: {FILE}\n\tFilename: {file}\n"
    )


SAKAI = (
    '"Welcome","SCORE_GRADE_TYPE"\n""\n"Display ID","ID","Last Name","First Name","grade","Submission date",'
    '"Late submission"\n"jdoe","0815","Doe","Jane","","","Late"\n"ada","0816","Lovelace","Ada","","","On time"\n'
)
EXCHANGE = "{}+00_welcome+2026-02-0{} 13:00:00.000000 UTC{}"
#: Layout -> (files, id -> what is expected: (name, ids, the file that counts, when, late)).
LAYOUTS = {
    "moodle": (
        [f"Ada Lovelace_1001_assignsubmission_file_/{FILE}", f"Bo Y_1002_assignsubmission_file_/{FILE}",
         "Bo Y_1002_assignsubmission_onlinetext_/onlinetext.html"],
        {"Ada Lovelace": ("Ada Lovelace", {"moodle": "1001"}, 0), "Bo Y": ("Bo Y", {"moodle": "1002"}, 1)},
    ),
    "moodle, without folders": (
        [f"Ada Lovelace_1001_assignsubmission_file_{FILE}", f"Bo Y_1002_assignsubmission_file_{FILE}",
         "Bo Y_1002_assignsubmission_onlinetext_onlinetext.html"],
        {"Ada Lovelace": ("Ada Lovelace", {"moodle": "1001"}, 0), "Bo Y": ("Bo Y", {"moodle": "1002"}, 1)},
    ),
    "moodle, a folder handed in": (
        [f"Ada Lovelace_1001_assignsubmission_file/{NAME}/{FILE}"],
        {"Ada Lovelace": ("Ada Lovelace", {"moodle": "1001"}, 0)},
    ),
    "moodle, names hidden": (
        [f"Participant_{number}_assignsubmission_file_/{FILE}" for number in (1001, 1002)],
        {f"Participant_{n}": ("Participant", {"moodle": str(n)}, n - 1001) for n in (1001, 1002)},
    ),
    "moodle, in sections": (
        [f"A/Ada_1_assignsubmission_file_/{FILE}", f"B/Bo_2_assignsubmission_file_/{FILE}"],
        {"Ada": ("Ada", {"moodle": "1"}, 0), "Bo": ("Bo", {"moodle": "2"}, 1)},
    ),
    "canvas": (
        [f"lovelaceada_LATE_1234_567890_{NAME}-1.ipynb", f"ybo_77_567891_{FILE}", "zcy_78_5_text.html"],
        {"lovelaceada_1234": ("lovelaceada", {"canvas": "1234"}, 0, None, True),
         "ybo_77": ("ybo", {"canvas": "77"}, 1, None, False), "zcy_78": ("zcy", {"canvas": "78"}, None)},
    ),
    "canvas, names hidden": (
        [f"anon_aB3x9_567890_{FILE}", f"LATE_anon_Qw4rT_567891_{FILE}"],
        {"anon_aB3x9": ("", {"canvas_anonymous": "aB3x9"}, 0, None, False),
         "anon_Qw4rT": ("", {"canvas_anonymous": "Qw4rT"}, 1, None, True)},
    ),
    "canvas, handed in again": (
        [f"ybo_77_567891_{NAME}-2.ipynb", f"ybo_77_567892_{FILE}", f"ybo_77_567893_{NAME}-1.ipynb"],
        {"ybo_77": ("ybo", {"canvas": "77"}, 0, None, False)},
    ),
    "blackboard": (
        [f"Welcome_j_smith_attempt_2026-01-31-12-30-00_{FILE}", f"Welcome_a_smith_attempt_2026-01-30-09-00-00_{FILE}",
         f"Welcome_j_smith_attempt_2026-01-29-12-30-00_{FILE}"],
        {"j_smith": ("", {"blackboard": "j_smith"}, 0, datetime(2026, 1, 31, 12, 30)),
         "a_smith": ("", {"blackboard": "a_smith"}, 1, datetime(2026, 1, 30, 9))},
    ),
    "blackboard, with receipts": (
        {
            f"Welcome_j_smith_attempt_2026-01-31-12-30-00_{FILE}": notebook(),
            "Welcome_j_smith_attempt_2026-01-31-12-30-00.txt": receipt(
                "Jo Smith", "j_smith", "Saturday, January 31, 2026 12:30:00 PM CET", "…"
            ),
            f"Welcome_j_stone_attempt_2026-01-31-12-40-00_{FILE}": notebook(),
        },
        {"j_smith": ("Jo Smith", {"blackboard": "j_smith"}, 0, datetime(2026, 1, 31, 11, 30)),
         "j_stone": ("", {"blackboard": "j_stone"}, 2, datetime(2026, 1, 31, 12, 40))},
    ),
    "gradescope": (
        {
            f"assignment_9_export/submission_101/{FILE}": notebook(),
            f"assignment_9_export/submission_102/{FILE}": notebook(),
            "assignment_9_export/submission_metadata.yml": metadata(
                submission_101=("2026-01-31 12:30:00.123456789 Z", ("Ada Lovelace", "0815", "ada@x.org")),
                submission_102=(
                    "2026-01-31 04:30:00.5 -08:00", ("Bo Y", "0816", "bo@x.org"), ("Cy Z", "", "cy@x.org"),
                ),
            ),
        },
        {"0815": ("Ada Lovelace", {"sid": "0815", "gradescope": "101"}, 0, datetime(2026, 1, 31, 12, 30, 0, 123456)),
         "0816": ("Bo Y", {"sid": "0816", "gradescope": "102"}, 1, datetime(2026, 1, 31, 12, 30, 0, 500000)),
         "cy@x.org": ("Cy Z", {"gradescope": "102"}, 1, datetime(2026, 1, 31, 12, 30, 0, 500000))},
    ),
    "sakai": (
        {
            f"Welcome/Doe, Jane(jdoe)/Submission attachment(s)/{FILE}": notebook(),
            "Welcome/Doe, Jane(jdoe)/timestamp.txt": "20260131123000500",
            f"Welcome/Lovelace, Ada(ada)/Submission attachment(s)/{FILE}": notebook(),
            "Welcome/Lovelace, Ada(ada)/timestamp.txt": "20260130123000000",
            "Welcome/Y, Bo(bo)/timestamp.txt": "",
            "Welcome/grades.csv": SAKAI,
        },
        {"jdoe": ("Jane Doe", {"sakai": "jdoe", "sid": "0815"}, 0, datetime(2026, 1, 31, 12, 30, 0, 500000), True),
         "ada": ("Ada Lovelace", {"sakai": "ada", "sid": "0816"}, 2, datetime(2026, 1, 30, 12, 30), False),
         "bo": ("Bo Y", {"sakai": "bo"}, None)},
    ),
    "sakai, without folders": (
        [f"{who}_Submission attachment(s)_{FILE}" for who in ("Doe, Jane(jdoe)", "Y, Bo(bo)")],
        {"jdoe": ("Jane Doe", {"sakai": "jdoe"}, 0), "bo": ("Bo Y", {"sakai": "bo"}, 1)},
    ),
    "nbgrader, submitted": (
        {
            f"ada/{NAME}/{FILE}": notebook(), f"ada/{NAME}/timestamp.txt": "2026-01-31 12:30:00.250000 UTC",
            f"bo/{NAME}/{FILE}": notebook(), f"bo/{NAME}/timestamp.txt": "2026-01-31 13:30:00.250000 CET",
        },
        {who: ("", {}, place, datetime(2026, 1, 31, 12, 30, 0, 250000)) for who, place in (("ada", 0), ("bo", 2))},
    ),
    "nbgrader, inbound": (
        [f"{EXCHANGE.format('ada', 1, '+a-_d')}/{FILE}", f"{EXCHANGE.format('ada', 3, '+abcd')}/{FILE}",
         f"{EXCHANGE.format('bo', 2, '')}/{FILE}",
         "bo+01_standardize+2026-02-02 13:00:00.000000 UTC/01_standardize.ipynb"],
        {"ada": ("", {}, 1, datetime(2026, 2, 3, 13)), "bo": ("", {}, 2, datetime(2026, 2, 2, 13))},
    ),
    "github classroom": (
        [f"welcome-submissions/welcome-{who}/notebooks/{NAME}/{FILE}" for who in ("ada", "bo-y")],
        {"ada": ("", {}, 0), "bo-y": ("", {}, 1)},
    ),
    "brightspace": (
        [f"123-31 - Ada Lovelace - Jan 31, 2026 1230 PM/{FILE}", f"123-30 - Ada Lovelace - Jan 30, 2026 130 AM/{FILE}",
         f"124-9 - Bo Y - Feb 1, 2026 909 AM/{FILE}", "index.html"],
        {"Ada Lovelace": ("Ada Lovelace", {"brightspace": "123"}, 0, datetime(2026, 1, 31, 12, 30)),
         "Bo Y": ("Bo Y", {"brightspace": "124"}, 2, datetime(2026, 2, 1, 9, 9))},
    ),
    "teams": (
        [f"Submitted files/{who}/Welcome/Version {n}/{FILE}" for who in ("Ada", "Bo") for n in (9, 10)]
        + [f"Working files/{who}/Welcome/{FILE}" for who in ("Ada", "Bo", "Cy")],
        {"Ada": ("", {}, 1), "Bo": ("", {}, 3), "Cy": ("", {}, 6)},
    ),
    "google classroom": (
        [f"Welcome/{who} - {FILE}" for who in ("Ada Lovelace", "Bo Y")],
        {"Ada Lovelace": ("", {}, 0), "Bo Y": ("", {}, 1)},
    ),
    "ilias": (
        [f"Abgaben/{who}/20260131123000_{FILE}" for who in ("Lovelace_Ada_ada_12", "Y_Bo_bo_13")],
        {"Lovelace_Ada_ada_12": ("", {}, 0), "Y_Bo_bo_13": ("", {}, 1)},
    ),
    "folders": ([f"{who}/{NAME}/{FILE}" for who in ("ada", "bo")], {"ada": ("", {}, 0), "bo": ("", {}, 1)}),
    "one folder": ([f"ada/{NAME}/{FILE}"], {"ada": ("", {}, 0)}),
    "folders in a folder": (
        [f"week1/{who}/{NAME}/{FILE}" for who in ("ada", "bo")], {"ada": ("", {}, 0), "bo": ("", {}, 1)}
    ),
    "one folder in a folder": ([f"week1/ada/{NAME}/{FILE}"], {"ada": ("", {}, 0)}),
    "folders with the notebook": ([f"{who}/{FILE}" for who in ("ada", "bo")], {"ada": ("", {}, 0), "bo": ("", {}, 1)}),
    "folders, one of them empty": ([f"ada/{NAME}/{FILE}", "bo/"], {"ada": ("", {}, 0), "bo": ("", {}, None)}),
    "the course's folder": (
        [f"{who}/batchnorm/notebooks/{name}/{name}.ipynb" for who in ("ada", "bo") for name in (NAME, "03_forward")],
        {"ada": ("", {}, 0), "bo": ("", {}, 2)},
    ),
    "the course's folder of one": (
        [f"ada/batchnorm-course/notebooks/{lesson}/{lesson}.ipynb" for lesson in (NAME, "03_forward")],
        {"ada": ("", {}, 0)},
    ),
    "lessons first": (
        [f"{lesson}/{who}/{lesson}.ipynb" for lesson in (NAME, "03_forward") for who in ("ada", "bo")],
        {"ada": ("", {}, 0), "bo": ("", {}, 1)},
    ),
    "sections": (
        [f"{section}/{who}/{NAME}/{FILE}" for section, who in zip("AABB", ("ada", "bo", "cy", "di"))],
        {who: ("", {}, place) for place, who in enumerate(("ada", "bo", "cy", "di"))},
    ),
    "files": ([f"{who}_{FILE}" for who in ("ada", "b_o")], {"ada": ("", {}, 0), "b_o": ("", {}, 1)}),
    "files, with numbers": (
        [f"{who}_{FILE}" for who in ("y_2024", "81")], {"y_2024": ("", {}, 0), "81": ("", {}, 1)}
    ),
    "files, lesson first": ([f"{NAME}_{who}.ipynb" for who in ("ada", "bo")], {"ada": ("", {}, 0), "bo": ("", {}, 1)}),
    "files, with hyphens": (["ada-00-welcome.ipynb", "bo-00-welcome.ipynb"], {"ada": ("", {}, 0), "bo": ("", {}, 1)}),
    "files called by students": (["ada.ipynb", "bo.ipynb"], {"ada": ("", {}, 0), "bo": ("", {}, 1)}),
}  # fmt: skip
#: In every download there may be, and it is nobody's.
STRAY = ("__MACOSX/._x", ".DS_Store", "__MACOSX/ada/._x.ipynb")


def contents(files):
    """Name in the download -> content; each notebook is another."""
    if isinstance(files, dict):
        return files
    return {name: notebook(name) if ".ipynb" in name else "" for name in files}


def laid_down(place, files):
    for name, content in files.items():
        path = place / name
        if name.endswith("/"):
            path.mkdir(parents=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    return place


def packed(path, files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def in_tar(path, files):
    folder = laid_down(path.with_suffix(""), files)
    with tarfile.open(path, "w:gz") as archive:
        for entry in sorted(folder.iterdir(), reverse=True):
            archive.add(entry, entry.name)
    return path


def in_windows_zip(path, files):
    """With backslashes, as programs on .NET write them."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo("x")
            info.filename = name.replace("/", "\\")
            archive.writestr(info, content)
    return path


FORMS = {"folder": laid_down, "zip": packed, "tar.gz": in_tar, "windows.zip": in_windows_zip}


def collected(place, **options):
    """Id -> student, of all in a download; what was read of a file is read here, while it is there."""
    with collect(place, NAME, **options) as found:
        texts = {s.person.id: s.hand_in.path.read_text(encoding="utf-8") for s in found.students if s.hand_in}
        students = {student.person.id: student for student in found.students}
        assert len(students) == len(found.students)
        return students, texts, found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_everybody_is_found_with_the_right_file_in_every_layout(layout, form, tmp_path):
    files, expected = LAYOUTS[layout]
    files = contents(files)
    place = FORMS[form](tmp_path / f"download.{form}", files | dict.fromkeys(STRAY, ""))
    students, texts, _ = collected(place)
    assert students.keys() == expected.keys()
    for name, (full, ids, file, *more) in expected.items():
        student = students[name]
        assert (student.person.name, student.person.ids) == (full, ids)
        if file is None:
            assert student.hand_in is None and not student.handed_in
            continue
        assert not student.refused
        assert (student.hand_in.name, texts[name]) == list(files.items())[file]
        assert [student.hand_in.handed_in, student.hand_in.late][: len(more)] == more


#: Layouts, and the folder in which the students' places stand.
SYSTEMS = {
    "moodle": "", "moodle, without folders": "", "canvas": "", "blackboard": "", "gradescope": "assignment_9_export/",
    "sakai": "Welcome/", "nbgrader, inbound": "", "brightspace": "", "files": "",
}  # fmt: skip


@pytest.mark.parametrize("layout", SYSTEMS)
def test_folders_that_a_teacher_adds_to_a_download_are_students_too(layout, tmp_path):
    files, expected = LAYOUTS[layout]
    added = {f"{SYSTEMS[layout]}{name}/{FILE}": notebook(name) for name in ("zoe", "yan")}
    students, texts, _ = collected(packed(tmp_path / "x.zip", contents(files) | added))
    assert students.keys() == expected.keys() | {"zoe", "yan"}
    assert (texts["zoe"], texts["yan"]) == (notebook("zoe"), notebook("yan"))


#: Layout -> file -> how new the attempt is, of one student; another has handed in once.
ATTEMPTS = {
    "blackboard": [f"T_ada_attempt_2026-{month:02}-01-12-00-00_{FILE}" for month in (9, 10, 11)]
    + [f"T_bob_attempt_2026-12-01-12-00-00_{FILE}"],
    "exchange": [f"ada+{NAME}+2026-01-{day:02} 13:00:00.0 UTC+x{9 - day % 9}/{FILE}" for day in (8, 9, 10)]
    + [f"bob+{NAME}+2026-02-01 13:00:00.0 UTC+x/{FILE}"],
    "brightspace": [
        f"1-{9 - n} - Ada L - {day}, 2026 {n}00 PM/{FILE}" for n, day in ((2, "Jan 9"), (1, "Jan 10"), (9, "Feb 1"))
    ]
    + [f"2-1 - Bob - Mar 1, 2026 100 PM/{FILE}"],
    "canvas": [f"adal_12_{number}_{NAME}{again}.ipynb" for number, again in ((99, ""), (88, "-2"), (77, "-10"))]
    + [f"bob_13_100_{FILE}"],
    "teams": [
        f"{place}/{FILE}"
        for place in ("Working files/Ada/W", "Submitted files/Ada/W/Version 9", "Submitted files/Ada/W/Version 10")
    ]
    + [f"Submitted files/Bob/W/Version 11/{FILE}"],
}


@pytest.mark.parametrize("layout", ATTEMPTS)
@pytest.mark.parametrize("seed", range(4))
def test_the_newest_attempt_counts_wherever_it_stands(layout, seed, tmp_path):
    names = ATTEMPTS[layout]
    mixed = random.Random(seed).sample(names, len(names))
    _, texts, found = collected(packed(tmp_path / "x.zip", {name: notebook(name) for name in mixed}))
    assert sorted(texts.values()) == sorted(map(notebook, names[-2:]))
    (ada, _) = found.students
    assert ada.hand_in.notes and not any(student.refused for student in found.students)


def test_attempts_that_do_not_count_are_named(tmp_path):
    files, _ = LAYOUTS["blackboard"]
    students, _, _ = collected(packed(tmp_path / "x.zip", contents(files)))
    assert students["j_smith"].hand_in.notes == ("earlier attempts, not used: 2026-01-29 12:30:00.",)
    files, _ = LAYOUTS["teams"]
    students, _, _ = collected(packed(tmp_path / "y.zip", contents(files)))
    assert students["Ada"].hand_in.notes == ("earlier attempts, not used: Version 9, Working files.",)


def test_a_zip_for_each_student_is_opened(tmp_path):
    for name in ("ada", "bo"):
        packed(tmp_path / f"{name}.zip", {f"work/{FILE}": notebook(name)})
    together = tmp_path / "all.zip"
    with zipfile.ZipFile(together, "w") as archive:
        for name in ("ada", "bo"):
            archive.write(tmp_path / f"{name}.zip", f"{name}.zip")
            archive.write(tmp_path / f"{name}.zip", f"more_{NAME}/{name}_{NAME}.zip")
            (tmp_path / f"{name}.zip").rename(tmp_path / f"{name}_{NAME}.zip")
    students, texts, _ = collected(together)
    assert {"ada", "bo"} <= students.keys() and texts["bo"] == notebook("bo")
    together.unlink()
    students, texts, _ = collected(tmp_path)
    assert students.keys() == {"ada", "bo"} and texts["ada"] == notebook("ada")


def test_a_zip_that_a_student_handed_in_is_that_students(tmp_path):
    inner = packed(tmp_path / "work.zip", {f"batchnorm/notebooks/{NAME}/{FILE}": notebook("ada")})
    for name in ("Ada_1_assignsubmission_file_/work.zip", "ada_1_22_work.zip", f"ada/{NAME}.zip"):
        other = {"Ada_1_a": "Bo_2_assignsubmission_file_/", "ada_1_2": "bo_2_23_", "ada/00_": "bo/"}[name[:7]]
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            archive.write(inner, name)
            archive.writestr(f"{other}{FILE}", notebook("bo"))
        students, texts, _ = collected(tmp_path / "all.zip")
        assert len(students) == 2 and sorted(texts.values()) == sorted([notebook("ada"), notebook("bo")])


def test_a_system_that_does_not_say_whose_a_submission_is_is_told(tmp_path):
    files = {f"x/submission_{n}/{FILE}": notebook(n) for n in (1, 2)}
    files["x/submission_metadata.yml"] = metadata(submission_1=("", ("Ada", "7", "")))
    students, _, _ = collected(packed(tmp_path / "x.zip", files))
    assert students.keys() == {"7", "submission_2"}
    assert students["submission_2"].notes == ("the download's metadata do not say whose submission_2 is.",)


def test_without_receipts_it_is_told_where_a_users_name_was_taken_to_begin(tmp_path):
    _, _, found = collected(packed(tmp_path / "x.zip", contents(LAYOUTS["blackboard"][0])))
    assert found.remarks == (
        "There are no receipts (.txt) in the download: its assignment is taken to be 'Welcome_'.",
        "The download tells times without a time zone: where no receipt has one, UTC is taken.",
    )


def test_one_students_own_timestamps_are_not_the_collectors(tmp_path):
    files = {f"{who}/{NAME}/{FILE}": notebook(who) for who in ("ada", "bo", "eve")}
    files[f"eve/{NAME}/timestamp.txt"] = "2020-01-01 00:00:00 UTC"
    students, _, found = collected(packed(tmp_path / "x.zip", files))
    assert found.layout == "folders" and students["eve"].hand_in.handed_in is None


def test_where_no_folder_stands_for_a_student_nobody_is_made_up(tmp_path):
    with pytest.raises(SubmissionsError, match="holds no students' folders"):
        collected(packed(tmp_path / "x.zip", {f"batchnorm/notebooks/{NAME}/{FILE}": notebook()}))


# Names, layouts and attempts drawn by chance


WORDS = (
    "ada", "Ada Lovelace", "O'Hara", "Müller-Lüdenscheidt", "Адá", "李小龙", "van der Berg", "j_smith", "a_smith",
    "smith", "x1_2024", "😀", "Zoë", "Jean-Luc", "Lovelace, Ada", "attempt", "LATE", "file", "Bo (2)", "ada.", "_ada",
    ".hidden", "__x", "submission", "Version 2", "notes", "Dr. No", "al-Khwārizmī", "Núñez", "ada+bob", "00", "welcome",
    "final", "copy",
)  # fmt: skip


def draw(rng):
    """A class in a layout: the files, and the students who are in it, each by what its notebook says."""
    people = rng.sample(WORDS, rng.randint(2, 9))
    layout = rng.choice(sorted(MADE))
    return layout, people, MADE[layout](people, rng)


def _moodle(people, rng):
    ids = rng.sample(range(1, 9999), len(people))
    joint = rng.choice(["_/", "_"])
    return {f"{p.replace('_', ' ')}_{n}_assignsubmission_file{joint}{FILE}": p for p, n in zip(people, ids)}


def _canvas(people, rng):
    ids = rng.sample(range(100, 9999), len(people))
    late = [rng.choice(["", "LATE_"]) for _ in people]
    names = ["".join(c for c in p.casefold() if c.isalnum()) or "x" for p in people]
    return {f"{n}_{lt}{i}_{i + 10**6}_{FILE}": p for p, n, i, lt in zip(people, names, ids, late)}


def _blackboard(people, rng):
    users = [f"{'_'.join(p.split())}" for p in people]
    made = {}
    for person, user in zip(people, users):
        for day in rng.sample(range(10, 29), rng.randint(1, 3)):
            made[f"My_Task_{user}_attempt_2026-01-{day}-12-00-00_{FILE}"] = person
    return made


def _exchange(people, rng):
    names = [p.replace("+", "").replace("*", "") for p in people]
    return {f"{n}+{NAME}+2026-02-0{rng.randint(1, 9)} 13:00:00.0 UTC+x/{FILE}": p for p, n in zip(people, names)}


def _sakai(people, rng):
    return {
        f"T/{p.replace('(', '').replace(')', '')}(u{n})/Submission attachment(s)/{FILE}": p
        for n, p in enumerate(people)
    }


def _brightspace(people, rng):
    return {f"{n}-{n} - {p} - Jan {n}, 2026 1230 PM/{FILE}": p for n, p in enumerate(people, 10)}


def _folders(people, rng):
    around, below = (
        rng.choice(["", "class/"]),
        rng.choice(["", f"{NAME}/", f"batchnorm/notebooks/{NAME}/", f"my work/{NAME}/"]),
    )
    return {f"{around}{p}/{below}{FILE}": p for p in people}


def _files(people, rng):
    joint = rng.choice(["_", " - ", " "])
    return {f"{p}{joint}{FILE}": p for p in people if not p.endswith(("final", "copy"))}


MADE = {
    made.__name__: made for made in (_moodle, _canvas, _blackboard, _exchange, _sakai, _brightspace, _folders, _files)
}


@pytest.mark.parametrize("seed", range(60))
def test_as_many_students_come_out_as_went_in_and_each_with_their_own(seed, tmp_path):
    layout, people, owners = draw(random.Random(seed))
    files = {name: notebook(person) for name, person in owners.items()}
    told = []
    for form in ("folder", "zip"):
        students, texts, _ = collected(FORMS[form](tmp_path / f"download.{form}", files))
        assert not any(student.refused for student in students.values()), layout
        assert sorted(texts.values()) == sorted(map(notebook, set(owners.values()))), (layout, people)
        told.append({name: (s.person, s.hand_in.name, s.hand_in.attempt) for name, s in students.items()})
    assert told[0] == told[1]


@pytest.mark.parametrize("seed", range(40))
def test_nobody_becomes_another_whatever_one_student_puts_below_the_own_place(seed, tmp_path):
    rng = random.Random(seed)
    layout, people, owners = draw(rng)
    eve = rng.choice(sorted(name for name in owners if "/" in name) or ["eve/x"])
    own = {name: person for name, person in owners.items() if person != owners.get(eve)}
    others = {name for name, person in own.items()}
    forged = {
        f"{eve.rpartition('/')[0]}/{name}": "forged"
        for _ in range(3)
        for name in MADE[rng.choice(sorted(MADE))](people, rng)
    }
    files = {name: notebook(person) for name, person in {**owners, **forged}.items()}
    if len(others) < 2:
        return
    students, texts, _ = collected(packed(tmp_path / "x.zip", files))
    assert set(map(notebook, own.values())) <= set(texts.values()), layout
    forgers = [name for name, text in texts.items() if text == notebook("forged")]
    assert len(forgers) <= 1 and len(students) == len({*own.values(), "eve"})
