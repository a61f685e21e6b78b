"""The line to a student's process, what runs at its far end, and what is judged from outside."""

import ast
import base64
import errno
import os
import socket
import struct
import subprocess
import sys

import nbformat
import numpy as np
import pytest

from autograder import stored
from autograder.build.notebooks import make_notebook
from autograder.build.release import release
from autograder.cli import main
from autograder.exercises import hidden
from autograder.exercises.bank import bank_of, banks_of
from autograder.exercises.hidden import grade_parts
from autograder.grading.judge import judge, judge_exercise, judge_visibly
from autograder.grading.worker import zygote_for
from autograder.learner.diagnosis.answer import AnswerError, LocalImplementation, names_used
from autograder.learner.diagnosis.objects import Ref, recipe
from autograder.learner.diagnosis.observe import Caller
from autograder.learner.diagnosis.plain_data import BadReturn
from autograder.lessons import ROOT, lesson_names, load_lesson
from autograder.sandbox import isolation, remote
from autograder.sandbox.isolation import IsolationError, require
from autograder.sandbox.line import LENGTHS, MAX_BODY, TimeUp, WireError
from autograder.sandbox.output import displayable
from autograder.sandbox.remote import RemoteImplementation, StudentProcess
from autograder.sandbox.syscalls import CLONE, DENIED, MACHINES
from autograder.sandbox.wire import Asked, Wire
from autograder.submission.staging import Stagings

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="submissions cannot be run on Windows")
LESSON = load_lesson("00_welcome")
CENTER = bank_of("center")


# The wire


def defined(bank, answers):
    """What these answers define for an exercise, in this process."""
    return LocalImplementation(bank.lesson.define(answers)[bank.name])


@pytest.fixture
def ends():
    here, there = socket.socketpair()
    yield Wire(here), Wire(there), there
    here.close()
    there.close()


def test_plain_data_arrives_as_it_was_sent(ends):
    sent = {
        "arrays": [np.arange(6.0).reshape(2, 3), np.zeros((0, 2), np.int8), np.float32(2.5), np.array([True])],
        "numbers": (1, -2.5, True, None, "é"),
        "stands for": [Ref(3), Asked(4), recipe("Linear", 3, 2, state={"bias": np.ones(2)}, training=False)],
    }
    ends[0].send(sent)
    got = ends[1].receive(1)
    for one, other in zip(got["arrays"], sent["arrays"]):
        assert one.dtype == other.dtype and one.shape == other.shape and np.array_equal(one, other)
    assert got["numbers"] == sent["numbers"] and got["stands for"][:2] == sent["stands for"][:2]
    assert got["stands for"][2].args == (3, 2) and not got["stands for"][2].training
    ends[0].send([float("nan"), float("-inf")])
    nan, infinite = ends[1].receive(1)
    assert nan != nan and infinite == -np.inf


@pytest.mark.parametrize(
    "thing", [object(), b"bytes", 1j, np.array(["text"]), np.array([1j]), np.array([object()]), lambda: 1, {1, 2}]
)
def test_nothing_else_can_be_sent(ends, thing):
    with pytest.raises(WireError, match="cannot be sent"):
        ends[0].send([thing])


