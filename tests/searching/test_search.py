"""Oracle: scikit-learn's own searches over the same estimator, fit by fit."""

import json
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from contextlib import nullcontext
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from patience import PATIENCE
from processes import run_forked
from scipy import sparse
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA, KernelPCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer, recall_score
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    ParameterGrid,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.estimator_checks import check_param_validation

import skdigits
from skdigits import BatchedGridSearchCV, BatchedRandomizedSearchCV, TwoLayerNNClassifier
from skdigits.searching.planning import _cuts, make_parts, make_plan

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_digits(return_X_y=True)
X, Y = X[:240] / 16, Y[:240]
MODEL = TwoLayerNNClassifier(4, random_state=0)
GRID = {"hidden_units": [2, 5], "reg_lambda": [0.1, 3.0], "maxiter": [3, 20]}
TIMES = ("mean_fit_time", "std_fit_time", "mean_score_time", "std_score_time")
BOTH = ["accuracy", "neg_log_loss"]


def assert_same_results(ours, plain, atol=1e-6):
    assert list(ours) == list(plain)
    for name, expected in plain.items():
        if name in TIMES:
            assert (ours[name] >= 0).all()
        elif name == "params":
            assert str(ours[name]) == str(expected)
        elif name.startswith("param_"):
            assert [str(v) for v in ours[name]] == [str(v) for v in expected]
            np.testing.assert_array_equal(
                np.ma.getmaskarray(ours[name]), np.ma.getmaskarray(expected)
            )
        elif name.startswith("rank_"):
            continue  # of scores that are equal but for rounding
        else:
            rounding = 0 if "accuracy" in name or "log_loss" not in name else atol
            np.testing.assert_allclose(ours[name], expected, rtol=0, atol=rounding + 1e-12)


def both(model, grid, X=X, y=Y, params=None, atol=1e-6, **options):
    options = {"cv": 3, "scoring": BOTH, "refit": "neg_log_loss"} | options
    found = [
        search(clone(model), grid, **options).fit(X, y, **(params or {}))
        for search in (BatchedGridSearchCV, GridSearchCV)
    ]
    assert_same_results(*(search.cv_results_ for search in found), atol)
    return found


@pytest.mark.parametrize(
    ("scoring", "refit"),
    [(None, True), ("accuracy", True), ({"own": None, "f1": "f1_macro"}, "f1")],
)
@pytest.mark.parametrize("model", [MODEL, make_pipeline(MODEL)], ids=["alone", "pipeline"])
def test_a_fitted_search_can_be_pickled(model, scoring, refit):
    name = next(name for name in model.get_params() if name.endswith("maxiter"))
    options = {"cv": 2, "scoring": scoring, "refit": refit}
    search = BatchedGridSearchCV(model, {name: [2, 3]}, **options).fit(X, Y)
    kept = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(kept.predict(X), search.predict(X))
    plain = GridSearchCV(model, {name: [2, 3]}, **options).fit(X, Y)
    assert type(kept.scorer_) is type(plain.scorer_)
    assert repr(kept.scorer_) == repr(plain.scorer_)
    assert kept.score(X, Y) == plain.score(X, Y)


# --- the same answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [BatchedGridSearchCV, BatchedRandomizedSearchCV])
def test_parameters_are_validated_as_scikit_learn_validates_its_own(kind):
    search = kind(MODEL, {"maxiter": [3]}, cv=2)
    check_param_validation(kind.__name__, search)
    for wrong in ({"warm_path": "no"}, {"warm_path": 1.0}, {"cache_dir": 5}, {"cache_dir": b"x"}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"The '{name}' parameter of {kind.__name__} must be"):
            clone(search).set_params(**wrong).fit(X, Y)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_grid(n_jobs):
    ours, plain = both(MODEL, GRID, n_jobs=n_jobs, return_train_score=True)
    assert ours.best_params_ == plain.best_params_
    assert ours.best_score_ == pytest.approx(plain.best_score_, abs=1e-6)
    assert type(ours.best_estimator_) is TwoLayerNNClassifier
    # The refit is the estimator's own.
    np.testing.assert_array_equal(ours.predict_proba(X), plain.predict_proba(X))
    assert vars(ours.best_estimator_).keys() == vars(plain.best_estimator_).keys()
    assert set(vars(ours)) - set(vars(plain)) == {"warm_path", "cache_dir"}
    pickle.loads(pickle.dumps(ours)).predict(X)


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (clone(MODEL).set_params(n_init=2), GRID),
        (clone(MODEL).set_params(output_activation="sigmoid"), GRID),
        (
            MODEL,
            [
                {"solver": ["CG", "Newton-CG"], "maxiter": [2, 4]},
                {"activation": ["tanh", "relu"], "maxiter": [5]},
            ],
        ),
        (MODEL, {"random_state": [0, 1], "class_weight": [None, "balanced"], "maxiter": [4, 9]}),
        # These are fitted one by one.
        (MODEL, {"early_stopping": [False, True], "maxiter": [4, 9]}),
        (MODEL, {"progressive_sampling": [(0.5,)], "maxiter": [4, 9]}),
        # maxiter does not say when these end.
        (clone(MODEL).set_params(solver_options={"maxiter": 6}), {"maxiter": [4, 9]}),
        (
            clone(MODEL).set_params(variable_projection=True),
            {"hidden_units": [3, 4], "maxiter": [3, 6]},
        ),
    ],
    ids=lambda thing: str(thing)[:60],
)
def test_grids_of_all_kinds(model, grid):
    both(model, grid)


