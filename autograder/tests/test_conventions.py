"""The convention card of lesson 05, PyTorch's row against the library that is installed."""

import inspect
import re

import numpy as np
import pytest
import torch

from autograder.lessons import load_lesson

LAYERS = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)


@pytest.fixture
def batch():
    return torch.tensor([[0.0], [3.0], [6.0]])  # mean 3, variance 6 biased and 9 unbiased


def card(row):
    text = "\n".join(cell.source for cell in load_lesson("05_running_statistics").cells)
    line = re.search(rf"^\| {row}.*$", text, re.MULTILINE)[0]
    return [column.strip() for column in line.strip("|").split("|")]


@pytest.mark.parametrize("layer", LAYERS)
def test_the_defaults_of_torch_are_those_on_the_card(layer):
    defaults = {name: given.default for name, given in inspect.signature(layer).parameters.items()}
    _, _, momentum, eps, _ = card("PyTorch")
    assert (defaults["momentum"], defaults["eps"]) == (float(momentum), float(eps)) == (0.1, 1e-5)


def test_in_torch_momentum_is_the_weight_of_the_new_value(batch):
    layer = torch.nn.BatchNorm1d(1, momentum=0.25)
    layer.running_mean[:] = 7.0
    layer(batch)
    assert layer.running_mean.item() == pytest.approx(0.75 * 7 + 0.25 * 3)


def test_torch_keeps_the_unbiased_variance_and_normalizes_with_the_biased_one(batch):
    layer = torch.nn.BatchNorm1d(1, eps=1e-12, momentum=1.0)
    out = layer(batch)
    assert card("PyTorch")[-1] == "unbiased"
    assert layer.running_var.item() == pytest.approx(9)
    assert out[2].item() == pytest.approx(3 / np.sqrt(6))


def test_in_torch_momentum_none_is_the_plain_average_of_the_batches(batch):
    layer = torch.nn.BatchNorm1d(1, momentum=None)
    for shift in (0, 6, 30):
        layer(batch + shift)
    assert layer.running_mean.item() == pytest.approx(3 + 12)
    assert layer.running_var.item() == pytest.approx(9)  # the spread between the batches is not in it


def test_the_course_converts_the_libraries_defaults_as_the_text_says():
    convert = load_lesson("05_running_statistics").reference["convert_momentum"]
    assert convert(0.1, "pytorch", "paper") == pytest.approx(19)
    assert convert(0.99, "keras", "paper") == pytest.approx(199)
    assert convert(0.99, "pytorch", "paper") == pytest.approx(1.02, abs=0.001)