def test_what_is_too_deep_or_too_large_is_not_sent(ends):
    deep = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(WireError, match="nested too deep"):
        ends[0].send(deep)
    with pytest.raises(WireError, match="too large"):
        ends[0].send(np.zeros(MAX_BODY // 8 + 1))


@pytest.mark.parametrize(
    "head",
    [
        b"{",
        b'{"list": [1, 2]}',
        b'{"array": ["f8", [2, 2], 0]}',
        b'{"array": ["f8", [-1], 0]}',
        b'{"array": ["O", [1], 0]}',
        b'{"array": ["f8", [1], 8]}',
        b'{"tuple": [{"array": ["f8", [1], 0]}, {"array": ["f8", [1], 0]}]}',
        b'{"array": ["f8", [99999999999, 99999999999], 0]}',
        b'{"pickle": "x"}',
        b'{"a": 1, "b": 2}',
        b'{"dict": 5}',
        b'{"Ref": 1e999}',
        b'{"array": ["u1", [0, 99999999999999999999], 0]}',
        b"\xff\xfe",
        b"[" * 500 + b"]" * 500,
    ],
)
def test_what_is_no_message_is_refused(ends, head):
    ends[2].sendall(LENGTHS.pack(len(head), 8) + head + bytes(8))
    with pytest.raises(WireError, match="not a message"):
        ends[0].receive(1)


def test_a_lie_about_the_size_costs_no_memory(ends):
    ends[2].sendall(LENGTHS.pack(10, 2**60))
    with pytest.raises(WireError, match="too large"):
        ends[0].receive(1)


def test_silence_and_hanging_up_are_told_apart(ends):
    with pytest.raises(TimeUp):
        ends[0].receive(0.05)
    ends[2].sendall(struct.pack("!I", 1))
    ends[2].close()
    with pytest.raises(WireError, match="gone"):
        ends[0].receive(1)


def test_who_does_not_read_is_not_waited_for(ends):
    with pytest.raises(TimeUp, match="not read in time"):
        ends[0].send(np.zeros(10**6), 0.05)


# The student's process


@pytest.fixture(scope="module")
def zygote():
    with zygote_for(LESSON, isolation.try_sandbox()) as made:
        yield made


def process(zygote, *cells):
    return StudentProcess(zygote, [LESSON.cell("setup").source, *cells])


class NotingWire:
    """A line to a student's process that notes the names of the requests sent on it."""

    def __init__(self, wire, requests):
        self._wire, self._requests = wire, requests
        self.receive, self.close = wire.receive, wire.close

    def send(self, message, *seconds):
        if isinstance(message, list):  # an answer to what the process asks is no request
            self._requests.append(message[0])
        self._wire.send(message, *seconds)


class NotingZygote:
    """A zygote; `requests` are the names of what was asked of its processes, in order."""

    def __init__(self, zygote):
        self._zygote, self.requests = zygote, []
        self.end = zygote.end

    def start(self, refused):
        return NotingWire(self._zygote.start(refused), self.requests)


def points(zygote, source, name="center", **more):
    with_cells = process(zygote, source, *more.values())
    try:
        return sum(part.points for part in grade_parts(bank_of(name), RemoteImplementation(with_cells, name)))
    finally:
        with_cells.close()


def test_right_and_wrong_answers_get_what_they_get_in_the_kernel(zygote):
    for source in [CENTER.lesson.cell("exercise", "center").source, "def center(x):\n    return x - x.mean()"]:
        here = sum(part.points for part in grade_parts(CENTER, defined(CENTER, {"center": source})))
        assert points(zygote, source) == here


def test_cells_tell_what_they_put_out(zygote):
    ran = process(zygote, "print('a')\nimport sys; print('b', file=sys.stderr)", "1 / 0", "%%time\n!true").ran
    assert (ran[1].text, ran[1].stderr, ran[1].error) == ("a\n", "b\n", None)
    assert ran[2].error == ("ZeroDivisionError", "division by zero") and ran[3].error is None


def test_a_cell_that_ends_the_process_is_left_out_and_the_others_count(zygote):
    made = process(zygote, "def center(x):\n    return x - x.mean(axis=0)", "import os; os._exit(1)", "after = 1")
    assert made.ran[2].error[0] == "Stopped" and made.ran[3].error is None
    assert sum(part.points for part in grade_parts(CENTER, RemoteImplementation(made, "center"))) == CENTER.points


def test_what_is_stopped_once_is_not_called_again(zygote, monkeypatch):
    monkeypatch.setattr(remote, "CALL_SECONDS", 1)
    noting = NotingZygote(zygote)
    made = process(noting, "def center(x):\n    while True: pass")
    answer = RemoteImplementation(made, "center").answering(CENTER.exercise)
    with pytest.raises(AnswerError, match="more than 1 seconds of computing"):
        answer.call((np.ones((2, 2)),), {})
    with pytest.raises(AnswerError, match="had to be stopped before, and was not called again"):
        answer.call((np.ones((2, 2)),), {})
    assert noting.requests == ["run", "run", "call"] and made.born == 1


def test_an_answer_may_call_the_judges_functions_and_nothing_of_them_is_there(zygote):
    source = "def center(x):\n    return x - helper(x)"
    answer = RemoteImplementation(process(zygote, source), "center", {"helper": lambda x: x.mean(axis=0)})
    assert np.array_equal(answer.answering(CENTER.exercise).call((np.eye(2),), {})[0]["out"], np.eye(2) - 0.5)
    peeks = "def center(x):\n    return x * ('mean' in str(helper.__code__.co_names))"
    answer = RemoteImplementation(process(zygote, peeks), "center", {"helper": lambda x: x.mean(axis=0)})
    assert not answer.answering(CENTER.exercise).call((np.eye(2),), {})[0]["out"].any()


def test_a_function_of_the_judges_that_hands_its_argument_back_does_so_there_too():
    bank = bank_of("numerical_gradient")
    mistake = bank.mistakes["array_changed_after_f_saw_it"]
    wrong = mistake.source(bank.solution)
    with zygote_for(bank.lesson, isolation.try_sandbox()) as made:
        answering = StudentProcess(made, [bank.lesson.cell("setup").source, wrong])
        found = grade_parts(bank, RemoteImplementation(answering, bank.name))
        answering.close()
    assert [part.passed for part in found] == [
        part.passed for part in grade_parts(bank, LocalImplementation(bank.wrong(mistake.name)))
    ]
    assert not all(part.passed for part in found)


def test_the_judges_functions_take_keywords_and_tensors_as_the_students_own_do():
    bank = bank_of("update_running")
    source = (
        "def update_running(*arrays):\n"
        "    mean, (var,) = helper(torch.ones(2), by=torch.full((2,), 3.0))\n"
        "    array, _ = helper(np.ones(2), by=4.0)\n"
        "    assert type(array) is np.ndarray and helper(by=mean, to=2) is mean\n"
        "    return (mean - var).numpy(), array\n"
    )

    def helper(to, by):
        return by if isinstance(to, int) else (to * by, [to])

    with zygote_for(bank.lesson, isolation.try_sandbox()) as made:
        answering = StudentProcess(made, [bank.lesson.cell("setup").source, source])
        answer = RemoteImplementation(answering, bank.name, {"helper": helper}).answering(bank.exercise)
        found, _ = answer.call((np.eye(2),), {})
        answering.close()
    assert [value.tolist() for value in found.values()] == [[2, 2], [4, 4]]


def test_several_calls_take_one_exchange(zygote):
    noting = NotingZygote(zygote)
    made = process(noting, "def center(x):\n    if x[0, 0] > 1: x -= 1\n    return x * 2.0")
    caller = Caller(RemoteImplementation(made, "center").answering(CENTER.exercise))
    found = caller.each((np.full((2, 2), number),) for number in (0.5, 3.0))
    assert [told["out"][0, 0] for told in found] == [1, 4]
    assert noting.requests == ["run", "run", "call_each"]
    assert caller.changed == {"x"}
    dies = process(zygote, "import os\ndef center(x):\n    return x if x[0, 0] < 1 else os._exit(0)")
    with pytest.raises(AnswerError, match="its process ended"):
        Caller(RemoteImplementation(dies, "center").answering(CENTER.exercise)).each(
            [(np.zeros((2, 2)),), (np.ones((2, 2)),)]
        )


def test_the_judges_functions_answer_only_while_they_are_lent(zygote):
    source = (
        "KEPT = []\ndef center(x):\n    KEPT.extend([helper] if 'helper' in globals() else [])\n    return KEPT[0](x)"
    )
    made = process(zygote, source)
    lent = RemoteImplementation(made, "center", {"helper": np.negative}).answering(CENTER.exercise)
    assert lent.call((np.eye(2),), {})[0]["out"].any()
    with pytest.raises(AnswerError, match="IndexError"):
        RemoteImplementation(made, "center").answering(CENTER.exercise).call((np.eye(2),), {})
    for solution, starts in ((np.positive, 1), (np.negative, 2)):  # one that has asked it is another one afterwards
        made.forget(solution)
        assert made.revive() == starts


@pytest.mark.parametrize(
    "argument",
    [
        "np.zeros(10**6)", "[np.zeros(10**6)]", "10**9", "[1, {'size': -10**9}]", "np.array([3, 10**9])",
        "np.zeros((0, 2**27))", "np.zeros((1, 2000))", "[0.0] * 2000",
        "[np.zeros((1000, 1, 1)), np.zeros((1000, 1)), np.zeros(1000)]",
    ],
)  # fmt: skip
def test_questions_that_mean_much_work_are_refused(zygote, argument):
    source = f"import numpy as np\ndef center(x):\n    return helper({argument})"
    answer = RemoteImplementation(process(zygote, source), "center", {"helper": lambda x: x}).answering(CENTER.exercise)
    with pytest.raises(AnswerError, match="too large"):
        answer.call((np.eye(2),), {})


def test_a_question_that_takes_long_is_given_up(zygote, monkeypatch):
    monkeypatch.setattr(remote, "QUESTION_SECONDS", 0.2)
    source = "def center(x):\n    return helper(x)"

    def forever(x):
        while True:
            pass

    answer = RemoteImplementation(process(zygote, source), "center", {"helper": forever}).answering(CENTER.exercise)
    with pytest.raises(AnswerError, match=r"no answer in 0\.2 seconds"):
        answer.call((np.eye(2),), {})


def test_what_an_answer_may_not_call_is_not_lent_either():
    lent = hidden.reference_helpers(bank_of("batchnorm_backward_compact"))
    assert set(lent) == {"affine_backward", "variance_backward", "mean_backward"}
    assert "ResidualBlock" not in hidden.reference_helpers(bank_of("make_generator"))


def test_one_students_processes_have_a_limit_together(zygote):
    cells = ["import os, time; time.sleep(0.05)", "os._exit(0)"] * 100
    made = StudentProcess(zygote, cells, patience=1)
    with pytest.raises(AnswerError, match="had their 1 seconds"):
        RemoteImplementation(made, "center").answering(CENTER.exercise).call((np.eye(2),), {})
    # Each start runs the cells before it again, and each pair of these sleeps: one second is 20 of them at the most.
    assert len(made.ran) < len(cells) and made.born < 20


def test_figures_are_kept_while_there_is_room(zygote):
    text = png(100, 100) + "A" * 400_000
    draws = f"from IPython.display import display\nfor _ in range(9): display({{'image/png': {text!r}}}, raw=True)"
    ran = process(zygote, draws, "1").ran
    assert ["image/png" in output for output in ran[1].outputs] == [True] + 8 * [False] and not ran[1].error


def png(width, height):
    """The base64 text of the beginning of a picture."""
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)).decode()


