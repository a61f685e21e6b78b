"""Make the folder's own Python environment, .venv, and keep it current; do nothing when it is.

    python3 autograder/environment.py

Every target of the Makefile runs this first. It needs only the standard library, since it runs before
anything is installed, and it must parse on an old Python, to say there that it is too old.

A `.venv` is ours when it holds our stamp, which records the Python that made it, the folder it was made for,
and the pins that are installed. Without the stamp it is somebody's own, and nothing in it is touched.
"""

import contextlib
import glob
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

OLDEST = (3, 11)
FOLDER = Path(__file__).resolve().parents[1]
STAMP, LOG = "batchnorm-course.json", "pip.log"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"

# Seconds for that index to answer, and for pip to tell whether it does.
ANSWER, PROBE = 5, 15

# Where NVIDIA's driver leaves a trace, on Linux and in Windows' Linux.
NVIDIA = ("/proc/driver/nvidia", "/dev/nvidia0", "/usr/lib/wsl/lib/libcuda*")

# What pip says before it is silent for some minutes, and the file by which a package is there in the end.
INSTALLING = "Installing collected packages:"
RECORDS = ("Lib" if os.name == "nt" else "lib/python*") + "/site-packages/*.dist-info/RECORD"
# Seconds between two looks at that, and what takes back what a terminal shows of the last one.
PAUSE, CLEAR = 0.5, "\r" + 40 * " " + "\r"

