"""The data files are scikit-learn's and MNIST's, and the loaders find them or say clearly why not."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets

from autograder.learner import data

COURSE = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A copy of data/ that a test may spoil, and that the loaders read."""
    folder = tmp_path / "own data"
    folder.mkdir()
    for name in data.SHA256:
        shutil.copy(COURSE / "data" / name, folder)
    monkeypatch.setenv(data.OVERRIDE, str(folder))
    return folder


# What is in the files


def test_the_wine_is_scikit_learns():
    wine, theirs = data.load_wine(), datasets.load_wine()
    assert np.array_equal(wine.x, theirs.data)
    assert np.array_equal(wine.y, theirs.target)
    assert list(wine.feature_names) == theirs.feature_names
    assert len(wine.class_names) == len(theirs.target_names)
    assert (wine.x.dtype, wine.y.dtype) == (np.float64, np.int64)


def test_the_digits_are_scikit_learns():
    digits, theirs = data.load_digits(), datasets.load_digits()
    assert np.array_equal(digits.x, theirs.data)
    assert np.array_equal(digits.y, theirs.target)
    assert np.array_equal(digits.images, theirs.images)
    assert (digits.x.dtype, digits.y.dtype) == (np.float64, np.int64)


def test_the_pictures_of_mnist_are_its_own_and_stand_in_turns():
    mnist = data.load_mnist()
    assert (mnist.x.dtype, mnist.y.dtype, mnist.images.shape) == (np.float64, np.int64, (4000, 28, 28))
    assert np.array_equal(mnist.y, np.arange(4000) % 10)
    assert (mnist.x == mnist.x.round()).all() and (mnist.x.min(), mnist.x.max()) == (0, 255)
    assert len(np.unique(mnist.x, axis=0)) == 4000
    # What everyone normalizes MNIST's 60,000 training pictures by: 0.1307 and 0.3081.
    assert [(mnist.x / 255).mean().round(3), (mnist.x / 255).std().round(3)] == [0.131, 0.308]


def test_mnist_can_be_split_like_the_digits():
    mnist = data.load_mnist()
    parts = data.split(mnist.images, mnist.y)
    assert parts.x_train.shape == (3000, 28, 28)
    assert np.bincount(parts.y_test).tolist() == [100] * 10


@pytest.mark.parametrize("name", data.SHA256)
def test_the_digests_in_the_readme_and_in_the_loader_are_true(name):
    digest = hashlib.sha256((COURSE / "data" / name).read_bytes()).hexdigest()
    readme = (COURSE / "data" / "README.md").read_text(encoding="utf-8")
    assert re.findall(rf"([0-9a-f]{{64}})  {name}", readme) == [digest]
    assert data.SHA256[name] == digest


def test_the_readme_is_right_about_the_columns():
    wine, digits = data.load_wine(), data.load_digits()
    assert np.bincount(wine.y).tolist() == [59, 71, 48]
    assert [wine.x.std(axis=0).min().round(2), wine.x.std(axis=0).max().round()] == [0.12, 314]
    assert (digits.x.max(axis=0) == 0).sum() == (digits.x.std(axis=0) == 0).sum() == 3
    assert (data.load_mnist().x.max(axis=0) == 0).sum() == 129


def test_the_script_makes_exactly_these_files(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    script = shutil.copy(COURSE / "data" / "make_data.py", folder)
    shutil.copy(COURSE / "data" / "mnist.npz", folder)  # it only compares this one
    environment = {**os.environ, "PYTHONPATH": str(COURSE)}
    subprocess.run([sys.executable, script], env=environment, check=True, capture_output=True)
    for name in ("wine.csv", "digits.csv"):
        assert (folder / name).read_bytes() == (COURSE / "data" / name).read_bytes()


def test_a_learner_may_change_what_is_loaded():
    data.load_wine().x[:] = 0
    data.load_digits().images[:] = 0
    data.load_mnist().images[:] = 0
    assert data.load_wine().x.any()
    assert data.load_digits().x.any()
    assert data.load_mnist().x.any()


# Where the files are found


@pytest.mark.parametrize("depth", ["notebooks/01_standardize", "autograder/classroom/autograded/ada/01_standardize"])
def test_a_notebook_finds_the_data_above_it_when_the_package_lies_elsewhere(own_data, monkeypatch, depth):
    course = own_data.parent
    own_data.rename(course / "data")
    (course / depth).mkdir(parents=True)
    monkeypatch.delenv(data.OVERRIDE)
    monkeypatch.setattr(data, "__file__", str(course / "site-packages" / "autograder" / "learner" / "data.py"))
    monkeypatch.chdir(course / depth)
    assert data._find("wine.csv") == course / "data" / "wine.csv"
    assert len(data.load_digits().y) == 1797


def test_an_installed_course_finds_its_data_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.delenv(data.OVERRIDE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert data._find("wine.csv") == COURSE / "data" / "wine.csv"


def test_the_environment_variable_comes_first(own_data):
    assert data._find("wine.csv") == own_data / "wine.csv"


def test_a_missing_file_names_the_places_looked(tmp_path, monkeypatch):
    monkeypatch.delenv(data.OVERRIDE, raising=False)
    monkeypatch.setattr(data, "__file__", str(tmp_path / "site" / "autograder" / "learner" / "data.py"))
    here = tmp_path / "notebooks" / "01_standardize"
    here.mkdir(parents=True)
    monkeypatch.chdir(here)
    with pytest.raises(FileNotFoundError) as caught:
        data.load_wine()
    for place in ("site", "notebooks/01_standardize", "notebooks", "."):
        assert f"{tmp_path / place / 'data' / 'wine.csv'}\n" in str(caught.value)
    assert f"set {data.OVERRIDE} to the folder that holds wine.csv" in str(caught.value)


def test_a_wrong_environment_variable_is_not_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv(data.OVERRIDE, str(tmp_path))
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "digits.csv"))):
        data.load_digits()