@pytest.mark.parametrize("picture", [png(60_000, 60_000), "x" * 400, "", png(9, 9)[:-1], 'é"><script>'])
def test_what_is_no_picture_for_a_page_is_not_kept(picture):
    assert displayable([{"image/png": picture}]) == ({"text/plain": ""},)


def test_huge_answers_are_not_compared(zygote):
    source = "import numpy as np\ndef center(x):\n    return np.zeros(5_000_000, np.int8)"
    with pytest.raises(BadReturn, match="5,000,000 numbers"):
        RemoteImplementation(process(zygote, source), "center").answering(CENTER.exercise).call((np.eye(2),), {})


@pytest.mark.parametrize("trick", ["type(told, (Exception,), {})(told)", "BadReturn(told)"])
def test_an_answer_cannot_tell_what_the_hidden_tests_have_given_it(zygote, trick):
    source = (
        "from autograder.learner.diagnosis.objects import BadReturn\n"
        f"def center(x):\n    told = f'told {{x}}'\n    raise {trick}"
    )
    verdict = judge_exercise(CENTER, RemoteImplementation(process(zygote, source), "center"))
    assert "told" in verdict.visible.message and not any("told" in part.message for part in verdict.hidden)


def test_visible_checks_come_before_hidden_data(zygote):
    lesson = load_lesson("01_standardize")
    made = release(lesson, make_notebook(lesson))
    first, second, *others = lesson.exercises
    for cell in made.cells:
        if cell.id == first:
            cell.source = f"SEEN = []\ndef {first}(*given):\n    SEEN.append(given)"
        if cell.id == second:
            cell.source = f"def {second}(*given):\n    raise ValueError(f'seen: {{len(SEEN)}}.')"
    calls = []
    judge_visibly(bank_of(first), LocalImplementation(lambda *given: calls.append(given)))
    found = judge(lesson, made, zygote, others, "a secret").verdicts
    assert f"seen: {len(calls)}." in found[second].visible.message


