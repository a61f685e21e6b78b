"""Cheats, attacks and honest accidents, graded together in one run: none gains, leaks, stays, or stops anybody.

Each attack comes with a wrong answer that deserves nothing.
"""

import json
import os
import socket
import threading
import time
from multiprocessing import forkserver
from pathlib import Path

import nbformat
import pytest

from autograder import stored
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.exercises.bank import bank_of
from autograder.grading.classroom import Classroom
from autograder.grading.grade import grade_folder
from autograder.grading.judge import judge
from autograder.grading.sample_class import sample_class, write_submissions
from autograder.grading.worker import zygote_for
from autograder.lessons import ROOT, load_lesson
from autograder.sandbox.isolation import NAMESPACES, try_sandbox

pytestmark = pytest.mark.slow

NAME = "00_welcome"
LESSON = load_lesson(NAME)
LAYER = bank_of("BatchNorm1d")
RIGHT = "def center(x):\n    return x - x.mean(axis=0)\n"
WRONG = "def center(x):\n    return x * 1.0\n"
SENTINEL, MARK = "planted-sentinel-7391", "a-process-left-behind-7391"

#: What is done -> the text of the answer's cell.
ATTACKS = {
    "replaces numpy's comparisons": "import numpy as np\nnp.allclose = np.array_equal = np.isclose = lambda *a, **k: True\n",
    "replaces them from a thread": (
        "import threading, time, numpy as np\n"
        "def go():\n    while True:\n        np.allclose = lambda *a, **k: True; time.sleep(0.001)\n"
        "threading.Thread(target=go, daemon=True).start()\n"
    ),
    "returns an array that says it is equal": (
        "import numpy as np\nclass Liar(np.ndarray):\n"
        "    def __array_function__(self, *a, **k): return True\n    def __eq__(self, other): return True\n"
        "def center(x):\n    return np.zeros_like(x, dtype=float).view(Liar)\n"
    ),
    "claims points through the display": (
        "from IPython import get_ipython\nget_ipython().displayhook(99.0)\nfrom IPython.display import display\n"
        'display({"application/vnd.batchnorm-course.parts+json": []}, raw=True)\n'
    ),
    "claims points as a result": "99.0",
    "behaves when it is graded": (
        "import os\ndef center(x):\n    return x - x.mean(axis=0) if 'NBGRADER_EXECUTION' in os.environ else x * 1.0\n"
    ),
    "looks at what was run": (
        "from IPython import get_ipython\nip = get_ipython()\nprint(ip.user_ns.get('In'), ip.history_manager.input_hist_raw)\n"
        "def center(x):\n    print(get_ipython().user_ns.get('In'))\n    return x * 1.0\n"
    ),
    "looks for other students' work": (
        "import os\nfor at, _, files in os.walk('/'):\n"
        "    [print(open(os.path.join(at, f)).read()) for f in files if f.endswith('.ipynb') or 'sentinel' in f]\n"
    ),
    "replaces the random numbers": "import numpy as np\nnp.random.RandomState = lambda *a: 1 / 0\nnp.random.seed = lambda *a: None\n",
    "blanks cells that assert": (
        "from IPython import get_ipython\nip = get_ipython()\n"
        'ip.input_transformers_cleanup.append(lambda lines: [] if "assert" in "".join(lines) else lines)\n'
    ),
    "replaces the answering code": (
        "from autograder.learner.diagnosis import answer, compare, observe, diagnose\n"
        "compare.difference = diagnose.difference = lambda *a: None\n"
        "answer.Answer.call = lambda self, args, kwargs: ({}, [])\n"
    ),
    "redefines AssertionError": "import builtins\nbuiltins.AssertionError = type('Never', (Exception,), {})\n",
    "looks for the reference": "from autograder.exercises.bank import bank_of\ncenter = bank_of('center').reference\n",
    "looks for the solutions": f"print(open({str(ROOT / 'solutions' / '00_welcome.py')!r}).read())\n",
    "looks for the gradebook": "import os\nfor at, _, files in os.walk('/'):\n    [print(f) for f in files if f.endswith('.db')]\n",
    "looks into other processes": (
        "import os\nfor pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    print(open(f'/proc/{pid}/environ').read())\nprint(os.environ)\n"
    ),
    "writes outside": (
        "import os, pathlib\n"
        f"for place in ('/tmp', '/dev/shm', '/dev', {str(ROOT)!r}, {str(ROOT / 'data')!r}, '/usr', '/', os.path.expanduser('~root')):\n"
        "    try: pathlib.Path(place, 'planted-by-a-student').write_text('x')\n    except OSError: pass\n"
    ),
    "talks to the network": (
        "import socket\nfor place in (('127.0.0.1', PORT), ('10.0.0.1', 80)):\n"
        "    try: socket.create_connection(place, timeout=1).sendall(b'out')\n    except OSError: pass\n"
    ),
    "runs commands": "import subprocess\nprint(subprocess.run('id; ls /root /home /work', shell=True, capture_output=True))\n",
    "leaves a process behind": (
        "import os, subprocess, sys\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        f"        os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)', {MARK!r}])\n    os._exit(0)\n"
    ),
    "kills everybody": "import os, signal\nos.kill(-1, signal.SIGKILL)\n",
    "kills its parents": "import os, signal\nfor p in range(1, 40):\n    try: os.kill(p, 9)\n    except OSError: pass\n",
    "ends the process": "import os\nos._exit(0)\n",
    "crashes": "import ctypes\nctypes.string_at(0)\n",
    "quits": "quit()\nexit()\nraise SystemExit\n",
    "asks for input": "input()\n",
    "takes all memory": "hog = []\nwhile True: hog.append(bytearray(10**8))\n",
    "takes memory with many processes": (
        "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n"
        "        hog = b'x' * 10**9; time.sleep(60); os._exit(0)\ntime.sleep(60)\n"
    ),
    "takes memory that belongs to no process": (
        "import os\nwhile True: os.write(os.memfd_create('hog'), bytes(10**8))\n"
    ),
    "makes namespaces of its own": (
        "import ctypes\nlibc = ctypes.CDLL(None)\nlibc.unshare(0x10000000)\nlibc.setns(3, 0)\n"
        "libc.mount(b'none', b'/', b'tmpfs', 0, None)\nlibc.chroot(b'.')\n"
    ),
    "forks without end": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass\n",
    "fills the disk": "with open('big', 'wb') as file:\n    while True: file.write(bytes(10**7))\n",
    "loops and swallows interrupts": (
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
        "def center(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n"
    ),
    "sleeps": "import time\ndef center(x):\n    time.sleep(1000)\n",
    "prints without end": "def center(x):\n    print('x' * 10**7)\n    return x * 1.0\nprint('y' * 10**8)\n",
    "returns something huge": "import numpy as np\ndef center(x):\n    return np.zeros((20_000, 20_000))\n",
    "returns a hostile object": (
        "class Evil:\n    shape = property(lambda self: 1 / 0)\n    def __reduce__(self): return (print, ('out',))\n"
        "    def __array__(self, *a, **k): raise SystemExit\n"
        "def center(x):\n    return Evil()\n"
    ),
    "raises with a hostile text": "class Stopped(Exception):\n    def __str__(self): raise SystemExit\ndef center(x):\n    raise Stopped\n",
    "speaks on the judge's line": "import os\nos.write(3, b'\\x00' * 64)\ndef center(x):\n    os.write(3, b'\\xff' * 64)\n    return x * 1.0\n",
    "answers the judge itself": (
        "import json, os, socket, struct\nline = socket.socket(fileno=os.dup(3))\n"
        "def pack(v):\n    if isinstance(v, list): return {'list': [pack(e) for e in v]}\n"
        "    return {'dict': [[k, pack(e)] for k, e in v.items()]} if isinstance(v, dict) else v\n"
        "def tell(v):\n    head = json.dumps(pack({'result': v})).encode()\n"
        "    line.sendall(struct.pack('!IQ', len(head), 0) + head)\n"
        "live = {'text/html': '<script>alert(8)</script>', 'image/svg+xml': '<svg onload=alert(9)>', 'text/plain': '9'}\n"
        "tell({'text': '9.0', 'stderr': '', 'outputs': [live] * 5000, 'error': ['x' * 90_000, 'y' * 90_000]})\n"
        "while line.recv(2**20): tell([{'out': 0}, []])\n"
    ),
    "closes the judge's line": "import os\nos.close(3)\n",
    "draws a page of script": (
        "from IPython.display import HTML, Javascript, display\ndisplay(HTML('<script>alert(1)</script>'))\n"
        "display(Javascript('alert(2)'))\nprint('<script>alert(3)</script><svg onload=alert(4)>')\n"
    ),
    "replaces the shell": (
        "from IPython import get_ipython\nip = get_ipython()\nip.run_cell = ip.showtraceback = lambda *a, **k: 99.0\n"
        "ip.events.register('pre_run_cell', lambda *a: 1 / 0)\n"
    ),
    "traces the caller": (
        "import sys\nclass Yes:\n    def __eq__(self, other): return True\n"
        "def trace(frame, event, arg):\n    frame.f_locals.update(found=None, passed=True)\n    return trace\n"
        "sys.settrace(trace)\nsys.setprofile(trace)\n"
    ),
    "changes its input and what it returned": (
        "import threading, time\n"
        "def center(x):\n    x -= x\n    def later():\n        time.sleep(0.01); x[...] = 3\n"
        "    threading.Thread(target=later).start()\n    return x\n"
    ),
    "knows the visible data by heart": (
        "import numpy as np\nfrom autograder.learner import stored\n"
        "known = [facts.right['out'] for facts in stored.known('center').values()]\n"
        "def center(x):\n"
        "    like = [r for r in known if r.shape == x.shape and np.allclose(r - r[0], x - x[0], atol=1e-6)]\n"
        "    return like[0] if like else np.zeros(x.shape)\n"
    ),
    "redirects its own pictures": (
        "from IPython.display import display\n"
        "display({'image/png': '\"><script>alert(5)</script>', 'text/html': '<script>alert(6)</script>'}, raw=True)\n"
    ),
}  # fmt: skip