# Variables that would make Python or pip work on another environment than .venv.
ELSEWHERE = {"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
ELSEWHERE |= {"PIP_PREFIX", "PIP_TARGET", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"}

# What pip says, and what that most likely means. The first that is found counts: without a network pip says
# "no matching distribution" as well.
LIKELY_CAUSES = (
    (
        r"No space left on device|not enough space",
        "the disk is full. On Linux the ordinary torch is a CUDA build of several GB; far smaller is the CPU "
        "build, which comes with\n  PIP_EXTRA_INDEX_URL=" + CPU_INDEX,
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError"
        r"|CERTIFICATE_VERIFY|Temporary failure in name resolution|Connection (refused|reset|aborted|broken)",
        "the package index cannot be reached. Check the network, and the proxy and index that pip is set to.",
    ),
    (
        r"WinError 32|WinError 5\b|Access is denied",
        "a program still uses .venv. Close JupyterLab and other kernels.",
    ),
    (
        r"Permission denied|Read-only file system",
        "this folder, or the folder for temporary files, cannot be written.",
    ),
    (r"ResolutionImpossible", "the versions in pyproject.toml and constraints.txt do not go together."),
    (
        r"No matching distribution found|failed-wheel-build|Failed building wheel|is not a supported wheel",
        "a package has no build for this Python on this system. Python 3.11 to 3.13 on 64-bit Linux, Windows "
        "or Apple silicon have them all; to choose one: make PYTHON=python3.12",
    ),
)


class Problem(Exception):
    """Why there is no usable .venv, and what to do about it: the message is the whole of what a user sees."""


def prepare(folder: Path = FOLDER, asked_for_this_python: bool = False) -> bool:
    """Make or update `folder`/.venv where needed and return whether anything was done.

    `asked_for_this_python` remakes a .venv of another Python version; else any supported one is kept, so that
    an activated environment does not decide which Python the course runs on. Raise Problem.
    """
    check_python(sys.version_info)
    venv, pins = folder / ".venv", digest_of_pins(folder)
    if os.path.lexists(venv):
        stamp = read_stamp(venv)
        if stamp is None:
            raise Problem(somebody_elses(venv))
        reason = unusable(venv, stamp, folder, asked_for_this_python)
        if reason:
            say(f"{reason} Making .venv anew.")
            remove(venv)
        elif stamp.get("pins") == pins:
            return False
        elif stamp.get("pins"):
            say("The pinned versions have changed. Bringing .venv up to date.")
        else:
            say("The last set-up did not finish. Going on with it.")
    if not os.path.lexists(venv):
        create(venv, folder)
    write_stamp(venv, folder, pins="")
    install(venv, folder)
    write_stamp(venv, folder, pins)
    say("The environment is ready.")
    return True


def check_python(version) -> None:
    """Raise Problem when `version`, as in sys.version_info, is too old for the course."""
    if tuple(version[:2]) < OLDEST:
        raise Problem(
            f"The course needs Python {dotted(OLDEST)} or newer; {sys.executable} is {dotted(version[:2])}.\n"
            "Install Python 3.12 (from python.org, or `brew install python@3.12`, or `apt install python3.12 "
            "python3.12-venv`, or `conda create -n py312 python=3.12`) and name it:\n"
            "  make PYTHON=python3.12"
        )


def digest_of_pins(folder: Path) -> str:
    """Return one digest of the two files that say what is installed."""
    content = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        try:
            content.update((folder / name).read_bytes())
        except OSError as error:
            raise Problem(
                f"{folder / name} cannot be read ({error.strerror}): this copy of the course is not whole.\n"
                "Download or clone the course again."
            ) from None
    return content.hexdigest()


def read_stamp(venv: Path):
    """Return the stamp of `venv` as a dict, {} when it is unreadable, None when there is none."""
    try:
        stamp = json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except ValueError:
        return {}
    except OSError:
        return None
    return stamp if isinstance(stamp, dict) else {}


def write_stamp(venv: Path, folder: Path, pins: str) -> None:
    """Record what `venv` is; empty `pins` mean that it is not finished."""
    stamp = {"python": dotted(python_of(venv)[:2]), "folder": str(folder), "pins": pins}
    (venv / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")


def unusable(venv: Path, stamp: dict, folder: Path, asked_for_this_python: bool) -> str:
    """Say why our own `venv` cannot be kept, or return an empty string."""
    version = python_of(venv)
    if not version:
        return "The Python or the pip in .venv does not run any more."
    if version[:2] < OLDEST or dotted(version[:2]) != stamp.get("python"):
        return f"The Python in .venv is now {dotted(version)}, and {stamp.get('python', 'another one')} made it."
    if asked_for_this_python and version[:2] != sys.version_info[:2]:
        return f"The Python in .venv is {dotted(version)}; {dotted(sys.version_info[:3])} was asked for."
    if stamp.get("folder") != str(folder):
        return f".venv was made for another folder ({stamp.get('folder')}), which its programs still point to."
    return ""


def python_of(venv: Path) -> tuple:
    """Return the version of the Python in `venv`, as (3, 11, 7), or () if it does not run or has no pip."""
    question = "import sys, importlib.util as u; print(*sys.version_info[:3]) if u.find_spec('pip') else None"
    try:
        answer = subprocess.run(
            [str(interpreter(venv)), "-I", "-c", question], capture_output=True, text=True, timeout=60
        )
        return tuple(int(part) for part in answer.stdout.split()) if answer.returncode == 0 else ()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return ()


def interpreter(venv: Path) -> Path:
    """Return the path of the Python in `venv`."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def somebody_elses(venv: Path) -> str:
    """Return the message for a .venv without our stamp."""
    if not venv.is_dir():
        what = "is not a folder" if venv.exists() else "is a link that leads nowhere"
    else:
        version = python_of(venv)
        what = f"holds Python {dotted(version)}" if version else "holds no Python with pip that runs"
        what += ", and was not made by the course"
    return (
        f"{venv} {what}. It is left as it is.\n"
        "Rename or delete it and run the same command again. Or, without make, use your own environment:\n"
        "  pip install -c constraints.txt -e .[dev]\n"
        "  python -m autograder lab"
    )


def create(venv: Path, folder: Path) -> None:
    """Make an empty environment at `venv` with the running Python."""
    if importlib.util.find_spec("ensurepip") is None:
        raise Problem(
            f"{sys.executable} has no ensurepip, which making .venv needs. On Debian and Ubuntu:\n"
            f"  apt install python{dotted(sys.version_info[:2])}-venv\nThen run the same command again."
        )
    say(f"Making .venv with Python {dotted(sys.version_info[:3])} ({sys.executable}).")
    try:
        venv.mkdir()
        # Ours from its first moment, even if this is stopped.
        (venv / STAMP).write_text("{}\n", encoding="utf-8")
    except OSError as error:
        raise Problem(
            f"{venv} cannot be made ({error.strerror}).\n"
            "Copy the course to a folder that you may write in, with about 2 GB free."
        ) from None
    made = run([sys.executable, "-I", "-m", "venv", "--prompt", "batchnorm-course", str(venv)], cwd=folder)
    output = made.communicate()[0]
    if made.returncode:
        raise Problem(f"{sys.executable} could not make {venv}:\n{output.strip()}")


def remove(venv: Path) -> None:
    """Delete our own `venv`."""
    try:
        shutil.rmtree(str(venv))
    except OSError as error:
        raise Problem(
            f"{error.filename or venv} cannot be removed ({error.strerror}).\n"
            "Close the programs that use it (JupyterLab, terminals), delete it, and run this command again."
        ) from None


def install(venv: Path, folder: Path) -> None:
    """Install the pinned packages and the course itself into `venv`."""
    say("Installing the course's packages into .venv. The first time this takes some minutes.")
    (venv / LOG).write_text("", encoding="utf-8")
    if sys.platform == "linux" and not has_nvidia():
        install_cpu_torch(venv, folder)
    pip_install(venv, folder, "-e", ".[dev]")
    install_kernel(venv, folder)


def has_nvidia() -> bool:
    """Tell whether NVIDIA's driver is here, without which torch's CUDA build is of no use."""
    return bool(shutil.which("nvidia-smi")) or any(glob.glob(trace) for trace in NVIDIA)


def install_cpu_torch(venv: Path, folder: Path) -> None:
    """Install torch's CPU build, if pip is not set to look elsewhere; if it cannot be had, say why and do nothing."""
    try:  # it is there, or lies in a folder that pip is set to look in
        return pip_install(venv, folder, "--no-index", "--no-deps", "torch")
    except Problem:
        reason = own_index(venv, folder) or unreachable(venv, folder)
    if reason:
        say(
            f"({reason}. So torch comes from where pip is set to look; the ordinary one is a CUDA build of several GB.)"
        )
    else:
        say(f"(Linux without NVIDIA's driver: torch is the far smaller CPU build from {CPU_INDEX})")
        pip_install(venv, folder, "--no-deps", "--index-url", CPU_INDEX, "torch")


def own_index(venv: Path, folder: Path) -> str:
    """Say how somebody has set pip, by variables or files, to an index of their own; an empty string if not."""
    settings = run([str(interpreter(venv)), "-I", "-m", "pip", "config", "list"], cwd=folder).communicate()[0]
    for name, value in re.findall(r"^\S+?\.((?:extra-)?index-url|no-index)='(.*)'", settings, re.MULTILINE):
        if "pytorch.org" in value if name == "extra-index-url" else "//pypi.org/" not in value:
            return f"pip is set to another index, with {name}"
    return ""


def unreachable(venv: Path, folder: Path) -> str:
    """Say why pip, with the proxy and certificates it is set to, finds no torch in CPU_INDEX; or an empty string."""
    command = [str(interpreter(venv)), "-I", "-m", "pip", "index", "versions", "torch", "-vv", "--retries", "0"]
    probe = run([*command, "--timeout", str(ANSWER), "--index-url", CPU_INDEX], cwd=folder)
    try:
        said = probe.communicate(timeout=PROBE)[0]
    except subprocess.TimeoutExpired:
        probe.kill()
        probe.communicate()
        return f"{CPU_INDEX} gives no answer in {PROBE} seconds"
    failed = re.search("Could not fetch URL " + re.escape(CPU_INDEX) + r"/torch/: (.*?)(?: - skipping)?$", said, re.M)
    if failed:
        reason = re.sub(r"'\)\)$", "", failed.group(1).split(": ")[-1])
        return f"{CPU_INDEX} cannot be reached: {reason}"
    return f"{CPU_INDEX} has no torch for this Python" if probe.returncode else ""


def pip_install(venv: Path, folder: Path, *what: str) -> None:
    """Have pip install `what` at the pinned versions into `venv`, telling of what takes long only. Raise Problem."""
    command = [str(interpreter(venv)), "-I", "-m", "pip", "install", "--no-input", "-c", "constraints.txt"]
    lines: list = []
    with (venv / LOG).open("a", encoding="utf-8") as copy, counting(venv, lines):
        pip = run([*command, *what], cwd=folder)
        for line in pip.stdout or ():
            lines.append(line.rstrip())
            copy.write(line)
            if worth_showing(line):
                say("  " + worth_showing(line))
        pip.wait()
    if pip.returncode:
        raise Problem(failure(lines, venv / LOG))


@contextlib.contextmanager
def counting(venv: Path, lines: list):
    """While pip, whose lines so far are `lines`, is silent over its installing, tell how far it is."""
    ended = threading.Event()
    counter = threading.Thread(target=count, args=(venv, lines, records(venv), ended), daemon=True)
    counter.start()
    try:
        yield
    finally:
        ended.set()
        counter.join()


def count(venv: Path, lines: list, before: set, ended: threading.Event) -> None:
    """Tell, until `ended`, how many packages are there that were not `before`: in place on a terminal."""
    told, live = 0, sys.stdout.isatty()
    while not ended.wait(PAUSE if live else 10 * PAUSE):
        totals = [line.count(",") + 1 for line in list(lines) if line.startswith(INSTALLING)]
        done = len(records(venv) - before) if totals else 0
        if done > told:
            print(f"{CLEAR if live else ''}  {done} of {totals[-1]} packages", end="" if live else "\n", flush=True)
        told = max(told, done)
    if live and told:
        print(CLEAR, end="", flush=True)


def records(venv: Path) -> set:
    """Return a pair for each package in `venv` that has been written to its end, another one if it is written anew."""
    try:
        return {(record, record.stat().st_mtime_ns) for record in venv.glob(RECORDS)}
    except OSError:  # pip is just removing one
        return set()


def install_kernel(venv: Path, folder: Path) -> None:
    """Let Jupyter find the sandbox as a kernel, where there is one: on Linux, and not in the learners' zip."""
    kernelspec = folder / "autograder" / "sandbox" / "kernelspec"
    if sys.platform == "linux" and kernelspec.is_dir():
        shutil.copytree(str(kernelspec), str(venv / "share/jupyter/kernels/batchnorm-course"), dirs_exist_ok=True)


def worth_showing(line: str) -> str:
    """Return the short form of a line of pip's that tells of some minutes' work, else an empty string."""
    download = re.match(r"\s*Downloading (?:\S*/)?([^/\s]+?)-(\d\S*?)-\S+ \((\d{2,}(?:\.\d+)? [MG]B)\)", line)
    if download:
        return "downloading {} {} ({})".format(*download.groups())
    if line.startswith(INSTALLING):
        names = line[len(INSTALLING) :].split(",")
        return f"installing {len(names)} packages" if names[1:] else f"installing{names[0].rstrip()}"
    return ""


def failure(lines: list, log: Path) -> str:
    """Return the message for a pip that failed: its own errors, the likely cause, where the rest is."""
    errors = [line for line in lines if re.match(r"\s*(ERROR|error):", line)] or lines[-5:]
    return (
        "pip could not install the packages:\n  "
        + "\n  ".join(errors[:5])
        + f"\nMost likely: {likely_cause(lines)}\n"
        + f"Then run the same command again: it goes on from here. The log is {log}"
    )


def likely_cause(lines: list) -> str:
    """Return what these lines of pip's, or of the system's, most likely mean."""
    text = "\n".join(lines)
    causes = [cause for pattern, cause in LIKELY_CAUSES if re.search(pattern, text)]
    return causes[0] if causes else "not known."


def run(command: list, cwd: Path) -> subprocess.Popen:
    """Start `command`, its output in one pipe, out of reach of another environment that is activated."""
    environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    environment.update(PYTHONIOENCODING="utf-8", PIP_PROGRESS_BAR="off", PIP_DISABLE_PIP_VERSION_CHECK="1")
    return subprocess.Popen(
        command,
        cwd=str(cwd),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def dotted(version) -> str:
    """Return (3, 11) as '3.11'."""
    return ".".join(str(part) for part in version)


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    try:
        # PYTHON is the Makefile's variable: it is in the environment only when somebody set it.
        prepare(asked_for_this_python=bool(os.environ.get("PYTHON")))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except OSError as error:  # such as a disk that is full in the middle of it
        print(f"\n{error}\nMost likely: {likely_cause([str(error)])}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
