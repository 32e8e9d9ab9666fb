"""Oracle: counts by hand, and fits of the same candidates one by one."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdigits import BatchedGridSearchCV, BatchedRandomizedSearchCV, TwoLayerNNClassifier
from skdigits.searching.scoring import Outcome, Warned
from skdigits.searching.telling import summary

X, Y = load_digits(return_X_y=True)
X, Y = X[:120] / 16, Y[:120] % 3
MODEL = TwoLayerNNClassifier(3, random_state=0)
SLOW = Warned("too slow", ConvergenceWarning, "maxiter")
STUCK = Warned("stuck", ConvergenceWarning, None)
ODD = Warned("odd labels", DataConversionWarning, None)


def outcomes(*rows):
    """{(candidate, split): Outcome} of lists of warnings."""
    return {
        (c, s): Outcome(given, None, 0.0, [])
        for c, row in enumerate(rows)
        for s, given in enumerate(row)
    }


def test_a_summary_counts_fits_and_candidates():
    fine, slow, stuck = [], [ODD, SLOW], [STUCK]
    found = outcomes([fine, slow], [slow, slow], [fine, fine], [stuck, fine])
    candidates = [{"k": k} for k in range(4)]
    assert summary(found, candidates, [set()] * 4) == [
        ("odd labels (3 of 8 fits)", DataConversionWarning),
        (
            "4 of 8 fits did not converge, those of 3 of 4 candidates: {'k': 1} (2 of 2), "
            "{'k': 0} (1 of 2), {'k': 3} (1 of 2). 3 of them warned: too slow",
            ConvergenceWarning,
        ),
    ]
    # Where maxiter is tried out, to stop there is no matter; to be stuck is.
    told = summary(found, candidates, [{"maxiter"}] * 4)
    assert told[0] == ("odd labels (3 of 8 fits)", DataConversionWarning)
    assert told[1][0].startswith(
        "1 of 8 fits did not converge, those of 1 of 4 candidates: {'k': 3}"
    )
    assert len(told) == 2
    assert summary(outcomes([fine, fine]), [{}], [set()]) == []


def test_only_candidates_that_try_a_maxiter_may_stop_there():
    grids = [{"reg_lambda": [1.0]}, {"reg_lambda": [1.0], "maxiter": [2, 3]}]
    search = BatchedGridSearchCV(clone(MODEL).set_params(maxiter=4), grids, cv=2, refit=False)
    with pytest.warns(ConvergenceWarning, match="2 of 6 fits did not converge, those of 1 of 3"):
        search.fit(X, Y)


def test_a_maxiter_among_the_solver_options_is_one():
    model = clone(MODEL).set_params(solver_options={"maxiter": 3})
    search = BatchedGridSearchCV(model, {"reg_lambda": [1.0, 2.0]}, cv=2, refit=False)
    with pytest.warns(ConvergenceWarning, match="4 of 4 fits.*the fit reached maxiter"):
        search.fit(X, Y)


def test_a_summary_of_many_candidates_names_a_few():
    found = outcomes(*[[[SLOW]]] * 9)
    ((message, _),) = summary(found, [{"k": k} for k in range(9)], [set()] * 9)
    assert "{'k': 2} (1 of 1), 6 more. 9 of them warned" in message


def test_a_warning_says_whether_maxiter_ended_a_network():
    for maxiter, n_iter, expected in ((9, 9, "maxiter"), (9, 5, None)):
        warning = ConvergenceWarning("too slow")
        warning.maxiter, warning.n_iter = maxiter, n_iter
        assert Warned.of(warning) == ("too slow", ConvergenceWarning, expected)
    assert Warned.of(UserWarning("else")) == ("else", UserWarning, None)


# --- of searches ------------------------------------------------------------------------------------


def told(search, y=Y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, y)
    for warning in caught:
        assert warning.filename == __file__ or " fits" not in str(warning.message)
    return [(str(warning.message), warning.category) for warning in caught]


def test_one_summary_of_a_search_and_the_word_of_the_refit():
    grid = {"reg_lambda": [0.01, 100.0], "tol": [1e-3, 1e-9]}
    model = clone(MODEL).set_params(maxiter=40)
    cv = StratifiedKFold(3)
    unconverged = {}
    for reg_lambda in grid["reg_lambda"]:
        for tol in grid["tol"]:
            one = clone(model).set_params(reg_lambda=reg_lambda, tol=tol)
            for train, _ in cv.split(X, Y):
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("ignore")
                    warnings.simplefilter("always", ConvergenceWarning)
                    one.fit(X[train], Y[train])
                unconverged[reg_lambda, tol] = unconverged.get((reg_lambda, tol), 0) + len(caught)
    assert 0 < sum(unconverged.values()) < 12
    search = BatchedGridSearchCV(model, grid, cv=cv, refit=False)
    ((message, category),) = told(search)
    assert category is ConvergenceWarning
    n_candidates = sum(n > 0 for n in unconverged.values())
    expected = (
        f"{sum(unconverged.values())} of 12 fits did not converge, those of {n_candidates} of 4"
    )
    assert message.startswith(expected)
    for (reg_lambda, tol), n in unconverged.items():
        named = f"{{'reg_lambda': {reg_lambda}, 'tol': {tol}}} ({n} of 3)" in message
        assert named == (n > 0)
    # What becomes of the best model is told too: here it has not converged.
    both = told(search.set_params(refit=lambda results: 1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clone(model).set_params(reg_lambda=0.01, tol=1e-9).fit(X, Y)
    assert sorted(text for text, _ in both) == sorted([message, str(caught[0].message)])


def test_where_maxiter_is_searched_to_stop_there_is_no_matter():
    model = clone(MODEL).set_params(tol=0)
    assert told(BatchedGridSearchCV(model, {"maxiter": [3, 4]}, cv=2)) == []
    some_alone = {"maxiter": [3, 4], "early_stopping": [False, True]}
    assert told(BatchedGridSearchCV(model, some_alone, cv=2)) == []
    draws = {"maxiter": range(3, 9), "hidden_units": [2, 3]}
    assert told(BatchedRandomizedSearchCV(model, draws, n_iter=3, cv=2, random_state=0)) == []
    # One value is none that is tried out.
    texts = [text for text, _ in told(BatchedGridSearchCV(model, {"maxiter": [3]}, cv=2))]
    assert len(texts) == 2  # of the fits, and of the best model
    assert any(text.startswith("2 of 2 fits did not converge") for text in texts)


class Warning_(TransformerMixin, BaseEstimator):
    """Warns in fit, of convergence too."""

    def fit(self, X, y=None):
        warnings.warn("before the network", ConvergenceWarning, stacklevel=2)
        warnings.warn("labels", DataConversionWarning, stacklevel=2)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


def test_what_steps_before_the_network_warn_of_is_told():
    model = make_pipeline(Warning_(), MODEL)
    search = BatchedGridSearchCV(model, {"twolayernnclassifier__maxiter": [3, 4]}, cv=2)
    texts = [text for text, _ in told(search)]
    assert texts[:2] == [
        "labels (4 of 4 fits)",
        "4 of 4 fits did not converge, those of 2 of 2 candidates: "
        "{'twolayernnclassifier__maxiter': 3} (2 of 2), "
        "{'twolayernnclassifier__maxiter': 4} (2 of 2). 4 of them warned: before the network",
    ]
    assert texts[2:] == ["before the network", "labels"]  # the refit's, its maxiter no matter


def test_warnings_that_are_errors_leave_the_search_fitted():
    search = BatchedGridSearchCV(MODEL, {"reg_lambda": [1.0, 2.0]}, cv=2, refit=False)
    with pytest.raises(ConvergenceWarning, match="4 of 4 fits did not converge"):
        search.set_params(estimator=clone(MODEL).set_params(maxiter=2)).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("warm_path", [False, True])
def test_a_lambda_that_leaves_nothing_is_told_where_no_lambda_is_tried(warm_path):
    X, y = load_iris(return_X_y=True)
    model = TwoLayerNNClassifier(4, maxiter=2000, random_state=0)
    options = {"cv": 2, "warm_path": warm_path}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        BatchedGridSearchCV(model, {"reg_lambda": [1.0, 1e4]}, **options).fit(X, y)
    with warnings.catch_warnings():  # a value of a wrong type is an error of its fits alone
        warnings.simplefilter("ignore")
        BatchedGridSearchCV(model, {"reg_lambda": [1.0, [2.0]]}, **options).fit(X, y)
    model.set_params(reg_lambda=1e4)
    with pytest.warns(UserWarning, match=r"same for every row.* \(4 of 4 fits\)"):
        BatchedGridSearchCV(model, {"hidden_units": [3, 4]}, **options, refit=False).fit(X, y)
