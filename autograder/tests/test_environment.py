"""The script that makes .venv, and the four files that pin versions."""

import contextlib
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from autograder import environment

COURSE = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    """A folder with a real .venv that holds pip and nothing else."""
    folder = tmp_path_factory.mktemp("a course")  # with a space in its name
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(COURSE / name, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "install", lambda venv, folder: None)
        assert environment.prepare(folder)
    return folder


@pytest.fixture
def course(made_once, monkeypatch):
    """That folder, its stamp and pins as new, and in `course.installed` the calls of pip."""

    class Course:
        folder = made_once
        venv = made_once / ".venv"
        installed: list[Path] = []  # noqa: RUF012

        def prepare(self, **options):
            return environment.prepare(self.folder, **options)

        def change_stamp(self, **changes):
            stamp = environment.read_stamp(self.venv)
            (self.venv / environment.STAMP).write_text(json.dumps({**stamp, **changes}))

    Course.installed = []
    monkeypatch.setattr(environment, "install", lambda venv, folder: Course.installed.append(venv))
    shutil.copy(COURSE / "constraints.txt", made_once)
    environment.write_stamp(Course.venv, made_once, environment.digest_of_pins(made_once))
    return Course()


def test_a_current_environment_is_left_alone(course):
    assert not course.prepare()
    assert course.installed == []


def test_a_changed_pin_installs_again_into_the_same_environment(course):
    with (course.folder / "constraints.txt").open("a") as file:
        file.write("another==1.0\n")
    (course.venv / "kept").touch()
    assert course.prepare()
    assert course.installed == [course.venv]
    assert (course.venv / "kept").exists()
    assert not course.prepare()


def test_a_set_up_that_failed_goes_on_the_next_time(course, monkeypatch):
    course.change_stamp(pins="some older pins")

    def fail(venv, folder):
        raise environment.Problem("no network")

    with monkeypatch.context() as patch, pytest.raises(environment.Problem):
        patch.setattr(environment, "install", fail)
        course.prepare()
    assert course.prepare()
    assert course.installed == [course.venv]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"python": "3.9"}, r"is now 3\.\d+\.\d+, and 3\.9 made it"),
        ({"folder": "/where/it/was"}, r"was made for another folder \(/where/it/was\)"),
    ],
)
def test_our_own_environment_is_made_anew_when_it_cannot_be_kept(course, monkeypatch, capsys, changes, reason):
    course.change_stamp(**changes)
    (course.venv / "old").touch()
    assert course.prepare()
    assert re.search(reason, capsys.readouterr().out)
    assert not (course.venv / "old").exists()
    assert not course.prepare()


def test_an_environment_whose_python_is_gone_is_made_anew(course, capsys):
    environment.interpreter(course.venv).unlink()
    assert course.prepare()
    assert "does not run any more" in capsys.readouterr().out
    assert not course.prepare()


def test_another_python_remakes_the_environment_only_when_asked_for(course, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 99, 0, "final", 0))
    assert not course.prepare()
    stamp = environment.read_stamp(course.venv)
    assert "3.99.0 was asked for" in environment.unusable(course.venv, stamp, course.folder, True)


