"""Classes and modules as exercises: what a handle shows of an object, and what counts as changing one."""

import numpy as np
import pytest
import torch

from autograder.learner.diagnosis.answer import LocalAnswer, LocalImplementation, names_used
from autograder.learner.diagnosis.exercise import Exercise
from autograder.learner.diagnosis.objects import OPERATIONS, recipe
from autograder.learner.diagnosis.observe import Caller, observe
from autograder.learner.diagnosis.plain_data import BadReturn

CLASS = Exercise("Scale", ("size",), returns=())
FUNCTION = Exercise("use", ("model", "x"), returns=("out",), tensors=True)


def caller_of(exercise, function):
    return Caller(LocalAnswer(exercise, function))


class Scale(torch.nn.Module):
    def __init__(self, size, start=2.0):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.full((size,), start))
        self.register_buffer("calls", torch.zeros(1))
        self.kept = []

    def forward(self, x):
        if x.shape[1] != len(self.weight):
            raise ValueError("wrong size")
        if self.training:
            self.calls += 1
        self.last = x * self.weight
        return self.last


X = np.arange(6.0).reshape(2, 3)


@pytest.fixture
def handle():
    return caller_of(CLASS, Scale)(3, start=3.0)


def test_a_class_is_constructed_and_called_with_plain_data(handle):
    assert np.array_equal(handle(X), 3 * X)
    assert handle.attribute("weight").tolist() == [3, 3, 3] and handle.attribute("training") is True
    assert handle.error(np.ones((2, 4))) == "ValueError" and handle.error(X) == ""
    assert list(handle.state_dict()) == ["weight", "calls"]


def test_modes_dtypes_and_states_can_be_set(handle):
    handle.eval()
    handle(X)
    assert handle.attribute("calls") == 0
    handle.train()
    handle(X)
    assert handle.attribute("calls") == 1
    handle.double()
    handle.load_state_dict({"weight": np.array([1.0, 2, 3]), "calls": np.array([7.0])})
    assert np.array_equal(handle(X), X * [1, 2, 3]) and handle.attribute("weight").dtype == np.float64
    with pytest.raises(BadReturn, match="refuses a state.*Missing key"):
        handle.load_state_dict({"weight": np.ones(3)})


def test_a_part_can_be_put_into_another_mode_than_the_rest():
    inner = recipe("Sequential", recipe("Dropout", 0.5))
    model = caller_of(FUNCTION, None).build(recipe("Sequential", recipe("BatchNorm1d", 2), inner, training=False))

    def modes():
        return [model.attribute(f"{name}training") for name in ("", "0.", "1.", "1.0.")]

    model.train(part="1")
    assert modes() == [False, False, True, True]
    model.train(False, part="1.0")
    assert modes() == [False, False, True, False]
    model.train()
    model.train(mode=False, part="0")
    assert modes() == [True, False, True, True]


def test_gradients_and_steps_run_where_the_object_lives(handle):
    handle.double()
    dout = np.array([[1.0, 2, 3], [4, 5, 6]])
    found = handle.gradients(X, dout)
    assert np.array_equal(found["x"], 3 * dout) and np.array_equal(found["weight"], (dout * X).sum(axis=0))
    losses = handle.steps(X, np.zeros((2, 3)), lr=0.01, n=3)
    assert losses.shape == (3,) and losses[0] == np.mean((3 * X) ** 2) and np.all(np.diff(losses) < 0)


def test_structure_memory_and_kept_graphs_are_described(handle):
    told = handle.describe()
    assert told["parameters"] == {"weight": [3]} and told["buffers"] == {"calls": [1]} and told["modules"] == ["Scale"]
    before = handle.identity("calls")
    assert handle.holding_graph() == []
    handle(X)
    assert handle.identity("calls") == before and handle.holding_graph() == ["last"]


def test_graphs_and_gradients_can_be_left_out(handle):
    assert np.array_equal(handle.call_without_graph(X), 3 * X) and handle.holding_graph() == []
    handle.freeze()
    handle(X)
    assert handle.holding_graph() == []


@pytest.mark.parametrize(("hoard", "growth"), [(None, 0), (lambda x: x, 7), (lambda x: {"a": 1.0, "b": x[:1]}, 7)])
def test_what_an_object_keeps_is_counted_once(hoard, growth):
    class Hoarder(Scale):
        def forward(self, x):
            self.again = Hoarder.shared
            if hoard:
                self.again.append(hoard(x))
            return super().forward(x)

    Hoarder.shared = []
    handle = caller_of(CLASS, Hoarder)(3)
    kept = [(handle(X), handle.kept_numbers())[1] for _ in range(3)]
    assert kept[2] - kept[1] == growth