@pytest.mark.skipif(isolation.try_sandbox().name == isolation.NONE, reason="no isolation here")
def test_system_calls_that_no_lesson_needs_are_denied(zygote):
    place = MACHINES[os.uname().machine][1]
    numbers = {name: found[place] for name, found in DENIED.items()}
    tries = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def told(number, flags=0): return libc.syscall(number, flags, 0, 0, 0, 0), ctypes.get_errno()\n"
        f"print({{name: told(number) for name, number in {numbers}.items()}})\n"
        f"print(told({CLONE[place]}, 0x10000000 | 17))\n"
        "import subprocess, threading\nsubprocess.run('true', check=True)\nthreading.Thread(target=print).start()\n"
    )
    ran = process(zygote, tries).ran[1]
    assert ast.literal_eval(ran.text.splitlines()[0]) == dict.fromkeys(DENIED, (-1, errno.EPERM))
    assert ran.text.splitlines()[1] == f"(-1, {errno.EPERM})" and not ran.error


@pytest.mark.skipif(isolation.try_sandbox().name == isolation.NONE, reason="no isolation here")
def test_all_processes_of_a_student_together_have_a_limit_of_memory(monkeypatch):
    takes = "import os, time\nfor _ in range({}):\n    if os.fork() == 0:\n        hog = b'x' * 10**8; time.sleep(20)\n"
    monkeypatch.setattr(isolation, "LIMITS", isolation.LIMITS | {"memory": 2**30})
    with zygote_for(LESSON, isolation.try_sandbox()) as small:
        few, many = (process(small, takes.format(n) + f"time.sleep({n})\n").ran[1] for n in (2, 14))
    assert few.error is None and many.error[0] == "Stopped"