def test_somebody_elses_environment_is_never_touched(tmp_path):
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(COURSE / name, tmp_path)
    precious = tmp_path / ".venv" / "precious"
    precious.parent.mkdir()
    precious.touch()
    with pytest.raises(environment.Problem, match=r"(?s)\.venv holds no Python.*Rename or delete it") as caught:
        environment.prepare(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert [path.name for path in precious.parent.iterdir()] == ["precious"]


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere")], ids=["file", "dead link"])
def test_a_venv_that_is_no_folder_is_refused(tmp_path, make):
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(COURSE / name, tmp_path)
    try:
        make(tmp_path / ".venv")
    except OSError:
        pytest.skip("this system makes no links")
    with pytest.raises(environment.Problem, match=r"\.venv is (not a folder|a link that leads nowhere)\."):
        environment.prepare(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(COURSE / name, tmp_path)

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)  # whoever runs the tests may be allowed to write anywhere
    with pytest.raises(environment.Problem, match=r"cannot be made \(Permission denied\)\.\nCopy the course") as caught:
        environment.prepare(tmp_path)
    assert str(tmp_path / ".venv") in str(caught.value)


def test_a_missing_pins_file_is_named(tmp_path):
    shutil.copy(COURSE / "pyproject.toml", tmp_path)
    with pytest.raises(environment.Problem, match=r"constraints\.txt cannot be read"):
        environment.prepare(tmp_path)


@pytest.mark.parametrize("version", [(3, 10, 13), (2, 7)])
def test_an_old_python_is_told_which_one_to_install(version):
    with pytest.raises(environment.Problem, match=r"needs Python 3\.11 or newer(.|\n)*make PYTHON="):
        environment.check_python(version)


def test_the_oldest_python_here_is_the_oldest_in_pyproject():
    assert project()["requires-python"] == f">={environment.dotted(environment.OLDEST)}"


def test_the_script_uses_no_syntax_of_newer_pythons():
    import ast

    ast.parse(Path(environment.__file__).read_text(encoding="utf-8"), feature_version=(3, 7))


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('...')'\n"
            "ERROR: No matching distribution found for torch==2.13.0",
            "the package index cannot be reached",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "has no build for this Python"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("ERROR: ResolutionImpossible: for help visit ...", "do not go together"),
        ("ERROR: something that nobody has seen before", "not known"),
    ],
)
def test_a_failed_pip_is_told_with_its_likely_cause(said, cause):
    message = environment.failure(["Collecting torch", *said.splitlines()], Path("pip.log"))
    assert cause in message
    assert said.splitlines()[-1] in message
    assert "pip.log" in message


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "  Downloading torch-2.13.0-cp311-cp311-win_amd64.whl (190.3 MB)",
            "downloading torch 2.13.0 (190.3 MB)",
        ),
        ("  Downloading https://there/torch-2.13.0-py3-none-any.whl (1 GB)", ""),
        ("  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)", ""),
        ("Collecting six", ""),
        ("Installing collected packages: six, torch, numpy", "installing 3 packages"),
        ("Installing collected packages: torch\n", "installing torch"),
    ],
)
def test_only_what_takes_minutes_is_shown_of_pip(line, shown):
    assert environment.worth_showing(line) == shown


# Torch without NVIDIA's driver

VARIABLES = ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX")


@pytest.fixture
def pip(course, monkeypatch):
    """That course, pip as if nobody had set it, and in `asked` what it is to install; nothing of that is there yet."""
    course.asked = []

    def install(venv, folder, *what):
        course.asked.append(what)
        if "--no-index" in what:
            raise environment.Problem("it is not there")

    monkeypatch.setattr(environment, "pip_install", install)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return course


@contextlib.contextmanager
def index(*wheels):
    """An index of packages on this machine that lists these wheels of torch; its address."""

    class Index(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if wheels else 503)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write("".join(f'<a href="{wheel}">{wheel}</a>' for wheel in wheels).encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Index) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/cpu"
        server.shutdown()


def test_the_cpu_build_is_taken_where_its_index_answers(pip, monkeypatch, capsys):
    with index("torch-2.13.0+cpu-py3-none-any.whl") as address:
        monkeypatch.setattr(environment, "CPU_INDEX", address)
        environment.install_cpu_torch(pip.venv, pip.folder)
    assert pip.asked[1:] == [("--no-deps", "--index-url", address, "torch")]
    assert f"CPU build from {address}" in capsys.readouterr().out


@pytest.mark.parametrize(("wheels", "reason"), [((), "503"), (("torch-2.13.0-cp27-none-any.whl",), "has no torch")])
def test_an_index_that_has_no_torch_for_us_is_told_and_not_used(pip, monkeypatch, capsys, wheels, reason):
    with index(*wheels) as address:
        monkeypatch.setattr(environment, "CPU_INDEX", address)
        environment.install_cpu_torch(pip.venv, pip.folder)
    assert len(pip.asked) == 1 and reason in capsys.readouterr().out


def test_an_index_that_cannot_be_reached_is_told_at_once(pip, monkeypatch, capsys):
    monkeypatch.setattr(environment, "CPU_INDEX", "https://127.0.0.1:9/cpu")
    environment.install_cpu_torch(pip.venv, pip.folder)
    told = capsys.readouterr().out
    assert "127.0.0.1:9/cpu cannot be reached: [Errno" in told and "the ordinary one is a CUDA build" in told
    assert len(pip.asked) == 1 and f"no answer in {environment.PROBE} seconds" not in told


def test_an_index_that_never_answers_is_given_up(pip, monkeypatch):
    monkeypatch.setattr(environment, "PROBE", 2)
    monkeypatch.setattr(environment, "ANSWER", 60)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(environment, "CPU_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}/cpu")
        assert "no answer in 2 seconds" in environment.unreachable(pip.venv, pip.folder)


@pytest.mark.parametrize(
    ("name", "value", "own"),
    [
        ("PIP_INDEX_URL", "https://name:secret@mirror.example/simple", "another index, with index-url"),
        ("PIP_EXTRA_INDEX_URL", "https://download.pytorch.org/whl/cu126", "another index, with extra-index-url"),
        ("PIP_NO_INDEX", "1", "another index, with no-index"),
        ("PIP_INDEX_URL", "https://pypi.org/simple", ""),
        ("PIP_EXTRA_INDEX_URL", "https://mirror.example/simple", ""),
        ("PIP_FIND_LINKS", "/nowhere", ""),
    ],
)
def test_what_somebody_has_set_pip_to_is_left_as_it_is(pip, monkeypatch, name, value, own):
    monkeypatch.setenv(name, value)
    found = environment.own_index(pip.venv, pip.folder)
    assert found.endswith(own) and bool(found) == bool(own) and "secret" not in found


