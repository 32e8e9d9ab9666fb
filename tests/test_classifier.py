"""Oracles: the objective at the fitted weights, formulas in NumPy, refits, and invariances."""

import copy
import io
import os
import pickle
import signal
import threading
import tracemalloc
import warnings
from itertools import count

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from scipy.special import expit, softmax
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris, make_multilabel_classification
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score, f1_score, log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.fitting import plan_fit
from skdigits.fitting.solvers import SOLVERS
from skdigits.fitting.watches import Validation
from skdigits.network import center_and_scale
from skdigits.network.parameters import Layout, make_coordinates

METHODS = [solver.method for solver in SOLVERS.values()]
OUTPUTS = ["softmax", "sigmoid"]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X), y


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return train_test_split(X[:600] / 16, y[:600], random_state=0, stratify=y[:600])


def cost_of(model, X, Y, w=None):
    """The objective at a model's weights."""
    objective = Objective(
        X,
        Y,
        hidden_units=model.hidden_units,
        reg_lambda=model.reg_lambda,
        activation=model.activation,
        output_activation=model.output_activation,
        sample_weight=w,
        feature_scale=model.feature_scale_,
    )
    W1, W2 = (C.T for C in model.coefs_)
    return objective.cost_gradient(
        objective.pack(W1, model.intercepts_[0], W2, model.intercepts_[1])
    )


def optimizers_gradient(model, X, Y):
    """The gradient where a model ended, in the coordinates that its optimizer worked in."""
    layout = Layout(X.shape[1], model.hidden_units, Y.shape[1])
    coordinates = make_coordinates(
        model.coordinates, layout, *center_and_scale(X), model.activation
    )
    return coordinates.pull_back(cost_of(model, X, Y)[1])


def one_hot(y, n_outputs):
    return (np.asarray(y)[:, None] == np.arange(n_outputs)).astype(float)


@pytest.mark.parametrize("solver", METHODS)
def test_every_solver_ends_at_a_stationary_point_of_the_cost(iris, solver):
    X, y = iris
    model = TwoLayerNNClassifier(4, reg_lambda=1, solver=solver, maxiter=3000, tol=1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(random_state=0).fit(X, y)
    cost, _ = cost_of(model, X, one_hot(y, 3))
    assert model.loss_ == pytest.approx(cost, rel=1e-14)
    assert np.abs(optimizers_gradient(model, X, one_hot(y, 3))).max() <= 1e-5
    assert model.optimize_result_.success
    assert model.optimize_result_.fun == model.loss_
    assert len(model.loss_curve_) == model.n_iter_ == model.optimize_result_.nit
    assert model.loss_ <= min(model.loss_curve_)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("n_classes", [1, 2, 3])
def test_predictions_follow_the_formulas(iris, activation, output, n_classes):
    X, y = iris
    X, y = X[y < n_classes], np.array(["ada", "bob", "cy"])[y[y < n_classes]]
    model = TwoLayerNNClassifier(
        3, activation=activation, output_activation=output, maxiter=20, random_state=0
    ).fit(X, y)
    act = {"logistic": expit, "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}[activation]
    z = act(X @ model.coefs_[0] + model.intercepts_[0]) @ model.coefs_[1] + model.intercepts_[1]
    if n_classes == 2 and output == "sigmoid":
        p, scores = np.c_[1 - expit(z), expit(z)], z[:, 0]
    elif output == "sigmoid":
        p, scores = expit(z) / expit(z).sum(axis=1, keepdims=True), z
    else:
        p, scores = softmax(z, axis=1), z
    if n_classes == 2 and output == "softmax":
        scores = z[:, 1] - z[:, 0]
    if n_classes == 1:
        scores = scores[:, 0]
    assert (
        model.n_outputs_
        == z.shape[1]
        == (1 if output == "sigmoid" and n_classes == 2 else n_classes)
    )
    np.testing.assert_array_equal(model.classes_, ["ada", "bob", "cy"][:n_classes])
    np.testing.assert_allclose(model.predict_proba(X), p, rtol=1e-9)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(p), atol=1e-9)
    np.testing.assert_allclose(model.decision_function(X), scores, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X), model.classes_[p.argmax(axis=1)])
    assert model.score(X, y) == accuracy_score(y, model.predict(X))


@pytest.mark.parametrize("output", OUTPUTS)
def test_log_probabilities_do_not_underflow(iris, output):
    X, y = iris
    model = TwoLayerNNClassifier(3, output_activation=output, random_state=0).fit(X, y)
    model.coefs_ = [model.coefs_[0], 1e4 * model.coefs_[1]]
    log_p = model.predict_log_proba(X)
    assert np.isfinite(log_p).all()
    assert log_p.min() < -1000
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64", None])
@pytest.mark.parametrize("given", [np.float32, np.float64, np.uint8])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csc_matrix])
def test_dtype_follows_the_data_or_is_forced(dtype, given, container):
    X, y = load_digits(return_X_y=True)
    X = container(X[:100].astype(given))
    model = TwoLayerNNClassifier(3, dtype=dtype, maxiter=3, random_state=0).fit(X, y[:100])
    expected = np.dtype(dtype or (np.float32 if given == np.float32 else np.float64))
    arrays = [*model.coefs_, *model.intercepts_, model.predict_proba(X), model.decision_function(X)]
    assert {array.dtype for array in arrays} == {expected}
    dense = X.toarray() if sparse.issparse(X) else X
    reference = TwoLayerNNClassifier(3, maxiter=3, random_state=0).fit(dense.astype(float), y[:100])
    tolerance = 1e-3 if expected == np.float32 else 1e-9
    np.testing.assert_allclose(model.coefs_[0], reference.coefs_[0], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.25}, {0: 0.5, 1: 1, 2: 7}])
