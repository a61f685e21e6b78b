"""The container file: what can be said of it without building it."""

import fnmatch
import re

from autograder.lessons import ROOT

FILE = ROOT / "autograder" / "Containerfile"
TEXT = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", FILE.read_text(encoding="utf-8")))
STEPS = [line.split(maxsplit=1) for line in TEXT.splitlines() if line.strip()]
IGNORED = [
    line
    for line in FILE.with_name("Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def steps(name):
    return [rest for step, rest in STEPS if step == name]


def test_it_has_only_statements_that_builders_know_and_begins_with_one_image():
    known = {"FROM", "RUN", "USER", "WORKDIR", "COPY", "ENTRYPOINT", "CMD"}
    assert {step for step, _ in STEPS} <= known and STEPS[0][0] == "FROM" and len(steps("FROM")) == 1


def test_all_that_is_copied_is_there_and_the_environment_has_what_it_reads():
    copied = [place for rest in steps("COPY") for place in rest.split()[1:-1]]
    assert all((ROOT / place).exists() for place in copied)
    before = [place for rest in steps("COPY")[:-1] for place in rest.split()[1:-1]]
    assert {"pyproject.toml", "constraints.txt", "autograder/environment.py"} <= set(before)


def test_packages_are_installed_as_everywhere():
    assert "python autograder/environment.py" in steps("RUN")
    assert not re.search(r"pip install|conda", TEXT)
    of_ci = re.search(r"apt-get install -y -qq ([\w ]+)\)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))[1]
    assert set(of_ci.split()) - {"postgresql"} <= set(steps("RUN")[0].split())  # that is for the tests only


def test_its_python_is_one_that_the_course_runs_on():
    version = re.match(r"python:(\d+)\.(\d+)-", steps("FROM")[0])
    assert (3, 11) <= (int(version[1]), int(version[2])) <= (3, 13)


def test_nobody_grades_as_root_and_what_is_run_is_the_course():
    assert steps("USER") == ["grader"] and "useradd" in steps("RUN")[0]
    assert steps("ENTRYPOINT") == ['[".venv/bin/python", "-m", "autograder"]']


def test_students_work_stays_out_and_all_that_is_committed_of_the_course_comes_along():
    def stays_out(place):
        patterns = [pattern.removeprefix("**/") for pattern in IGNORED]
        parts = place.split("/")
        beginnings = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        return any(fnmatch.fnmatch(name, pattern) for name in (*beginnings, *parts) for pattern in patterns)

    assert stays_out("autograder/classroom/gradebook.db") and stays_out(".venv/bin/python")
    needed = ["nbgrader_config.py", *map(str, (path.relative_to(ROOT) for path in (ROOT / "solutions").glob("*.py")))]
    assert not [place for place in (*needed, "autograder/cli.py", "data/wine.csv", "README.md") if stays_out(place)]
