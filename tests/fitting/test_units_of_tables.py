"""Oracle: the same table in tame units, or LogisticRegression, on tables whose units are anything."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris, load_wine
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import RobustScaler, StandardScaler

from skdigits import BatchedGridSearchCV, Objective, TwoLayerNNClassifier

MODEL = TwoLayerNNClassifier(8, random_state=0)
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def linear_table(n_samples=900, n_features=8, seed=0):
    """Normal columns, of which a logistic model with all of them says y."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    z = 1.5 * X @ rng.choice([-1.0, 1.0], n_features) / np.sqrt(n_features) * 2
    return X, (z + rng.logistic(size=n_samples) > 0).astype(int)


def auc(model, X, y):
    p = cross_val_predict(model, X, y, cv=3, method="predict_proba")[:, 1]
    return roc_auc_score(y, p)


@pytest.mark.parametrize("n_money", [1, 3, 4, 5, 7])
def test_money_beside_shares(n_money):
    X, y = linear_table()
    tame = auc(MODEL, X, y)
    X[:, :n_money] *= 1e5
    X[:, n_money:] *= 1e-2
    assert auc(MODEL, X, y) == pytest.approx(tame, abs=0.002)


@pytest.mark.parametrize("value", [1e4, -1e9])
@pytest.mark.parametrize("scaler", [None, RobustScaler()])
def test_one_wrong_cell(scaler, value):
    X, y = linear_table(seed=1)
    tame = auc(MODEL, X, y)
    X[3, 2] = value
    assert auc(MODEL if scaler is None else make_pipeline(scaler, MODEL), X, y) > tame - 0.01


def test_heavy_tails():
    X, y = linear_table(seed=2)
    X = np.exp(1.5 * X)
    linear = auc(make_pipeline(StandardScaler(), LogisticRegression()), X, y)
    assert auc(MODEL, X, y) > linear - 0.02
    assert auc(make_pipeline(StandardScaler(), MODEL), X, y) > linear - 0.02


@pytest.mark.parametrize("factor", [1e-300, 1e-6, 1e6, 1e300])
@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_the_units_of_a_table_are_no_matter(load, factor):
    X, y = load(return_X_y=True)
    one, other = (MODEL.fit(rows, y).predict_proba(rows) for rows in (X, X * factor))
    np.testing.assert_allclose(other, one, atol=1e-3)


def test_shares_of_counts_say_as_much_as_the_counts():
    rng = np.random.default_rng(0)
    counts = rng.poisson(2.0, (600, 30)).astype(float) + 1
    y = (counts[:, :3].sum(axis=1) > counts[:, 3:6].sum(axis=1)).astype(int)
    shares = counts / counts.sum(axis=1, keepdims=True)
    assert auc(MODEL, shares, y) > auc(LogisticRegression(), counts, y) - 0.02


def test_rare_pixels_levels_and_constants_blow_nothing_up():
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    odd = np.zeros((len(X), 8))
    odd[rng.permutation(len(X))[:4], 0] = 16  # a pixel lit in four images
    odd[:, 1] = 7.0
    odd[:, 2] = 1e-17 * rng.normal(size=len(X))
    odd[5, 2] = 1e-3
    odd[rng.permutation(len(X))[:2], 3] = 1  # a rare level
    odd[:, 4] = rng.integers(1000, size=len(X))  # an integer code that says nothing
    odd[:, 5], odd[0, 5] = 0.0, 1e300
    odd[:, 6] = 1e-300 * rng.normal(size=len(X))
    kept = cross_val_predict(MODEL, X, y, cv=3, method="predict_proba")
    found = cross_val_predict(MODEL, np.hstack([X, odd]), y, cv=3, method="predict_proba")
    assert log_loss(y, found) < log_loss(y, kept) + 0.1


def test_sparse_and_dense_have_the_same_units():
    from scipy import sparse

    X, y = load_digits(return_X_y=True)
    dense = MODEL.fit(X, y).feature_scale_
    w = np.ones(len(X))
    for rows, weights in ((sparse.csr_array(X), None), (X, w), (sparse.csr_array(X), w)):
        found = MODEL.fit(rows, y, sample_weight=weights).feature_scale_
        np.testing.assert_allclose(found, dense)