@pytest.mark.parametrize("weighted", [False, True])
def test_class_weight_multiplies_into_sample_weight(iris, class_weight, weighted):
    X, y = iris
    X, y = X[:120], y[:120]
    w = np.random.default_rng(0).uniform(0.5, 2, len(y)) if weighted else np.ones(len(y))
    options = {"hidden_units": 3, "maxiter": 15, "random_state": 0}
    model = TwoLayerNNClassifier(class_weight=class_weight, **options)
    model.fit(X, y, w if weighted else None)
    if class_weight == "balanced":  # n / (classes * count), rows counted by their weight
        counts = np.array([w[y == k].sum() for k in range(3)])
        factors = (w.sum() / (3 * counts))[y]
        if not weighted:
            np.testing.assert_allclose(factors, compute_sample_weight("balanced", y))
    else:
        factors = np.array([class_weight.get(k, 1.0) for k in range(3)])[y]
    by_hand = TwoLayerNNClassifier(**options).fit(X, y, w * factors)
    np.testing.assert_allclose(model.coefs_[0], by_hand.coefs_[0], rtol=1e-7, atol=1e-9)
    assert model.loss_ == pytest.approx(cost_of(model, X, one_hot(y, 3), w * factors)[0], rel=1e-12)


def test_balanced_ignores_a_class_without_weight(iris):
    X, y = iris
    w = (y != 1).astype(float)
    model = TwoLayerNNClassifier(3, class_weight="balanced", random_state=0).fit(X, y, w)
    assert model.score(X[y != 1], y[y != 1]) == 1
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])


@pytest.mark.parametrize("class_weight", [None, "balanced", [{0: 1, 1: 3}] * 4])
def test_multilabel(class_weight):
    X, Y = make_multilabel_classification(120, 6, n_classes=4, random_state=0)
    X = StandardScaler().fit_transform(X)
    model = TwoLayerNNClassifier(
        5, output_activation="sigmoid", class_weight=class_weight, random_state=0
    ).fit(X, Y)
    w = None
    if class_weight is not None:  # each label's loss has the factors of that label
        factors = class_weight if isinstance(class_weight, list) else ["balanced"] * 4
        w = np.stack(
            [compute_sample_weight(f, y) for f, y in zip(factors, Y.T, strict=True)], axis=1
        )
    assert model.loss_ == pytest.approx(cost_of(model, X, Y, w)[0], rel=1e-12)
    p = model.predict_proba(X)
    np.testing.assert_allclose(p, expit(model.decision_function(X)))
    np.testing.assert_array_equal(model.predict(X), p > 0.5)
    np.testing.assert_array_equal(model.classes_, np.arange(4))
    times = np.random.default_rng(0).integers(0, 3, len(X))
    few = clone(model).set_params(maxiter=5)
    weighted = clone(few).fit(X, Y, times, X_val=X[:9], y_val=Y[:9])
    rows = np.repeat(np.arange(len(X)), times)
    repeated = clone(few).fit(X[rows], Y[rows], X_val=X[:9], y_val=Y[:9])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-7)
    # The validation rows' factors are those of the training rows.
    assert weighted.validation_loss_curve_ == pytest.approx(repeated.validation_loss_curve_)
    same = clone(model).fit(X, sparse.csr_matrix(Y))
    np.testing.assert_array_equal(same.predict_proba(X), p)


@pytest.mark.parametrize("projection", [False, True])
def test_weights_of_many_labels_leave_no_row_without_a_say(projection):
    # 30 rare labels: one weight a row, the product of their factors, would be that of a few rows.
    X, Y = make_multilabel_classification(900, 20, n_classes=30, n_labels=2, random_state=0)
    X = StandardScaler().fit_transform(X)
    model = TwoLayerNNClassifier(
        10, output_activation="sigmoid", variable_projection=projection, maxiter=60, random_state=0
    )
    scores = {}
    for class_weight in (None, "balanced"):
        model.set_params(class_weight=class_weight).fit(X[:600], Y[:600])
        found = model.predict(X[600:])
        scores[class_weight] = f1_score(Y[600:], found, average="macro", zero_division=0)
    assert scores["balanced"] > scores[None] + 0.05


@pytest.mark.parametrize("solver", METHODS)
def test_early_stopping_keeps_the_best_validation_weights(digits, solver):
    X, X_val, y, y_val = digits
    options = {"hidden_units": 5, "reg_lambda": 0.01, "solver": solver, "random_state": 0}
    model = TwoLayerNNClassifier(early_stopping=True, n_iter_no_change=3, maxiter=40, **options)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    best = model.best_iter_
    assert best - 1 == np.argmin(model.validation_loss_curve_)
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == model.n_iter_
    assert model.n_iter_ in (best + 3, 40)
    assert log_loss(y_val, model.predict_proba(X_val)) == pytest.approx(
        model.validation_loss_curve_[best - 1], rel=1e-9
    )
    assert model.validation_scores_[best - 1] == model.score(X_val, y_val)
    assert model.loss_ == model.loss_curve_[best - 1]
    if solver == "trust-krylov":  # two fits of which may differ
        return
    # Stopping there by maxiter gives the same weights, up to the lowest cost within an iteration.
    stopped = TwoLayerNNClassifier(maxiter=best, **options).fit(X, y, X_val=X_val, y_val=y_val)
    assert stopped.loss_ == pytest.approx(model.loss_, rel=1e-9)
    assert stopped.validation_loss_curve_ == model.validation_loss_curve_[:best]


def test_early_stopping_holds_out_stratified_rows(digits):
    X, _, y, _ = digits
    rows = np.c_[X, np.arange(len(X))]  # so that a row can be told
    model = TwoLayerNNClassifier(early_stopping=True, validation_fraction=0.2, random_state=0)
    plan = plan_fit(model, rows, y, None, (None, None, None), None, None)
    train, held = plan.rows, plan.held_out.rows
    assert sorted([*train.X[:, -1], *held.X[:, -1]]) == list(range(len(X)))
    np.testing.assert_array_equal(held.codes, y[held.X[:, -1].astype(int)])
    shares = np.bincount(held.codes, minlength=10) / np.bincount(y, minlength=10)
    np.testing.assert_allclose(shares, 0.2, atol=0.02)


def test_validation_weights_count(digits):
    X, X_val, y, y_val = digits
    w = np.random.default_rng(0).uniform(0, 3, len(y_val))
    model = TwoLayerNNClassifier(5, maxiter=8, random_state=0)
    model.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=w)
    p = model.predict_proba(X_val)
    expected = log_loss(y_val, p, sample_weight=w)
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)
    expected = accuracy_score(y_val, p.argmax(axis=1), sample_weight=w)
    assert model.validation_scores_[-1] == pytest.approx(expected)


