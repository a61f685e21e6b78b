"""How the sandbox starts, from whatever environment, and what is said of it where it does not."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.lessons import ROOT
from autograder.sandbox import failure, isolation
from autograder.sandbox.isolation import IsolationError, require
from autograder.sandbox.provisioner import SandboxProvisioner

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
shut_in = isolation.try_sandbox()
needs_isolation = pytest.mark.skipif(shut_in.name == isolation.NONE, reason=f"no isolation here: {shut_in.reason}")
#: In a Python in which the course is not installed: without the finder that makes it importable from everywhere.
DOCTOR = (
    "import sys; sys.meta_path[:] = [f for f in sys.meta_path if '__editable__' not in getattr(f, '__module__', '')]\n"
    "from autograder.cli import main; sys.exit(main(['doctor']))"
)
WHERE = """
import json, sys
from autograder.sandbox.isolation import Needs, OwnZygote
with OwnZygote(Needs(), isolated=True) as zygote:
    wire = zygote.start()
    wire.send(["run", 10, ["import autograder; print(autograder.__file__)"]])
    print(json.dumps(wire.receive(30)))
"""


def run(python, code, folder, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | variables
    done = subprocess.run([python, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of what is needed of the course, with a .venv that is a link to the environment of these tests."""
    folder = tmp_path_factory.mktemp("course") / "copy"
    left_out = shutil.ignore_patterns("classroom", "__pycache__", "tests")
    shutil.copytree(ROOT / "autograder", folder / "autograder", ignore=left_out)
    shutil.copytree(ROOT / "data", folder / "data")
    (folder / ".venv").symlink_to(sys.prefix)
    return folder


# Where it starts


@needs_isolation
def test_the_sandbox_starts_from_an_environment_that_is_a_link(copy):
    python = copy / ".venv" / "bin" / Path(sys.executable).name
    assert "✓" in run(python, DOCTOR, copy)


@needs_isolation
def test_the_sandbox_starts_from_a_checkout_that_is_not_installed(copy):
    assert "✓" in run(sys.executable, DOCTOR, copy)


@needs_isolation
def test_the_sandbox_starts_through_a_chain_of_links_to_a_python(copy, tmp_path):
    (tmp_path / "versions").symlink_to(Path(sys.executable).parent)
    (tmp_path / "python").symlink_to(tmp_path / "versions" / Path(sys.executable).name)
    made = subprocess.run([tmp_path / "python", "-m", "venv", "--without-pip", tmp_path / "linked"])
    assert made.returncode == 0
    packages = next((tmp_path / "linked").glob("lib/python*/site-packages"))
    code = f"import sys; sys.path.insert(0, {str(next(p for p in sys.path if p.endswith('-packages')))!r})\n{DOCTOR}"
    assert packages.is_dir() and "✓" in run(tmp_path / "linked" / "bin" / "python", code, copy)


@needs_isolation
@pytest.mark.parametrize("place", ["copy", "checkout"])
def test_the_course_in_the_sandbox_is_the_one_that_starts_it(copy, place):
    folder = copy if place == "copy" else ROOT
    told = run(sys.executable, WHERE, "/", PYTHONPATH=str(folder))
    assert json.loads(told)["result"]["text"].strip() == str(folder / "autograder" / "__init__.py"), told


@needs_isolation
def test_the_sandbox_needs_no_folder_for_temporary_files(monkeypatch):
    monkeypatch.setattr(isolation.tempfile, "TemporaryDirectory", lambda **_: pytest.fail("made a folder"))
    assert isolation.try_sandbox().name == isolation.NAMESPACES


@needs_isolation
def test_lower_limits_from_outside_are_kept(tmp_path):
    limits = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))\n"
    assert "✓" in run(sys.executable, limits + DOCTOR, ROOT)


def test_the_links_on_a_way_are_found_in_turn(tmp_path):
    (tmp_path / "real" / "bin").mkdir(parents=True)
    (tmp_path / "one").symlink_to("real")
    (tmp_path / "real" / "bin" / "python").symlink_to("../../two")
    (tmp_path / "two").symlink_to("/bin/sh")
    found = list(isolation._links_of(tmp_path.resolve() / "one" / "bin" / "python"))
    assert [path.name for path in found[:3]] == ["one", "python", "two"]