def test_maxiter_200_is_near():
    options = {"cv": 3, "scoring": BOTH, "refit": False}
    grid = {"hidden_units": [5, 10], "reg_lambda": [0.3, 1.0], "maxiter": [200]}
    ours, plain = (
        search(MODEL, grid, **options).fit(X, Y).cv_results_
        for search in (BatchedGridSearchCV, GridSearchCV)
    )
    for score, tolerance in (("accuracy", 5e-3), ("neg_log_loss", 5e-3)):
        names = [f"split{k}_test_{score}" for k in range(3)]
        differences = [np.abs(ours[name] - plain[name]) for name in names]
        assert np.mean(differences) < tolerance


@pytest.mark.parametrize(
    "container", [sparse.csr_array, pd.DataFrame, np.asfortranarray, np.float32]
)
def test_containers(container):
    rows = container(X)
    if isinstance(rows, pd.DataFrame):
        rows.columns = [f"pixel {k}" for k in rows.columns]
    ours, plain = both(MODEL, {"maxiter": [3, 6]}, rows, atol=1e-4)
    if isinstance(rows, pd.DataFrame):
        np.testing.assert_array_equal(ours.feature_names_in_, plain.feature_names_in_)


def test_string_labels_and_multilabel_targets():
    both(MODEL, {"maxiter": [3, 6]}, y=np.array(["even", "odd"])[Y % 2])
    indicator = np.c_[Y % 2, Y > 4, np.ones_like(Y)]
    model = clone(MODEL).set_params(output_activation="sigmoid")
    both(model, {"maxiter": [3, 6]}, y=indicator, scoring="f1_macro", refit=True, cv=KFold(3))


def test_a_randomized_search():
    distributions = {
        "reg_lambda": loguniform(0.01, 10),
        "hidden_units": [2, 3, 5],
        "maxiter": [3, 7],
    }
    for seed in (3, np.random.RandomState(3)):
        searches = [
            kind(
                MODEL, distributions, n_iter=6, random_state=state, cv=2, scoring=BOTH, refit=False
            )
            for kind, state in zip(
                (BatchedRandomizedSearchCV, RandomizedSearchCV),
                pickle.loads(pickle.dumps([seed, seed])),
                strict=True,
            )
        ]
        if not isinstance(seed, int):
            searches[1].random_state = np.random.RandomState(3)
        assert_same_results(*(search.fit(X, Y).cv_results_ for search in searches))