def test_validation_weights_count_label_by_label(digits):
    X, X_val, y, y_val = digits
    X, X_val = X[:, ::3], X_val[:, ::3]
    Y, Y_val = (np.stack([k == 3, k > 6], axis=1).astype(int) for k in (y, y_val))
    model = TwoLayerNNClassifier(
        5, output_activation="sigmoid", class_weight=[{1: 9}, {0: 2}], maxiter=5, random_state=0
    ).fit(X, Y, X_val=X_val, y_val=Y_val)
    p = model.predict_proba(X_val)
    w = np.stack([np.where(Y_val[:, 0], 9, 1), np.where(Y_val[:, 1], 1, 2)], axis=1)
    losses = -np.log(np.where(Y_val, p, 1 - p))
    mean_weight = w.mean(axis=1)
    expected = (w * losses).sum() / mean_weight.sum()
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)
    right = ((p > 0.5) == Y_val).all(axis=1)
    expected = np.average(right, weights=mean_weight)
    assert model.validation_scores_[-1] == pytest.approx(expected)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_init", [1, 2])
def test_early_stopping_that_keeps_the_random_start_says_so(iris, n_init):
    X, y = iris
    options = {"early_stopping": True, "n_init": n_init, "random_state": 0}
    model = TwoLayerNNClassifier(25, **options)
    with pytest.warns(UserWarning, match=r"kept the random weights.*transform_input=\['X_val'\]"):
        model.fit(X, y, X_val=-X, y_val=y)
    assert model.best_iter_ == 0
    rng = np.random.default_rng(2)
    noise = rng.normal(size=(60, 40)), rng.integers(2, size=60)
    with pytest.warns(UserWarning, match=r"kept the random weights.*raise validation_fraction"):
        model.set_params(n_init=1).fit(*noise)
    assert model.best_iter_ == 0
    # Weights that are good already may stay.
    fitted = TwoLayerNNClassifier(3, maxiter=1000, random_state=0).fit(X, y)
    start = {"coef_init": fitted.coefs_, "intercept_init": fitted.intercepts_}
    TwoLayerNNClassifier(3, early_stopping=True, random_state=0).fit(X, y, **start)
    # Of one class there is nothing to learn.
    assert model.fit(X, np.ones(len(X))).score(X, np.ones(len(X))) == 1


def test_patience_without_end_keeps_the_best(iris):
    X, y = iris
    options = {"maxiter": 60, "reg_lambda": 0, "random_state": 0}
    patient = TwoLayerNNClassifier(5, early_stopping=True, n_iter_no_change=np.inf, **options)
    patient.fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    watched = TwoLayerNNClassifier(5, **options).fit(X[::2], y[::2], X_val=X[1::2], y_val=y[1::2])
    assert patient.validation_loss_curve_ == watched.validation_loss_curve_
    assert patient.best_iter_ == 1 + np.argmin(watched.validation_loss_curve_)
    assert patient.n_iter_ == watched.n_iter_ > patient.best_iter_ + 10


def test_a_validation_loss_of_nan_is_never_the_best(iris, monkeypatch):
    X, y = iris
    model = TwoLayerNNClassifier(3, early_stopping=True, maxiter=8, random_state=0)
    look, seen = Validation._look, []

    def sometimes_nan(self, iterate):
        loss, score = look(self, iterate)
        seen.append(np.nan if len(seen) in (0, 3, 8) else loss)
        return seen[-1], score

    monkeypatch.setattr(Validation, "_look", sometimes_nan)
    model.fit(X, y, X_val=X[::5], y_val=y[::5])
    assert model.best_iter_ == np.nanargmin(seen[:9])
    assert np.isnan(model.validation_loss_curve_[2])


def test_looking_at_validation_rows_changes_nothing(digits):
    X, X_val, y, y_val = digits
    watched, alone = (TwoLayerNNClassifier(5, maxiter=20, random_state=0) for _ in range(2))
    watched.fit(X, y, X_val=X_val, y_val=y_val)
    alone.fit(X, y)
    np.testing.assert_array_equal(watched.coefs_[0], alone.coefs_[0])
    assert len(watched.validation_loss_curve_) == 20
    assert alone.validation_loss_curve_ is alone.validation_scores_ is alone.best_iter_ is None


@pytest.mark.parametrize("early_stopping", [False, True])
def test_restarts_keep_the_best(digits, early_stopping):
    X, X_val, y, y_val = digits
    data = (X, y)
    extra = {"X_val": X_val, "y_val": y_val} if early_stopping else {}
    options = {"hidden_units": 4, "maxiter": 15, "early_stopping": early_stopping}
    many = TwoLayerNNClassifier(n_init=4, random_state=0, **options).fit(*data, **extra)
    assert len(set(many.init_losses_)) == 4
    rng = np.random.RandomState(0)  # the starts are those of consecutive fits
    singles = [
        TwoLayerNNClassifier(random_state=rng, **options).fit(*data, **extra) for _ in range(4)
    ]
    assert many.init_losses_ == [single.loss_ for single in singles]
    if early_stopping:
        best = min(singles, key=lambda single: min(single.validation_loss_curve_))
    else:
        best = min(singles, key=lambda single: single.loss_)
    np.testing.assert_array_equal(many.coefs_[0], best.coefs_[0])
    assert many.loss_curve_ == best.loss_curve_


def test_warm_start_continues_and_coef_init_starts_there(iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, maxiter=10, warm_start=True, random_state=0).fit(X, y)
    first = clone(model).fit(X, y)
    given = clone(model).set_params(warm_start=False)
    given.fit(X, y, coef_init=model.coefs_, intercept_init=model.intercepts_)
    model.fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], given.coefs_[0])
    assert model.loss_ < first.loss_
    converged = clone(first).set_params(maxiter=1000).fit(X, y)
    again = converged.fit(X, y)
    assert again.n_iter_ == 0
    assert again.loss_curve_ == []
    only_weights = clone(first).fit(X, y, coef_init=first.coefs_)
    assert only_weights.loss_ != first.loss_