def test_all_that_is_imported_by_what_the_sandbox_shows_is_shown_too():
    shown = {*isolation.COURSE, *SandboxProvisioner.class_traits()["sees"].default()}
    files = [path for place in shown for path in [ROOT / place, *(ROOT / place).rglob("*.py")] if path.suffix == ".py"]
    texts = [path.read_text(encoding="utf-8") for path in files]
    rooms = {room for text in texts for room in re.findall(r"^ *(?:from|import) autograder\.(\w+)", text, re.MULTILINE)}
    assert rooms and {room for room in rooms if not {f"autograder/{room}", f"autograder/{room}.py"} & shown} == set()


# What is said where it does not


@pytest.fixture
def bwrap(tmp_path, monkeypatch):
    """Put a script in place of bubblewrap."""

    def put(script, mode=0o755, first_line="#!/bin/sh"):
        path = tmp_path / "bin" / "bwrap"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{first_line}\n{script}\n")
        path.chmod(mode)
        monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")

    return put


def says(line, status=1):
    return f'if [ "$1" = --version ]; then echo bubblewrap 0.4.1; exit; fi; echo "{line}" >&2; exit {status}'


REFUSED = "bwrap: No permissions to create new namespace, likely because the kernel does not allow it."


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        (REFUSED, "lets no program of this user make namespaces"),
        ("bwrap: Creating new namespace failed: No space left on device", "make namespaces"),
        ("bwrap: setting up uid map: Permission denied", "make namespaces"),
        ("bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "make namespaces"),
        ("bwrap: Creating new namespace failed: Resource temporarily unavailable", r"raise the limits \(.*ulimit"),
        ("bwrap: Unknown option --perms", r"too old: 0\.5 or newer has --perms, and this is bubblewrap 0\.4\.1"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
        ("bwrap: Can't mount tmpfs on /newroot/tmp: Operation not permitted", "nothing be mounted"),
        (
            "bwrap: Can't find source path /home/x/lib: Permission denied",
            r"/home/x/lib is not there, or may not be read",
        ),
        ("bwrap: Can't create file at /x: No space left on device", "disk is full"),
        ("bwrap: execvp /there/python: No such file or directory", r"/there/python is not there in the sandbox"),
        ("python: error while loading shared libraries: libpython.so: cannot open", r"needs libpython\.so"),
        ("ModuleNotFoundError: No module named 'nowhere_to_be_found'", "has no module nowhere_to_be_found; install"),
        ("ModuleNotFoundError: No module named 'pytest.more'", r"pytest lies in .*pytest.*does not show"),
        ("MemoryError", "memory, processes or open files have run out"),
        ("bwrap: Something that nobody has seen before", "none of the causes that are known here"),
    ],
)
def test_what_bubblewrap_or_python_said_is_told_with_its_cause(bwrap, line, cause):
    bwrap(says(line))
    found = isolation.try_sandbox()
    assert found.name == isolation.NONE
    assert re.search(cause, found.reason), found.reason
    assert f"“{line}”" in found.reason


@pytest.mark.parametrize(("command", "status"), [("doctor", 1), ("try", 2)])
def test_commands_tell_the_cause_and_what_was_said(bwrap, capsys, command, status, tmp_path):
    bwrap(says(REFUSED))
    (tmp_path / "answer.py").write_text("def center(x): return x")
    arguments = ["center", str(tmp_path / "answer.py")] if command == "try" else []
    assert main([command, *arguments]) == status
    told = "".join(capsys.readouterr())
    assert f"“{REFUSED}”" in told and "make namespaces" in told and "--trust-submissions" in told


def test_grading_refuses_with_the_cause_and_what_was_said(bwrap):
    bwrap(says(REFUSED))
    with pytest.raises(IsolationError, match=f"make namespaces.*{re.escape(REFUSED)}.*--trust-submissions"):
        require(trusted=False)


def test_a_bubblewrap_that_says_nothing_is_told_by_its_status(bwrap):
    bwrap("exit 3")
    assert "could not build the sandbox: “it ended without a word, with status 3”" in isolation.try_sandbox().reason


def test_a_sandbox_that_the_system_kills_is_told_so(bwrap):
    bwrap("kill -9 $$")
    assert "out of memory" in isolation.try_sandbox().reason