@pytest.mark.parametrize("routing", [False, True])
def test_weights_and_groups(routing):
    w = np.random.default_rng(0).choice([0.0, 1.0, 3.0], size=len(Y))
    with sklearn.config_context(enable_metadata_routing=routing):
        model = clone(MODEL)
        if routing:
            model.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
        params = {"sample_weight": w, "groups": np.arange(len(Y)) // 7}
        scoring = "accuracy" if routing else BOTH
        if routing:
            scoring = sklearn.metrics.get_scorer("accuracy").set_score_request(sample_weight=True)
        refit = True if routing else "accuracy"
        both(
            model,
            {"maxiter": [3, 20]},
            params=params,
            cv=GroupKFold(3),
            scoring=scoring,
            refit=refit,
        )


def test_fit_parameters_that_are_not_known_together():
    params = {"X_val": X[:50], "y_val": Y[:50]}
    ours, plain = both(MODEL, {"maxiter": [3, 6]}, params=params)
    assert ours.best_estimator_.validation_scores_ == plain.best_estimator_.validation_scores_


def test_custom_scorers_see_the_fitted_estimator():
    def iterations(estimator, X, y):
        assert isinstance(estimator, TwoLayerNNClassifier)
        return {
            "n": estimator.n_iter_,
            "log loss": -estimator.loss_,
            "none": len(estimator.loss_curve_),
        }

    both(MODEL, {"maxiter": [3, 6]}, scoring=iterations, refit="n")
    by_recall = make_scorer(recall_score, average="macro")
    both(
        MODEL, GRID, scoring={"recall": by_recall, "accuracy": "accuracy"}, refit=lambda results: 1
    )


def test_splits_that_come_once_or_at_random():
    for make in (
        lambda: iter([(np.arange(100), np.arange(100, 240))]),
        lambda: StratifiedKFold(2, shuffle=True, random_state=0),
    ):
        found = [
            search(MODEL, {"maxiter": [3, 6]}, cv=make()).fit(X, Y).cv_results_
            for search in (BatchedGridSearchCV, GridSearchCV)
        ]
        assert_same_results(*found)
    # Without a seed, each candidate of a search has the same splits.
    random = BatchedGridSearchCV(
        MODEL, {"maxiter": [6], "tol": [1e-9, 1e-8]}, cv=StratifiedKFold(2, shuffle=True)
    ).fit(X, Y)
    scores = random.cv_results_["split0_test_score"]
    assert scores[0] == scores[1]


def test_duplicates_and_a_candidate_alone():
    both(MODEL, [{"maxiter": [4]}, {"maxiter": [4, 4]}])


def test_estimators_that_are_not_ours_are_left_to_scikit_learn():
    grid = {"C": [0.1, 1.0], "max_iter": [1000]}
    both(LogisticRegression(), grid)

    class Mine(TwoLayerNNClassifier):
        def fit(self, X, y):
            return super().fit(X, y, sample_weight=np.ones(len(y)))

    both(Mine(3, random_state=0), {"maxiter": [3, 6]})


# --- pipelines -------------------------------------------------------------------------------------


class Counting(TransformerMixin, BaseEstimator):
    """A transformer that counts its fits."""

    fits = 0

    def __init__(self, factor=1.0):
        self.factor = factor

    def fit(self, X, y=None):
        Counting.fits += 1
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return self.factor * X


def test_each_prefix_of_a_pipeline_is_fitted_once_a_split():
    model = make_pipeline(Counting(), clone(MODEL))
    grid = {
        "counting__factor": [0.5, 1.0],
        **{f"twolayernnclassifier__{k}": v for k, v in GRID.items()},
    }
    Counting.fits = 0
    ours = BatchedGridSearchCV(model, grid, cv=3).fit(X, Y)
    assert Counting.fits == 2 * 3 + 1  # and the refit's
    assert type(ours.best_estimator_) is Pipeline
    assert_same_results(ours.cv_results_, GridSearchCV(model, grid, cv=3).fit(X, Y).cv_results_)


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_pipelines(n_jobs):
    model = Pipeline([("scale", StandardScaler()), ("reduce", PCA(random_state=0)), ("net", MODEL)])
    grid = {
        "scale": ["passthrough", StandardScaler()],
        "reduce__n_components": [5, 9],
        "net__maxiter": [3, 8],
        "net__reg_lambda": [1, 9],
    }
    ours, plain = both(model, grid, n_jobs=n_jobs)
    np.testing.assert_array_equal(ours.predict_proba(X), plain.predict_proba(X))
    w = np.random.default_rng(0).uniform(size=len(Y))
    both(model, {"net__maxiter": [3, 8]}, params={"net__sample_weight": w})
    both(Pipeline([("net", MODEL)]), {"net__maxiter": [3, 8]})
    both(
        model,
        {"net": [clone(MODEL), LogisticRegression(max_iter=1000)], "reduce__n_components": [5]},
    )


def test_a_function_that_cannot_be_hashed_is_left_to_scikit_learn():
    model = make_pipeline(FunctionTransformer(lambda X: X + 1), MODEL)
    both(model, {"twolayernnclassifier__maxiter": [3, 6]})


def test_a_pipeline_with_memory_keeps_its_fitted_steps(tmp_path):
    steps = [("scale", StandardScaler()), ("reduce", PCA(5, random_state=0)), ("net", MODEL)]
    both(Pipeline(steps, memory=str(tmp_path)), {"net__reg_lambda": [0.1, 1.0]})


def test_kernels_are_cut_by_columns_too():
    kernel = KernelPCA(4, kernel="precomputed", random_state=0)
    both(Pipeline([("k", kernel), ("net", MODEL)]), {"net__maxiter": [3, 6]}, X @ X.T)


def test_a_generator_that_estimator_splitter_and_sampler_share():
    def searches(kind, **options):
        shared = np.random.RandomState(0)
        model = clone(MODEL).set_params(random_state=shared)
        cv = StratifiedKFold(2, shuffle=True, random_state=shared)
        if "n_iter" in options:
            options["random_state"] = shared
        return kind(model, {"maxiter": [3, 6], "tol": [1e-9, 1e-8, 1e-7]}, cv=cv, **options)

    for batched, plain, options in (
        (BatchedGridSearchCV, GridSearchCV, {}),
        (BatchedRandomizedSearchCV, RandomizedSearchCV, {"n_iter": 4}),
    ):
        found = [searches(kind, scoring=BOTH, refit=False, **options) for kind in (batched, plain)]
        assert_same_results(*(search.fit(X, Y).cv_results_ for search in found))


def test_names_of_columns_reach_every_candidate():
    rows = pd.DataFrame(X, columns=[f"pixel {k}" for k in range(X.shape[1])])

    def named(estimator, X, y):
        estimator.predict(X)  # which warns if it does not know the names
        return len(estimator.feature_names_in_)

    both(MODEL, {"hidden_units": [2, 3], "reg_lambda": [1.0, 2.0]}, rows, scoring=named, refit=True)


# --- errors ----------------------------------------------------------------------------------------


def test_a_fit_that_fails_hurts_no_other():
    grid = {"hidden_units": [3, -1], "tol": [1e-3, -2.0], "maxiter": [3, 6]}
    with (
        pytest.warns(sklearn.exceptions.FitFailedWarning),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        both(MODEL, grid, error_score=np.nan)
    for search in (BatchedGridSearchCV, GridSearchCV):
        with pytest.raises(ValueError, match="The 'tol' parameter"):
            search(MODEL, {"tol": [-2.0]}, error_score="raise").fit(X, Y)
        with pytest.raises(ValueError, match="All the 5 fits failed"):
            search(MODEL, {"tol": [-2.0]}).fit(X, Y)


@pytest.mark.parametrize("wrong", ["3", None, 2.5, -1])
@pytest.mark.parametrize("name", ["hidden_units", "maxiter", "n_init"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_value_of_a_wrong_type_hurts_no_other(name, wrong):
    both(MODEL, {name: [3, wrong]}, scoring="accuracy", refit=False)


class Odd(Exception):
    """An exception that cannot be unpickled."""

    def __init__(self, a, b):
        super().__init__(f"{a}{b}")


class Failing(TransformerMixin, BaseEstimator):
    def __init__(self, fails=True):
        self.fails = fails

    def fit(self, X, y=None):
        warnings.warn("on the way", UserWarning, stacklevel=2)
        if self.fails:
            raise Odd("never", "mind")
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_errors_and_warnings_of_earlier_steps(n_jobs):
    model = make_pipeline(Failing(), MODEL)
    elsewhere = nullcontext() if n_jobs is None else joblib.parallel_config("loky")
    grid = {"failing__fails": [True, False], "twolayernnclassifier__maxiter": [3, 4]}
    with elsewhere, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search = BatchedGridSearchCV(model, grid, cv=2, refit=False, n_jobs=n_jobs).fit(X, Y)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [True, True, False, False]
    (failed,) = (w for w in caught if w.category is sklearn.exceptions.FitFailedWarning)
    assert "nevermind" in str(failed.message)
    assert "4 fits failed" in str(failed.message)  # of one kind
    told = [str(w.message) for w in caught if "on the way" in str(w.message)]
    assert told == ["on the way (8 of 8 fits)"]


def test_the_first_error_ends_the_search_if_errors_are_raised(monkeypatch):
    fitted = []
    fit_part = skdigits.searching.batched.fit_part
    monkeypatch.setattr(
        "skdigits.searching.batched.fit_part", lambda *a: fitted.append(1) or fit_part(*a)
    )
    search = BatchedGridSearchCV(MODEL, {"tol": [-1.0]}, cv=5, error_score="raise")
    with pytest.raises(ValueError, match="The 'tol' parameter"):
        search.fit(X, Y)
    assert len(fitted) == 1


@pytest.mark.parametrize("alone", [False, True])
def test_ctrl_c_ends_the_search(alone, monkeypatch):
    calls = []

    def interrupt_at_the_fifth(self, *arguments):
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return original(self, *arguments)

    where = (skdigits.Objective, "cost_gradient")
    if not alone:
        where = (skdigits.searching.together.SharedRows, "answer")
    original = getattr(*where)
    monkeypatch.setattr(*where, interrupt_at_the_fifth)
    grid = {"maxiter": [3, 20], "early_stopping": [False, True]}
    with pytest.raises(KeyboardInterrupt):
        BatchedGridSearchCV(MODEL, grid, cv=3).fit(X, Y)
    for thread in threading.enumerate():
        if thread.name == "skdigits-lockstep":
            thread.join(PATIENCE)
            assert not thread.is_alive()


def test_labels_are_needed():
    for search in (BatchedGridSearchCV, GridSearchCV):
        with pytest.raises((ValueError, TypeError), match="y"):
            search(MODEL, {"maxiter": [3]}, error_score="raise").fit(X)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"param_grid": {"hidden": [3]}}, "Invalid parameter 'hidden'"),
        ({"param_grid": {}, "scoring": "no such"}, "no such"),
        ({"cv": 500}, "n_splits=500"),
        ({"cv": "five"}, "cv"),
        ({"scoring": BOTH, "refit": True}, "multi-metric"),
    ],
)
def test_what_is_wrong_is_said_before_any_fit(change, message, monkeypatch):
    monkeypatch.setattr("skdigits.searching.batched.fit_part", None)
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}).set_params(**change)
    with pytest.raises(ValueError, match=message):
        search.fit(X, Y)


