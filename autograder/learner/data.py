"""The course's data sets, read from the folder data/ and never from the network.

`load_wine()`, `load_digits()` and `load_mnist()` find the files from wherever a notebook runs, and refuse a file
that is not the course's own: a changed value would quietly change every number in the text.
"""

import hashlib
import io
import math
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

OVERRIDE = "BATCHNORM_COURSE_DATA"  # environment variable: the folder that holds the files
SHA256 = {
    "wine.csv": "ae41f81fea67ab85baa77c4b36fdce778aca07dbc56e92c412d8f32f4432659d",
    "digits.csv": "592cc047d0a1cc7fdef9fd724514209dcb45a80aa147dc3ab375e3e1a9a380f4",
    "mnist.npz": "4b1907d7a98e57c65b52843261c2c9c2b56cd4c086486fedb2f9ab2124331a85",
}


class Wine(NamedTuple):
    """178 wines of three cultivars: a chemical analysis each, every column on a scale of its own."""

    x: np.ndarray  # Shape: (178, 13), float64
    y: np.ndarray  # Shape: (178,), int64, 0 to 2
    feature_names: tuple[str, ...]  # 13 names, in the order of the columns
    class_names: tuple[str, ...]  # 3 names, in the order of the labels


class Digits(NamedTuple):
    """1797 handwritten digits of 8 x 8 grey values, 0 (paper) to 16 (ink)."""

    x: np.ndarray  # Shape: (1797, 64), float64, whole numbers
    y: np.ndarray  # Shape: (1797,), int64, 0 to 9

    @property
    def images(self) -> np.ndarray:
        """The same numbers as pictures. Shape: (1797, 8, 8), a view of `x`."""
        return self.x.reshape(-1, 8, 8)


class Mnist(NamedTuple):
    """4000 handwritten digits of 28 x 28 grey values, 0 (paper) to 255 (ink); any run of ten holds each digit once."""

    x: np.ndarray  # Shape: (4000, 784), float64, whole numbers
    y: np.ndarray  # Shape: (4000,), int64, 0 to 9

    @property
    def images(self) -> np.ndarray:
        """The same numbers as pictures. Shape: (4000, 28, 28), a view of `x`."""
        return self.x.reshape(-1, 28, 28)


class Split(NamedTuple):
    """Rows to train on and rows kept apart, in the order that scikit-learn returns them."""

    x_train: np.ndarray
    x_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


def load_wine() -> Wine:
    """Return the wine data: `x` (178, 13) float64, `y` (178,) int64, `feature_names`, `class_names`.

    Source: Aeberhard and Forina, UCI Machine Learning Repository, doi:10.24432/C5PC7J (see data/README.md).
    Raise FileNotFoundError where wine.csv is not found, ValueError where it is not the course's file.
    """
    names, table = _read("wine.csv", rows=178, columns=14)
    return Wine(
        x=table[:, :-1].copy(),
        y=table[:, -1].astype(np.int64),
        feature_names=tuple(names[:-1]),
        class_names=("cultivar 1", "cultivar 2", "cultivar 3"),
    )


def load_digits() -> Digits:
    """Return the digits: `x` (1797, 64) float64 of whole numbers 0 to 16, `y` (1797,) int64, and `images`.

    Source: Alpaydin and Kaynak, UCI Machine Learning Repository, doi:10.24432/C50P49 (see data/README.md).
    Raise FileNotFoundError where digits.csv is not found, ValueError where it is not the course's file.
    """
    _, table = _read("digits.csv", rows=1797, columns=65)
    return Digits(x=table[:, :-1].copy(), y=table[:, -1].astype(np.int64))


