"""Oracle: what a unit without effect is; the same fits from cold starts."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons, make_multilabel_classification
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
from skdigits.network import Layout, unpack
from skdigits.searching.warm_path import DEAD, successor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

LAYOUT = Layout(3, 4, 2)


def test_dead_units_get_their_weights_of_the_cold_start():
    theta, cold = np.arange(LAYOUT.size, dtype=float), -np.ones(LAYOUT.size)
    before = theta.copy()
    found, warm = successor(theta, cold, np.array([1.0, 0.0, DEAD, DEAD / 2]), LAYOUT)
    assert warm
    W1, b1, W2, b2 = unpack(found, LAYOUT)
    V1, c1, V2, c2 = unpack(before, LAYOUT)
    for k, dead in enumerate([False, True, False, True]):
        for now, then in ((W1[k], V1[k]), (b1[k], c1[k]), (W2[:, k], V2[:, k])):
            np.testing.assert_array_equal(now, -1.0 if dead else then)
    np.testing.assert_array_equal(b2, c2)
    np.testing.assert_array_equal(theta, before)


def test_after_a_collapse_the_next_fit_starts_cold():
    theta, cold = np.zeros(LAYOUT.size), np.ones(LAYOUT.size)
    found, warm = successor(theta, cold, np.zeros(4), LAYOUT)
    assert found is cold
    assert not warm


DATA = {
    "iris": lambda: load_iris(return_X_y=True),
    "moons": lambda: make_moons(100, noise=0.2, random_state=0),
    "labels": lambda: make_multilabel_classification(120, 6, n_classes=3, random_state=0),
}
PROBLEMS = [
    ("iris", {}),
    ("moons", {"activation": "tanh", "n_init": 2}),
    ("iris", {"activation": "relu"}),
    ("labels", {"output_activation": "sigmoid"}),
    ("iris", {"variable_projection": True, "maxiter": 40}),
]


@pytest.mark.parametrize(("data", "parameters"), PROBLEMS, ids=str)
def test_a_path_through_lambdas_that_leave_nothing_is_as_good_as_cold_starts(data, parameters):
    X, y = DATA[data]()
    lambdas = [300.0, 0.1, 3.0, 1.0]
    model = TwoLayerNNClassifier(
        **{"hidden_units": 4, "random_state": 0, "maxiter": 80} | parameters
    )
    split = next(KFold(2, shuffle=True, random_state=0).split(X))
    common = {"cv": [split], "scoring": lambda model, X, y: -model.loss_, "refit": False}
    warm, cold = (
        BatchedGridSearchCV(model, {"reg_lambda": lambdas}, warm_path=path, **common).fit(X, y)
        for path in (True, False)
    )
    costs = -warm.cv_results_["mean_test_score"]
    assert (costs <= -cold.cv_results_["mean_test_score"] * 1.01).all()
    assert costs[1] < costs[3] < costs[2] < costs[0] * (1 + 1e-6)
    assert warm.cv_results_["warm"].tolist() == [True, False, True, True]


@pytest.mark.filterwarnings("ignore:the network says the same")
def test_no_path_leaves_a_collapse_behind_it():
    X, y = load_iris(return_X_y=True)
    model = TwoLayerNNClassifier(4, random_state=0)
    search = BatchedGridSearchCV(model, {"reg_lambda": [500.0, 1000.0, 2000.0]}, cv=2)
    found = search.set_params(warm_path=True).fit(X, y).cv_results_
    # The first is the smallest; it has collapsed, so the second starts cold, and so on.
    assert not found["warm"].any()


@pytest.mark.parametrize("n_init", [1, 2])
def test_a_path_that_was_cut_off_goes_on_as_if_it_had_not_been(n_init, tmp_path):
    X, y = make_moons(60, noise=0.2, random_state=0)
    lambdas = [0.01, 1.0, 50.0, 500.0]
    model = TwoLayerNNClassifier(6, activation="relu", random_state=0, n_init=n_init)
    common = {"cv": 2, "scoring": "neg_log_loss", "refit": False, "warm_path": True}

    def search(lambdas, folder):
        grid = {"reg_lambda": lambdas, "maxiter": [5, 20]}
        return BatchedGridSearchCV(model, grid, cache_dir=folder, **common).fit(X, y).cv_results_

    whole = search(lambdas, tmp_path / "whole")
    for some in (lambdas[:1], lambdas[:3], lambdas):  # files of the first fits of a path are there
        parts = search(some, tmp_path / "parts")
    again = search(lambdas, tmp_path / "whole")  # all are
    for found in (parts, again):
        for name in ("split0_test_score", "split1_test_score", "warm"):
            np.testing.assert_allclose(found[name], whole[name], rtol=1e-9)


@pytest.mark.parametrize("in_a_pipeline", [False, True])
def test_the_best_is_fitted_again_along_its_path(in_a_pipeline):
    X, y = load_iris(return_X_y=True)
    model = TwoLayerNNClassifier(4, maxiter=15, random_state=0, tol=1e-9)
    path = [0.01, 0.1, 1.0]
    grid = {"reg_lambda": [1.0, 30.0, 0.01, 0.1], "maxiter": [5, 15]}
    options = {"cv": 3, "scoring": "neg_log_loss", "warm_path": True, "refit": _the_last_of(path)}
    whole, prefix = model, ""
    if in_a_pipeline:
        whole, prefix = make_pipeline(StandardScaler(), model), "twolayernnclassifier__"
        grid = {f"{prefix}{name}": values for name, values in grid.items()}
    search = BatchedGridSearchCV(whole, grid, **options)
    assert search.fit(X, y).best_params_[f"{prefix}reg_lambda"] == path[-1]
    by_hand = clone(model).set_params(warm_start=True)
    rows = StandardScaler().fit_transform(X) if in_a_pipeline else X
    for reg_lambda in path:
        by_hand.set_params(reg_lambda=reg_lambda).fit(rows, y)
    np.testing.assert_allclose(search.predict_proba(X), by_hand.predict_proba(rows), atol=1e-6)
    cold = clone(model).set_params(reg_lambda=path[-1]).fit(rows, y)
    assert np.abs(search.predict_proba(X) - cold.predict_proba(rows)).max() > 1e-3
    last = search.best_estimator_[-1] if in_a_pipeline else search.best_estimator_
    assert last.loss_ == pytest.approx(by_hand.loss_, rel=1e-6)
    assert last.n_iter_ == by_hand.n_iter_


def _the_last_of(path):
    def choose(results):
        for k, params in enumerate(results["params"]):
            if sorted(map(float, params.values())) == sorted([path[-1], 15.0]):
                return k
        raise AssertionError(results["params"])

    return choose
