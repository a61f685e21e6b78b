"""The sandbox as an ordinary Jupyter kernel: for nbclient, nbval and stock nbgrader."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.api import Gradebook

from autograder import environment
from autograder.bench.peers import stock_nbgrader
from autograder.grading import grade, sample_class
from autograder.grading.built import read_built
from autograder.grading.classroom import Classroom
from autograder.grading.prepare import prepare
from autograder.lessons import ROOT, load_lesson
from autograder.sandbox import isolation, provisioner
from autograder.sandbox.isolation import IsolationError
from autograder.sandbox.provisioner import warm_zygotes

KERNELSPEC = ROOT / "autograder" / "sandbox" / "kernelspec"
NAME, LIGHT = "batchnorm-course", "batchnorm-course-light"
shut_in = isolation.try_sandbox()
needs_isolation = pytest.mark.skipif(
    shut_in.name == isolation.NONE, reason=f"no isolation here, and so no sandboxed kernel: {shut_in.reason}"
)


@pytest.fixture(autouse=True, scope="module")
def kernelspec(tmp_path_factory):
    """The kernelspec of this checkout, whether or not it is installed, and one that loads little; others stay."""
    folder = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(KERNELSPEC, folder / "kernels" / NAME)
    light = json.loads((KERNELSPEC / "kernel.json").read_text())
    light["metadata"]["kernel_provisioner"]["config"]["imports"] = ["numpy"]
    (folder / "kernels" / LIGHT).mkdir()
    (folder / "kernels" / LIGHT / "kernel.json").write_text(json.dumps(light))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def outputs(*cells, kernel=LIGHT, **options):
    made = notebook(*cells)
    NotebookClient(made, kernel_name=kernel, **options).execute()
    return [cell.outputs for cell in made.cells]


def text(outputs):
    return "".join(output.get("text", "") for output in outputs)


@contextlib.contextmanager
def running():
    manager, client = start_new_kernel(kernel_name=LIGHT)
    try:
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def said(client, code):
    """What a cell prints."""
    told = []
    client.execute_interactive(code, timeout=60, output_hook=lambda message: told.append(message["content"]))
    return text(told)


def marked(number):
    """Code that leaves a process behind, with a number by which it can be found."""
    return f"import subprocess; subprocess.Popen(['sleep', '{number}'], start_new_session=True)"


def survivors(number):
    """Processes of that number, wherever on this machine."""
    found = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _command(path) == ["sleep", str(number), ""]]
    return len(found)


def _command(path):
    try:
        return path.read_text().split("\0")
    except OSError:
        return []


def becomes(wanted, number, seconds=20):
    until = time.monotonic() + seconds
    while survivors(number) != wanted and time.monotonic() < until:
        time.sleep(0.02)
    return survivors(number) == wanted


# What a notebook is given


@needs_isolation
def test_a_notebook_gives_the_outputs_that_the_ordinary_kernel_gives():
    cells = [
        "import sys; print('out'); print('err', file=sys.stderr); 1 + 1",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "from IPython.display import HTML, display\ndisplay(HTML('<b>bold</b>'))",
        "!echo from below",
        "import torch\ntorch.nn.Conv2d(3, 4, 3)(torch.zeros(2, 3, 9, 9)).shape",
        "torch.backends.cpu.get_cpu_capability()",
        "print('left')\n1 / 0",
    ]
    mine, ordinary = (outputs(*cells, kernel=kernel, allow_errors=True) for kernel in (NAME, "python3"))
    assert mine == ordinary
    assert mine[1][0]["data"]["image/png"] and mine[-1][-1]["ename"] == "ZeroDivisionError"


@needs_isolation
def test_what_is_put_out_last_arrives_before_the_kernel_ends():
    with running() as (manager, client):
        said(client, "big = 'x' * 10**7")
        client.execute("print(big)")
        client.get_shell_msg(timeout=30)
        manager.request_shutdown()
        arrived = ""
        while (message := client.get_iopub_msg(timeout=30))["msg_type"] != "shutdown_reply":
            arrived += message["content"].get("text", "")
        assert len(arrived) == 10**7 + 1


@needs_isolation
def test_nbgraders_own_variables_arrive_and_no_others(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    monkeypatch.setenv("A_TOKEN", "secret")
    (seen,) = outputs("import os; print(os.environ['NBGRADER_EXECUTION'], os.environ.get('A_TOKEN'))")
    assert text(seen) == "autograde None\n"


# What it is kept from

QUESTIONS = """
import os, socket
from pathlib import Path

