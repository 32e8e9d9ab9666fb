"""Oracle: the thread counts that threadpoolctl reads from the libraries themselves."""

import threading
from pathlib import Path

import numpy as np
import pytest
import scipy
from threadpoolctl import ThreadpoolController

from skdigits import blas, optimize
from skdigits.blas import scipy_blas_single_threaded


def threads():
    """Threads of each BLAS by its path."""
    return {
        lib["filepath"]: lib["num_threads"]
        for lib in ThreadpoolController().info()
        if lib["user_api"] == "blas"
    }


def of_scipy():
    """The paths of SciPy's own BLAS; empty where it shares NumPy's."""
    return [p for p in threads() if Path(p).parent.name == "scipy.libs" or "scipy/.dylibs" in p]


needs_own_blas = pytest.mark.skipif(not of_scipy(), reason="SciPy has no BLAS of its own here")


@pytest.fixture
def two_threads():
    with ThreadpoolController().limit(limits=2):
        yield


@needs_own_blas
def test_only_scipys_blas_is_limited_and_restored(two_threads):
    before = threads()
    with scipy_blas_single_threaded():
        within = threads()
    for path in before:
        assert within[path] == (1 if path in of_scipy() else before[path])
    assert threads() == before


@needs_own_blas
def test_restored_after_an_error_and_ctrl_c(two_threads):
    before = threads()
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), scipy_blas_single_threaded():
            raise error
        assert threads() == before


@needs_own_blas
@pytest.mark.parametrize("first_leaves", ["first", "last"])
def test_overlapping_fits_share_one_limit_and_restore_it(two_threads, first_leaves):
    before = threads()
    second_in, second_may_leave, second_out = (threading.Event() for _ in range(3))
    within = []

    def second():
        with scipy_blas_single_threaded():
            within.append({threads()[p] for p in of_scipy()})
            second_in.set()
            second_may_leave.wait(10)
        second_out.set()

    thread = threading.Thread(target=second)
    with scipy_blas_single_threaded():
        thread.start()
        assert second_in.wait(10)
        if first_leaves == "last":
            second_may_leave.set()
            assert second_out.wait(10)
            within.append({threads()[p] for p in of_scipy()})
    second_may_leave.set()
    thread.join()
    assert all(counts == {1} for counts in within)
    assert threads() == before
    with scipy_blas_single_threaded():  # the next one limits again
        assert {threads()[p] for p in of_scipy()} == {1}


@needs_own_blas
def test_minimize_limits_scipy_alone(two_threads):
    seen = []

    def function(x):
        seen.append(threads())
        return float(x @ x), 2 * x

    before = threads()
    optimize.minimize(function, np.ones(3))
    for counts in seen:
        assert all(counts[p] == (1 if p in of_scipy() else before[p]) for p in before)


def test_quiet_without_a_blas_of_scipys_own(monkeypatch):
    # A real layout that knows no such library: SciPy somewhere else.
    monkeypatch.setattr(scipy, "__file__", "/elsewhere/scipy/__init__.py")
    blas._scipy_blas.cache_clear()
    try:
        before = threads()
        with scipy_blas_single_threaded():
            assert threads() == before
        assert threads() == before
    finally:
        blas._scipy_blas.cache_clear()