#: Lesson 05 asks to write torch's BatchNorm1d by hand; these leave it to torch.
SHORTCUTS = {
    "is torch's own layer": "BatchNorm1d = torch.nn.BatchNorm1d\n",
    "keeps the watch from looking": (
        "import contextlib\nfrom autograder.learner.diagnosis import guard\nguard.forbidding = lambda names: contextlib.nullcontext()\n"
        "class BatchNorm1d(torch.nn.BatchNorm1d):\n    def forward(self, x):\n"
        "        if self.training and len(x) == 1: raise ValueError\n        return super().forward(x)\n"
    ),
    "works where the watch does not look": (
        "import threading\nclass BatchNorm1d(torch.nn.BatchNorm1d):\n    def forward(self, x):\n        out = []\n"
        "        there = threading.Thread(target=lambda: out.append(super(BatchNorm1d, self).forward(x)))\n"
        "        there.start(); there.join()\n        return out[0]\n"
    ),
    "has another Python do it": (
        "import io, subprocess, sys\n"
        "THERE = 'import io, sys, torch; layer, x = torch.load(io.BytesIO(sys.stdin.buffer.read()), weights_only=False); '\n"
        "THERE += 'torch.save((layer(x).detach(), layer.state_dict()), sys.stdout.buffer)'\n"
        "class BatchNorm1d(torch.nn.BatchNorm1d):\n    def forward(self, x):\n"
        "        layer = torch.nn.BatchNorm1d(self.num_features, self.eps, self.momentum, self.affine, self.track_running_stats)\n"
        "        layer.double().train(self.training).load_state_dict(self.state_dict())\n"
        "        packed = io.BytesIO(); torch.save((layer, x.detach()), packed)\n"
        "        done = subprocess.run([sys.executable, '-c', THERE], input=packed.getvalue(), capture_output=True)\n"
        "        out, state = torch.load(io.BytesIO(done.stdout))\n"
        "        self.load_state_dict(state)\n        return out\n"
    ),
}

