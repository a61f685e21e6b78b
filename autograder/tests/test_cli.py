"""The command line: exit codes, and messages that say what to do."""

import json

import pytest

from autograder import cli
from autograder.build import builder

COMMANDS = (
    "lab",
    "build",
    "bundle",
    "check",
    "audit",
    "try",
    "grade",
    "regrade",
    "report",
    "export",
    "similar",
    "doctor",
    "bench",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main([command, "--help"])
    assert stopped.value.code == 0
    assert f"python -m autograder {command}" in capsys.readouterr().out.split("examples:")[1]


@pytest.mark.parametrize("arguments", [[], ["fly"], ["audit", "--colour"], ["try", "center"]])
def test_wrong_use_exits_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "77_nowhere"], "no lesson is called '77_nowhere'. The lessons are: 00_welcome"),
        (["audit", "77_nowhere"], "no lesson is called"),
        (["grade", "77_nowhere"], "no lesson is called"),
        (["try", "nothing", "x.py"], "no exercise is called 'nothing'. The exercises are: center"),
        (["try", "center", "missing.py"], "missing.py cannot be read: No such file"),
    ],
)
def test_what_is_unknown_or_missing_is_named_and_exits_with_2(arguments, told, capsys):
    assert cli.main(arguments) == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(monkeypatch, capsys, tmp_path):
    (tmp_path / "notebooks").write_text("a file where a folder should be")
    monkeypatch.setattr(builder, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["build", "00"]) == 2
    assert "notebooks" in capsys.readouterr().err
    assert (tmp_path / "notebooks").read_text() == "a file where a folder should be"


def test_a_missing_package_is_named(monkeypatch, capsys):
    def without(*_, **__):
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("autograder.audit.audit.audit", without)
    assert cli.main(["audit"]) == 2
    assert "'torch' is missing here. Run `make lab`" in capsys.readouterr().err


def test_a_broken_lesson_is_a_message_not_a_traceback(monkeypatch, capsys, tmp_path):
    from autograder import lessons

    monkeypatch.setattr(lessons, "SOLUTIONS", tmp_path)
    (tmp_path / "55_broken.py").write_text("# %% setup\n")
    assert cli.main(["build", "55"]) == 2
    assert "55_broken.py:1: a lesson begins with a title" in capsys.readouterr().err


def test_audit_prints_json_for_programs(capsys):
    assert cli.main(["audit", "00", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["summary"]["passed"] and table["rows"][0]["exercise"] == "center"