def test_a_torch_in_a_folder_that_pip_is_set_to_look_in_needs_no_index(course, monkeypatch, tmp_path):
    name = "torch-2.13.0+cpu"
    with zipfile.ZipFile(tmp_path / f"{name}-py3-none-any.whl", "w") as wheel:
        for file, text in {
            "METADATA": "Metadata-Version: 2.1\nName: torch\nVersion: 2.13.0+cpu\n",
            "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "RECORD": "",
        }.items():
            wheel.writestr(f"{name}.dist-info/{file}", text)
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(environment, "unreachable", lambda *_: pytest.fail("asked the index"))
    environment.install_cpu_torch(course.venv, course.folder)
    (made,) = course.venv.glob(environment.RECORDS.replace("*.dist-info", "torch-*.dist-info"))
    shutil.rmtree(made.parent)


@pytest.mark.parametrize("trace", ["driver", "program", "none"])
def test_the_driver_is_found_by_its_traces(monkeypatch, tmp_path, trace):
    (tmp_path / "libcuda.so.1").touch()
    (tmp_path / "nvidia-smi").touch(mode=0o755)
    monkeypatch.setattr(environment, "NVIDIA", (f"{tmp_path}/libcuda*",) if trace == "driver" else ())
    monkeypatch.setenv("PATH", str(tmp_path) if trace == "program" else "")
    assert environment.has_nvidia() == (trace != "none")


def test_a_counter_tells_how_far_pip_is_while_it_is_silent(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(environment, "PAUSE", 0.01)
    with environment.counting(tmp_path, ["Installing collected packages: one, two, three"]):
        for number, name in enumerate(("one", "two"), start=1):
            packages = environment.RECORDS.partition("/*.dist-info")[0].replace("*", "3.11")
            record = tmp_path / packages / f"{name}.dist-info" / "RECORD"
            record.parent.mkdir(parents=True)
            record.touch()
            deadline = time.monotonic() + 10
            told = ""
            while f"{number} of 3 packages" not in told and time.monotonic() < deadline:
                time.sleep(0.02)
                told += capsys.readouterr().out
            assert f"{number} of 3 packages" in told


def test_the_script_runs_from_elsewhere_and_with_a_strange_pythonpath(course, tmp_path):
    """The copy of the script in the made folder finds that folder's environment current, and says nothing."""
    (course.folder / "autograder").mkdir(exist_ok=True)
    script = shutil.copy(environment.__file__, course.folder / "autograder")
    (tmp_path / "torch.py").write_text("raise SystemExit('a stranger was imported')")
    surroundings = {**os.environ, "PYTHONPATH": str(tmp_path), "VIRTUAL_ENV": str(tmp_path)}
    surroundings.pop("PYTHON", None)
    done = subprocess.run([sys.executable, script], cwd=tmp_path, env=surroundings, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# Pins


def project():
    return tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(lines, sign="=="):
    """Return {name: version}; every line must be an exact pin."""
    return dict(line.split(sign) for line in lines)


def test_every_dependency_is_pinned_exactly_and_locked():
    lines = (COURSE / "constraints.txt").read_text(encoding="utf-8").splitlines()
    locked = pins(line for line in lines if line and not line.startswith("#"))
    extras = [line for extra in project()["optional-dependencies"].values() for line in extra]
    own = {line for line in extras if line.startswith(project()["name"])}
    direct = pins(line.replace("[binary]", "") for line in {*project()["dependencies"], *extras} - own)
    assert len(direct) >= 10 and own == {f"{project()['name']}[cluster,postgres]"}
    assert {name: locked.get(name) for name in direct} == direct
    assert not [version for version in locked.values() if "+" in version], "a build of one machine"


def test_conda_gets_the_same_versions_as_pip():
    conda = yaml.safe_load((COURSE / "environment.yml").read_text(encoding="utf-8"))
    names = {"pytorch-cpu": "torch", "matplotlib-base": "matplotlib"}
    *packages, from_pip = conda["dependencies"]
    installed = pins((line for line in packages if line != "pip"), sign="=")
    assert installed.pop("python") == environment.dotted(environment.OLDEST)
    assert {names.get(name, name): version for name, version in installed.items()} == pins(project()["dependencies"])
    assert from_pip == {"pip": ["-e ."]}
    assert conda["name"] == project()["name"]
