"""Oracles: the rows themselves, and the same results by one thread."""

import os
import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import PATIENCE
from scipy import sparse
from threadpoolctl import threadpool_limits

from skdigits import Objective
from skdigits.network import blocks
from skdigits.network.blocks import BLOCK_ROWS, BLOCK_VALUES, over_lanes, row_runs

PLENTY = 1e9


@given(st.integers(1, 10**6), st.integers(1, 3000), st.integers(1, 2000))
def test_blocks_cover_all_rows_once_and_fit_the_cache(n_samples, n_features, units):
    lanes = row_runs(np.broadcast_to(np.float32(0), (n_samples, n_features)), units)
    runs = [run for lane in lanes for run in lane]
    assert runs[0][0] == 0
    assert runs[-1][1] == n_samples
    assert all(stop == start for (_, stop), (start, _) in pairwise(runs))
    sizes = [stop - start for start, stop in runs]
    assert min(sizes) >= 1
    assert max(sizes) <= min(sizes) + 1
    assert max(sizes) <= max(BLOCK_ROWS[0], min(BLOCK_ROWS[1], BLOCK_VALUES // units + 1))
    assert len({len(lane) for lane in lanes}) == 1
    assert len(lanes) == 1 or n_samples >= BLOCK_ROWS[0] * len(lanes)


def test_sparse_rows_count_what_they_hold():
    X = sparse.random(2000, 5000, density=1e-3, format="csr", random_state=0)
    assert len(row_runs(X, 50)) == 1
    assert len(row_runs(np.broadcast_to(0.0, X.shape), 50)) > 1


def test_results_come_in_the_order_of_the_lanes_from_several_threads():
    met = threading.Barrier(2)
    names = set()

    def square(k):
        if k < 2:
            met.wait(PATIENCE)  # two threads are at work at once, or this breaks
        names.add(threading.current_thread().name)
        return k * k

    with threadpool_limits(2):
        assert over_lanes(square, range(8), PLENTY) == [k * k for k in range(8)]
    assert len(names) == 2


@pytest.mark.parametrize("limit", [1, 2])
def test_an_error_in_a_lane_is_the_callers(limit):
    def fail(k):
        raise ZeroDivisionError(k)

    with threadpool_limits(limit), pytest.raises(ZeroDivisionError):
        over_lanes(fail, range(4), PLENTY)


@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_however_many_threads(container, dtype):
    rng = np.random.default_rng(0)
    X = container(rng.normal(size=(1001, 90)).astype(dtype))
    Y = np.eye(3)[rng.integers(3, size=1001)]
    found = []
    for limit in (1, 2, 3):
        with threadpool_limits(limit):
            objective = Objective(X, Y, hidden_units=150)
            assert len(objective._data.lanes) == 2
            theta = objective.initial_parameters(0)
            found.append(
                [
                    *objective.cost_gradient(theta),
                    objective.hessian_product(theta, theta),
                    *objective.project(theta),
                ]
            )
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


def test_it_works_in_a_forked_process():
    if not hasattr(os, "fork"):
        pytest.skip("no fork on this system")
    with threadpool_limits(2):
        over_lanes(abs, range(4), PLENTY)  # the parent's threads exist
        child = os.fork()
        if child == 0:
            right = over_lanes(abs, range(-4, 0), PLENTY) == [4, 3, 2, 1]
            os._exit(0 if right else 1)
        assert os.waitpid(child, 0)[1] == 0


def test_too_little_work_stays_in_the_callers_thread():
    names = over_lanes(lambda k: threading.current_thread().name, range(4), blocks.LANES[0][1] - 1)
    assert set(names) == {threading.current_thread().name}


def test_without_helpers_the_caller_does_it_all(monkeypatch):
    class Closed:
        def __init__(self, name):
            pass

        def submit(self, function):
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(blocks, "_pool", Closed)
    with threadpool_limits(2):
        assert over_lanes(abs, range(-4, 0), PLENTY) == [4, 3, 2, 1]
