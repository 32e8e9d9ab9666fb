"""Oracle: the thread counts that threadpoolctl reads from the libraries themselves."""

import threading

import numpy as np
import pytest
from patience import PATIENCE
from sklearn.base import clone
from sklearn.datasets import load_digits
from threadpoolctl import ThreadpoolController, threadpool_limits

from skdigits import TwoLayerNNClassifier
from skdigits.fitting import optimize
from skdigits.network.blas import single_threaded_blas


def threads():
    """Threads of each BLAS by its path."""
    return {
        lib["filepath"]: lib["num_threads"]
        for lib in ThreadpoolController().info()
        if lib["user_api"] == "blas"
    }


@pytest.fixture
def two_threads():
    """Every BLAS at two threads, whatever the machine has."""
    with threadpool_limits(2):
        if set(threads().values()) != {2}:
            pytest.skip("no BLAS here that can be set to two threads")
        yield


def test_all_are_limited_and_restored(two_threads):
    with single_threaded_blas() as before:
        assert set(threads().values()) == {1}
    assert before == 2
    assert set(threads().values()) == {2}


def test_what_the_user_allows_is_the_most(two_threads):
    with threadpool_limits(1), single_threaded_blas() as before:
        assert before == 1


def test_restored_after_an_error_and_ctrl_c(two_threads):
    for error in (ValueError, KeyboardInterrupt):
        with pytest.raises(error), single_threaded_blas():
            raise error
        assert set(threads().values()) == {2}


@pytest.mark.parametrize("first_leaves", ["first", "last"])
def test_overlapping_fits_share_one_limit_and_the_last_takes_it_off(first_leaves):
    before = threads()
    second_in, second_may_leave = threading.Event(), threading.Event()

    def second():
        with single_threaded_blas():
            second_in.set()
            second_may_leave.wait(PATIENCE)

    thread = threading.Thread(target=second)
    with single_threaded_blas():
        thread.start()
        assert second_in.wait(PATIENCE)
        if first_leaves == "last":
            second_may_leave.set()
            thread.join()
        assert set(threads().values()) == {1}
    if first_leaves == "first":
        assert set(threads().values()) == {1}
        second_may_leave.set()
        thread.join()
    assert threads() == before
    with threadpool_limits(1):  # nobody is left in command who would not let others set limits
        assert set(threads().values()) == {1}
    assert threads() == before


def limited_by_another_thread(n):
    """Let another thread hold BLAS at n threads; what lets it leave."""
    inside, may_leave = threading.Event(), threading.Event()

    def other():
        with threadpool_limits(n):
            inside.set()
            may_leave.wait(PATIENCE)

    def leave():
        may_leave.set()
        thread.join()

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(PATIENCE)
    return leave


def test_limits_that_others_set_and_take_off_meanwhile_are_not_brought_back():
    before = threads()
    leave = limited_by_another_thread(1)
    with single_threaded_blas():
        leave()
    assert threads() == before


def test_a_limit_of_another_thread_does_not_stand_in_the_way(two_threads):
    seen = []

    def other():
        with single_threaded_blas() as count:
            seen.append((count, set(threads().values())))

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert seen == [(2, {1})]
    assert set(threads().values()) == {2}


def test_a_limit_that_another_thread_takes_off_meanwhile_is_no_end_of_ours():
    """A long fit asks again in each pass that is large enough for threads."""
    if set(threads().values()) == {1}:
        pytest.skip("one core")
    before = threads()
    leave = limited_by_another_thread(2)
    with single_threaded_blas():
        leave()
        with single_threaded_blas():
            assert set(threads().values()) == {1}
        assert set(threads().values()) == {1}
    assert threads() == before


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_beside_a_limit_has_the_bits_of_one_without(two_threads):
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(5, maxiter=5, random_state=0)
    found = []
    fit = threading.Thread(target=lambda: found.append(clone(model).fit(X, y)))
    fit.start()
    fit.join()
    with threadpool_limits(1):
        np.testing.assert_array_equal(found[0].coefs_[0], model.fit(X, y).coefs_[0])


def test_minimize_limits_them(two_threads):
    seen = []

    def function(x):
        seen.append(set(threads().values()))
        return float(x @ x), 2 * x

    optimize.minimize(function, np.ones(3))
    assert seen
    assert all(counts == {1} for counts in seen)
    assert set(threads().values()) == {2}