def test_the_search_is_as_it_was_after_a_fit_and_after_an_error():
    for scoring in (None, lambda *_: 1 / 0):
        search = BatchedGridSearchCV(
            MODEL, {"maxiter": [3]}, cv=2, n_jobs=2, scoring=scoring, error_score="raise"
        )
        before = search.get_params()
        if scoring is not None:
            with pytest.raises(ZeroDivisionError):
                search.fit(X, Y)
        else:
            search.fit(X, Y)
        assert search.get_params() == before
        clone(search)


# --- one trajectory, warm paths ----------------------------------------------------------------------


def test_candidates_that_differ_in_maxiter_are_one_fit(monkeypatch):
    from skdigits.searching import together

    evaluated = []
    answer = together.SharedRows.answer
    monkeypatch.setattr(
        together.SharedRows, "answer", lambda self, q: evaluated.append(len(q)) or answer(self, q)
    )
    BatchedGridSearchCV(
        MODEL, {"maxiter": [2, 3, 5, 10, 20], "hidden_units": [3, 4]}, cv=2, refit=False
    ).fit(X, Y)
    assert sum(evaluated) < 2 * 2 * 30  # not 40 iterations of each but 20, and a few line searches
    assert max(evaluated) == 2


def test_a_warm_path_goes_from_small_lambdas_to_large():
    grid = {"reg_lambda": [0.1, 10.0, 1.0], "maxiter": [5, 15], "hidden_units": [3, 4]}
    search = BatchedGridSearchCV(MODEL, grid, cv=2, scoring="neg_log_loss", warm_path=True).fit(
        X, Y
    )
    assert search.cv_results_["warm"].tolist() == [
        p["reg_lambda"] > 0.1 for p in ParameterGrid(grid)
    ]
    # By hand.
    train, test = next(StratifiedKFold(2).split(X, Y))
    before = {}
    for reg_lambda in (0.1, 1.0, 10.0):
        model = clone(MODEL).set_params(hidden_units=3, reg_lambda=reg_lambda, maxiter=15)
        before_now = dict(before)
        model.fit(X[train], Y[train], **before)
        before = {"coef_init": model.coefs_, "intercept_init": model.intercepts_}
        for maxiter in (5, 15):
            model.set_params(maxiter=maxiter).fit(X[train], Y[train], **before_now)
            place = search.cv_results_["params"].index(
                {"reg_lambda": reg_lambda, "maxiter": maxiter, "hidden_units": 3}
            )
            expected = sklearn.metrics.get_scorer("neg_log_loss")(model, X[test], Y[test])
            assert search.cv_results_["split0_test_score"][place] == pytest.approx(
                expected, abs=1e-6
            )
    cold = BatchedGridSearchCV(MODEL, grid, cv=2).fit(X, Y)
    assert "warm" not in cold.cv_results_


