"""Oracle: the number of the process that made a call."""

import os
import threading

import joblib
import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier
from skdigits.searching import workers
from skdigits.searching.planning import make_parts, make_plan, seconds_of

HERE = os.getpid()
CALLS = [()] * 4
two = pytest.mark.skipif(joblib.cpu_count() < 2, reason="one core")


def results(seconds, n_jobs=2, function=os.getpid):
    return list(workers.results_of(function, CALLS, n_jobs, "2*n_jobs", seconds))


@pytest.mark.parametrize("n_jobs", [None, 1, 2, -1])
def test_what_is_small_is_worked_here(n_jobs):
    assert results(0.1, n_jobs) == [HERE] * 4


@two
def test_what_is_large_is_worked_elsewhere():
    assert HERE not in results(np.inf)
    assert results(np.inf, n_jobs=1) == [HERE] * 4


@two
def test_what_is_larger_than_it_looked_is_worked_elsewhere_from_then_on(monkeypatch):
    clock = iter(range(0, 100, 2))
    monkeypatch.setattr(workers.time, "process_time", lambda: next(clock))
    monkeypatch.setattr(workers, "PATIENCE", 5)
    found = results(0.1)  # the clock has said 0, 2, 4, 6
    assert found[:2] == [HERE] * 2
    assert HERE not in found[2:]
    assert len(found) == 4


@two
def test_a_backend_that_was_chosen_gets_all():
    with joblib.parallel_config("loky"):
        assert HERE not in results(0.1)
    with joblib.parallel_config("threading"):
        assert threading.get_ident() not in results(0.1, function=threading.get_ident)
    with joblib.parallel_config(n_jobs=2):  # which chooses none
        assert results(0.1, n_jobs=None) == [HERE] * 4


# --- how long it takes ----------------------------------------------------------------------------


def seconds(model, grid, X, n_splits=2, warm_path=False):
    plan = make_plan(model, grid, warm_path)
    return seconds_of(make_parts(plan.candidates, n_splits, 1), X)


def test_estimates_count_iterations_and_products():
    X, model = np.ones((500, 40)), TwoLayerNNClassifier(5, maxiter=100)
    one = seconds(model, [{}], X)
    assert one > 0
    assert seconds(model, [{}], X, n_splits=6) == pytest.approx(3 * one)
    assert seconds(model, [{"maxiter": 50}, {"maxiter": 100}], X) == pytest.approx(one)
    for warm_path in (False, True):
        grid = [{"reg_lambda": 1.0}, {"reg_lambda": 2.0}]
        assert seconds(model, grid, X, warm_path=warm_path) == pytest.approx(2 * one)
    assert seconds(model, [{"n_init": 3}], X) == pytest.approx(3 * one)
    assert seconds(model, [{"early_stopping": True}], X) == pytest.approx(one)
    assert seconds(make_pipeline(StandardScaler(), model), [{}], X) == pytest.approx(one)
    assert one < seconds(model, [{}], np.ones((5000, 40))) < 10 * one
    mostly_zero = sparse.random(500, 400, density=0.1, format="csr")
    assert seconds(model, [{}], mostly_zero) == pytest.approx(one)
    assert seconds(model, [{"hidden_units": 5}, {"hidden_units": -1}], X) < 1.1 * one


def test_what_cannot_be_estimated_may_be_long():
    model = TwoLayerNNClassifier(5, maxiter=100)
    assert seconds(model, [{}], ["a", "text"]) == np.inf
    either = make_pipeline(StandardScaler(), model)
    name = either.steps[-1][0]
    grid = [{name: model}, {name: LogisticRegression()}]
    assert seconds(either, grid, np.ones((500, 40))) == np.inf