def test_fits_are_deterministic_and_independent_of_threads(digits):
    X, _, y, _ = digits
    model = TwoLayerNNClassifier(5, maxiter=30, early_stopping=True, random_state=3)
    expected = clone(model).fit(X, y).coefs_[0]
    models = [clone(model) for _ in range(4)]
    threads = [threading.Thread(target=m.fit, args=(X, y)) for m in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for m in models:
        np.testing.assert_allclose(m.coefs_[0], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("n_init", [1, 3])
def test_early_stopping_never_loses_the_weights_that_it_starts_from(n_init):
    rng = np.random.RandomState(0)
    X, X_val = rng.randn(2, 60, 8)
    y, y_val = ((part[:, 0] + rng.randn(60) > 0).astype(int) for part in (X, X_val))
    options = {"hidden_units": 10, "reg_lambda": 0, "random_state": 0, "early_stopping": True}
    good = TwoLayerNNClassifier(maxiter=300, **options).fit(X, y, X_val=X_val, y_val=y_val)
    start = {"coef_init": good.coefs_, "intercept_init": good.intercepts_}
    again = TwoLayerNNClassifier(n_init=n_init, **options)
    again.fit(X, y, X_val=X_val, y_val=y_val, **start)
    best = log_loss(y_val, again.predict_proba(X_val))
    assert best <= log_loss(y_val, good.predict_proba(X_val)) + 1e-12
    if n_init == 1 and best == log_loss(y_val, good.predict_proba(X_val)):
        assert again.best_iter_ == 0
    # A converged, overfitted start must not win over others by its low training cost.
    overfitted = TwoLayerNNClassifier(10, reg_lambda=0, maxiter=3000, tol=1e-3, random_state=0).fit(
        X, y
    )
    start = {"coef_init": overfitted.coefs_, "intercept_init": overfitted.intercepts_}
    again.set_params(tol=1e-3, n_init=3).fit(X, y, X_val=X_val, y_val=y_val, **start)
    best = log_loss(y_val, again.predict_proba(X_val))
    assert best < log_loss(y_val, overfitted.predict_proba(X_val)) - 0.01


@pytest.mark.parametrize("solver", METHODS)
def test_converged_means_that_tol_is_met(iris, solver):
    X, y = iris
    model = TwoLayerNNClassifier(4, solver=solver, tol=1e-6, maxiter=5000, random_state=0)
    model.fit(X, y)
    assert not model.optimize_result_.success or (
        np.abs(optimizers_gradient(model, X, one_hot(y, 3))).max() <= 1e-6
    )
    assert model.optimize_result_.success or solver == "TNC"  # whose line search may fail first


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["setosa", "versicolor", "virginica"]),
        np.array(["a", "b", "c"], dtype=object),
        np.array([-5, 0, 12]),
        np.array([0.0, 1.0, 2.0]),
    ],
)
def test_labels_of_any_kind(iris, labels):
    X, codes = iris
    y = labels[codes]
    options = {"hidden_units": 3, "maxiter": 30, "random_state": 0}
    expected = TwoLayerNNClassifier(**options).fit(X, codes)
    for given in (y, list(y), pd.Series(y), pl.Series(y.tolist())):
        model = TwoLayerNNClassifier(**options).fit(X, given)
        np.testing.assert_array_equal(model.classes_, labels)
        np.testing.assert_array_equal(model.predict(X), labels[expected.predict(X)])
    with pytest.warns(DataConversionWarning):
        column = TwoLayerNNClassifier(**options).fit(X, y[:, None])
    np.testing.assert_array_equal(column.predict(X), labels[expected.predict(X)])


def test_boolean_labels(iris):
    X, codes = iris
    model = TwoLayerNNClassifier(3, output_activation="sigmoid", random_state=0).fit(X, codes == 2)
    assert model.classes_.dtype == model.predict(X).dtype == bool


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_data_frames_and_their_columns(iris, frame):
    X, y = iris
    columns = {name: X[:, k] for k, name in enumerate("abcd")}
    model = TwoLayerNNClassifier(3, maxiter=10, random_state=0).fit(frame(columns), y)
    np.testing.assert_array_equal(model.feature_names_in_, list("abcd"))
    expected = clone(model).fit(X, y)
    given, known = model.predict_proba(frame(columns)), expected.predict_proba(X)
    np.testing.assert_allclose(given, known, rtol=1e-10)  # frames lie column by column
    swapped = frame({name: columns[name] for name in "bacd"})
    for call in (
        lambda: model.predict(swapped),
        lambda: model.fit(frame(columns), y, X_val=swapped, y_val=y),
    ):
        with pytest.raises(ValueError, match="feature names"):
            call()


@pytest.mark.parametrize("change", [pickle, joblib, copy.copy, copy.deepcopy])
def test_copies_predict_alike(iris, change):
    X, y = iris
    model = TwoLayerNNClassifier(3, maxiter=10, random_state=0).fit(X, y)
    if change is pickle:
        other = pickle.loads(pickle.dumps(model))
    elif change is joblib:
        buffer = io.BytesIO()
        joblib.dump(model, buffer)
        buffer.seek(0)
        other = joblib.load(buffer)
    else:
        other = change(model)
    np.testing.assert_array_equal(other.predict_proba(X), model.predict_proba(X))
    assert other.get_params() == model.get_params()
    # What scipy leaves behind is small: weights once, no Hessian.
    assert len(pickle.dumps(model)) < 6000


def test_set_params_between_fits(iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, maxiter=10, random_state=0).fit(X, y)
    p = model.predict_proba(X)
    model.set_params(hidden_units=5, activation="tanh", output_activation="sigmoid", solver="CG")
    np.testing.assert_array_equal(model.predict_proba(X), p)  # the fitted network is what counts
    model.fit(X, y)
    assert model.coefs_[0].shape == (4, 5)
    fresh = TwoLayerNNClassifier(**model.get_params()).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), fresh.predict_proba(X))
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