def test_without_them_the_cost_is_that_of_the_weights_as_they_are():
    X, y = load_wine(return_X_y=True)
    Y = (y[:, None] == range(3)).astype(float)
    for standardize in (True, False):
        model = TwoLayerNNClassifier(4, standardize=standardize, random_state=0).fit(X, y)
        assert (model.feature_scale_ is None) == (not standardize)
        objective = Objective(X, Y, hidden_units=4, feature_scale=model.feature_scale_)
        W1, W2 = (C.T for C in model.coefs_)
        theta = objective.pack(W1, model.intercepts_[0], W2, model.intercepts_[1])
        assert objective.cost_gradient(theta)[0] == pytest.approx(model.loss_, rel=1e-12)


@pytest.mark.parametrize("wrong", [np.ones(3), np.zeros(4), [1, 1, 1, -1], [1, 1, 1, np.inf]])
def test_units_that_are_none(wrong):
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match="feature_scale must"):
        Objective(X, (y[:, None] == range(3)).astype(float), feature_scale=wrong)


def test_a_search_may_try_both():
    X, y = load_iris(return_X_y=True)
    grid = {"standardize": [True, False], "maxiter": [5, 20]}
    search = BatchedGridSearchCV(MODEL, grid, cv=3, scoring="neg_log_loss").fit(X, y)
    for parameters, found in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        model = TwoLayerNNClassifier(8, random_state=0, **parameters)
        p = cross_val_predict(model, X, y, cv=3, method="predict_proba")
        assert -log_loss(y, p) == pytest.approx(found, abs=1e-5)


# --- when has it converged? -----------------------------------------------------------------------


def test_rare_classes_converge_as_far_as_common_ones():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(4000, 5))
    y = (X @ [1, -1, 1, 0, 0] + 0.5 * rng.normal(size=4000) > 4.1).astype(int)
    assert 0.005 < y.mean() < 0.02
    reached = TwoLayerNNClassifier(8, reg_lambda=0.1, random_state=0).fit(X, y)
    least = TwoLayerNNClassifier(8, reg_lambda=0.1, tol=1e-8, maxiter=20000, random_state=0)
    least.fit(X, y)
    assert reached.optimize_result_.success
    assert reached.loss_ < 1.05 * least.loss_
    found, best = (average_precision_score(y, m.predict_proba(X)[:, 1]) for m in (reached, least))
    assert found > best - 0.03


# --- a network that says nothing --------------------------------------------------------------------


def test_a_network_that_says_the_same_for_every_row_says_so():
    X, y = load_iris(return_X_y=True)
    strong = TwoLayerNNClassifier(5, reg_lambda=1e4, random_state=0)
    with pytest.warns(UserWarning, match="same for every row: reg_lambda is too strong") as told:
        strong.fit(X, y)
    assert told[0].message.reg_lambda == 1e4
    assert np.ptp(strong.predict_proba(X), axis=0).max() < 0.01
    light = np.full(150, 1 / 150)
    with pytest.warns(UserWarning, match="sum to less than half the number of rows"):
        TwoLayerNNClassifier(5, random_state=0).fit(X, y, sample_weight=light)
    labels = np.stack([y == 0, y == 1], axis=1).astype(int)
    with pytest.warns(UserWarning, match="same for every row"):
        strong.set_params(output_activation="sigmoid").fit(X, labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MODEL.fit(X, y)
        strong.set_params(output_activation="softmax").fit(X, np.zeros(150))  # what else?


def test_boosting_wants_a_lambda_divided_by_the_rows():
    X, y = load_digits(return_X_y=True)
    member = TwoLayerNNClassifier(10, reg_lambda=1 / len(X), random_state=0)
    boosted = AdaBoostClassifier(member, n_estimators=2, random_state=0).fit(X, y)
    assert boosted.score(X, y) > 0.98