def test_what_an_object_lacks_is_said_in_words(handle):
    with pytest.raises(BadReturn, match="has no attribute `eps`"):
        handle.attribute("eps")
    with pytest.raises(AttributeError, match="no operation on a handle; the operations are call"):
        handle.undo()
    model = caller_of(CLASS, Scale).build(recipe("Sequential", recipe("Linear", 1, 1)))
    with pytest.raises(BadReturn, match="a Linear where numbers are expected"):
        model.attribute("0")


def test_a_detached_output_is_said_in_words():
    class Detached(torch.nn.Module):
        def forward(self, x):
            return x.detach()

    with pytest.raises(BadReturn, match="no gradient flows"):
        caller_of(CLASS, Detached)().gradients(X, X)


def test_an_input_changed_by_a_module_is_noticed():
    class InPlace(torch.nn.Module):
        def forward(self, x):
            return x.mul_(2)

    caller = caller_of(CLASS, InPlace)
    caller()(X)
    assert caller.changed == {"x"} and X[0, 1] == 1


def test_a_recipe_is_built_in_float64_from_a_fixed_seed_and_leaves_the_global_seed_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    state = {"1.running_mean": np.array([1.0, 2.0])}
    made = recipe("Sequential", recipe("Linear", 3, 2), recipe("BatchNorm1d", 2, eps=0.5), state=state, training=False)
    models = [caller_of(FUNCTION, None).build(made) for _ in range(2)]
    assert torch.rand(1) == expected
    first, second = (model.state_dict() for model in models)
    assert all(np.array_equal(first[name], second[name]) for name in first)
    assert first["1.running_mean"].tolist() == [1, 2] and first["0.weight"].dtype == np.float64
    assert models[0].attribute("1.eps") == 0.5 and models[0].describe()["training"] is False


@pytest.mark.parametrize(
    ("function", "changed"),
    [
        (lambda model, x: model(x), set()),
        (lambda model, x: model.train()(x), {"model"}),
        (lambda model, x: model[0].weight.data.zero_() + 0, {"model"}),
        (lambda model, x: x.add_(1), {"x"}),
    ],
)
def test_a_function_that_changes_a_model_or_its_mode_is_noticed(function, changed):
    caller = caller_of(FUNCTION, function)
    model = caller.build(recipe("Sequential", recipe("Linear", 3, 3), training=False))
    assert caller(model, X)["out"].shape and caller.changed == changed


def test_what_an_exercise_is_asked_to_change_it_may_change():
    exercise = Exercise("reset", ("model",), returns=(), mutates=("model",))

    def play(call, rng):
        model = call.build(recipe("BatchNorm1d", 2, state={"running_mean": np.ones(2)}))
        assert call(model) is None
        return {"mean": model.attribute("running_mean")}

    exercise.probe("one", symptom="")(play)
    seen = observe(exercise, exercise.probes["one"], LocalImplementation(lambda model: model.reset_running_stats()), 0)
    assert not seen.raised and not seen.changed and seen.outputs["mean"].tolist() == [0, 0]


def test_arrays_inside_of_dicts_and_lists_are_copied_and_watched():
    exercise = Exercise("use", ("cache",), returns=("out",))
    cache = {"x": np.ones(2), "more": [np.zeros(2), 3]}
    caller = caller_of(exercise, lambda cache: cache["more"][0].__iadd__(1))
    caller(cache)
    assert caller.changed == {"cache"} and not cache["more"][0].any()


def test_a_class_that_uses_another_exercise_is_tried_with_the_right_one():
    class Uses(Scale):
        def forward(self, x):
            return helper(x)  # noqa: F821

    assert "helper" in names_used(Uses)
    exercise = Exercise("Uses", ("n",), returns=())
    caller = Caller(LocalAnswer(exercise, Uses, {"helper": lambda x: x + 1}))
    assert caller(3)(np.ones(1)) == 2 and "helper" not in globals()


def test_every_operation_says_what_it_does():
    assert OPERATIONS and all(function.__doc__ for function in OPERATIONS.values())


@pytest.mark.parametrize(
    "ready_made",
    [
        lambda x: torch.nn.functional.batch_norm(x, None, None, training=True),
        lambda x: torch.nn.BatchNorm1d(3).double()(x),
        lambda x: getattr(torch, "batch_" + "norm")(x, None, None, None, None, True, 0.1, 1e-5, False),
        lambda x: torch.instance_norm(x.T[None], None, None, None, None, True, 0.1, 1e-5, False)[0].T,
    ],
)
def test_torchs_own_normalization_is_found_out_however_it_is_called(ready_made):
    exercise = Exercise("norm", ("x",), ("out",), tensors=True, forbidden=("batch_norm",))
    by_hand = lambda x: (x - x.mean(0)) / (x.var(0, correction=0) + 1e-5) ** 0.5  # noqa: E731
    assert caller_of(exercise, by_hand)(np.eye(3))["out"].shape == (3, 3)
    with pytest.raises(BadReturn, match="calls torch's own batch_norm"):
        caller_of(exercise, ready_made)(np.eye(3))