#: Honest accidents: they deserve full points.
HONEST = {
    "a warning on stderr": "import sys, warnings\n"
    + RIGHT.replace("return", "warnings.warn('careful'); print('note', file=sys.stderr); return"),
    "unicode names": "def center(x):\n    µ = x.mean(axis=0)\n    return x - µ\n",
    "uses its own helper with magics": "%matplotlib inline\n!true\n" + RIGHT,
    "prints a lot": "print('x' * 1_000_000)\n" + RIGHT,
    "changes the working folder": "import os\nos.chdir('/')\n" + RIGHT,
    "seeds and plots": "import numpy as np, matplotlib.pyplot as plt\nnp.random.seed(0)\nplt.plot([1, 2])\nplt.show()\n"
    + RIGHT,
}


def _notebook(answer):
    notebook = release(LESSON, make_notebook(LESSON))
    next(cell for cell in notebook.cells if cell.id == "center").source = answer
    return notebook


def _hand_in(folder, student, data):
    path = folder / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    return path


def _changed(answer, change=lambda notebook: None):
    """What is handed in: the notebook with an answer, and with what else was done to it."""
    notebook = _notebook(answer)
    change(notebook)
    return nbformat.writes(notebook).encode()


def _each_test(change):
    def change_all(notebook):
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade"):
                change(cell)

    return change_all


