"""Costs of arrays of other libraries; oracle: those of NumPy's."""

import numpy as np
import pytest

from skdigits import Objective
from skdigits.network import arrays, center_and_scale, to_host

pytest.importorskip("array_api_compat")


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("weights", [None, "rows", "outputs"])
def test_costs_gradients_products_and_projections(put, activation, output, weights):
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2000, 7)), np.eye(3)[rng.integers(0, 3, 2000)]
    if weights == "outputs" and output == "softmax":
        pytest.skip("there is one loss a row")
    w = {"rows": rng.uniform(size=2000), "outputs": rng.uniform(size=(2000, 3))}.get(weights)
    settings = {"hidden_units": 5, "activation": activation, "output_activation": output}
    settings["sample_weight"] = w
    given = put(X)
    before = to_host(given).copy()
    ours, theirs = Objective(X, Y, **settings), Objective(given, Y, **settings)
    theta, v = ours.initial_parameters(0), ours.initial_parameters(1)
    near = (
        {"rtol": 1e-5, "atol": 1e-5}
        if theirs._data.dtype == np.float32
        else {"rtol": 1e-9, "atol": 1e-11}
    )
    for method, arguments in [
        ("cost_gradient", (theta,)),
        ("hessian_product", (theta, v)),
        ("hessian", (theta,)),
        ("project", (theta, 1e-6)),
    ]:
        for a, b in zip(
            getattr(ours, method)(*arguments), getattr(theirs, method)(*arguments), strict=True
        ):
            assert isinstance(b, float | np.ndarray)
            np.testing.assert_allclose(b, a, **near)
    np.testing.assert_array_equal(to_host(given), before)


@pytest.mark.parametrize("weighted", [False, True])
def test_units(put, weighted):
    rng = np.random.default_rng(0)
    X = rng.standard_t(2, size=(500, 6)) * [1, 1e3, 1e-3, 1, 1, 1]
    X[:, 4] = 3
    X[:, 5] = rng.random(500) < 0.01
    w = rng.choice([0.0, 0.5, 2.0], 500) if weighted else None
    given = put(X)
    before = to_host(given).copy()
    expected = center_and_scale(before, w)
    tolerance = 1e-3 if before.dtype == np.float32 else 1e-10
    for a, b in zip(center_and_scale(given, w), expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(to_host(given), before)


def test_small_numbers_stay_as_they_are(put):
    X = np.random.default_rng(0).integers(0, 200, (900, 8)).astype(np.uint8)
    Y = np.eye(2)[X[:, 0] % 2]
    ours, theirs = Objective(X, Y, dtype="float32"), Objective(put(X), Y, dtype="float32")
    assert "uint8" in str(theirs._data.lanes[0][0].X.dtype)
    theta = ours.initial_parameters(0)
    for a, b in zip(ours.cost_gradient(theta), theirs.cost_gradient(theta), strict=True):
        np.testing.assert_allclose(b, a, atol=1e-5)


def test_a_device_without_float64_computes_in_float32():
    strict = pytest.importorskip("array_api_strict")
    if "no_float64" not in strict.__array_namespace_info__().devices().__repr__():
        pytest.skip("this array-api-strict has no such device")
    X = strict.asarray(np.ones((4, 2), np.float32), device=strict.Device("no_float64"))
    assert Objective(X, np.eye(2)[[0, 1, 0, 1]])._data.dtype == np.float32


def test_a_library_that_lacks_a_function_is_told(monkeypatch):
    strict = pytest.importorskip("array_api_strict")
    library = arrays.Library(strict, strict.Device("CPU_DEVICE"))
    with pytest.raises(ValueError, match="'arctan3', which array_api_strict has not"):
        library.arctan3(1)


def test_without_array_api_compat_the_extra_is_told(monkeypatch):
    strict = pytest.importorskip("array_api_strict")
    monkeypatch.setitem(__import__("sys").modules, "array_api_compat", None)
    with pytest.raises(ImportError, match="with its extra gpu"):
        Objective(strict.asarray(np.ones((4, 2))), np.eye(2)[[0, 1, 0, 1]])