class TestWarnings:
    pytestmark = pytest.mark.filterwarnings("error")

    def test_maxiter(self, iris):
        model = TwoLayerNNClassifier(3, maxiter=5, random_state=0)
        with pytest.warns(
            ConvergenceWarning,
            match=r"reached maxiter before it converged: raise maxiter",
        ) as caught:
            model.fit(*iris)
        (told,) = (warning.message for warning in caught)
        gradient = optimizers_gradient(model, iris[0], one_hot(iris[1], 3))
        assert told.gradient_norm == pytest.approx(np.abs(gradient).max(), rel=1e-6)
        assert told.gradient_norm == model.optimize_result_.gradient_norm
        assert (told.n_iter, told.maxiter, told.tol) == (5, 5, 2e-5)
        assert "StandardScaler" not in str(told)
        assert "coordinates" not in str(told)

    def test_the_text_is_the_same_for_all_fits(self, iris):
        texts = set()
        for maxiter in (3, 4, 7):
            with pytest.warns(ConvergenceWarning) as caught:
                TwoLayerNNClassifier(maxiter, maxiter=maxiter, random_state=0).fit(*iris)
            texts |= {str(warning.message) for warning in caught}
        assert len(texts) == 1

    def test_units_are_named_where_they_matter(self, iris):
        with pytest.warns(ConvergenceWarning, match="coordinates='scaled'"):
            TwoLayerNNClassifier(3, coordinates="plain", maxiter=5, random_state=0).fit(*iris)

    @pytest.mark.parametrize(
        ("dtype", "advice"), [("float32", "dtype='float64'"), ("float64", "another solver")]
    )
    def test_a_line_search_at_the_end_of_precision(self, iris, dtype, advice):
        model = TwoLayerNNClassifier(
            3, dtype=dtype, tol=0, solver="CG", maxiter=5000, random_state=0
        )
        with pytest.warns(
            ConvergenceWarning, match=rf"could not lower the cost any more.*{advice}"
        ):
            model.fit(*iris)
        assert "precision loss" in model.optimize_result_.message

    def test_none_if_tol_is_met_by_the_last_iteration(self, iris):
        model = TwoLayerNNClassifier(3, maxiter=1000, random_state=0).fit(*iris)
        clone(model).set_params(maxiter=model.n_iter_).fit(*iris)
        TwoLayerNNClassifier(3, maxiter=2, random_state=0).fit(iris[0], np.zeros(150))

    def test_none_after_convergence_or_early_stopping(self, iris):
        TwoLayerNNClassifier(3, maxiter=1000, random_state=0).fit(*iris)
        model = TwoLayerNNClassifier(3, reg_lambda=0, early_stopping=True, random_state=0)
        model.set_params(maxiter=10**6, n_iter_no_change=2).fit(*iris)
        assert "has not improved for 2 iterations" in model.optimize_result_.message

    def test_the_place_it_points_at_is_the_users(self, iris):
        model = TwoLayerNNClassifier(3, maxiter=1, random_state=0)
        search = GridSearchCV(model, {"reg_lambda": [1]}, cv=2)
        for times, call in (
            (1, lambda: model.fit(*iris)),
            (1, lambda: make_pipeline(StandardScaler(), model).fit(*iris)),
            (2, lambda: cross_val_score(model, *iris, cv=2)),
            (3, lambda: search.fit(*iris)),
        ):
            with pytest.warns(ConvergenceWarning) as caught:
                call()
            places = [(warning.filename, warning.lineno) for warning in caught]
            assert places == [(__file__, call.__code__.co_firstlineno)] * times


@pytest.fixture
def press(monkeypatch):
    """press(n): Ctrl-C from outside, whenever it comes, once a fit has made n evaluations."""
    original, threads = Objective.cost_gradient, []

    def press_(n):
        made = count(1)
        send = threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT))

        def counted(*arguments):
            if next(made) == n:
                send.start()
            return original(*arguments)

        monkeypatch.setattr(Objective, "cost_gradient", counted)
        threads.append(send)

    yield press_
    for thread in threads:
        thread.join()


