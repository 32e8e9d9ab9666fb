"""Oracle: scikit-learn's halving searches over the same estimator, which fit every round anew."""

import os
import pickle
import signal
import threading

import numpy as np
import pytest
from patience import PATIENCE
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.metrics import log_loss
from sklearn.model_selection import HalvingGridSearchCV, HalvingRandomSearchCV, KFold
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_param_validation

from skdigits import (
    BatchedHalvingGridSearchCV,
    BatchedHalvingRandomSearchCV,
    TwoLayerNNClassifier,
)
from skdigits.searching import rounds
from skdigits.searching.together import SharedRows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_digits(return_X_y=True)
X, Y = X[:240] / 16, Y[:240]
MODEL = TwoLayerNNClassifier(4, maxiter=40, random_state=0)
GRID = {"hidden_units": [2, 5, 8], "reg_lambda": [0.1, 1.0, 10.0]}
OPTIONS = {"cv": 3, "scoring": "neg_log_loss"}


def assert_same(ours, plain, atol=1e-5):
    assert list(ours.cv_results_) == list(plain.cv_results_)
    assert ours.n_candidates_ == plain.n_candidates_
    assert ours.n_resources_ == plain.n_resources_
    assert str(ours.cv_results_["params"]) == str(plain.cv_results_["params"])  # who survived
    for name, expected in plain.cv_results_.items():
        if name.endswith("_score") and not name.startswith("rank"):
            np.testing.assert_allclose(ours.cv_results_[name], expected, rtol=0, atol=atol)
        elif name.endswith("_time"):
            assert (ours.cv_results_[name] >= 0).all()
    assert ours.best_params_ == plain.best_params_
    assert ours.best_index_ == plain.best_index_


def both(model, grid, y=Y, params=None, **options):
    options = OPTIONS | options
    resource = (
        "maxiter" if isinstance(model, TwoLayerNNClassifier) else f"{model.steps[-1][0]}__maxiter"
    )
    top = model.get_params()[resource]
    ours = BatchedHalvingGridSearchCV(clone(model), grid, **options).fit(X, y, **(params or {}))
    plain = HalvingGridSearchCV(
        clone(model), grid, **{"resource": resource, "max_resources": top} | options
    ).fit(X, y, **(params or {}))
    assert_same(ours, plain)
    return ours, plain


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_the_same_survive(n_jobs):
    ours, plain = both(MODEL, GRID, n_jobs=n_jobs)
    assert ours.n_candidates_ == [9, 3, 1]
    np.testing.assert_array_equal(ours.predict_proba(X), plain.predict_proba(X))
    assert vars(ours).keys() == vars(plain).keys()
    assert pickle.loads(pickle.dumps(ours)).score(X, Y) == ours.score(X, Y)
    frame = ours.results_frame()
    assert frame["n_resources"].tolist() == [36] + [12] * 3 + [4] * 9
    assert frame["maxiter"].tolist() == frame["n_resources"].tolist()


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (clone(MODEL).set_params(n_init=2), {}),
        (clone(MODEL).set_params(variable_projection=True), {"factor": 2}),
        (clone(MODEL).set_params(solver="CG", coordinates="plain"), {"min_resources": 3}),
        (clone(MODEL).set_params(dtype="float32"), {"max_resources": 25}),
        (clone(MODEL).set_params(tol=0.3), {"min_resources": 9}),  # some converge on the way
        (MODEL, {"aggressive_elimination": True, "min_resources": 20, "factor": 2}),
        (clone(MODEL).set_params(solver_options={"maxiter": 7}), {}),
    ],
)
def test_the_same_survive_of_other_networks(model, options):
    both(model, GRID, **options)


def test_without_a_refit_and_without_scores_of_the_training_rows():
    ours = BatchedHalvingGridSearchCV(MODEL, GRID, refit=False, return_train_score=False, **OPTIONS)
    results = ours.fit(X, Y).cv_results_
    assert not hasattr(ours, "best_estimator_")
    assert not any("train" in name for name in results)


def test_pipelines_weights_and_labels():
    names = np.array(list("abcdefghij"))[Y]
    weights = np.random.default_rng(0).uniform(0.5, 2, len(Y))
    both(MODEL, GRID, y=names, params={"sample_weight": weights})
    pipeline = make_pipeline(PCA(), clone(MODEL))
    grid = {"pca__n_components": [5, 20], "twolayernnclassifier__reg_lambda": [0.1, 1.0, 10.0]}
    ours, _ = both(pipeline, grid)
    assert ours.resource == "maxiter"
    assert "twolayernnclassifier__maxiter" in ours.best_params_


def test_candidates_that_are_fitted_alone():
    both(MODEL, GRID | {"early_stopping": [False, True], "hidden_units": [5]})


@pytest.mark.parametrize("n_candidates", [9, "exhaust"])
def test_a_randomized_search(n_candidates):
    draws = {"reg_lambda": loguniform(0.01, 10), "hidden_units": [2, 5]}
    options = {"n_candidates": n_candidates, "min_resources": 4, "random_state": 0, **OPTIONS}
    ours = BatchedHalvingRandomSearchCV(MODEL, draws, **options).fit(X, Y)
    options |= {"resource": "maxiter", "max_resources": 40}
    assert_same(ours, HalvingRandomSearchCV(MODEL, draws, **options).fit(X, Y))


def test_other_resources_and_estimators_are_scikit_learns():
    options = {"cv": 3, "resource": "n_samples", "random_state": 0, "factor": 2}
    found = [
        kind(clone(MODEL), {"reg_lambda": [0.01, 0.1, 1.0]}, **options).fit(X, Y)
        for kind in (BatchedHalvingGridSearchCV, HalvingGridSearchCV)
    ]
    assert_same(*found)