@pytest.mark.skipif(isolation.try_sandbox().name == isolation.NONE, reason="no isolation here")
def test_what_a_student_starts_has_a_limit_of_processor_time_and_the_students_own_work_does_not_count(monkeypatch):
    works = "import os, time\ndef work(seconds):\n    while time.process_time() < seconds: pass\n"
    few = f"{works}if os.fork() == 0: work(0.5); os._exit(0)\nwork(4)\n"
    many = f"{works}for _ in range(4):\n    if os.fork() == 0: work(100)\ntime.sleep(20)\n"
    in_turn = (
        f"{works}for _ in range(8):\n    if os.fork() == 0: work(0.7); os._exit(0)\n    os.wait()\ntime.sleep(20)\n"
    )
    monkeypatch.setitem(isolation.LIMITS_OF, "wire", isolation.LIMITS_OF["wire"] | {"others_seconds": 3})
    with zygote_for(LESSON, isolation.try_sandbox()) as strict:
        errors = [process(strict, source).ran[1].error for source in (few, many, in_turn)]
    assert errors[0] is None and [name for name, _ in errors[1:]] == ["Stopped", "Stopped"]


@pytest.mark.skipif(isolation.try_sandbox().name == isolation.NONE, reason="no isolation here")
@pytest.mark.parametrize("name", [rb"\xff\xfe", rb"a) R 1 (", rb"RssAnon:\t0 kB\n"])
def test_no_name_that_a_process_gives_itself_lifts_its_limits(monkeypatch, name):
    names = f"import ctypes, os, time\nctypes.CDLL(None).prctl(15, b'{name.decode()}', 0, 0, 0)\ntime.sleep(1)\n"
    takes = "for _ in range(14):\n    if os.fork() == 0:\n        hog = b'x' * 10**8; time.sleep(20)\ntime.sleep(14)\n"
    monkeypatch.setattr(isolation, "LIMITS", isolation.LIMITS | {"memory": 2**30})
    with zygote_for(LESSON, isolation.try_sandbox()) as small:
        quiet, many = (process(small, source).ran[1] for source in (names, names + takes))
    assert quiet.error is None and many.error[0] == "Stopped"


def test_a_missing_name_is_said_in_words(zygote):
    with pytest.raises(BadReturn, match="there is no `center`"):
        RemoteImplementation(process(zygote, "centre = 1"), "center").answering(CENTER.exercise).call((np.eye(2),), {})


def test_torch_is_not_there_for_lessons_in_numpy(zygote):
    tries = process(zygote, "import torch", "import sys; del sys.modules['torch']; import torch; torch.tensor(1)").ran
    assert tries[1].error[0] == "ModuleNotFoundError"
    if isolation.try_sandbox().name == isolation.NAMESPACES:
        assert tries[2].error[0] == "AttributeError"
        folders = (
            "import glob, sys\nprint([f for f in glob.glob(sys.prefix + '/lib*/*/*/torch/*') if not f.endswith('_')])"
        )
        assert process(zygote, folders).ran[1].text == "[]\n"