def works(action):
    try:
        action()
        return True
    except OSError:
        return False

def connect(family, address):
    with socket.socket(family) as s:
        s.settimeout(5)
        s.connect(address)

print({
    "network": works(lambda: connect(socket.AF_INET, ("127.0.0.1", PORT))),
    "abstract socket": works(lambda: connect(socket.AF_UNIX, "\\0" + ABSTRACT)),
    "classroom": Path(CLASSROOM).exists(),
    "home": Path(HOME).exists() and bool(set(os.listdir(HOME)) - PYTHON),
    "other files": Path(ELSEWHERE, "file").exists(),
    "writing elsewhere": works(lambda: Path(ELSEWHERE, "written").touch()),
    "writing to the course": os.access(Path(ROOT, "solutions"), os.W_OK),
    "writing to shared memory": works(lambda: Path("/dev/shm", ABSTRACT).touch()),
    "processes": Path("/proc/self").exists(),
    "hidden tests": Path(ROOT, "autograder/exercises/welcome/center/tests.py").exists(),
    "own files": works(lambda: Path("mine").write_text("x")),
})
"""


@needs_isolation
def test_a_kernel_reaches_no_network_and_no_file_but_its_own_and_what_hidden_tests_need(tmp_path):
    (tmp_path / "file").touch()
    abstract = f"batchnorm-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind("\0" + abstract)
        unix.listen()
        (ROOT / "autograder" / "classroom").mkdir(exist_ok=True)
        facts = {
            "PORT": tcp.getsockname()[1],
            "ABSTRACT": abstract,
            "CLASSROOM": str(ROOT / "autograder" / "classroom"),
            "HOME": str(Path.home()),
            "PYTHON": {part for path in (sys.prefix, sys.base_prefix, ROOT) for part in Path(path).parts},
            "ELSEWHERE": str(tmp_path),
            "ROOT": str(ROOT),
        }
        cell = "\n".join(f"{name} = {value!r}" for name, value in facts.items()) + QUESTIONS
        inside, outside = (
            eval(text(outputs(cell, kernel=kernel, resources={"metadata": {"path": str(tmp_path)}})[0]))
            for kernel in (NAME, "python3")
        )
    Path("/dev/shm", abstract).unlink()
    assert {name for name, answer in inside.items() if answer} == {"hidden tests", "own files"}
    assert all(outside.values())  # so each question can be answered otherwise


@needs_isolation
def test_the_folder_of_the_sockets_is_out_of_a_kernels_reach_and_does_not_stay():
    with running() as (manager, client):
        folder = Path(manager.ip).parent
        assert folder.stat().st_mode & 0o077 == 0
        assert {path.name for path in folder.iterdir()} == {"connection.json", *(f"kernel-{n}" for n in range(1, 6))}
        assert said(client, f"import os; print(os.path.exists({str(folder)!r}))") == "False\n"
    assert not folder.exists()


# Which processes there are


@needs_isolation
def test_kernels_at_the_same_time_do_not_see_each_other():
    with running() as (one, first), running() as (two, second):
        assert said(first, "open('mine', 'w').write('x'); name = 1; print('done')") == "done\n"
        questions = "import os; print(os.path.exists('mine'), 'name' in globals(), os.listdir('/proc'))"
        assert said(second, questions) == "False False []\n"
        assert one.connection_file != two.connection_file and one.ip != two.ip
        assert one.provisioner._zygote is not two.provisioner._zygote


@needs_isolation
def test_the_next_kernel_comes_from_the_same_warm_process_and_finds_nothing_of_the_last():
    with running() as (manager, client):
        zygote = manager.provisioner._zygote
        said(client, "open('mine', 'w').write('x'); name = 1; import numpy; numpy.mine = 1")
    with running() as (manager, client):
        assert manager.provisioner._zygote is zygote
        found = said(client, "import os, numpy; print(os.listdir('.'), 'name' in globals(), hasattr(numpy, 'mine'))")
        assert found == "['.ipython', '.connection.json'] False False\n"
    warm_zygotes(os.getpid()).close()
    assert not zygote.alive


@needs_isolation
def test_a_restarted_kernel_has_the_same_addresses_and_warm_process_and_forgets():
    with running() as (manager, client):
        zygote, address = manager.provisioner._zygote, manager.get_connection_info()
        said(client, "name = 1")
        manager.restart_kernel()
        client.wait_for_ready(timeout=60)
        assert said(client, "print('name' in globals())") == "False\n"
        assert manager.provisioner._zygote is zygote and manager.get_connection_info() == address


@needs_isolation
def test_a_dead_zygote_is_not_used_again():
    with running() as (manager, _):
        zygote = manager.provisioner._zygote
    zygote._process.kill()
    zygote._process.wait()
    with running() as (manager, client):
        assert manager.provisioner._zygote is not zygote and said(client, "print(1)") == "1\n"


# How it ends


@needs_isolation
def test_an_interrupt_stops_the_cell_and_what_it_started_and_nothing_else():
    number = 900_000 + os.getpid()
    with running() as (manager, client):
        said(client, "name = 1")
        cell = f"import subprocess, time; subprocess.Popen(['sleep', '{number}']); time.sleep(600)"
        request = client.execute(cell, stop_on_error=False)  # else what comes next may be taken for queued, and aborted
        assert becomes(1, number)
        manager.interrupt_kernel()
        assert becomes(0, number)
        reply = client.get_shell_msg(timeout=30)
        assert reply["parent_header"]["msg_id"] == request and reply["content"]["ename"] == "KeyboardInterrupt"
        assert said(client, "print(name)") == "1\n"


@needs_isolation
def test_killing_a_kernel_kills_what_it_started():
    number = 600_000 + os.getpid()
    with running() as (manager, client):
        said(client, marked(number))
        assert becomes(1, number)
        manager.signal_kernel(signal.SIGKILL)
        assert not survivors(number) and not manager.is_alive()


@needs_isolation
def test_a_loop_without_end_is_stopped_by_nbclients_time_limit_and_cleaned_up():
    number = 700_000 + os.getpid()
    with pytest.raises(CellTimeoutError):
        outputs(marked(number) + "\nwhile True: pass", timeout=2)
    assert becomes(0, number, seconds=0)


@needs_isolation
def test_a_crash_is_noticed():
    number = 800_000 + os.getpid()
    with pytest.raises(DeadKernelError):
        outputs(marked(number) + "\nimport os; os._exit(1)")
    assert becomes(0, number, seconds=0)


@needs_isolation
def test_a_kernel_cannot_pretend_to_have_ended():
    with running() as (manager, client):
        assert said(client, "import os; os.closerange(3, 4); print('going on')") == "going on\n"
        assert manager.is_alive() and said(client, "print('still')") == "still\n"


@needs_isolation
def test_nothing_survives_a_program_that_is_killed():
    number = 1_000_000 + os.getpid()
    code = f"""
        import time
        from jupyter_client.manager import start_new_kernel
        manager, client = start_new_kernel(kernel_name={LIGHT!r})
        client.execute({marked(number)!r})
        print("started", flush=True)
        time.sleep(600)
    """
    program = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
    assert program.stdout.readline() == b"started\n" and becomes(1, number)
    program.send_signal(signal.SIGKILL)
    program.communicate()
    assert becomes(0, number)


@needs_isolation
def test_a_kernel_outlives_the_thread_that_started_it():
    started = []
    thread = threading.Thread(target=lambda: started.append(start_new_kernel(kernel_name=LIGHT)))
    thread.start()
    thread.join()
    manager, client = started[0]
    time.sleep(0.3)
    assert said(client, "print('alive')") == "alive\n"
    client.stop_channels()
    manager.shutdown_kernel(now=True)


# Where it cannot be


def test_without_isolation_there_is_no_kernel_and_the_reason_is_told(monkeypatch, tmp_path):
    warm_zygotes(os.getpid()).close()  # a warm one would still start
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\necho 'bwrap: no namespaces today' >&2\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(IsolationError, match=r"this kernel does not start: .*bwrap: no namespaces today"):
        start_new_kernel(kernel_name=LIGHT)


def test_started_by_hand_the_kernels_program_does_nothing(tmp_path):
    argv = json.loads((KERNELSPEC / "kernel.json").read_text())["argv"]
    done = subprocess.run([sys.executable, *argv[1:]], cwd=tmp_path, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (0, b"", [])


def test_the_kernelspec_says_the_defaults():
    config = json.loads((KERNELSPEC / "kernel.json").read_text())["metadata"]["kernel_provisioner"]["config"]
    traits = provisioner.SandboxProvisioner.class_traits()
    assert {name: traits[name].default() for name in config} == config
    assert all((ROOT / place).exists() for place in config["sees"])


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox needs Linux")
def test_setting_up_the_environment_installs_the_kernelspec_where_there_is_one(tmp_path):
    environment.install_kernel(tmp_path / "venv", ROOT)
    installed = tmp_path / "venv" / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    assert installed.read_bytes() == (KERNELSPEC / "kernel.json").read_bytes()
    environment.install_kernel(tmp_path / "learners", tmp_path)
    assert not (tmp_path / "learners").exists()


@needs_isolation
def test_an_ordinary_user_can_have_such_a_kernel_too(tmp_path):
    if os.getuid() != 0:
        pytest.skip("needs root, to become somebody else")
    code = f"""
        from jupyter_client.manager import start_new_kernel
        manager, client = start_new_kernel(kernel_name={NAME!r})
        told = []
        client.execute_interactive("import os; print(os.getuid(), os.listdir('/proc'))", output_hook=told.append)
        print([message["content"].get("text") for message in told if message["msg_type"] == "stream"])
        client.stop_channels()
        manager.shutdown_kernel()
    """
    home = tmp_path / "home"
    home.mkdir()
    shutil.chown(home, 65534, 65534)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    variables = {"PATH": os.environ["PATH"], "HOME": str(home), "JUPYTER_PATH": str(home)}
    shutil.copytree(KERNELSPEC, home / "kernels" / NAME)
    nobody = {"user": 65534, "group": 65534, "extra_groups": [], "env": variables}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    try:
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=120, **nobody)
    except PermissionError:
        pytest.skip("an ordinary user cannot read this checkout or its Python")
    assert done.stdout == "['65534 []\\n']\n", done.stderr


# The stock tools


def settings_in_the_readme():
    """What the README says is to be added to nbgrader_config.py."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```python\n(c\..*?)```", readme, re.DOTALL)
    return found


