"""Write wine.csv and digits.csv from scikit-learn's copies and compare them with the course's digests.

    python data/make_data.py            write both files beside this script
    python data/make_data.py --check    only compare the files that are there

Needs scikit-learn (in the `dev` extra); the course itself only reads the files. Exit status 1 when a file
differs from the digest in autograder/learner/data.py.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np
from sklearn import datasets

from autograder.learner.data import SHA256

FOLDER = Path(__file__).resolve().parent


def as_csv(names, table):
    """Return the text of a CSV file: the names, then rows in the shortest form that reads back equal."""
    rows = (",".join(np.format_float_positional(value, trim="-") for value in row) for row in table)
    return "\n".join([",".join(names), *rows]) + "\n"


def texts():
    """Return {file name: text}; features first, the label in the last column."""
    wine, digits = datasets.load_wine(), datasets.load_digits()
    return {
        "wine.csv": as_csv([*wine.feature_names, "cultivar"], np.c_[wine.data, wine.target]),
        "digits.csv": as_csv([*digits.feature_names, "digit"], np.c_[digits.data, digits.target]),
    }


def main(arguments):
    if "--check" not in arguments:
        for name, text in texts().items():
            (FOLDER / name).write_text(text, encoding="ascii", newline="\n")
    wrong = 0
    for name, expected in SHA256.items():
        digest = hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()
        wrong += digest != expected
        print(f"{digest}  {name}" + ("" if digest == expected else f"  differs: the course has {expected}"))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