def test_where_nothing_is_warm_nothing_is_said_to_be():
    params = {"X_val": X[:50], "y_val": Y[:50]}  # so that fits are made one by one
    search = BatchedGridSearchCV(MODEL, {"reg_lambda": [0.1, 1.0]}, cv=2, warm_path=True)
    with pytest.warns(UserWarning, match="warm_path=True cannot serve 2 of 2 candidates"):
        search.fit(X, Y, **params)
    assert not search.cv_results_["warm"].any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_failure_on_a_warm_path_leaves_the_fits_before_it(monkeypatch):
    descend = skdigits.searching.together.descend

    def fails_at_large_lambdas(start, watches):
        if start.problem.objective._reg_lambda > 1:
            raise ValueError("too large")
        return descend(start, watches)

    monkeypatch.setattr("skdigits.searching.together.descend", fails_at_large_lambdas)
    search = BatchedGridSearchCV(MODEL, {"reg_lambda": [0.1, 1.0, 2.0]}, cv=2, warm_path=True)
    scores = search.fit(X, Y).cv_results_["mean_test_score"]
    assert np.isnan(scores).tolist() == [False, False, True]


# --- parts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_groups", "n_jobs"),
    [(3, 1), (3, 2), (5, 2), (5, 8), (1, 4), (7, 3), (1, 16), (5, 64), (3, 100)],
)
def test_workers_are_evenly_loaded(n_groups, n_jobs):
    cuts = _cuts(n_groups, n_jobs)
    rounds = -(-n_groups * cuts // n_jobs)
    assert n_groups * cuts / (rounds * n_jobs) > 0.9
    assert n_jobs > 1 or cuts == 1


def test_parts_hold_every_candidate_once_a_split_and_chains_whole():
    grid = {
        "hidden_units": [2, 5, 9],
        "reg_lambda": [0.1, 3.0],
        "maxiter": [3, 20],
        "early_stopping": [False, True],
    }
    candidates = list(ParameterGrid(grid))
    plan = make_plan(MODEL, candidates, False)
    parts = make_parts(plan.candidates, 3, 2)
    cells = [(part.split, c.index) for part in parts for c in part.candidates]
    assert sorted(cells) == [(s, k) for s in range(3) for k in range(len(candidates))]
    assert sum(part.alone for part in parts) == 3 * 12
    for chain in {c.chain for c in plan.candidates if c.classifier is not None}:
        assert (
            sum(any(c.chain == chain for c in part.candidates) for part in parts if part.split == 0)
            == 1
        )


def test_steps_before_the_network_are_fitted_again_only_where_workers_would_idle():
    grid = {"network__hidden_units": [2, 3, 4, 5, 6, 7], "network__maxiter": [3, 20]}
    pipeline = Pipeline([("scale", StandardScaler()), ("network", MODEL)])
    plan = make_plan(pipeline, list(ParameterGrid(grid)), False)
    for n_jobs, n_parts in ((1, 3), (2, 3), (5, 3), (6, 6), (8, 6), (9, 9), (64, 18)):
        parts = make_parts(plan.candidates, 3, n_jobs)
        assert len(parts) == n_parts
        cells = sorted((part.split, c.index) for part in parts for c in part.candidates)
        assert cells == [(s, k) for s in range(3) for k in range(12)]


# --- files -----------------------------------------------------------------------------------------


def files_in(folder):
    return {path: path.stat().st_mtime_ns for path in Path(folder).rglob("*.npz")}


def test_finished_fits_are_not_made_again(tmp_path):
    def search(model=MODEL, grid=GRID, y=Y, **options):
        options = {"cv": 2, "scoring": BOTH, "refit": False, "cache_dir": tmp_path} | options
        return BatchedGridSearchCV(model, grid, **options).fit(X, y).cv_results_

    first = search()
    files = files_in(tmp_path)
    assert len(files) == 2 * 2 * 2  # of splits, hidden units, lambdas; maxiter are checkpoints
    again = search()
    assert files_in(tmp_path) == files
    for name in first:
        if "time" not in name and "param" not in name:
            np.testing.assert_array_equal(again[name], first[name])
    fewer = search(grid=GRID | {"maxiter": [20], "hidden_units": [5]})
    assert files_in(tmp_path) == files
    assert set(fewer["mean_test_accuracy"]) <= set(first["mean_test_accuracy"])
    # Another grid, other data and parameters are noticed.
    search(grid=GRID | {"hidden_units": [5, 6]})
    assert len(files_in(tmp_path)) == len(files) + 4
    more = search(grid=GRID | {"maxiter": [30]})
    assert_same_results(
        more,
        BatchedGridSearchCV(MODEL, GRID | {"maxiter": [30]}, cv=2, scoring=BOTH, refit=False)
        .fit(X, Y)
        .cv_results_,
    )
    changed = Y.copy()
    changed[0] = 9 - changed[0]
    before = len(files_in(tmp_path))
    search(y=changed)
    assert len(files_in(tmp_path)) > before
    search(clone(MODEL).set_params(n_init=2), warm_path=True)
    assert_same_results(
        *(search(clone(MODEL).set_params(n_init=2), warm_path=True) for _ in range(2))
    )


def test_files_gather_maxiters_and_serve_threads(tmp_path):
    options = {"cv": 2, "refit": False, "cache_dir": tmp_path, "n_jobs": 2}
    with joblib.parallel_config("threading"):
        for maxiters in ([3, 6], [5], [3, 5, 6]):
            grid = {"maxiter": maxiters, "reg_lambda": [0.1, 0.2, 0.3, 0.4]}
            before = files_in(tmp_path)
            BatchedGridSearchCV(MODEL, grid, **options).fit(X, Y)
    assert files_in(tmp_path) == before  # the last found all
    assert not list(tmp_path.rglob("*.tmp"))
    # The same rows to train on, twice at the same time.
    twice = [(np.arange(150), np.arange(150, 200)), (np.arange(150), np.arange(200, 240))]
    with joblib.parallel_config("threading"):
        for seed in range(5):
            model = clone(MODEL).set_params(random_state=seed)
            BatchedGridSearchCV(model, {"maxiter": [3]}, **options | {"cv": twice}).fit(X, Y)


@pytest.mark.parametrize("where", ["file", "file/folder"])
def test_a_folder_that_cannot_be_written_is_refused_before_any_fit(where, tmp_path, monkeypatch):
    monkeypatch.setattr("skdigits.searching.batched.fit_part", None)
    (tmp_path / "file").write_text("")
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cache_dir=tmp_path / where)
    with pytest.raises(ValueError, match="cache_dir must be a folder that files can be written to"):
        search.fit(X, Y)


