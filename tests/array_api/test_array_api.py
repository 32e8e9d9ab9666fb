"""Fits on arrays of other libraries, where scikit-learn dispatches; oracle: NumPy's fit.

scikit-learn dispatches only where SCIPY_ARRAY_API=1 was set before SciPy was imported, so these
tests are a run of their own: SCIPY_ARRAY_API=1 python -m pytest tests/array_api
"""

import os
import pickle
import warnings

import numpy as np
import pytest
import sklearn
from libraries import elsewhere, strict, torch
from sklearn.datasets import load_digits, load_wine
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdigits import (
    BatchedGridSearchCV,
    TwoLayerNNClassifier,
    TwoLayerNNClassifierCV,
    load_model,
    save_model,
)
from skdigits.network import to_host

if os.environ.get("SCIPY_ARRAY_API") != "1":
    pytest.skip("needs SCIPY_ARRAY_API=1", allow_module_level=True)


@parametrize_with_checks(
    [
        TwoLayerNNClassifier(3, maxiter=20),
        TwoLayerNNClassifierCV(3, maxiter=20, cv=3, reg_lambdas=[1.0]),
    ],
    legacy=False,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture(autouse=True)
def dispatch(request):
    on = "scikit_learn" not in request.node.name and "without" not in request.node.name
    with sklearn.config_context(array_api_dispatch=on):
        yield


def fitted(X, y, *args, fit=None, **params):
    params = {"hidden_units": 5, "maxiter": 15, "random_state": 0} | params
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return TwoLayerNNClassifier(**params).fit(X, y, *args, **(fit or {}))


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"standardize": False, "coordinates": "plain", "activation": "relu"},
        {"output_activation": "sigmoid", "activation": "tanh"},
        {"variable_projection": True},
        {"solver": "trust-ncg", "maxiter": 4},
        {"early_stopping": True},
        {"progressive_sampling": (0.4,)},
        {"n_init": 2, "class_weight": "balanced"},
    ],
)
def test_a_fit_is_that_of_numpy(put, params):
    X, y = load_wine(return_X_y=True)
    model, expected = fitted(put(X), put(y), **params), fitted(X, y, **params)
    exact = to_host(put(X)).dtype == np.float64  # JAX has float32 alone by default
    np.testing.assert_allclose(model.loss_, expected.loss_, rtol=1e-5 if exact else 0.05)
    assert type(model.coefs_[0]) is type(put(X))
    p = model.predict_proba(put(X))
    assert type(p) is type(put(X))
    assert p.device == put(X).device
    np.testing.assert_allclose(to_host(p), expected.predict_proba(X), atol=1e-2 if exact else 0.5)
    for method in ("predict_log_proba", "decision_function", "transform"):
        found = to_host(getattr(model, method)(put(X)))
        assert found.shape == getattr(expected, method)(X).shape
        if exact:
            np.testing.assert_allclose(found, getattr(expected, method)(X), atol=0.3)
    predicted = model.predict(put(X))
    assert type(predicted) is type(put(y))
    assert (to_host(predicted) == expected.predict(X)).mean() > 0.97
    assert abs(model.score(put(X), put(y)) - expected.score(X, y)) < 0.02


@pytest.mark.parametrize("params", [{"tol": 1e-9, "maxiter": 5000, "reg_lambda": 3.0}])
def test_the_minimum_is_the_same_to_1e_5(put, params):
    X, y = load_wine(return_X_y=True)
    if to_host(put(X)).dtype != np.float64:
        pytest.skip("JAX has float32 alone by default")
    model, expected = fitted(put(X), put(y), **params), fitted(X, y, **params)
    p = to_host(model.predict_proba(put(X)))
    np.testing.assert_allclose(p, expected.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "bfloat16"])
def test_tensors_of_smaller_numbers(dtype):
    X, y = load_digits(return_X_y=True)
    tensors = torch(X).to(getattr(pytest.importorskip("torch"), dtype))
    model, expected = fitted(tensors, torch(y)), fitted(X, y)
    assert model.loss_ == pytest.approx(expected.loss_, rel=1e-6)
    p = to_host(model.predict_proba(tensors))
    np.testing.assert_allclose(p, expected.predict_proba(X), atol=1e-3)


def test_two_classes_names_several_labels_and_weights(put):
    X, y = load_wine(return_X_y=True)
    for labels, params in [
        (y == 1, {}),
        (y == 1, {"output_activation": "sigmoid"}),
        (np.stack([y == 1, y > 0], axis=1).astype(int), {"output_activation": "sigmoid"}),
    ]:
        w = np.random.default_rng(0).uniform(size=len(y))
        model, expected = (
            fitted(put(X), put(labels), put(w), **params),
            fitted(X, labels, w, **params),
        )
        np.testing.assert_allclose(model.loss_, expected.loss_, rtol=1e-3)
        p, q = model.predict_proba(put(X)), expected.predict_proba(X)
        np.testing.assert_allclose(to_host(p), q, atol=0.05)
        assert to_host(model.predict(put(X))).shape == expected.predict(X).shape
    names = np.array(["a", "b", "c"])[y]
    model = fitted(put(X), names)
    assert set(model.predict(put(X))) <= {"a", "b", "c"}
    assert accuracy_score(names, model.predict(put(X))) > 0.9


def test_float32_stays_and_small_numbers_are_converted_block_by_block(put):
    X, y = load_digits(return_X_y=True)
    model = fitted(put(X.astype(np.float32)), put(y))
    assert "float32" in str(model.coefs_[0].dtype)
    assert "float32" in str(model.predict_proba(put(X.astype(np.float32))).dtype)
    small = fitted(put(X.astype(np.uint8)), put(y), dtype="float32")
    assert "float32" in str(small.coefs_[0].dtype)
    np.testing.assert_allclose(small.loss_, model.loss_, rtol=1e-3)


