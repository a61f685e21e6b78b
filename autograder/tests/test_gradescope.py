"""Gradescope's autograder: the archive, and a run as their harness makes it, in the layout of their documents."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest

from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import VISIBILITIES, main
from autograder.exercises.bank import banks_of
from autograder.grading import sample_class
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.gradescope.archive import ArchiveError, write_archive
from autograder.grading.gradescope.run import student_of
from autograder.grading.verdicts import load_verdicts
from autograder.lessons import load_lesson
from autograder.sandbox.isolation import CLOSED, NAMESPACES, NONE, OWN_USER, try_sandbox

NAME = "00_welcome"
LESSON = load_lesson(NAME)
SAMPLES = {sample.student: sample for sample in sample_class.sample_class(LESSON)}
METADATA = {
    "id": 123456,
    "created_at": "2026-01-31T14:22:32.365935-07:00",
    "assignment": {"id": 25828, "title": "Welcome", "total_points": "3.0"},
    "users": [{"email": "student@example.com", "id": 1234, "name": "Student User"}],
    "previous_submissions": [],
}
#: What replaces the set-up of packages, which are here already.
NO_INSTALL = f"import os\nos.symlink({str(Path(sys.prefix).resolve())!r}, '.venv')\nprint('installed')\n"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="Gradescope's machines run Linux")
needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0 or not shutil.which("bwrap"), reason="acts a container, as root"
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("archive") / "autograder.zip"
    write_archive(NAME, path)
    return path


@pytest.fixture
def autograder(archive, tmp_path):
    """The folder as Gradescope makes it from the archive, before setup.sh has run."""
    root = tmp_path / "autograder"
    with zipfile.ZipFile(archive) as packed:
        for entry in packed.infolist():
            path = Path(packed.extract(entry, root / "source"))
            path.chmod(entry.external_attr >> 16)
    shutil.copy(root / "source" / "run_autograder", root)
    for folder in ("submission", "results"):
        (root / folder).mkdir()
    (root / "submission_metadata.json").write_text(json.dumps(METADATA))
    return root


def set_up(root):
    """Run setup.sh as it is, with other programs in place of those that fetch packages; what these were asked."""
    programs = root.parent / "programs"
    programs.mkdir()
    asked = programs / "asked"
    (programs / "apt-get").write_text(f'#!/bin/sh\necho "apt-get $*" >> {asked}\n')
    (programs / "apt-get").chmod(0o755)
    (root / "source" / "autograder" / "environment.py").write_text(NO_INSTALL)
    environment = os.environ | {"AUTOGRADER_ROOT": str(root), "PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run([root / "source" / "setup.sh"], env=environment, check=True, capture_output=True, text=True)
    return asked.read_text()


def run(root, *before, **environment):
    done = subprocess.run(
        [*before, root / "run_autograder"], env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return json.loads((root / "results" / "results.json").read_text()), done


def hand_in(root, text, name=f"{NAME}.ipynb"):
    (root / "submission" / name).write_text(text)


def with_answer(source):
    return nbformat.writes(sample_class.filled(release(LESSON, make_notebook(LESSON)), {"center": source}))


# The archive.


def test_the_archive_has_its_scripts_at_the_top_and_may_run_them(archive):
    with zipfile.ZipFile(archive) as packed:
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
    assert modes["setup.sh"] & 0o111 and modes["run_autograder"] & 0o111
    assert modes["gradescope.json"] & 0o077 == 0
    assert not [name for name in modes if name.startswith(("autograder/tests", "autograder/classroom"))]


def test_each_archive_has_a_secret_of_its_own_and_tells_who_sees_the_hidden_tests(tmp_path):
    settings = []
    for name in ("one.zip", "other.zip"):
        write_archive(NAME, tmp_path / name, "after_published")
        with zipfile.ZipFile(tmp_path / name) as packed:
            settings.append(json.loads(packed.read("gradescope.json")))
    assert settings[0]["secret"] != settings[1]["secret"] and len(settings[0]["secret"]) == 32
    assert {one["hidden"] for one in settings} == {"after_published"}


def test_an_archive_is_not_replaced_unless_that_is_asked_for(archive):
    before = archive.read_bytes()
    with pytest.raises(ArchiveError, match="--force"):
        write_archive(NAME, archive)
    assert archive.read_bytes() == before


def test_the_command_writes_it(tmp_path, capsys):
    path = tmp_path / "mine.zip"
    assert main(["gradescope", "00", "--output", str(path), "--hidden", "visible"]) == 0
    assert str(path) in capsys.readouterr().out and zipfile.is_zipfile(path)


# A run.


@linux_only
def test_setting_up_installs_what_shuts_in_and_closes_tests_to_others(autograder):
    assert "install -y -qq bubblewrap" in set_up(autograder)
    source = autograder / "source"
    for place in CLOSED:
        assert (source / place).stat().st_mode & 0o077 == 0
    for place in ("autograder/learner/check.py", "autograder/sandbox/student.py", "data"):
        assert (source / place).stat().st_mode & 0o044 == 0o044


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("student", ["lovelace", "curie", "gauss"])
def test_a_run_gives_the_points_and_parts_of_our_own_grading(autograder, tmp_path, student):
    set_up(autograder)
    hand_in(autograder, SAMPLES[student].text, f"{NAME} (1).ipynb")
    results, done = run(autograder, AUTOGRADER_ROOT=str(autograder))
    assert done.returncode == 0, done.stderr
    sample_class.write_submissions([SAMPLES[student]], NAME, tmp_path / "class")
    classroom = Classroom.apart(tmp_path / "classroom")
    [row] = grade_folder(NAME, tmp_path / "class", classroom, trusted=True)
    assert results["score"] == row.points == sum(test["score"] for test in results["tests"])
    ours = {
        (f"center: {part.name}", part.points, part.max_points, "passed" if part.passed else "failed")
        for part in load_verdicts(student, NAME, classroom).judged.verdicts["center"].hidden
    }
    theirs = {(test["name"], test["score"], test["max_score"], test["status"]) for test in results["tests"][1:]}
    assert ours == theirs
    assert sum(test["max_score"] for test in results["tests"]) == row.max_points
    assert results["extra_data"]["student"] == "student@example.com"


@pytest.mark.slow
@linux_only
def test_results_have_the_documented_form_and_name_the_mistake(autograder):
    set_up(autograder)
    hand_in(autograder, SAMPLES["curie"].text)
    results, _ = run(autograder, AUTOGRADER_ROOT=str(autograder))
    known = {"score", "output", "output_format", "stdout_visibility", "execution_time", "tests", "extra_data"}
    assert set(results) == known and results["stdout_visibility"] in VISIBILITIES
    of_a_test = {
        "name",
        "number",
        "score",
        "max_score",
        "status",
        "output",
        "output_format",
        "visibility",
        "extra_data",
    }
    seen, *hidden = results["tests"]
    assert all(set(test) == of_a_test | {"extra_data"} for test in results["tests"])
    assert seen["visibility"] == "visible" and {test["visibility"] for test in hidden} == {"after_due_date"}
    mistake = next(bank for bank in banks_of(LESSON)).mistakes[seen["extra_data"]["mistakes"][0]]
    assert mistake.cause.split()[0] in seen["output"] and "Look at" in seen["output"]
    assert "of 3" not in results["output"]  # it would tell what the hidden tests gave
    assert results["extra_data"]["isolation"] == (NAMESPACES if try_sandbox().name == NAMESPACES else NONE)


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("text", ["", "{", SAMPLES["lovelace"].text[:900]])
def test_what_cannot_be_graded_gets_a_reason_and_no_points(autograder, text):
    set_up(autograder)
    hand_in(autograder, text)
    results, done = run(autograder, AUTOGRADER_ROOT=str(autograder))
    assert done.returncode == 0 and results["score"] == 0
    assert len(results["output"]) > 20 and "Traceback" not in results["output"] and "tests" not in results


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize(("files", "told"), [((), "nothing"), (("essay.pdf", "a.txt"), "a.txt, essay.pdf")])
def test_where_no_notebook_is_what_there_is_is_told(autograder, files, told):
    set_up(autograder)
    for name in files:
        hand_in(autograder, "no notebook", name)
    results, done = run(autograder, AUTOGRADER_ROOT=str(autograder))
    assert done.returncode == 0 and results["score"] == 0
    assert results["output"] == f"There is no notebook of {NAME} here. Handed in was: {told}."


@pytest.mark.parametrize(
    ("users", "student"),
    [
        ([{"email": "b@x.org", "id": 2}, {"email": "a@x.org", "id": 1}], "a@x.org+b@x.org"),
        ([{"id": 7}], "7"),
        ([{"email": "../../etc/passwd"}], "_.._etc_passwd"),
        ([], "student"),
        ("odd", "student"),
    ],
)
def test_a_student_or_a_group_has_one_safe_name(tmp_path, users, student):
    path = tmp_path / "submission_metadata.json"
    path.write_text(json.dumps({"users": users}))
    assert student_of(path) == student


def test_without_metadata_there_is_a_name_all_the_same(tmp_path):
    assert student_of(tmp_path / "submission_metadata.json") == "student"


# Where no namespaces can be made, as in most containers.

THIEF = f"""import os, subprocess
def center(x):
    subprocess.Popen(["sleep", "86399.5"], start_new_session=True)
    for place in {[*CLOSED, "../results/results.json"]}:
        path = os.path.join("/autograder/source", place)
        for steal in (os.listdir, open, lambda path: open(path, "a")):
            try:
                steal(path)
            except PermissionError:
                continue
            except (NotADirectoryError, IsADirectoryError):
                continue
            return x
    if os.getuid() == 0:
        return x
    return x - x.mean(axis=0)
