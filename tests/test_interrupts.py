"""Ctrl-C in every line of what must be undone: nothing is left behind, nothing hangs.

Oracles: the threads of this process, and the thread counts that threadpoolctl reads.
"""

import threading
import time

import numpy as np
import pytest
from interrupts import at_each_line
from patience import PATIENCE
from sklearn.datasets import load_iris
from threadpoolctl import ThreadpoolController, threadpool_limits

from skdigits import (
    BatchedGridSearchCV,
    BatchedHalvingGridSearchCV,
    TwoLayerNNClassifier,
    TwoLayerNNClassifierCV,
)
from skdigits.committee import team, training
from skdigits.fitting import descent, optimize
from skdigits.network import blas
from skdigits.searching import halving, lockstep, rounds

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:the fit was interrupted"),
]


@pytest.fixture(autouse=True)
def two_threads():
    """Every BLAS at two threads, whatever the machine has."""
    with threadpool_limits(2):
        yield


def blas_threads():
    return {
        lib["filepath"]: lib["num_threads"]
        for lib in ThreadpoolController().info()
        if lib["user_api"] == "blas"
    }


def lockstep_threads():
    """Those that have not ended after a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        # Ctrl-C within Thread.start leaves one that never began in Python's own list.
        alive = [t for t in threading.enumerate() if t.name == "skdigits-lockstep" and t.is_alive()]
        if not alive:
            return []
        time.sleep(0.001)
    return alive


def nothing_is_left(where, error):
    assert not lockstep_threads(), where
    assert set(blas_threads().values()) == {2}, where


def test_blas():
    def run():
        with blas.single_threaded_blas(), blas.single_threaded_blas():
            pass

    # A controller of all libraries takes milliseconds to make: one for all.
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers

    def restored(where, error):
        assert {library.num_threads for library in libraries} == {2}, where
        assert error is not None

    assert at_each_line([blas], run, restored) > 30


def test_lockstep():
    def run():
        def ask_thrice(handle):
            return [handle.ask(k) for k in range(3)]

        jobs = [lockstep.Job(k, 1, ask_thrice) for k in range(3)]
        return list(lockstep.in_lockstep(jobs, lambda questions: questions, 2))

    def ended(where, error):
        assert not lockstep_threads(), where
        assert error is not None

    assert at_each_line([lockstep], run, ended) > 100


def test_lockstep_that_is_closed():
    def run():
        jobs = [lockstep.Job(k, 1, lambda handle: handle.ask(1)) for k in range(3)]
        going = lockstep.in_lockstep(jobs, lambda questions: questions, 2)
        try:
            next(going)
        finally:
            going.close()

    def ended(where, error):
        assert not lockstep_threads(), where

    assert at_each_line([lockstep], run, ended) > 30


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_a_fit(iris):
    X, y = iris

    def run():
        model = TwoLayerNNClassifier(2, maxiter=2, random_state=0).fit(X, y)
        assert np.isfinite(model.predict_proba(X)).all()

    assert at_each_line([blas, optimize, descent], run, nothing_is_left, step=5) > 100


def test_a_search(iris):
    X, y = iris
    grid = {"reg_lambda": [0.1, 1.0], "maxiter": [1, 2]}
    model = TwoLayerNNClassifier(2, random_state=0)

    def run():
        BatchedGridSearchCV(model, grid, cv=2, scoring="neg_log_loss").fit(X, y)

    modules = [blas, lockstep, optimize, descent]
    assert at_each_line(modules, run, nothing_is_left, step=97) > 200


def test_lockstep_of_jobs_that_hold():
    def run():
        def hold_twice(handle):
            handles.append(handle)
            return [handle.ask(1), handle.hold(1), handle.ask(2), handle.hold(2)]

        handles = []
        jobs = [lockstep.Job(k, 1, hold_twice) for k in range(3)]
        try:
            held = list(lockstep.in_lockstep(jobs, lambda questions: questions, 2))
            assert [each.value for each in held] == [1, 1, 1]
            resumed = [lockstep.Resumed(each, None) for each in held]
            held = list(lockstep.in_lockstep(resumed, lambda questions: questions, 2))
            assert [each.value for each in held] == [2, 2, 2]
        finally:
            lockstep.end_all(handles)

    def ended(where, error):
        assert not lockstep_threads(), where

    assert at_each_line([lockstep], run, ended) > 100


def test_a_halving_search(iris):
    X, y = iris
    model = TwoLayerNNClassifier(2, maxiter=4, random_state=0)

    def run():
        BatchedHalvingGridSearchCV(
            model, {"reg_lambda": [0.1, 0.3, 1.0, 3.0]}, cv=2, scoring="neg_log_loss", factor=2
        ).fit(X, y)

    modules = [blas, lockstep, rounds, halving, optimize, descent]
    assert at_each_line(modules, run, nothing_is_left, step=97) > 100


def test_a_committee(iris):
    X, y = iris

    def run():
        model = TwoLayerNNClassifierCV(
            2, maxiter=2, first_maxiter=2, step_maxiter=1, reg_lambdas=[0.1, 1.0], cv=2,
            random_state=0,
        ).fit(X, y)  # fmt: skip
        assert np.isfinite(model.predict_proba(X)).all()

    assert at_each_line([blas, optimize, team, training], run, nothing_is_left, step=17) > 200
