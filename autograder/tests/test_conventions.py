"""What lessons state about libraries, against those that are installed.

The card of lesson 05 is read; what other lessons say in prose is written out here again, with the lesson's number.
"""

import inspect
import math
import os
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


def default(function, name):
    return inspect.signature(function).parameters[name].default


# Keras and Flax, where they are installed


def test_the_defaults_of_keras_are_those_on_the_card():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    layer = pytest.importorskip("keras").layers.BatchNormalization()
    _, _, momentum, eps, variance = card("Keras 3")
    assert (layer.momentum, layer.epsilon, variance) == (float(momentum), float(eps), "biased")
    layer.build((3, 1))
    assert [float(value) for value in (layer.moving_mean[0], layer.moving_variance[0])] == [0, 1]
    layer(np.array([[0.0], [3.0], [6.0]]), training=True)
    assert float(layer.moving_mean[0]) == pytest.approx(0.01 * 3)
    assert float(layer.moving_variance[0]) == pytest.approx(0.99 * 1 + 0.01 * 6)


def test_the_other_defaults_of_keras():  # 07, 08
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    assert keras.layers.LayerNormalization().epsilon == 1e-3
    assert keras.layers.Conv2D(1, 1).data_format == "channels_last"


def test_the_defaults_of_flax_are_those_on_the_card():
    linen = pytest.importorskip("flax.linen")
    jax = pytest.importorskip("jax")
    layer = linen.BatchNorm(use_running_average=False)
    _, _, momentum, eps, variance = card("Flax")
    assert (layer.momentum, layer.epsilon, variance) == (float(momentum), float(eps), "biased")
    assert layer.use_fast_variance is True  # 03
    x = np.array([[0.0], [3.0], [6.0]])
    kept = layer.init(jax.random.PRNGKey(0), x)
    assert [float(kept["batch_stats"][name][0]) for name in ("mean", "var")] == [0, 1]
    _, moved = layer.apply(kept, x, mutable=["batch_stats"])
    assert float(moved["batch_stats"]["var"][0]) == pytest.approx(0.99 * 1 + 0.01 * 6)


def test_efficientnet_has_the_settings_that_are_stated():  # 07
    builder = pytest.importorskip("timm.models._efficientnet_builder")
    assert (builder.BN_MOMENTUM_TF_DEFAULT, builder.BN_EPS_TF_DEFAULT) == (1 - 0.99, 1e-3)


# scikit-learn


def test_scikit_learns_scalers_do_what_is_stated():  # 01
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    x = np.array([[1.0, 5.0], [3.0, 5.0]])
    scaler = preprocessing.StandardScaler().fit(x)
    assert scaler.scale_.tolist() == [1, 1]  # biased, without eps; a constant feature is divided by 1
    assert np.linalg.norm(preprocessing.Normalizer().fit_transform(x), axis=1) == pytest.approx(1)


# PyTorch


def test_torchs_linear_draws_the_weights_that_are_stated():  # 02
    torch.manual_seed(0)
    weights = torch.nn.Linear(400, 400).weight
    assert weights.abs().max() <= 1 / math.sqrt(400)
    assert weights.std().item() == pytest.approx(1 / math.sqrt(3 * 400), rel=0.01)
    assert torch.nn.init.calculate_gain("tanh") == pytest.approx(5 / 3)
    he, xavier = (getattr(torch.nn.init, f"{name}_normal_")(torch.empty(300, 500)) for name in ("kaiming", "xavier"))
    assert he.std().item() == pytest.approx(math.sqrt(2 / 500), rel=0.01)
    assert xavier.std().item() == pytest.approx(math.sqrt(1 / ((300 + 500) / 2)), rel=0.01)


def test_torch_counts_a_batch_of_one_and_then_refuses_it():  # 03, 05
    layer = torch.nn.BatchNorm1d(2)
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        layer(torch.ones(1, 2))
    assert layer.num_batches_tracked == 1


def test_gradchecks_tolerances():  # 04
    assert (default(torch.autograd.gradcheck, "atol"), default(torch.autograd.gradcheck, "rtol")) == (1e-5, 1e-3)


def test_torch_starts_with_mean_0_and_variance_1_and_keeps_a_counter():  # 05, 07
    buffers = {name: value.item() for name, value in torch.nn.BatchNorm2d(1).named_buffers()}
    assert buffers == {"running_mean": 0, "running_var": 1, "num_batches_tracked": 0}


def test_update_bn_makes_plain_averages_of_new_statistics():  # 05
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(1))
    net[0].running_mean[:] = 7.0
    torch.optim.swa_utils.update_bn([torch.tensor([[0.0], [2.0]]), torch.tensor([[4.0], [8.0]])], net)
    assert net[0].running_mean.item() == pytest.approx((1 + 6) / 2)
    assert net[0].momentum == 0.1


def test_the_affine_parts_of_torchs_norms():  # 08
    assert default(torch.nn.InstanceNorm2d, "affine") is False
    assert torch.nn.GroupNorm(2, 6).weight.shape == (6,)
    assert torch.nn.LayerNorm([6, 4, 4]).weight.shape == (6, 4, 4)


@pytest.mark.parametrize("layer", [*LAYERS, torch.nn.LayerNorm, torch.nn.InstanceNorm2d, torch.nn.GroupNorm])
def test_eps_in_torch_is_the_same_in_all_but_rms_norm(layer):  # 08
    assert default(layer, "eps") == 1e-5


def test_torchs_rms_norm_adds_the_machine_epsilon_in_the_root():  # 08
    tiny = torch.full((1, 4), 1e-4)
    eps = torch.finfo(torch.float32).eps
    assert default(torch.nn.RMSNorm, "eps") is None and eps == pytest.approx(1.2e-7, abs=1e-8)
    assert torch.nn.RMSNorm(4)(tiny)[0, 0].item() == pytest.approx(1e-4 / math.sqrt(1e-8 + eps), rel=1e-5)


def test_torchs_local_response_norm_divides_alpha_by_the_window():  # 08
    layer = torch.nn.LocalResponseNorm
    assert [default(layer, name) for name in ("alpha", "beta", "k")] == [1e-4, 0.75, 1.0]
    x = torch.tensor([1.0, 2.0, 4.0, 8.0]).reshape(1, 4, 1, 1)
    out = layer(2, alpha=1.0, beta=1.0, k=0.0)(x)[0, :, 0, 0]
    assert out.tolist() == pytest.approx([2 / 1, 2 * 2 / 5, 2 * 4 / 20, 2 * 8 / 80])  # even: one more below


def test_the_course_converts_the_libraries_defaults_as_the_text_says():
    convert = load_lesson("05_running_statistics").reference["convert_momentum"]
    assert convert(0.1, "pytorch", "paper") == pytest.approx(19)
    assert convert(0.99, "keras", "paper") == pytest.approx(199)
    assert convert(0.99, "pytorch", "paper") == pytest.approx(1.02, abs=0.001)