def test_where_nothing_can_be_kept_any_more_the_search_goes_on(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez", full)
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cv=2, refit=False, cache_dir=tmp_path)
    with pytest.warns(UserWarning, match="the fit cannot be kept"):
        assert search.fit(X, Y).cv_results_["mean_test_score"] > 0


def test_a_damaged_file_is_told_of_and_made_again(tmp_path):
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cv=2, refit=False, cache_dir=tmp_path)
    expected = search.fit(X, Y).cv_results_["mean_test_score"]
    path = next(iter(files_in(tmp_path)))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.warns(UserWarning, match="is damaged, so its fit is made again"):
        found = search.fit(X, Y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)
    for told in (b"5", b"[[]]", pickle.dumps(Evil())):
        path.write_bytes(told)
        with pytest.warns(UserWarning, match="is damaged"):
            search.fit(X, Y)
    np.savez(path, told=np.array("5"))
    with pytest.warns(UserWarning, match="is damaged"):
        search.fit(X, Y)


def told_by(arrays):
    return json.loads(str(arrays["told"]))


WRONG = {
    "more starts": lambda told: told["starts"].append(told["starts"][0]),
    "no starts": lambda told: told["starts"].clear(),
    "null seconds": lambda told: told["starts"][0]["3"].update(seconds=None),
    "no nit": lambda told: told["starts"][0]["3"]["result"].pop("nit"),
    "a status in words": lambda told: told["starts"][0]["3"]["result"].update(status="well"),
    "more told of the outcome": lambda told: told["starts"][0]["3"]["result"].update(x=1),
    "a loss that is none": lambda told: told["starts"][0]["3"].update(loss=float("nan")),
    "another key": lambda told: told.update(key="0" * 32),
    "no key": lambda told: told.pop("key"),
}