# Files that are not the course's


def line_without_its_end(lines):
    lines[7] = lines[7][:20]


def letter_in_a_number(lines):
    lines[2] = lines[2].replace(",", ",l", 1)


def not_a_number(lines):
    lines[100] = "nan" + lines[100][lines[100].index(",") :]


def three_rows_short(lines):
    del lines[-3:]


def changed_value(lines):
    lines[1] = lines[1].replace("14.23", "14.24")


def other_names(lines):
    lines[0] = lines[0].upper()


def nothing_at_all(lines):
    lines.clear()


def page_of_html(lines):
    lines[:] = ["<!DOCTYPE html>", "<title>404: Not Found</title>"]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (line_without_its_end, ", line 8: 14 values expected, 4 found."),
        (letter_in_a_number, ", line 3: 'l1.78' is not a number."),
        (not_a_number, ", line 101: 'nan' is not a number."),
        (three_rows_short, ": 178 rows of data expected, 175 found."),
        (changed_value, ": names or values differ from the course's file"),
        (other_names, ": names or values differ from the course's file"),
        (nothing_at_all, ": 178 rows of data expected, 0 found."),
        (page_of_html, ", line 2: 14 values expected, 1 found."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_spoiled_file_is_named_with_what_is_wrong(own_data, spoil, what):
    path = own_data / "wine.csv"
    lines = path.read_text().splitlines()
    spoil(lines)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match=r"git checkout -- data/wine\.csv") as caught:
        data.load_wine()
    assert str(caught.value).startswith(f"{path}{what}")


def test_bytes_that_are_no_text_are_refused_like_any_other_damage(own_data):
    (own_data / "digits.csv").write_bytes(bytes(range(256)) * 10)
    with pytest.raises(ValueError, match=r"digits\.csv, line \d+: 65 values expected, \d+ found"):
        data.load_digits()


def test_pictures_that_are_cut_off_are_refused(own_data):
    path = own_data / "mnist.npz"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"mnist\.npz: it is cut off, .*\n.*git checkout -- data/mnist\.npz"):
        data.load_mnist()


def test_the_program_that_made_mnist_takes_whole_grey_values_in_turns(tmp_path):
    digits = tmp_path / "package" / "src" / "digits"
    digits.mkdir(parents=True)
    mnist = data.load_mnist()
    for digit in range(10):
        values = (mnist.x[digit::10] / 255).round(3).ravel().tolist()
        (digits / f"{digit}.json").write_text(json.dumps({"data": values}))
    script = shutil.copy(COURSE / "data" / "make_mnist.py", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(COURSE)}
    subprocess.run([sys.executable, script, tmp_path / "package"], env=environment, capture_output=True)
    with np.load(tmp_path / "mnist.npz") as made, np.load(COURSE / "data" / "mnist.npz") as ours:
        assert np.array_equal(made["x"], ours["x"]) and np.array_equal(made["y"], ours["y"])


def test_windows_line_ends_do_no_harm(own_data):
    path = own_data / "wine.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(data.load_wine().y) == 178


# Split


def test_a_split_keeps_every_row_once_with_its_label():
    rows = np.arange(178.0)
    parts = data.split(rows, data.load_wine().y)
    assert sorted([*parts.x_train, *parts.x_test]) == rows.tolist()
    for x, y in ((parts.x_train, parts.y_train), (parts.x_test, parts.y_test)):
        assert np.array_equal(data.load_wine().y[x.astype(int)], y)


def test_a_split_has_the_same_share_of_every_class():
    parts = data.split(*data.load_digits(), test_fraction=0.2)
    share = np.bincount(parts.y_test) / np.bincount(data.load_digits().y)
    assert np.abs(share - 0.2).max() < 0.5 / 174  # no class is further off than half a row


def test_a_split_depends_on_its_seed_only():
    digits = data.load_digits()
    first = data.split(digits.x, digits.y, seed=1)
    np.random.seed(5)
    assert np.array_equal(first.x_test, data.split(digits.x, digits.y, seed=1).x_test)
    assert not np.array_equal(first.x_test, data.split(digits.x, digits.y, seed=2).x_test)


def test_the_first_rows_of_a_split_are_not_all_of_one_class():
    wine = data.load_wine()
    assert len(set(data.split(wine.x, wine.y).y_train[:16])) == 3


def test_a_tiny_class_is_in_both_parts():
    parts = data.split(np.arange(12), np.array([0] * 10 + [1] * 2), test_fraction=0.1)
    assert set(parts.y_train) == set(parts.y_test) == {0, 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 2)), np.zeros(4)), "x has 3 rows and y has 4"),
        ((np.zeros((3, 2)), np.zeros(3), 25), "test_fraction is 25"),
        ((np.zeros((3, 2)), np.array([0, 0, 1])), "Class 1 has a single row"),
    ],
)
def test_a_split_that_cannot_be_made_says_why(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.split(*arguments)


# The wall round the learner's room


def test_loading_data_needs_numpy_only():
    code = (
        "import sys, importlib.util as u\n"
        f"spec = u.spec_from_file_location('data', {str(COURSE / 'autograder/learner/data.py')!r})\n"
        "sys.modules['data'] = module = u.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "module.load_wine()\n"
        "print(sorted({'torch', 'pandas', 'sklearn', 'matplotlib', 'autograder'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