"""


#: Folders of this system that the container has none of, or others.
OTHERS = {"proc", "dev", "tmp", "root", "home", "autograder"}


def container(root):
    """What acts a container: a system of its own with `root` in /autograder, and no bubblewrap in it."""
    command = ["bwrap", "--cap-add", "ALL", "--die-with-parent", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]
    for path in sorted(set(Path("/").iterdir()) - {Path("/", name) for name in OTHERS}):
        link = path.is_symlink()
        command += ["--symlink", os.readlink(path), str(path)] if link else ["--ro-bind", str(path), str(path)]
    for prefix in sorted({Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve()}):
        if prefix.parts[1] in OTHERS:
            for parent in sorted(prefix.parents)[1:]:
                command += ["--perms", "0755", "--dir", str(parent)]
            command += ["--ro-bind", str(prefix), str(prefix)]
    command += ["--bind", str(root), "/autograder", "--ro-bind", os.devnull, shutil.which("bwrap")]
    return [*command, "--chdir", "/autograder", "--"]


@pytest.mark.slow
@needs_root
def test_without_namespaces_students_are_another_user_who_reads_no_test(autograder):
    set_up(autograder)
    hand_in(autograder, with_answer(THIEF))
    done = subprocess.run(
        [*container(autograder), "/autograder/run_autograder"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((autograder / "results" / "results.json").read_text())
    assert results["extra_data"]["isolation"] == OWN_USER
    assert results["score"] == 3, results["tests"]
    left = [process for process in psutil.process_iter() if "86399.5" in " ".join(_command(process))]
    assert left == []


def _command(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []
