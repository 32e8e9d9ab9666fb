"""Fits that end when their time is over; no test waits for a clock."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

from skdigits import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    TwoLayerNNClassifier,
)
from skdigits.fitting import TimeLimit
from skdigits.fitting.optimize import OutOfTime

X, Y = load_iris(return_X_y=True)
AT_ONCE = 1e-9  # seconds
SAYS = "^max_time ended the fit before it converged: raise max_time"


class Clock:
    """One second later whenever it is looked at."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


def ticking(monkeypatch):
    """Let limits count looks at the clock for seconds."""
    clock = Clock()
    monkeypatch.setattr(TimeLimit.__init__, "__defaults__", (clock,))


def test_a_limit_counts_from_when_it_was_made():
    limit = TimeLimit(3, Clock())
    assert [limit.passed for _ in range(4)] == [False, False, True, True]
    with pytest.raises(OutOfTime, match="max_time=3 seconds have passed"):
        limit(None)
    assert not TimeLimit(None, Clock()).passed


@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS", "Newton-CG", "TNC", "trust-ncg"])
def test_a_fit_ends_with_the_best_weights_and_says_so(solver, monkeypatch):
    model = TwoLayerNNClassifier(4, solver=solver, random_state=0, max_time=7, tol=0)
    ticking(monkeypatch)
    with pytest.warns(ConvergenceWarning, match=SAYS) as told:
        model.fit(X, Y)
    assert told[0].message.n_iter == model.n_iter_ == 7
    result = model.optimize_result_
    assert (result.status, result.success) == (104, False)
    assert result.message == "max_time=7 seconds have passed"
    assert len(model.loss_curve_) == 7
    assert model.loss_ <= min(model.loss_curve_)
    monkeypatch.undo()
    with pytest.warns(match="reached maxiter"):
        same = TwoLayerNNClassifier(4, solver=solver, random_state=0, maxiter=7, tol=0).fit(X, Y)
    np.testing.assert_array_equal(model.coefs_[0], same.coefs_[0])


def test_where_there_is_time_nothing_changes():
    free = TwoLayerNNClassifier(4, random_state=0).fit(X, Y)
    limited = TwoLayerNNClassifier(4, random_state=0, max_time=1e6).fit(X, Y)
    np.testing.assert_array_equal(limited.coefs_[0], free.coefs_[0])


def test_of_several_starts_those_that_had_time_count(monkeypatch):
    model = TwoLayerNNClassifier(4, n_init=5, maxiter=10, random_state=0, max_time=25)
    ticking(monkeypatch)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, Y)
    assert len(model.init_losses_) == 3  # two of 10 iterations, and a look after each
    assert model.loss_ == min(model.init_losses_)


def test_samples_end_too(monkeypatch):
    model = TwoLayerNNClassifier(4, progressive_sampling=(0.2, 0.4, 0.6), random_state=0)
    ticking(monkeypatch)
    with pytest.warns(ConvergenceWarning, match=SAYS):
        model.set_params(max_time=6).fit(X, Y)
    assert len(model.sample_loss_curves_) == 1
    assert model.n_iter_ == 1
    assert model.score(X, Y) > 0.2


def test_with_early_stopping_the_best_iterate_is_kept(monkeypatch):
    model = TwoLayerNNClassifier(4, early_stopping=True, random_state=0, max_time=5)
    ticking(monkeypatch)
    with pytest.warns(ConvergenceWarning, match=SAYS):
        model.fit(X, Y)
    assert model.best_iter_ == np.argmin(model.validation_loss_curve_) + 1


@pytest.mark.parametrize("n_init", [1, 3])
@pytest.mark.parametrize("kind", [BatchedGridSearchCV, BatchedHalvingGridSearchCV])
def test_in_a_search_each_fit_has_its_time(kind, n_init):
    model = TwoLayerNNClassifier(random_state=0, max_time=AT_ONCE, n_init=n_init, maxiter=40)
    grid = {"hidden_units": [2, 3, 4], "reg_lambda": [0.1, 1.0]}
    search = kind(model, grid, cv=2, scoring=iterations_of, refit=False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        search.fit(X, Y)
    assert (search.cv_results_["mean_test_score"] == 1).all()
    assert any("max_time ended the fit" in str(warning.message) for warning in caught)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again = search.set_params(estimator__max_time=1e6).fit(X, Y)
    assert (again.cv_results_["mean_test_score"] > 1).all()


def iterations_of(model, X, y):
    return model.n_iter_


@pytest.mark.parametrize("max_time", [0, -1.0, "soon"])
def test_a_time_is_more_than_nothing(max_time):
    with pytest.raises(ValueError, match="'max_time' parameter"):
        TwoLayerNNClassifier(max_time=max_time).fit(X, Y)