@pytest.fixture
def endless():
    """A model, X, y: labels at random, thousands of iterations' work."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(3000, 50)), rng.integers(10, size=3000)
    model = TwoLayerNNClassifier(20, reg_lambda=0, tol=0, maxiter=10**7, random_state=0)
    model.set_params(variable_projection=False, solver_options={"ftol": 0})
    return model, X, y


@pytest.mark.parametrize("n_init", [1, 3])
def test_ctrl_c_leaves_a_fitted_estimator(endless, press, n_init):
    model, X, y = endless
    model.set_params(n_init=n_init)
    press(20)
    with pytest.warns(UserWarning, match="interrupted; the weights"):
        model.fit(X, y)
    assert len(model.init_losses_) == 1
    assert model.loss_ == pytest.approx(cost_of(model, X, one_hot(y, 10))[0], rel=1e-12)
    assert model.loss_ <= model.loss_curve_[0] < np.log(10) + 1


def test_ctrl_c_ends_a_search(endless, press):
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    model, X, y = endless
    search = GridSearchCV(make_pipeline(model), {"twolayernnclassifier__reg_lambda": [0, 1]})
    press(20)
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, y)
    # A pipeline alone is the user's own fit, and is left fitted.
    press(20)
    with pytest.warns(UserWarning, match="interrupted"):
        pipeline = make_pipeline(model).fit(X, y)
    assert pipeline.predict(X[:3]).shape == (3,)


def test_verbose(iris, capsys):
    X, y = iris
    TwoLayerNNClassifier(3, maxiter=4, verbose=1, random_state=0).fit(X, y)
    assert capsys.readouterr().out == ""  # a live line is for terminals
    model = TwoLayerNNClassifier(3, maxiter=4, verbose=2, random_state=0)
    model.fit(X, y, X_val=X, y_val=y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[2].startswith(f"iteration 3/4  cost {model.loss_curve_[2]:.6f}  gradient ")
    assert f"validation loss {model.validation_loss_curve_[2]:.6f}" in lines[2]


def test_solver_options_reach_scipy_and_win(iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, random_state=0, solver_options={"maxiter": 7})
    with pytest.warns(ConvergenceWarning, match="reached maxiter"):
        model.fit(X, y)
    assert model.n_iter_ == 7
    with pytest.warns(scipy_warning(), match="nonsense"):
        model.set_params(solver_options={"nonsense": 1}).fit(X, y)


@pytest.mark.parametrize("solver", METHODS)
def test_a_maxiter_of_none_leaves_ours(iris, solver):
    model = TwoLayerNNClassifier(3, solver=solver, maxiter=3, random_state=0)
    model.set_params(solver_options={"maxiter": None} if solver != "TNC" else None).fit(*iris)
    assert model.n_iter_ == 3


@pytest.mark.parametrize("solver", METHODS)
def test_the_status_tells_what_ended_the_fit(iris, solver):
    X, y = iris
    model = TwoLayerNNClassifier(3, solver=solver, maxiter=3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="maxiter"):
        ended = model.fit(X, y).optimize_result_
    assert (ended.status, ended.success) == (103, False)
    assert ended.message == "maxiter=3 iterations reached"
    ended = model.set_params(reg_lambda=3, maxiter=3000).fit(X, y).optimize_result_
    assert (ended.status, ended.success) == (100, True)
    assert ended.gradient_norm <= model.tol


def test_what_is_kept_of_scipy_has_no_arrays(iris):
    model = TwoLayerNNClassifier(3, solver="CG", solver_options={"return_all": True}).fit(*iris)
    assert not any(
        isinstance(value, np.ndarray | list) for value in model.optimize_result_.values()
    )


def test_the_warning_tells_the_tol_that_counts(iris):
    model = TwoLayerNNClassifier(3, maxiter=5, solver_options={"gtol": 1e-9}, random_state=0)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(*iris)
    assert caught[0].message.tol == 1e-9


@pytest.mark.parametrize("integer", [np.int8, np.uint8, np.int16])
def test_numpy_integers_are_integers(digits, integer):
    X, _, y, _ = digits
    model = TwoLayerNNClassifier(integer(60), maxiter=integer(2), random_state=0).fit(X, y)
    assert model.coefs_[0].shape == (64, 60)


def scipy_warning():
    from scipy.optimize import OptimizeWarning

    return OptimizeWarning


def test_grid_search_over_all_three_in_a_pipeline(iris):
    X, y = iris
    pipeline = make_pipeline(StandardScaler(), TwoLayerNNClassifier(random_state=0))
    step = "twolayernnclassifier__"
    grid = {step + "reg_lambda": [0.1, 1], step + "hidden_units": [2, 4], step + "maxiter": [5, 10]}
    search = GridSearchCV(pipeline, grid, n_jobs=2, cv=3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert search.best_score_ > 0.9
    assert search.best_estimator_[-1].n_iter_ <= 10


@config_context(enable_metadata_routing=True)
def test_sample_weight_is_routed_through_pipeline_and_grid_search(iris):
    X, y = iris
    w = np.where(y == 1, 5.0, 0.1)
    net = TwoLayerNNClassifier(3, maxiter=20, random_state=0)
    search = GridSearchCV(
        make_pipeline(
            StandardScaler().set_fit_request(sample_weight=False),
            clone(net).set_fit_request(sample_weight=True),
        ),
        {"twolayernnclassifier__reg_lambda": [1.0]},
        scoring=make_scorer(accuracy_score).set_score_request(sample_weight=False),
        cv=3,
    ).fit(X, y, sample_weight=w)
    by_hand = net.fit(StandardScaler().fit_transform(X), y, w)
    np.testing.assert_allclose(
        search.best_estimator_[-1].coefs_[0], by_hand.coefs_[0], rtol=1e-9, atol=1e-12
    )


@config_context(enable_metadata_routing=True)
def test_validation_rows_are_transformed_by_a_pipeline(iris):
    X, y = load_iris(return_X_y=True)
    X, X_val, y, y_val = train_test_split(X, y, random_state=0, stratify=y)
    net = TwoLayerNNClassifier(3, maxiter=20, random_state=0)
    pipeline = make_pipeline(
        StandardScaler(),
        clone(net).set_fit_request(X_val=True, y_val=True),
        transform_input=["X_val"],
    )
    pipeline.fit(X, y, X_val=X_val, y_val=y_val)
    scaler = StandardScaler().fit(X)
    by_hand = net.fit(scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val)
    assert pipeline[-1].validation_loss_curve_ == pytest.approx(by_hand.validation_loss_curve_)


GOOD_X = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [1.0, 1.0]])
GOOD_Y = [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("parameters", "arguments", "message"),
    [
        ({"hidden_units": 0}, {}, r"'hidden_units'.*int in the range \[1, inf\).*Got 0"),
        ({"hidden_units": 2.5}, {}, "'hidden_units'.*Got 2.5"),
        ({"hidden_units": (25,)}, {}, r"'hidden_units'.*Got \(25,\)"),
        ({"reg_lambda": -1.0}, {}, r"'reg_lambda'.*float in the range \[0.0, 1e\+50\].*Got -1.0"),
        ({"reg_lambda": np.nan}, {}, "'reg_lambda'.*Got nan"),
        ({"reg_lambda": np.inf}, {}, "'reg_lambda'.*Got inf"),
        ({"reg_lambda": "3"}, {}, "'reg_lambda'.*Got '3'"),
        ({"maxiter": 0}, {}, "'maxiter'.*Got 0"),
        ({"maxiter": 1e3}, {}, "'maxiter'.*Got 1000.0"),
        ({"activation": "sigmoid"}, {}, "'activation'.*'logistic'.*Got 'sigmoid'"),
        ({"output_activation": "relu"}, {}, "'output_activation'.*Got 'relu'"),
        ({"solver": "adam"}, {}, "solver must be one of 'L-BFGS-B'.*got 'adam'"),
        ({"solver": None}, {}, "'solver'.*Got None"),
        ({"solver_options": [1]}, {}, "'solver_options'.*Got"),
        ({"tol": -1e-3}, {}, "'tol'.*Got -0.001"),
        ({"n_init": 0}, {}, "'n_init'.*Got 0"),
        ({"class_weight": "even"}, {}, "'class_weight'.*Got 'even'"),
        ({"early_stopping": "yes"}, {}, "'early_stopping'.*Got 'yes'"),
        ({"validation_fraction": 1.0}, {}, r"'validation_fraction'.*\(0.0, 1.0\).*Got 1.0"),
        ({"n_iter_no_change": 0}, {}, "'n_iter_no_change'.*Got 0"),
        ({"warm_start": "no"}, {}, "'warm_start'.*Got 'no'"),
        ({"dtype": "float16"}, {}, "'dtype'.*Got 'float16'"),
        ({"random_state": "seed"}, {}, "'random_state'.*Got 'seed'"),
        ({"verbose": -1}, {}, "'verbose'.*Got -1"),
        ({}, {"sample_weight": [1, 1, 1]}, r"sample_weight must have shape \(4,\), got \(3,\)"),
        ({}, {"sample_weight": [1, 1, -1, 1]}, "not negative.*from -1.0"),
        ({}, {"sample_weight": [0, 0, 0, 0]}, "not all zero"),
        ({}, {"sample_weight": [1, 1, np.nan, 1]}, "must be finite"),
        ({}, {"X": GOOD_X * np.nan}, "Input X contains NaN"),
        ({}, {"X": GOOD_X + np.inf}, "Input X contains infinity"),
        ({"dtype": "float32"}, {"X": GOOD_X * 1e300}, "value too large for dtype.*float32"),
        ({}, {"X": GOOD_X[None]}, "dim 3"),
        ({}, {"X": GOOD_X[:0], "y": []}, "0 sample"),
        ({}, {"X": GOOD_X[:, :0]}, "0 feature"),
        ({}, {"X": GOOD_X * 1j}, "Complex data not supported"),
        ({}, {"X": np.array([["a", "b"]] * 4, dtype=object)}, "could not convert string"),
        ({}, {"X": GOOD_X[:3]}, "inconsistent numbers of samples"),
        ({}, {"y": [0.1, 0.2, 0.3, 0.4]}, "Unknown label type: continuous"),
        ({}, {"y": [0, 1, np.nan, 1]}, "Input y contains NaN"),
        ({}, {"y": None}, "requires y to be passed"),
        ({}, {"y": [[0, 1], [1, 1], [0, 0], [1, 0]]}, "2 columns of 0 and 1.*output_activation='sigmoid'"),
        ({}, {"y": [[0, 1], [1, 0], [1, 0], [0, 1]]}, r"one-hot form give y.argmax\(axis=1\)"),
        ({}, {"y": sparse.csr_matrix([[0, 1], [1, 0], [1, 0], [0, 1]])}, r"give y.argmax\(axis=1\)"),
        ({}, {"y": [[0, 3], [1, 2], [0, 1], [1, 0]]}, "several columns.*MultiOutputClassifier"),
        ({}, {"X_val": GOOD_X}, "X_val and y_val must be given together, got y_val=None"),
        ({}, {"y_val": GOOD_Y}, "X_val and y_val must be given together, got X_val=None"),
        ({}, {"sample_weight_val": [1] * 4}, "sample_weight_val needs X_val and y_val"),
        ({}, {"X_val": GOOD_X[:, :1], "y_val": GOOD_Y}, "X_val must have the 2 features of X, got 1"),
        ({}, {"X_val": GOOD_X * np.nan, "y_val": GOOD_Y}, "X_val contains NaN"),
        ({}, {"X_val": GOOD_X, "y_val": [0, 1, 7, 1]}, r"y_val has classes \[7\] that are not among \[0 1\]"),
        ({}, {"X_val": GOOD_X, "y_val": [0, 1]}, r"y_val must have one label a row of X_val \(4\), got shape \(2,\)"),
        ({}, {"X_val": GOOD_X, "y_val": GOOD_Y, "sample_weight_val": [1]}, "sample_weight_val must have shape"),
        ({"hidden_units": 3}, {"coef_init": [np.zeros((2, 2)), np.zeros((2, 2))]}, r"coef_init\[0\] must have shape \(2, 3\).*hidden_units=3, got \(2, 2\)"),
        ({"hidden_units": 3}, {"coef_init": [np.zeros((2, 3))]}, "coef_init must hold 2 arrays.*got 1"),
        ({"hidden_units": 3}, {"intercept_init": [np.zeros(3), np.zeros(1)]}, r"intercept_init\[1\] must have shape \(2,\)"),
        ({"hidden_units": 3}, {"intercept_init": [np.zeros(3), [np.nan] * 2]}, r"intercept_init\[1\] must be finite"),
        ({"early_stopping": True}, {}, "validation_fraction=0.1 cannot hold out.*n_samples=4.*X_val and y_val"),
        ({"early_stopping": True, "validation_fraction": 0.5}, {"sample_weight": [1, 0, 0, 0]}, "leave no weight on the"),
        ({"class_weight": {5: 1}}, {}, r"class_weight names \[5\], which are not among the classes \[0 1\]"),
        ({"class_weight": {0: 1, "1": 2}}, {}, r"class_weight names \['1'\]"),
        ({}, {"sample_weight": "balanced"}, "sample_weight must be numbers.*'balanced'"),
        ({"class_weight": {0: -1}}, {}, "class_weight must be finite and not negative"),
        ({"class_weight": {0: 0}}, {"X_val": GOOD_X[:1], "y_val": [0]}, "no weight on the validation rows"),
        ({"class_weight": [{0: 1}]}, {}, "class_weight must be 'balanced', a dict"),
        ({"class_weight": [1, 2, 3]}, {}, r"class_weight must be 'balanced', a dict.*got \[1, 2, 3\]"),
        ({"class_weight": {0: "two"}}, {}, "class_weight must be.*numbers.*'two'"),
        ({"class_weight": [{0: 1}, {2: 1}], "output_activation": "sigmoid"}, {"y": [[0, 1], [1, 1], [0, 0], [1, 0]]}, "a list of 2 dicts"),
        ({"class_weight": [1, 2], "output_activation": "sigmoid"}, {"y": [[0, 1], [1, 1], [0, 0], [1, 0]]}, "a list of 2 dicts"),
        ({"class_weight": {0: 1}, "output_activation": "sigmoid"}, {"y": [[0, 1], [1, 1], [0, 0], [1, 0]]}, "a list of 2 dicts"),
        ({"output_activation": "sigmoid"}, {"y": [[-1, 1], [1, 1], [-1, -1], [1, -1]]}, r"zeros and ones.*values \[-1  1\]"),
        ({}, {"X_val": GOOD_X[:1], "y_val": 1}, r"y_val must have one label a row.*shape \(\)"),
        ({}, {"sample_weight": [1e308] * 4}, "sample_weight must be finite"),
    ],
)  # fmt: skip
def test_bad_input_is_named_before_any_work(parameters, arguments, message):
    model = TwoLayerNNClassifier(**parameters)
    with pytest.raises((ValueError, TypeError), match=message), np.errstate(all="ignore"):
        model.fit(**({"X": GOOD_X, "y": GOOD_Y} | arguments))
    assert not hasattr(model, "coefs_")


def test_a_warm_start_that_does_not_fit_is_named(iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, warm_start=True, maxiter=2, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match=r"X has 3 features.*expecting 4"):
        model.fit(X[:, :3], y)
    with pytest.raises(
        ValueError, match=r"continues with the classes \[0 1 2\], but y has \[0 1\]"
    ):
        model.fit(X[y < 2], y[y < 2])
    with pytest.raises(ValueError, match=r"coefs_\[0\] must have shape \(4, 5\).*warm_start=False"):
        model.set_params(hidden_units=5).fit(X, y)


def test_a_warm_start_of_another_kind_is_named(iris):
    X, y = iris
    Y = one_hot(y, 3).astype(int)
    model = TwoLayerNNClassifier(3, output_activation="sigmoid", warm_start=True, maxiter=2)
    with pytest.raises(ValueError, match="several labels a row; set warm_start=False"):
        clone(model).fit(X, Y).fit(X, y)
    with pytest.raises(ValueError, match="output_activation='sigmoid' and one label"):
        clone(model).fit(X, y).set_params(output_activation="softmax").fit(X, y)


def test_a_cost_that_overflows_is_an_error_with_advice(iris):
    X, y = iris
    model = TwoLayerNNClassifier(3, activation="relu", dtype="float32", random_state=0)
    model.fit(X * 1e35, y)  # scaled coordinates can do that
    steep = {"coef_init": [np.full((4, 3), 1e20), np.zeros((3, 3))]}
    with pytest.raises(
        ValueError, match=r"non-finite at iteration \d+ .*StandardScaler.*reg_lambda"
    ):
        model.set_params(coordinates="plain").fit(X * 1e30, y, **steep)


def test_bfgs_on_too_many_parameters_is_refused():
    X = sparse.random(3, 10**6, density=1e-5, format="csr", random_state=0)
    with pytest.raises(MemoryError, match="GiB.*solver='L-BFGS-B'"):
        TwoLayerNNClassifier(2, solver="bfgs").fit(X, [0, 1, 0])


class TestMemory:
    """What a fit allocates, as NumPy reports it to tracemalloc."""

    @staticmethod
    def peak(function, *arguments):
        tracemalloc.start()
        try:
            function(*arguments)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @pytest.fixture
    def rows(self):
        rng = np.random.default_rng(0)
        X = rng.random((20000, 40), dtype=np.float32)
        return X, (X[:, :3] @ [1, 2, 3] * 3).astype(int) % 4

    @pytest.mark.parametrize("order", ["C", "F"])
    def test_rows_of_the_right_dtype_are_not_copied(self, rows, order):
        X = np.asarray(rows[0], order=order)
        model = TwoLayerNNClassifier(2, maxiter=2, variable_projection=False, random_state=0)
        with pytest.warns(ConvergenceWarning):
            used = self.peak(model.fit, X, rows[1])
        assert used < X.nbytes

    def test_a_fit_keeps_blocks_not_hidden_layers(self, rows):
        X, y = rows
        model = TwoLayerNNClassifier(300, maxiter=1, variable_projection=False, random_state=0)
        with pytest.warns(ConvergenceWarning):
            used = self.peak(model.fit, X, y)
        hidden_layer = 300 * len(X) * 4
        assert used < hidden_layer
        with pytest.warns(ConvergenceWarning):  # projecting keeps one, and says so
            used = self.peak(model.set_params(variable_projection=True).fit, X, y)
        assert hidden_layer < used < 2.2 * hidden_layer

    def test_predictions_are_made_in_blocks(self, rows):
        X, y = rows
        model = TwoLayerNNClassifier(300, maxiter=1, random_state=0)
        with pytest.warns(ConvergenceWarning):
            model.fit(X[:500], y[:500])
        assert self.peak(model.predict_proba, X) < 0.3 * 300 * len(X) * 4


def test_parallel_fits_have_the_bits_of_serial_ones():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 400)).astype(np.float32)
    y = (X[:, :2].sum(axis=1) > 0).astype(int)
    coefs = []
    for backend, n_jobs in (("loky", 1), ("loky", 2), ("threading", 2)):
        model = TwoLayerNNClassifier(30, reg_lambda=10, random_state=0, tol=0.1)
        with joblib.parallel_config(backend):
            found = cross_validate(model, X, y, cv=2, n_jobs=n_jobs, return_estimator=True)
        coefs.append([fitted.coefs_[0] for fitted in found["estimator"]])
    np.testing.assert_array_equal(coefs[1], coefs[0])
    np.testing.assert_array_equal(coefs[2], coefs[0])


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_rows_to_predict_must_be_finite_but_may_be_huge(digits, container, bad):
    X, _, y, _ = digits
    model = TwoLayerNNClassifier(3, maxiter=3, random_state=0).fit(X, y)
    rows = X[:9].copy()
    rows[7, 5] = bad
    with pytest.raises(ValueError, match="Input X contains"):
        model.predict(container(rows))
    huge = np.full((400, X.shape[1]), 1e304)  # their sum is infinite, they are not
    assert np.isfinite(model.predict_proba(container(huge))).all()
