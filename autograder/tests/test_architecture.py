"""The walls between the rooms, and the rule that the tree holds only what its map names."""

import ast
import subprocess
import sys

import pytest

from autograder.exercises.bank import EXERCISES
from autograder.learner.diagnosis.exercise import INPUTS, PROBES
from autograder.lessons import ROOT, lesson_names, load_lesson

#: Modules beside the rooms that all may import.
FOR_ALL = {"console", "errors", "files", "lesson_names", "page", "stored"}
#: Room -> the rooms it may import.
WALLS = {
    "errors": set(),
    "console": set(),
    "files": set(),
    "lesson_names": set(),
    "page": set(),
    "stored": set(),
    "learner": set(),
    "lessons": set(),
    "settings": {"lessons"},
    "exercises": {"learner", "lessons"},
    "build": {"exercises", "learner", "lessons", "settings"},
    "submission": {"learner"},
    "sandbox": {"learner", "lessons"},
    "collecting": {"learner", "lessons", "submission"},
    "grading": {"build", "collecting", "exercises", "learner", "lessons", "sandbox", "settings", "submission"},
    "reports": {"collecting", "exercises", "grading", "learner", "lessons", "sandbox", "settings", "submission"},
    "audit": {"exercises", "grading", "learner", "lessons", "sandbox", "submission"},
    "bench": {"build", "collecting", "exercises", "grading", "learner", "lessons", "reports", "sandbox"},
}
#: Rooms that are one module.
MODULES = {*FOR_ALL, "lessons", "settings"}
TOP_LEVEL = {"notebooks", "solutions", "autograder", "data", "environment.yml", "README.md"}
#: Root files that a tool demands there.
DEMANDED = {
    "pyproject.toml": "pip",
    "constraints.txt": "pip, named by the set-up",
    "Makefile": "make",
    "nbgrader_config.py": "nbgrader",
    "LICENSE": "forges and pip",
    "CITATION.cff": "forges",
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def modules(room):
    place = ROOT / "autograder" / room
    return [place.with_suffix(".py")] if not place.is_dir() else sorted(place.rglob("*.py"))


@pytest.mark.parametrize("room", WALLS)
def test_a_room_imports_only_what_its_walls_allow(room):
    allowed = {room, *WALLS[room], *FOR_ALL}
    crossed = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(room)
        for name in imports(path)
        if name.startswith("autograder.") and name.split(".")[1] not in allowed
    }
    assert modules(room) and not crossed


def test_every_room_has_its_walls():
    rooms = {path.parent.name for path in (ROOT / "autograder").glob("*/__init__.py")}
    assert rooms == set(WALLS) - MODULES


def test_learners_need_no_torch_and_no_nbgrader_to_check_their_code():
    code = "import sys, autograder.learner.check; print(sorted({'torch', 'nbgrader', 'jupytext'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_root_holds_only_what_the_map_or_a_tool_asks_for():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    found = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in found if name[0] != "."} <= TOP_LEVEL | set(DEMANDED)


def test_what_learners_see_is_built_notebooks_only():
    files = [p for p in (ROOT / "notebooks").rglob("*") if p.is_file() and ".ipynb_checkpoints" not in p.parts]
    assert files and all(path.suffix == ".ipynb" and path.stem == path.parent.name for path in files)


def test_each_exercise_is_one_folder_and_one_file_of_probes_and_nothing_else_is_there():
    exercises = {
        (load_lesson(name).topic, exercise) for name in lesson_names() for exercise in load_lesson(name).exercises
    }
    folders = {
        (path.parent.name, path.name) for path in EXERCISES.glob("*/*") if path.name != "__pycache__" and path.is_dir()
    }
    assert folders == exercises
    for topic, exercise in exercises:
        files = {path.name for path in (EXERCISES / topic / exercise).iterdir() if path.is_file()}
        assert files - {name for name in files if name.startswith("mistakes_of_")} - {"equivalent.md"} == {
            "tests.py",
            "mistakes.md",
            "accepted.py",
            "oracle.py",
        }
    probes = {(path.parent.name, path.stem) for path in PROBES.glob("*/*.py") if path.stem != INPUTS}
    assert probes == exercises


def test_no_file_that_is_written_by_hand_is_longer_than_600_lines():
    files = [path for suffix in ("py", "md", "html") for path in (ROOT / "autograder").rglob(f"*.{suffix}")]
    written = [path for path in files if "classroom" not in path.relative_to(ROOT).parts]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert len(lengths) > 200 and {name: length for name, length in lengths.items() if length > 600} == {}