@pytest.mark.parametrize("kind", [*WRONG, "weights that are not finite", "weights of text"])
def test_a_file_that_is_whole_but_wrong_is_made_again(tmp_path, kind):
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cv=2, refit=False, cache_dir=tmp_path)
    expected = search.fit(X, Y).cv_results_["mean_test_score"]
    path = next(iter(files_in(tmp_path)))
    with np.load(path) as held:
        arrays = dict(held)
    told = told_by(arrays)
    if kind in WRONG:
        WRONG[kind](told)
    elif kind == "weights of text":
        arrays["0/3/theta"] = arrays["0/3/theta"].astype(str)
    else:
        arrays["0/3/theta"] = arrays["0/3/theta"] * np.nan
    np.savez(path, **arrays | {"told": np.array(json.dumps(told))})
    with pytest.warns(UserWarning, match="is damaged, so its fit is made again"):
        found = search.fit(X, Y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)
    search.fit(X, Y)  # and now it is there


def test_files_whose_names_were_swapped_are_noticed(tmp_path):
    grid = {"reg_lambda": [0.1, 100.0], "maxiter": [9]}
    search = BatchedGridSearchCV(MODEL, grid, cv=2, refit=False, cache_dir=tmp_path)
    expected = search.fit(X, Y).cv_results_["mean_test_score"]
    first, *others = sorted(files_in(tmp_path))
    held = first.read_bytes()
    first.write_bytes(others[0].read_bytes())
    others[0].write_bytes(held)
    with pytest.warns(UserWarning, match="it is the file of another fit"):
        found = search.fit(X, Y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)


