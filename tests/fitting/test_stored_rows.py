"""Rows in a file behind an interface, and rows in their own dtype.

Oracle: the fit of the same rows in memory, and of rows converted beforehand.
"""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine

from skdigits import Objective, TwoLayerNNClassifier


class Source:
    """Rows that are counted as they are read."""

    def __init__(self, X, chunk=None):
        self._X, self.shape, self.dtype = X, X.shape, X.dtype
        self.chunks = None if chunk is None else (chunk, X.shape[1])
        self.largest, self.cuts = 0, set()

    def __getitem__(self, rows):
        assert isinstance(rows, slice)
        assert rows.step is None
        self.largest = max(self.largest, rows.stop - rows.start)
        self.cuts |= {rows.start, rows.stop}
        return self._X[rows]


def digits(n_repeats=1, dtype=np.float64):
    X, y = load_digits(return_X_y=True)
    return np.tile(X, (n_repeats, 1)).astype(dtype), np.tile(y, n_repeats)


def fitted(X, y, *args, **params):
    params = {"hidden_units": 5, "maxiter": 12, "random_state": 0} | params
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TwoLayerNNClassifier(**params).fit(X, y, *args)


def same_bits(a, b):
    for one, other in zip(a.coefs_ + a.intercepts_, b.coefs_ + b.intercepts_, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)
    assert a.loss_curve_ == b.loss_curve_


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"standardize": False, "coordinates": "plain"},
        {"variable_projection": True},
        {"solver": "trust-ncg", "maxiter": 3},
        {"early_stopping": True},
        {"progressive_sampling": (0.3,)},
        {"n_init": 2, "class_weight": "balanced"},
        {"dtype": "float32"},
    ],
)
def test_stored_rows_are_fitted_as_those_in_memory(settings):
    X, y = digits(7)
    source = Source(X)
    stored = fitted(source, y, **settings)
    same_bits(stored, fitted(X, y, **settings))
    assert stored.n_features_in_ == 64
    np.testing.assert_array_equal(stored.predict(source), stored.predict(X))
    np.testing.assert_array_equal(stored.predict_proba(source), stored.predict_proba(X))
    np.testing.assert_array_equal(stored.transform(source), stored.transform(X))
    assert stored.score(source, y) == stored.score(X, y)


def test_many_stored_rows_are_measured_in_passes_and_never_read_whole():
    X, y = digits(60)  # 7 million values
    source = Source(X.astype(np.float32), chunk=1000)
    w = np.random.default_rng(0).uniform(size=len(y))
    stored = fitted(source, y, w, hidden_units=60)
    assert source.largest <= 12000 < len(y) / 8
    assert {cut % 1000 for cut in source.cuts if cut < len(y)} == {0}
    memory = fitted(X.astype(np.float32), y, w, hidden_units=60)
    np.testing.assert_allclose(stored.feature_scale_, memory.feature_scale_, rtol=1e-12)
    np.testing.assert_allclose(stored.loss_, memory.loss_, rtol=1e-4)


def test_validation_rows_may_be_stored():
    X, y = digits()
    a = fitted(X, y)
    model = TwoLayerNNClassifier(5, maxiter=12, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(Source(X), y, X_val=Source(X), y_val=y)
        expected = TwoLayerNNClassifier(5, maxiter=12, random_state=0).fit(X, y, X_val=X, y_val=y)
    same_bits(a, model)
    assert model.validation_loss_curve_ == expected.validation_loss_curve_


def test_an_objective_reads_stored_rows():
    X, y = load_wine(return_X_y=True)
    Y = np.eye(3)[y]
    stored, memory = Objective(Source(X), Y), Objective(X, Y)
    theta = memory.initial_parameters(0)
    for method in ("cost_gradient", "project", "hessian"):
        for a, b in zip(
            getattr(stored, method)(theta), getattr(memory, method)(theta), strict=True
        ):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("settings", [{}, {"standardize": False, "coordinates": "plain"}])
def test_nan_is_found_in_the_first_pass(value, settings):
    X, y = digits()
    X[1234, 5] = value
    with pytest.raises(ValueError, match="NaN or infinity in row 1234"):
        fitted(Source(X), y, **settings)
    model = fitted(digits()[0], y)
    with pytest.raises(ValueError, match="NaN or infinity in row 1234"):
        model.predict(Source(X))


def test_what_is_wrong_is_told():
    X, y = digits()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted(Source(X), y[:-1])
    with pytest.raises(ValueError, match="64 features"):
        fitted(X, y).predict(Source(X[:, 1:]))
    with pytest.raises(ValueError, match=r"shape \(n_samples, n_features\)"):
        fitted(Source(X[:0]), y[:0])
    source = Source(X)
    source.shape = 1900, 64
    with pytest.raises(ValueError, match="X must give rows"):
        fitted(source, np.resize(y, 1900))
    with pytest.raises(ValueError, match="must hold numbers"):
        fitted(Source(X.astype("S3")), y)


def test_h5py_and_zarr(tmp_path):
    h5py, zarr = pytest.importorskip("h5py"), pytest.importorskip("zarr")
    X, y = digits(7, np.uint8)
    memory = fitted(X, y, dtype="float32")
    with h5py.File(tmp_path / "rows.h5", "w") as file:
        rows = file.create_dataset("X", data=X, chunks=(500, 64), compression="gzip")
        compressed = fitted(rows, y, dtype="float32")  # the blocks are cut where chunks are
        np.testing.assert_allclose(compressed.coefs_[0], memory.coefs_[0], atol=1e-4)
        np.testing.assert_array_equal(memory.predict(rows), memory.predict(X))
        same_bits(fitted(file.create_dataset("whole", data=X), y, dtype="float32"), memory)
    rows = zarr.create_array(str(tmp_path / "rows.zarr"), data=X, chunks=(500, 64))
    same_bits(fitted(rows, y, dtype="float32"), compressed)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "float16", "float32", "uint32"])
@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_in_their_own_dtype_are_fitted_as_if_converted(dtype, arithmetic, order):
    X, y = digits(7)
    X = np.asarray(X > 7 if dtype == "bool" else X, dtype=dtype, order=order)
    own = fitted(X, y, dtype=arithmetic)
    converted = fitted(X.astype(arithmetic), y, dtype=arithmetic)
    same_bits(own, converted)
    np.testing.assert_array_equal(own.predict_proba(X), own.predict_proba(X.astype(arithmetic)))
    np.testing.assert_array_equal(own.transform(X), own.transform(X.astype(arithmetic)))


@pytest.mark.parametrize("arithmetic", ["float32", "float64"])
def test_an_objective_keeps_small_numbers_as_they_are(arithmetic):
    X, y = digits(7, np.uint8)
    Y = np.eye(10)[y]
    own = Objective(X, Y, dtype=arithmetic)
    assert own._data.lanes[0][0].X.dtype == np.uint8
    assert np.shares_memory(own._data.lanes[0][0].X, X)
    converted = Objective(X.astype(arithmetic), Y)
    theta = own.initial_parameters(0)
    for method in ("cost_gradient", "project"):
        for a, b in zip(
            getattr(own, method)(theta), getattr(converted, method)(theta), strict=True
        ):
            np.testing.assert_array_equal(a, b)
    v = own.initial_parameters(1)
    np.testing.assert_array_equal(
        own.hessian_product(theta, v), converted.hessian_product(theta, v)
    )