def test_a_sandbox_that_never_gets_ready_is_given_up(bwrap, monkeypatch):
    monkeypatch.setattr(isolation, "WARM_UP", 0.5)
    bwrap("exec sleep 60")
    assert re.search("took too long.*no answer in 0.5 seconds", isolation.try_sandbox().reason)


@pytest.mark.parametrize(("mode", "first_line"), [(0o755, "#!/no/such/shell"), (0o755, "\x7fELF nothing")])
def test_a_bubblewrap_that_does_not_run_is_told_so(bwrap, mode, first_line):
    bwrap("", mode, first_line)
    assert re.search("bwrap cannot be run; install.*bubblewrap does not start", isolation.try_sandbox().reason)


def test_a_bubblewrap_outside_of_the_usual_folders_is_used(bwrap, tmp_path):
    real = shutil.which("bwrap")
    if shut_in.name == isolation.NONE:
        pytest.skip("no isolation here")
    bwrap(f'touch {tmp_path}/used; exec {real} "$@"')
    assert isolation.try_sandbox().name == isolation.NAMESPACES and (tmp_path / "used").exists()


@needs_isolation
def test_a_python_whose_modules_are_missing_in_the_sandbox_names_the_module(monkeypatch):
    monkeypatch.setattr(isolation, "COURSE", ("autograder/__init__.py", "autograder/sandbox", "data"))
    assert re.search(r"“ModuleNotFoundError: No module named 'autograder\.\w+'”", isolation.try_sandbox().reason)


@needs_isolation
def test_a_system_that_filters_calls_as_containers_do_is_told_to_refuse_namespaces():
    code = """
        import ctypes; ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # no new rights
        from autograder.sandbox.syscalls import deny; deny()
    """
    told = run(sys.executable, "\n".join(map(str.strip, code.splitlines())) + "\n" + DOCTOR, ROOT)
    assert "make namespaces" in told and "“bwrap: " in told, told


@needs_isolation
def test_root_that_is_only_the_root_of_a_container_is_told_so():
    if subprocess.run(["unshare", "-Ur", "true"], capture_output=True).returncode:
        pytest.skip("no namespace of users here")
    done = subprocess.run(["unshare", "-Ur", sys.executable, "-c", DOCTOR], cwd=ROOT, capture_output=True, text=True)
    assert "only the root of a container" in done.stdout and "Operation not permitted”" in done.stdout, done.stdout


@needs_isolation
def test_too_few_open_files_are_told_with_the_limit():
    code = "import resource; from autograder import cli; from autograder.sandbox import isolation\n"
    told = run(sys.executable, code + "resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))\n" + DOCTOR, ROOT)
    assert "ulimit -n is 8" in told and "Too many open files" in told, told


@pytest.mark.parametrize(("name", "value", "remedy"), failure.SETTINGS)
def test_a_setting_that_forbids_namespaces_is_read_and_told(monkeypatch, tmp_path, name, value, remedy):
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text(f"{value}\n")
    monkeypatch.setattr(failure, "SYSTEM", tmp_path)
    told = failure.explain(failure.BUBBLEWRAP_BUILDS, REFUSED)
    assert f"{name.replace('/', '.')} is {value} (as root: {remedy})" in told


def test_a_kernel_too_old_for_the_sandbox_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.delattr(os, "pidfd_open")
    assert re.search(r"needs pidfd_open, which Linux has from 5\.3 on; this is Linux \d", failure.missing())


def test_other_machines_and_systems_are_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(os, "uname", lambda: type("Told", (), {"machine": "riscv64", "release": "6.1"}))
    assert "knows the system calls of x86_64 and aarch64, and this is riscv64" in failure.missing()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert failure.missing() == "the sandbox needs Linux, and this is darwin"


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("[Errno 1] unshare: Operation not permitted", "make namespaces"),
        ("[Errno 13] Permission denied: '/proc/self/uid_map'", "make namespaces"),
        ("[Errno 22] setresuid: Invalid argument", "only the root of a container"),
        ("[Errno 1] mount: Operation not permitted", "nothing be mounted"),
        ("[Errno 22] seccomp: Invalid argument", "takes no filter of system calls"),
        ("[Errno 11] Resource temporarily unavailable", "raise the limits"),
    ],
)
def test_what_failed_within_the_sandbox_is_told_with_its_cause(said, cause):
    assert cause in failure.explain(failure.STUDENT_STARTS, said)