def test_what_was_half_written_is_removed(tmp_path, monkeypatch):
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3]}, cv=2, refit=False, cache_dir=tmp_path)
    search.fit(X, Y)
    folder = next(iter(files_in(tmp_path))).parent
    old, new = folder / "left.tmp", folder / "going.tmp"
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (0, 0))
    search.fit(X, Y)
    assert (old.exists(), new.exists()) == (False, True)
    new.unlink()

    def full(file, **arrays):
        file.write(b"half")
        raise OSError("No space left on device")

    for path in files_in(tmp_path):
        path.unlink()
    monkeypatch.setattr(np, "savez", full)
    with pytest.warns(UserWarning, match="the fit cannot be kept"):
        search.fit(X, Y)
    assert not files_in(tmp_path)
    assert not list(tmp_path.rglob("*.tmp"))


class Evil:
    def __reduce__(self):
        return os._exit, (66,)


KILLED = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
import numpy as np
from sklearn.datasets import load_digits
from skdigits import BatchedGridSearchCV, TwoLayerNNClassifier
if len(sys.argv) > 3:  # killed where a file is to get its name
    names = iter(range(int(sys.argv[3])))
    replace = os.replace
    def kill(*arguments):
        if next(names, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*arguments)
    os.replace = kill
X, y = load_digits(return_X_y=True)
grid = {"hidden_units": [5, 6, 7, 8], "reg_lambda": [0.1, 1, 10], "maxiter": [20]}
model = TwoLayerNNClassifier(random_state=0, tol=0)
search = BatchedGridSearchCV(model, grid, cv=4, refit=False, cache_dir=sys.argv[1])
np.save(sys.argv[2], search.fit(X[:300] / 16, y[:300]).cv_results_["mean_test_score"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_killed_search_goes_on(tmp_path):
    folder, result = tmp_path / "cache", tmp_path / "scores.npy"
    assert run_forked(KILLED, folder, result, 13)[0] == -signal.SIGKILL
    before = files_in(folder)
    assert len(before) == 13
    assert not result.exists()
    assert run_forked(KILLED, folder, result) == (0, "", "")
    after = files_in(folder)
    assert len(after) == 4 * 3 * 4
    assert {path: after[path] for path in before} == before  # not made again
    fresh = tmp_path / "fresh.npy"
    assert run_forked(KILLED, tmp_path / "other", fresh) == (0, "", "")
    np.testing.assert_allclose(np.load(result), np.load(fresh), atol=5e-3)


# --- what is seen ----------------------------------------------------------------------------------


def test_the_table_of_results():
    search = BatchedGridSearchCV(MODEL, GRID, cv=2, scoring=BOTH, refit="accuracy").fit(X, Y)
    frame = search.results_frame()
    assert len(frame) == 8
    assert frame.loc[0, ["hidden_units", "reg_lambda", "maxiter"]].to_dict() == search.best_params_
    assert frame["rank_test_accuracy"].is_monotonic_increasing
    assert frame.loc[0, "mean_accuracy"] == search.best_score_
    assert {"mean_neg_log_loss", "std_neg_log_loss", "seconds"} <= set(frame)


def test_progress_is_told(capsys):
    search = BatchedGridSearchCV(MODEL, {"maxiter": [3, 4]}, cv=2, refit=False, verbose=1)
    search.fit(X, Y)
    assert capsys.readouterr().out == "Fitting 2 folds for each of 2 candidates, totalling 4 fits\n"
    search.set_params(verbose=2).fit(X, Y)
    out = capsys.readouterr().out
    assert "fits 2/4" in out
    assert "fits 4/4" in out
    assert out.count("[CV] END") == 4


def test_fit_times_are_shares_of_what_the_parts_took():
    begin = time.perf_counter()
    search = BatchedGridSearchCV(MODEL, GRID | {"maxiter": [40]}, cv=2, refit=False).fit(X, Y)
    took = time.perf_counter() - begin
    assert 0 < 2 * search.cv_results_["mean_fit_time"].sum() < took


@pytest.mark.skipif(joblib.cpu_count() < 2, reason="one core")
@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_backends(backend):
    with joblib.parallel_config(backend, n_jobs=2):
        both(MODEL, {"maxiter": [3, 6], "hidden_units": [3, 4]}, n_jobs=None)