# --- how ------------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """What the fits have asked for, one entry an evaluation."""
    questions, answer = [], SharedRows.answer

    def counting(self, asked):
        questions.extend(asked)
        return answer(self, asked)

    monkeypatch.setattr(SharedRows, "answer", counting)
    return questions


def evaluations(search):
    """Those of the fits as they are in the end, each from its start."""
    results, last = search.cv_results_, {}
    for params in results["params"]:
        last[params["hidden_units"], params["reg_lambda"]] = params["maxiter"]
    train = [rows for rows, _ in KFold(3).split(X)]
    return sum(
        clone(MODEL)
        .set_params(hidden_units=units, reg_lambda=reg_lambda, maxiter=maxiter)
        .fit(X[rows], Y[rows])
        .optimize_result_.nfev
        for (units, reg_lambda), maxiter in last.items()
        for rows in train
    )


def test_survivors_go_on(asked):
    search = BatchedHalvingGridSearchCV(MODEL, GRID, cv=KFold(3), scoring="neg_log_loss").fit(X, Y)
    needed = evaluations(search)
    # A fit that waits has asked for nothing yet.
    assert needed * 0.98 <= len(asked) <= needed * 1.02


def test_networks_that_find_no_room_to_wait_begin_anew(asked, monkeypatch):
    options = OPTIONS | {"cv": KFold(3)}
    ours = BatchedHalvingGridSearchCV(MODEL, GRID, **options).fit(X, Y)
    whole, before = ours.cv_results_["mean_test_score"], len(asked)
    monkeypatch.setattr(rounds, "WAITING", 3000)  # of some 500 weights a network
    again = BatchedHalvingGridSearchCV(MODEL, GRID, **options).fit(X, Y)
    np.testing.assert_allclose(again.cv_results_["mean_test_score"], whole, atol=1e-5)
    assert len(asked) - before > 1.1 * before


def waiting():
    return [t for t in threading.enumerate() if t.name == "skdigits-lockstep"]


class _Fails:
    """A scorer that ends the search at its n-th call."""

    def __init__(self, n, error):
        self.n, self.error = n, error

    def __call__(self, estimator, X, y):
        self.n -= 1
        if self.n == 0:
            raise self.error
        return -log_loss(y, estimator.predict_proba(X), labels=estimator.classes_)


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("of the scorer")])
@pytest.mark.parametrize("n", [1, 30, 60])
def test_nothing_waits_when_it_has_ended(n, error, n_jobs):
    options = {"cv": 3, "error_score": "raise", "n_jobs": n_jobs}
    with pytest.raises(type(error)):
        BatchedHalvingGridSearchCV(MODEL, GRID, scoring=_Fails(n, error), **options).fit(X, Y)
    assert waiting() == []
    BatchedHalvingGridSearchCV(MODEL, GRID, **OPTIONS).fit(X, Y)
    assert waiting() == []


def test_ctrl_c_stops_the_threads(monkeypatch):
    """Ctrl-C reaches the main thread alone; fits of a minute end with it all the same."""
    begun, answer = threading.Event(), SharedRows.answer

    def telling(self, questions):
        begun.set()
        return answer(self, questions)

    def interrupt():
        begun.wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(SharedRows, "answer", telling)
    timer = threading.Thread(target=interrupt)
    model = clone(MODEL).set_params(hidden_units=50, maxiter=100_000, tol=1e-12)
    search = BatchedHalvingGridSearchCV(
        model, {"reg_lambda": [1e-6, 1e-5, 1e-4]}, n_jobs=2, **OPTIONS
    )
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    timer.join()
    assert waiting() == []
    assert not [t for t in threading.enumerate() if t.name.startswith("skdigits-search")]


# --- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [BatchedHalvingGridSearchCV, BatchedHalvingRandomSearchCV])
def test_parameters_are_validated_as_scikit_learn_validates_its_own(kind):
    check_param_validation(kind.__name__, kind(MODEL, {"reg_lambda": [3]}, cv=2))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cv": KFold(3, shuffle=True)}, "must yield consistent folds"),
        ({"min_resources": 50}, "min_resources_=50 is greater than max_resources_=40"),
        ({"resource": "epochs"}, "Cannot use resource=epochs"),
    ],
)
def test_what_scikit_learn_refuses(options, message):
    with pytest.raises(ValueError, match=message):
        BatchedHalvingGridSearchCV(MODEL, GRID, **options).fit(X, Y)


def test_maxiter_cannot_be_searched_too():
    with pytest.raises(ValueError, match="Cannot use parameter maxiter as the resource"):
        BatchedHalvingGridSearchCV(MODEL, {"maxiter": [3, 9]}, **OPTIONS).fit(X, Y)


@pytest.mark.filterwarnings("ignore:One or more of the")  # scores are not finite
def test_candidates_that_fail():
    grid = {"hidden_units": [5], "reg_lambda": [0.1, 1.0, -1.0, 3.0]}
    with pytest.warns(FitFailedWarning, match="3 fits failed"):
        ours = BatchedHalvingGridSearchCV(MODEL, grid, **OPTIONS).fit(X, Y)
    assert np.isnan(ours.cv_results_["mean_test_score"]).sum() == 1
    assert ours.best_params_["reg_lambda"] > 0
    with pytest.raises(ValueError, match="reg_lambda"):
        BatchedHalvingGridSearchCV(MODEL, grid, error_score="raise", **OPTIONS).fit(X, Y)