def test_the_next_student_finds_nothing_of_the_last(zygote):
    process(zygote, "open('left', 'w').write('x'); import numpy; numpy.left = 1").close()
    later = process(zygote, "import os, numpy; print(os.path.exists('left'), hasattr(numpy, 'left'))")
    assert later.ran[1].text.split()[1] == "False"
    assert isolation.try_sandbox().name == isolation.NONE or later.ran[1].text == "False False\n"


@pytest.mark.slow
@pytest.mark.parametrize("name", lesson_names())
def test_an_answer_is_judged_as_in_the_kernel(name):
    """A wrong one is, and a right one, among wrong ones if it calls others."""
    lesson = load_lesson(name)
    with zygote_for(lesson, isolation.try_sandbox()) as made:
        for bank in banks_of(lesson):
            right = {exercise: lesson.cell("exercise", exercise).source for exercise in lesson.exercises}
            called = names_used(lesson.define(right)[bank.name]) & set(hidden.reference_helpers(bank))
            mistake = next(iter(bank.mistakes.values()))
            helpers = {helper: f"def {helper}(*args, **kwargs):\n    return None\n" for helper in called}
            for changed in ({bank.name: mistake.source(right[bank.name])}, helpers):
                answers = right | changed
                cells = [lesson.cell("setup").source, *answers.values()]
                answering = StudentProcess(made, cells, bank.exercise.forbidden)
                outside = grade_parts(bank, RemoteImplementation(answering, bank.name))
                answering.close()
                assert outside == grade_parts(bank, defined(bank, answers)), (bank.name, changed)
                assert bank.name in changed or all(part.passed for part in outside)


# Isolation


def test_of_a_folder_with_a_python_only_the_python_is_shown(monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(ROOT))
    assert isolation._python() and not any(ROOT.is_relative_to(path) for path in isolation._python())


def test_without_isolation_grading_refuses_and_says_what_to_do(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(isolation.shutil, "which", lambda name: None)
    with pytest.raises(IsolationError, match=r"bubblewrap.*--trust-submissions"):
        require(trusted=False)
    assert require(trusted=True).name == isolation.NONE
    (tmp_path / "a.py").write_text("def center(x): return x")
    assert main(["try", "center", str(tmp_path / "a.py")]) == 2
    assert "--trust-submissions" in capsys.readouterr().err
    assert main(["doctor"]) == 1 and "cannot be shut in: bubblewrap" in capsys.readouterr().out


def test_a_system_that_refuses_namespaces_is_no_isolation(monkeypatch, tmp_path):
    if isolation.try_sandbox().name == isolation.NONE:
        pytest.skip("no isolation here")
    refuses = tmp_path / "bwrap"
    refuses.write_text("#!/bin/sh\nexit 1\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert isolation.try_sandbox().name == isolation.NONE


def test_an_ordinary_user_can_shut_submissions_in_too():
    if os.getuid() != 0 or isolation.try_sandbox().name == isolation.NONE:
        pytest.skip("needs root, to become somebody else")
    code = "from autograder.sandbox.isolation import try_sandbox; print(try_sandbox().name)"
    nobody = {"user": 65534, "group": 65534, "extra_groups": [], "env": {"PATH": os.environ["PATH"], "HOME": "/tmp"}}
    try:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, **nobody)
    except PermissionError:
        pytest.skip("an ordinary user cannot read this checkout or its Python")
    assert done.stdout == "namespaces\n", done.stderr


# The judge


def notebook(**sources):
    made = release(LESSON, make_notebook(LESSON))
    for cell in made.cells:
        cell.source = sources.pop(cell.id, cell.source)
    made.cells += [nbformat.v4.new_code_cell(source, id=name) for name, source in sources.items()]
    return made


def test_only_cells_that_answers_need_are_run():
    made = notebook(
        center="def center(x):\n    return x - column_means(x)",
        helper="import numpy as np\ndef column_means(x):\n    return np.mean(x, axis=AXIS)",
        constant="AXIS = 0",
        unused="def other():\n    return center",
        drawing="import time\ntime.sleep(100)",
    )
    run = [cell.id for cell in Stagings(made, stored.lesson(LESSON.name)).first().cells]
    assert {"setup", "center", "helper", "constant"} <= set(run) and not {"unused", "drawing"} & set(run)