def points(classroom):
    with Gradebook(classroom.db_url, classroom.course_id) as gradebook:
        return {
            (submission.student.id, row.name): row.auto_score
            for submission in gradebook.assignment_submissions("00_welcome")
            for book in submission.notebooks
            for row in book.grades
        }


@pytest.mark.slow
@needs_isolation
def test_stock_nbgrader_in_the_sandbox_gives_the_points_of_our_engine(tmp_path, monkeypatch):
    ours, stock = Classroom.apart(tmp_path / "ours"), Classroom.apart(tmp_path / "stock")
    samples = [s for s in sample_class.sample_class(load_lesson("00_welcome")) if s.student in ("lovelace", "hopper")]
    for sample in samples:
        handed_in = nbformat.reads(sample.text, as_version=4)
        handed_in.cells.append(nbformat.v4.new_code_cell("import os; print(os.getcwd())", id="where"))
        path = stock.notebook("submitted", sample.student, "00_welcome")
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(handed_in), encoding="utf-8")
    grade.grade_folder("00_welcome", stock.root / "submitted", ours, trusted=False)
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "nbgrader_config.py").write_text(f"c = get_config()\n{settings_in_the_readme()}")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "settings"))
    prepare(read_built("00_welcome"), stock)
    stock_nbgrader("autograde", "00_welcome", stock)
    for sample in samples:
        graded = nbformat.read(stock.notebook("autograded", sample.student, "00_welcome"), as_version=4)
        assert text(graded.cells[-1].outputs) == "/scratch\n"
    assert points(stock) == points(ours)
    assert sum(points(stock).values()) == 3 and len(points(stock)) == 4


@pytest.mark.slow
@needs_isolation
def test_nbval_finds_the_stored_outputs_in_the_sandbox(tmp_path):
    source = ROOT / "solutions" / "00_welcome" / "00_welcome.ipynb"
    changed = nbformat.read(source, as_version=4)
    changed.cells.append(nbformat.v4.new_code_cell("import os; os.getcwd()", execution_count=1))
    changed.cells[-1].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "'/elsewhere'"})]
    nbformat.write(changed, tmp_path / "changed.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name", NAME, "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(source)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "failed" not in done.stdout, done.stdout
    done = subprocess.run([*command, str(tmp_path / "changed.ipynb")], cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed" in done.stdout and "/scratch" in done.stdout, done.stdout