def test_validation_rows_and_initial_weights(put):
    X, y = load_wine(return_X_y=True)
    before = fitted(X, y, maxiter=3)
    fit = {"X_val": put(X), "y_val": put(y), "coef_init": [put(c) for c in before.coefs_]}
    model = fitted(put(X), put(y), fit=fit)
    expected = fitted(X, y, fit={"X_val": X, "y_val": y, "coef_init": before.coefs_})
    np.testing.assert_allclose(
        model.validation_loss_curve_, expected.validation_loss_curve_, rtol=1e-2
    )
    again = fitted(put(X), put(y), warm_start=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again.fit(put(X), put(y))
    assert again.loss_ <= model.loss_


def test_pickles_and_files_bring_the_weights_to_the_host(put, tmp_path):
    X, y = load_wine(return_X_y=True)
    model = fitted(put(X), put(y))
    save_model(model, tmp_path / "model.npz")
    for host in (pickle.loads(pickle.dumps(model)), load_model(tmp_path / "model.npz")):
        for array in (*host.coefs_, *host.intercepts_, host.classes_, host.feature_scale_):
            assert isinstance(array, np.ndarray)
        p = to_host(model.predict_proba(put(X)))
        np.testing.assert_allclose(host.predict_proba(X), p, atol=1e-5)
    assert not isinstance(model.coefs_[0], np.ndarray)


def test_in_a_pipeline():
    X, y = load_wine(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipe = make_pipeline(StandardScaler(), TwoLayerNNClassifier(5, maxiter=15, random_state=0))
        pipe.fit(torch(X), torch(y))
    assert pipe.score(torch(X), torch(y)) > 0.95


def test_what_is_wrong_is_told(put):
    X, y = load_wine(return_X_y=True)
    model = fitted(put(X), put(y))
    for method in ("predict", "predict_proba", "decision_function", "transform"):
        with pytest.raises(
            ValueError, match=rf"TwoLayerNNClassifier.{method}\(\) must use the same"
        ):
            getattr(model, method)(X)
        with pytest.raises(ValueError, match="must use the same"):
            getattr(fitted(X, y), method)(put(X))
    with pytest.raises(ValueError, match="X_val must be of the same library"):
        fitted(put(X), put(y), fit={"X_val": X, "y_val": y})
    with pytest.raises(ValueError, match="X_val must be of the same library"):
        fitted(X, y, fit={"X_val": put(X), "y_val": y})
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        fitted(put(X), put(y[1:]))
    with pytest.raises(ValueError, match="sample_weight must have shape"):
        fitted(put(X), put(y), put(np.ones(3)))
    with pytest.raises(ValueError, match="features"):
        model.predict(put(X[:, 1:]))
    X[3, 3] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        fitted(put(X), put(y))
    with pytest.raises(ValueError, match="NaN"):
        model.predict(put(X))


def test_devices_that_differ_are_told():
    X, y = load_wine(return_X_y=True)
    with pytest.raises(
        ValueError, match="X_val must be of the same library, and on the same device"
    ):
        fitted(strict(X), y, fit={"X_val": elsewhere(X), "y_val": y})
    with pytest.raises(ValueError, match=r"Device\('device1'\)"):
        fitted(elsewhere(X), y).predict(strict(X))
    # Labels and weights follow X.
    a, b = fitted(elsewhere(X), strict(y), strict(np.ones(len(y)))), fitted(X, y)
    np.testing.assert_allclose(a.loss_, b.loss_, rtol=1e-6)


def test_without_dispatch():
    X, y = load_wine(return_X_y=True)
    host = fitted(torch(X), torch(y))
    assert isinstance(host.coefs_[0], np.ndarray)  # as scikit-learn's own estimators
    with pytest.raises(ValueError, match=r"set_config\(array_api_dispatch=True\)"):
        fitted(elsewhere(X), y)
    with pytest.raises(ValueError, match=r"set_config\(array_api_dispatch=True\)"):
        host.predict(elsewhere(X))
    with sklearn.config_context(array_api_dispatch=True):
        model = fitted(torch(X), torch(y))
    with pytest.raises(ValueError, match=r"set_config\(array_api_dispatch=True\)"):
        model.predict(torch(X))


@pytest.mark.parametrize("binary", [False, True])
def test_a_committee_follows_the_rows_to_predict(put, binary):
    X, y = load_wine(return_X_y=True)
    y = y == 1 if binary else y
    X = to_host(put(X))  # JAX has float32 alone by default
    settings = {"hidden_units": 3, "cv": 3, "reg_lambdas": [1.0, 10.0], "random_state": 0}
    expected = TwoLayerNNClassifierCV(**settings).fit(X, y)
    model = TwoLayerNNClassifierCV(**settings).fit(put(X), put(y), put(np.ones(len(y))))
    assert model.reg_lambda_ == expected.reg_lambda_
    for method in ("predict_proba", "predict_log_proba", "decision_function", "predict"):
        found = getattr(model, method)(put(X))
        assert type(found) is type(put(X))
        assert found.device == put(X).device
        np.testing.assert_allclose(to_host(found), getattr(expected, method)(X), rtol=1e-4)
    assert model.score(put(X), put(y)) == pytest.approx(expected.score(X, y))
    names = np.array(["red", "white"])[(y > 0).astype(int)]
    assert TwoLayerNNClassifierCV(**settings).fit(put(X), names).predict(put(X)).dtype.kind == "U"
    assert isinstance(model.predict_proba(X), np.ndarray)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("search", [GridSearchCV, BatchedGridSearchCV])
def test_searches(search):
    X, y = load_wine(return_X_y=True)
    lambdas = {"reg_lambda": [0.3, 3.0]}
    searched = [
        search(TwoLayerNNClassifier(3, maxiter=20, random_state=0), lambdas, cv=3).fit(*rows)
        for rows in ((X, y), (torch(X), torch(y)))
    ]
    assert searched[1].best_params_ == searched[0].best_params_
    assert searched[1].best_score_ == pytest.approx(searched[0].best_score_)
    assert type(searched[1].predict(torch(X))) is type(torch(X))