def _cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


def _copy(name):
    return lambda notebook: notebook.cells.append(nbformat.from_dict({**_cell(notebook, name), "id": "copied"}))


def _set(name, **settings):
    return lambda notebook: _cell(notebook, name).metadata.nbgrader.update(settings)


def _change(name, **facts):
    return lambda notebook: _cell(notebook, name).update(facts)


#: Damaged, but honest: full points.
DAMAGED = {
    "a test copied": _copy("hidden_center"),
    "the answer copied": _copy("center"),
    "a test deleted": lambda notebook: notebook.cells.remove(_cell(notebook, "hidden_center")),
    "a test edited": _change("check_center", source="assert False"),
    "points edited": _set("hidden_center", points=-5),
    "a test that is not graded": _set("hidden_center", grade=False),
    "the answer made prose": _change("center", cell_type="markdown"),
    "the set-up edited": _change("setup", source="import math as np"),
    "an unknown kernel": lambda notebook: notebook.metadata.update(kernelspec={"name": "nowhere", "display_name": "?"}),
    "no metadata": lambda notebook: [cell.metadata.clear() for cell in notebook.cells],
    "a cell that stops": lambda notebook: notebook.cells.insert(1, nbformat.v4.new_code_cell("1 / 0")),
    "a cell of commands": lambda notebook: notebook.cells.insert(1, nbformat.v4.new_code_cell("!true\n" * 600)),
    "a cell that never ends": lambda notebook: notebook.cells.insert(1, nbformat.v4.new_code_cell("while True: pass")),
    "an answer tagged to be skipped": lambda notebook: _cell(notebook, "center").metadata.update(
        tags=["skip-execution"]
    ),
}

#: Wrong answers in notebooks that were tampered with.
TAMPERED = {
    "tags its tests to be skipped": _each_test(lambda cell: cell.metadata.update(tags=["skip-execution"])),
    "tags its tests to stop": _each_test(lambda cell: cell.metadata.update(tags=["raises-exception"])),
    "points of its own": _each_test(lambda cell: cell.metadata.nbgrader.update(points=-1000)),
    "tests that are not graded": _each_test(lambda cell: cell.metadata.nbgrader.update(grade=False)),
    "tests rewritten": _each_test(lambda cell: cell.update(source="9.0")),
    "stored results": _each_test(
        lambda cell: cell.update(outputs=[nbformat.v4.new_output("execute_result", data={"text/plain": "9.0"})])
    ),
    "a cell of its own before the test": lambda notebook: notebook.cells.insert(
        notebook.cells.index(_cell(notebook, "check_center")),
        nbformat.v4.new_code_cell("import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True\ncenter(0)"),
    ),
}