def load_mnist() -> Mnist:
    """Return 4000 digits of MNIST: `x` (4000, 784) float64 of whole numbers 0 to 255, `y` (4000,) int64, and `images`.

    Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits (see data/README.md).
    Raise FileNotFoundError where mnist.npz is not found, ValueError where it is not the course's file.
    """
    path = _find("mnist.npz")
    content = path.read_bytes()
    if not _is_ours("mnist.npz", content):
        raise _not_ours(path, ": it is cut off, or another file (its SHA-256 differs).")
    with np.load(io.BytesIO(content)) as arrays:
        return Mnist(x=arrays["x"].astype(np.float64), y=arrays["y"].astype(np.int64))


def split(x: np.ndarray, y: np.ndarray, test_fraction: float = 0.25, seed: int = 0) -> Split:
    """Divide rows into a training and a test part with the same share of every class, both shuffled.

    `x` has shape (N, ...), `y` (N,). Of each class, `test_fraction` of the rows (rounded, at least one, and
    never all) goes to the test part. The same `seed` gives the same rows, whatever else drew random numbers.
    Raise ValueError for lengths that differ, a fraction outside (0, 1), or a class of a single row.
    """
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} rows and y has {len(y)}: each row needs one label.")
    if not 0 < test_fraction < 1:
        raise ValueError(f"test_fraction is {test_fraction}: give a number between 0 and 1, such as 0.25.")
    random = np.random.default_rng(seed)
    train_parts, test_parts = [], []
    for label in np.unique(y):
        rows = random.permutation(np.flatnonzero(y == label))
        if len(rows) < 2:
            raise ValueError(f"Class {label} has a single row: it cannot be in both parts.")
        count = min(max(round(test_fraction * len(rows)), 1), len(rows) - 1)
        test_parts.append(rows[:count])
        train_parts.append(rows[count:])
    train, test = (random.permutation(np.concatenate(part)) for part in (train_parts, test_parts))
    return Split(x[train], x[test], y[train], y[test])


def _read(name: str, rows: int, columns: int) -> tuple[list[str], np.ndarray]:
    """Return the column names and the numbers, shape (rows, columns), of one checked file."""
    path = _find(name)
    content = path.read_bytes().replace(b"\r\n", b"\n")  # an editor or git may have changed the line ends
    if not _is_ours(name, content):
        raise _not_ours(path, _what_is_wrong(content.decode("utf-8", errors="replace"), rows, columns))
    header, *lines = content.decode("ascii").splitlines()
    return header.split(","), np.loadtxt(lines, delimiter=",")


def _is_ours(name: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256[name]


def _not_ours(path: Path, what: str) -> ValueError:
    return ValueError(
        f"{path}{what}\nPut the course's own file back: `git checkout -- data/{path.name}`, "
        "or copy it from a fresh download of the course."
    )


def _find(name: str) -> Path:
    """Return the file's path: where the environment variable says, else beside the package, else upwards."""
    places = []
    for folder in _folders():
        if (folder / name).is_file():
            return folder / name
        places.append(f"  {folder / name}")
    raise FileNotFoundError(
        f"The data file {name} is in none of these places:\n"
        + "\n".join(dict.fromkeys(places))
        + f"\nPut the course's folder data/ back (a fresh download has it), "
        f"or set {OVERRIDE} to the folder that holds {name}."
    )


def _folders():
    if os.environ.get(OVERRIDE):
        yield Path(os.environ[OVERRIDE])
        return
    yield Path(__file__).resolve().parents[2] / "data"
    here = Path.cwd()
    yield from (folder / "data" for folder in (here, *here.parents))


def _what_is_wrong(text: str, rows: int, columns: int) -> str:
    """Say in a phrase, to stand after the file's name, what differs from the course's file."""
    _, *lines = text.splitlines() or [""]
    for number, line in enumerate(lines, start=2):
        values = line.split(",")
        if len(values) != columns:
            return f", line {number}: {columns} values expected, {len(values)} found."
        for value in values:
            if not _is_number(value):
                return f", line {number}: {value!r} is not a number."
    if len(lines) != rows:
        return f": {rows} rows of data expected, {len(lines)} found."
    return ": names or values differ from the course's file (its SHA-256 is another one)."


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
