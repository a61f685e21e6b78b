"""Keys of verdicts: they change with all that a verdict depends on, and with nothing that it cannot depend on."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from autograder.grading.keys import engine_files, exercise_files, verdict_keys
from autograder.lessons import ROOT, lesson_names, load_lesson

LESSON = load_lesson("00_welcome")
#: Prints the keys of two lessons as the course in the current folder has them.
PRINT_KEYS = """
import json, sys
from autograder.grading.keys import verdict_keys
from autograder.lessons import load_lesson
found = {}
for name in ("03_forward", "04_backward"):
    found |= verdict_keys(load_lesson(name), "text", "secret", "none")
print(json.dumps(found))
"""
#: Without the finder that makes this checkout importable from everywhere.
ALONE = (
    "import sys; sys.meta_path[:] = [f for f in sys.meta_path if '__editable__' not in getattr(f, '__module__', '')]\n"
)
ALL = "all"
FORWARD, BACKWARD = "autograder/exercises/forward", "autograder/exercises/backward"
PROBES = "autograder/learner/probes"
#: A file of each kind, and the exercises whose keys change with a line of it: all, or these, and not others.
KINDS = {
    "autograder/lessons.py": ALL,
    "autograder/learner/diagnosis/compare.py": ALL,
    "autograder/learner/progress.py": ALL,
    "autograder/exercises/hidden.py": ALL,
    "autograder/exercises/oracles.py": ALL,
    "autograder/grading/worker.py": ALL,
    "autograder/sandbox/zygote.py": ALL,
    "autograder/submission/repair.py": ALL,
    f"{FORWARD}/redundant_bias/tests.py": {"redundant_bias"},
    f"{FORWARD}/redundant_bias/mistakes.md": {"redundant_bias"},
    f"{FORWARD}/redundant_bias/accepted.py": {"redundant_bias"},
    f"{PROBES}/forward/redundant_bias.py": {"redundant_bias"},
    f"{PROBES}/forward/inputs.py": set(load_lesson("03_forward").exercises),
    # `probe` is to tell wrong backwards from right ones.
    f"{BACKWARD}/batchnorm_backward/mistakes.md": {"batchnorm_backward", "probe"},
    "autograder/cli.py": set(),
    "autograder/audit/audit.py": set(),
    "autograder/bench/measure.py": set(),
    "README.md": set(),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A copy of the course in which a test may change files."""
    folder = tmp_path_factory.mktemp("course")
    left_out = shutil.ignore_patterns("classroom", "__pycache__", "tests", "*.ipynb")
    shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=left_out)
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=left_out)
    for name in ("nbgrader_config.py", "README.md"):
        shutil.copy(ROOT / name, folder)
    return folder


def keys_in(folder):
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-c", ALONE + PRINT_KEYS]
    return json.loads(subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True).stdout)


@pytest.fixture(scope="module")
def before(course):
    return keys_in(course)


@pytest.mark.parametrize("file", KINDS)
def test_a_changed_line_changes_the_keys_of_those_whose_verdicts_may_depend_on_it(file, course, before):
    text = (course / file).read_text(encoding="utf-8")
    comment = "\n<!-- a line more -->\n" if file.endswith(".md") else "\n# a line more\n"
    (course / file).write_text(text + comment, encoding="utf-8")
    try:
        after = keys_in(course)
    finally:
        (course / file).write_text(text, encoding="utf-8")
    changed = {name for name in before if before[name] != after[name]}
    assert changed == (set(before) if KINDS[file] is ALL else KINDS[file])


def test_a_changed_solution_changes_the_keys_of_its_lesson_alone(course, before):
    path = course / "solutions" / "03_forward.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("return mean, var", "return mean, var  # both", 1), encoding="utf-8")
    after = keys_in(course)
    path.write_text(text, encoding="utf-8")
    assert {name for name in before if before[name] != after[name]} == set(load_lesson("03_forward").exercises)


def test_a_changed_fingerprint_changes_the_key_of_its_exercise_alone(course, before):
    path = course / "autograder" / "learner" / "lessons" / "03_forward.json"
    text = path.read_text(encoding="utf-8")
    told = json.loads(text)
    told["exercises"]["redundant_bias"]["points"]["visible"] += 1
    path.write_text(json.dumps(told), encoding="utf-8")
    after = keys_in(course)
    path.write_text(text, encoding="utf-8")
    assert {name for name in before if before[name] != after[name]} == {"redundant_bias"}


@pytest.mark.parametrize("name", lesson_names())
def test_each_file_about_an_exercise_is_in_its_key_and_no_other_is_in_all(name):
    for exercise in load_lesson(name).exercises:
        own = {path.name for path in exercise_files(exercise)}
        assert {"tests.py", "mistakes.md", "accepted.py", f"{exercise}.py"} <= own
    assert not [path for path in engine_files() if load_lesson(name).topic in path.relative_to(ROOT).parts]


def test_a_key_changes_with_the_submission_the_secret_and_the_isolation():
    asked = [("text", "s", "none"), ("other", "s", "none"), ("text", "t", "none"), ("text", "s", "namespaces")]
    assert len({verdict_keys(LESSON, *given)["center"] for given in asked}) == len(asked)