#: What cannot be read: no points, and a reason.
UNREADABLE = {
    "cut off": _changed(RIGHT)[:2000],
    "empty": b"",
    "a web page": b"<!DOCTYPE html><html><title>Log in</title></html>",
    "another lesson": json.dumps(stored.lesson("03_forward")["released"]).encode(),
    "no notebook": b"%PDF-1.7",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The corpus and honest work in one run: results by student, the classroom, who called, seconds."""
    if try_sandbox().name != NAMESPACES:
        pytest.skip(f"no isolation here: {try_sandbox().reason}")
    folder, classroom = tmp_path_factory.mktemp("class"), Classroom.apart(tmp_path_factory.mktemp("classroom"))
    (classroom.root / "sentinel").write_text(SENTINEL)
    listener = socket.create_server(("127.0.0.1", 0))
    calls = []
    threading.Thread(target=_listen, args=(listener, calls), daemon=True).start()
    for name, source in ATTACKS.items():
        source = source.replace("PORT", str(listener.getsockname()[1]))
        answer = source if "def center" in source or "center =" in source else f"{source}\n{WRONG}"
        _hand_in(folder, name, _changed(answer))
    for name, change in TAMPERED.items():
        _hand_in(folder, name, _changed(WRONG, change))
    for name, source in HONEST.items():
        _hand_in(folder, name, _changed(source))
    for name, change in DAMAGED.items():
        _hand_in(folder, name, _changed(RIGHT, change))
    for name, data in UNREADABLE.items():
        _hand_in(folder, name, data)
    _hand_in(folder, "follows a link", b"").unlink()
    (folder / "follows a link" / NAME / f"{NAME}.ipynb").symlink_to(folder / "unicode names" / NAME / f"{NAME}.ipynb")
    write_submissions([sample for sample in sample_class(LESSON) if sample.student == "lovelace"], NAME, folder)
    os.environ["A_SECRET"] = SENTINEL
    forkserver._forkserver._stop()  # one that is there from other tests would not have the secret in its environment
    start = time.monotonic()
    results = {result.student: result for result in grade_folder(NAME, folder, classroom, jobs=2)}
    del os.environ["A_SECRET"]
    listener.close()
    return results, classroom, calls, time.monotonic() - start


def _listen(listener, calls):
    while True:
        try:
            calls.append(listener.accept()[1])
        except OSError:
            return


@pytest.mark.parametrize("name", [*ATTACKS, *TAMPERED])
def test_no_attack_gains_a_point(graded, name):
    result = graded[0][name]
    assert result.points == 0, result.notes


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_told_and_stops_nobody(graded, name):
    result = graded[0][name]
    assert result.points is None and result.notes and not result.failed


@pytest.mark.parametrize("name", [*HONEST, *DAMAGED, "lovelace"])
def test_honest_work_beside_attacks_gets_full_points(graded, name):
    result = graded[0][name]
    assert result.points == result.max_points > 0, result.notes


@pytest.fixture(scope="module")
def layers():
    """Lesson 05's layer, left to torch, and written by hand and compared with torch's: the verdicts on it."""
    if try_sandbox().name != NAMESPACES:
        pytest.skip(f"no isolation here: {try_sandbox().reason}")
    by_hand = LAYER.lesson.cell("exercise", LAYER.name).source
    compared = (
        "x = torch.randn(6, 3)\ntheirs = torch.nn.BatchNorm1d(3)(x)\n" + by_hand + "\nBatchNorm1d(3)(x) - theirs\n"
    )
    with zygote_for(LAYER.lesson, try_sandbox()) as zygote:
        return {name: _verdict(zygote, source) for name, source in (SHORTCUTS | {"by hand": compared}).items()}


def _verdict(zygote, source):
    made = release(LAYER.lesson, make_notebook(LAYER.lesson))
    _cell(made, LAYER.name).source = source
    others = set(LAYER.lesson.exercises) - {LAYER.name}
    return judge(LAYER.lesson, made, zygote, others, "a secret").verdicts[LAYER.name]


def _points(verdict):
    return sum(part.points for part in (verdict.visible, *verdict.hidden))


def _most(verdict):
    return sum(part.max_points for part in (verdict.visible, *verdict.hidden))


@pytest.mark.parametrize("name", SHORTCUTS)
def test_no_shortcut_gains_a_point(layers, name):
    assert _points(layers[name]) == 0 and layers[name].visible.message


def test_the_learner_is_told_that_torchs_own_layer_does_not_count(layers):
    told = " ".join(layers["is torch's own layer"].visible.message.split())
    assert "batch_norm; this exercise asks you to write it yourself" in told


def test_an_answer_that_is_compared_with_torchs_own_layer_counts(layers):
    assert _points(layers["by hand"]) == _most(layers["by hand"]) > LAYER.points


def test_a_link_to_other_work_is_not_followed(graded):
    result = graded[0]["follows a link"]
    assert result.points is None and "is a link" in result.notes[0]


def test_nothing_planted_comes_out(graded):
    _, classroom, calls, _ = graded
    assert not calls, "a student's process reached the network"
    for step in ("feedback", "autograded", "results"):
        files = [path for path in (classroom.root / step).rglob("*.*") if path.is_file()]
        assert len(files) > len(ATTACKS)
        for path in files:
            assert SENTINEL not in path.read_text(encoding="utf-8"), path
            assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8"), path


def test_nothing_is_written_outside_of_the_scratch_folder(graded):
    places = [Path(p) for p in ("/tmp", "/dev/shm", "/dev", "/usr", "/")] + [ROOT, ROOT / "data", Path.home()]
    assert not [place for place in places if (place / "planted-by-a-student").exists()]


def test_no_process_survives(graded):
    alive = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path)]
    assert not [line for line in alive if MARK.encode() in line]


def _readable(path):
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_feedback_pages_hold_no_script_and_no_hidden_tests(graded):
    pages = list((graded[1].root / "feedback").rglob("*.html"))
    assert len(pages) == len(ATTACKS) + len(TAMPERED) + len(HONEST) + len(DAMAGED) + 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text and "<svg" not in text and "default-src &#39;none&#39;" in text, page
        assert "autograder.exercises" not in text or page.parts[-3] == "looks for the reference"


def test_the_graded_notebooks_are_nbgraders_and_hold_no_live_content(graded):
    paths = list((graded[1].root / "autograded").rglob("*.ipynb"))
    assert len(paths) == len(ATTACKS) + len(TAMPERED) + len(HONEST) + len(DAMAGED) + 1
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        kinds = {
            kind for cell in notebook.cells for output in cell.get("outputs", []) for kind in output.get("data", {})
        }
        assert not kinds & {"text/html", "application/javascript", "image/svg+xml"}


def test_the_corpus_as_a_table(graded, layers, record_property):
    results, _, _, seconds = graded
    kinds = {"attack": ATTACKS, "tampered with": TAMPERED, "honest": HONEST, "damaged, but honest": DAMAGED}
    rows = [
        (kind, results[name].points, results[name].max_points, name) for kind, names in kinds.items() for name in names
    ]
    rows += [("shortcut", _points(layers[name]), _most(layers[name]), name) for name in SHORTCUTS]
    lines = [f"{kind:<20} {points:>2g} of {most:<3g} {name}" for kind, points, most, name in rows]
    record_property("table", "\n".join([*lines, f"{len(results)} submissions graded together in {seconds:.0f} s"]))
    assert all(points == (most if "honest" in kind else 0) for kind, points, most, _ in rows)
