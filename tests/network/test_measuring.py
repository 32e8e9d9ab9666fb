"""Oracle: the units that sorting each column finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from skdigits.network import center_and_scale
from skdigits.network.measuring import measure, rows_to_measure
from skdigits.network.stored import StoredRows
from skdigits.network.units import of_dense, units_of


def sorted_units(X, w, dtype):
    return units_of(*of_dense(X, w, np.dtype(dtype)), np.dtype(dtype))


def check(X, w=None, dtype="float64"):
    with np.errstate(over="ignore", invalid="ignore"):
        center, scale = measure(rows_to_measure(X, w, np.dtype(dtype)), X.shape[1])
        expected = sorted_units(X, w, dtype)
    np.testing.assert_allclose(center, expected[0], rtol=1e-10, atol=1e-12 * np.abs(scale).max())
    np.testing.assert_allclose(scale, expected[1], rtol=1e-10)


def table(rng, n_samples):
    X = rng.standard_t(2, size=(n_samples, 9)) * 10.0 ** rng.integers(-5, 6, 9)
    X[:, 0], X[:, 1] = 0, -5
    X[:, 2] = rng.random(n_samples) < 0.002  # pixels that are hardly ever lit
    X[:, 3] = rng.integers(0, 4, n_samples)
    X[:, 4] = np.sort(X[:, 4])
    X[:, 5] += 1e6
    return X


@pytest.mark.parametrize("weights", ["none", "some zero", "light", "one heavy"])
@pytest.mark.parametrize(("dtype", "arithmetic"), [("f8", "f8"), ("f4", "f4"), ("f8", "f4")])
def test_tables(weights, dtype, arithmetic):
    rng = np.random.default_rng(0)
    X = table(rng, 21011).astype(dtype)
    w = rng.uniform(0.1, 2, len(X))
    w = {
        "none": None,
        "some zero": w * (rng.random(len(X)) < 0.5),
        "light": w * 1e-6,
        "one heavy": np.where(np.arange(len(X)) == 7, 1e5, w),
    }[weights]
    check(X, w, arithmetic)


@given(
    X=arrays(
        np.float64,
        st.tuples(st.integers(1, 60), st.integers(1, 3)),
        elements=st.floats(allow_nan=False, allow_infinity=False),
    ),
    seed=st.none() | st.integers(0, 99),
)
@settings(max_examples=150, deadline=None)
def test_any_numbers(X, seed):
    w = None if seed is None else np.random.default_rng(seed).choice([0.0, 1.0, 2.5], len(X))
    if w is not None and not w.any():
        w = None
    with np.errstate(over="ignore", invalid="ignore"):
        found = measure(rows_to_measure(X, w, np.dtype(float)), X.shape[1])
        expected = sorted_units(X, w, "f8")
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-9)
    np.testing.assert_allclose(found[0] / expected[1], expected[0] / expected[1], atol=1e-9)


def test_many_ties_beside_few_values_and_a_sample_that_misleads():
    # The sample sees every so many rows of every so many blocks: what lies between is another table.
    X = np.zeros((50000, 3))
    X[1::2, 0] = np.arange(25000)
    X[::2, 1] = 1e9
    X[1::2, 1] = np.random.default_rng(1).normal(size=25000)
    X[:, 2] = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 10000)
    check(X)
    check(X[::-1].copy(), np.linspace(0, 1, 50000))


def test_small_integers_are_measured_as_they_are():
    X = np.random.default_rng(0).integers(0, 256, (9000, 20)).astype(np.uint8)
    for dtype in ("f4", "f8"):
        own = center_and_scale(X, None, dtype)
        np.testing.assert_array_equal(own, center_and_scale(X.astype(dtype), None, dtype))
        check(X, dtype=dtype)


class Counted:
    """Stored rows that are counted as they are read."""

    def __init__(self, X):
        self._X, self.shape, self.dtype, self.read = X, X.shape, X.dtype, 0

    def __getitem__(self, rows):
        self.read += rows.stop - rows.start
        return self._X[rows]


@pytest.mark.parametrize("of", ["zeros but for a few rows in a row", "sorted", "few values"])
def test_passes_are_few_in_whatever_order_rows_are(of):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 80)).astype(np.float32)
    if of == "sorted":
        X.sort(axis=0)
    elif of == "few values":
        X = rng.integers(0, 3, X.shape).astype(np.float32)
    else:
        X[:40_000] = X[41_000:] = 0
    rows = Counted(X)
    for found, expected in zip(
        center_and_scale(StoredRows(rows)), center_and_scale(X), strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    assert rows.read <= 10 * len(X)
