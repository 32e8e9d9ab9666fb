"""Oracles: closed-form minima, the costs that were really evaluated, scipy's own documentation."""

import _thread
from itertools import count

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess_prod

from skdigits.fitting import optimize
from skdigits.fitting.optimize import minimize
from skdigits.fitting.solvers import SOLVERS

METHODS = [solver.method for solver in SOLVERS.values()]
# scipy's trust-krylov starts its search for eigenvectors from random numbers seeded by the clock.
DETERMINISTIC = [method for method in METHODS if method != "trust-krylov"]
START = np.array([-1.2, 1.0, 0.7, -0.3, 2.0])


def rosenbrock(x):
    return rosen(x), rosen_der(x)


def run(method, function=rosenbrock, **options):
    return minimize(function, START, solver=method, hessian_product=rosen_hess_prod, **options)


@pytest.mark.parametrize("method", METHODS)
def test_every_solver_finds_the_minimum(method):
    result = run(method, maxiter=2000, tol=1e-6)
    assert (result.status, result.success) == (optimize.CONVERGED, True)
    # Rosenbrock's two minima in five dimensions: all ones, and one near (-0.96, 0.94, ...).
    assert result.fun < 1e-9 or result.fun == pytest.approx(3.930839434133, abs=1e-9)
    assert np.abs(rosen_der(result.x)).max() <= 1e-6
    assert result.fun == rosen(result.x)


@pytest.mark.parametrize("method", DETERMINISTIC)
@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_names_are_taken_in_any_case(method, change):
    np.testing.assert_array_equal(run(change(method), maxiter=5).x, run(method, maxiter=5).x)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("maxiter", [1, 3, 8])
def test_maxiter_counts_iterations(method, maxiter):
    iterates = []
    result = run(method, maxiter=maxiter, tol=0, callback=iterates.append)
    assert (result.status, result.success) == (optimize.MAXITER, False)
    assert result.message == f"maxiter={maxiter} iterations reached"
    assert result.nit == maxiter == len(iterates)
    assert [iterate.iteration for iterate in iterates] == list(range(1, maxiter + 1))


@pytest.mark.parametrize("method", METHODS)
def test_the_result_is_the_lowest_cost_seen(method):
    seen = []

    def function(x):
        seen.append(rosen(x))
        return seen[-1], rosen_der(x)

    result = run(method, function, maxiter=15)
    assert result.fun == min(seen) == rosen(result.x)
    np.testing.assert_array_equal(result.jac, rosen_der(result.x))
    assert result.nfev == len(seen)


@pytest.mark.parametrize("method", METHODS)
def test_iterates_hold_the_truth_and_nobody_can_write_into_it(method):
    iterates = []

    def vandal(iterate):
        iterates.append((rosen(iterate.theta), iterate.cost, rosen_der(iterate.theta)))
        np.testing.assert_array_equal(iterate.gradient, iterates[-1][2])
        assert iterate.gradient_norm == np.abs(iterate.gradient).max()
        for array in (iterate.theta, iterate.gradient):
            with pytest.raises(ValueError, match="read-only"):
                array[:] = np.nan

    result = run(method, maxiter=10, callback=vandal)
    if method in DETERMINISTIC:
        np.testing.assert_array_equal(result.x, run(method, maxiter=10).x)
    assert all(actual == told for actual, told, _ in iterates)
    result.x[:] = result.jac[:] = 0  # the result is the caller's


@pytest.mark.parametrize("method", METHODS)
def test_a_callback_can_stop(method):
    def stop(iterate):
        if iterate.iteration == 4:
            raise StopIteration("four is enough")

    result = run(method, callback=stop)
    assert (result.nit, result.status, result.success) == (4, optimize.STOPPED, False)
    assert result.message == "four is enough"
    assert result.fun == rosen(result.x) < rosen(START)


@pytest.mark.parametrize("method", METHODS)
def test_other_exceptions_of_a_callback_pass_through(method):
    def fail(iterate):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run(method, callback=fail)


@pytest.mark.parametrize("method", METHODS)
def test_ctrl_c_keeps_the_best_point(method):
    calls = []

    def function(x):
        calls.append(rosen(x))
        if len(calls) == 6:
            raise KeyboardInterrupt
        return rosenbrock(x)

    result = run(method, function)
    assert result.status == optimize.INTERRUPTED
    assert result.fun == min(calls[:5]) == rosen(result.x)


def test_a_real_signal_keeps_the_best_point():
    evaluations = count()

    def function(x):
        if next(evaluations) == 20:
            _thread.interrupt_main()
        return rosenbrock(x)

    result = run("CG", function, maxiter=10**6, tol=0)
    assert result.status == optimize.INTERRUPTED
    assert result.fun < rosen(START)


def test_ctrl_c_before_any_cost_is_known_is_raised():
    def function(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("CG", function)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_non_finite_cost_says_where_and_what_to_try(method, bad):
    iterations = []

    def function(x):
        return (bad if len(iterations) == 2 else rosen(x)), rosen_der(x)

    with pytest.raises(ValueError, match=r"non-finite at iteration 3 .*scale the inputs.*lambda"):
        run(method, function, callback=iterations.append)


def test_solver_options_win():
    assert run("L-BFGS-B", maxiter=100, solver_options={"maxiter": 3}).nit == 3
    assert run("Newton-CG", maxiter=3, tol=0, solver_options={"maxiter": 9}).nit == 9
    assert run("TNC", solver_options={"maxfun": 7}).nfev <= 8
    loose = run("CG", maxiter=1000, tol=1e-12, solver_options={"gtol": 1.0})
    assert loose.success
    assert np.abs(loose.jac).max() > 1e-3


def test_no_hidden_cap_on_evaluations():
    # scipy's default for TNC on 10 parameters is 100 evaluations, L-BFGS-B's 15000.
    start = np.tile(START, 2)
    result = minimize(rosenbrock, start, solver="TNC", maxiter=500, tol=1e-9)
    assert result.nfev > max(100, 10 * start.size)
    calls = []

    def sawtooth(x):
        # Lower at every call, its slope a small coin toss: only a cap ends the iterations.
        calls.append(0)
        slope = np.cos(len(calls) ** 2) * 1e-3
        return -1e-2 * len(calls), np.array([slope])

    result = minimize(
        sawtooth, np.zeros(1), maxiter=5000, tol=0, solver_options={"ftol": 0, "maxls": 50}
    )
    assert result.nfev > 15000


def test_hessian_products_are_used():
    calls = []

    def product(x, v):
        calls.append(0)
        return rosen_hess_prod(x, v)

    for method in ("Newton-CG", "trust-ncg", "trust-krylov"):
        calls.clear()
        minimize(rosenbrock, START, solver=method, hessian_product=product)
        assert calls


def test_an_unknown_solver_is_named():
    with pytest.raises(ValueError, match=r"solver must be one of 'L-BFGS-B', 'CG'.*got 'adam'"):
        run("adam")


def test_bfgs_refuses_a_matrix_larger_than_memory():
    theta = np.zeros(10**6)
    with pytest.raises(MemoryError, match=r"7450.6 GiB.*use solver='L-BFGS-B'"):
        minimize(lambda x: (0.0, x), theta, solver="BFGS")


@pytest.mark.parametrize("method", METHODS)
def test_a_maxiter_that_is_met_with_tol_is_convergence(method):
    whole = run(method, maxiter=2000, tol=1e-3)
    if method in DETERMINISTIC:
        again = run(method, maxiter=whole.nit, tol=1e-3)
        assert (again.status, again.nit) == (optimize.CONVERGED, whole.nit)
        np.testing.assert_array_equal(again.x, whole.x)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("maxiter", [4, 2000])
def test_a_minimisation_can_go_on_from_another(method, maxiter):
    first = run(method, maxiter=3)
    iterates = []
    whole = minimize(
        rosenbrock,
        first.x,
        solver=method,
        maxiter=maxiter,
        tol=1e-6,
        hessian_product=rosen_hess_prod,
        callback=iterates.append,
        after=first,
    )
    assert [iterate.iteration for iterate in iterates] == list(range(4, whole.nit + 1))
    assert iterates[0].evaluations > first.nfev
    assert whole.nit <= maxiter
    assert whole.status == (optimize.MAXITER if maxiter == 4 else optimize.CONVERGED)
    assert whole.fun <= first.fun


@pytest.mark.parametrize("method", METHODS)
def test_an_iterate_knows_how_a_maxiter_there_would_have_ended(method):
    iterates = []
    whole = run(method, maxiter=2000, tol=1e-4, callback=iterates.append)
    last = optimize.ended_at(iterates[-1], 1e-4)
    assert (last.status, last.fun, last.nit) == (whole.status, whole.fun, whole.nit)
    earlier = optimize.ended_at(iterates[4], 1e-4)
    assert (earlier.status, earlier.success, earlier.nit) == (optimize.MAXITER, False, 5)
    if method in DETERMINISTIC:
        there = run(method, maxiter=5, tol=1e-4)
        for name in ("status", "success", "message", "fun", "nit"):
            assert earlier[name] == there[name]


def test_what_is_given_up_is_scipys_word():
    def kink(x):  # its slope never falls, nor does the cost below its middle
        return float(np.abs(x).sum()), np.where(x < 0, -1.0, 1.0)

    result = minimize(kink, np.array([0.3, -0.7]), tol=1e-6)
    assert optimize.gave_up(result)
    assert result.status < optimize.CONVERGED
    assert not result.success
    assert not optimize.gave_up(run("L-BFGS-B", maxiter=3))
    assert not optimize.gave_up(run("L-BFGS-B", maxiter=3000))


def test_scipys_outcome_is_kept():
    ours = run("L-BFGS-B", maxiter=500, tol=1e-8, solver_options={"ftol": 1e-9})
    options = {"gtol": 1e-8, "maxiter": 500, "maxfun": 10**6, "ftol": 1e-9, "maxcor": 5}
    theirs = scipy.optimize.minimize(
        rosenbrock, START, jac=True, method="L-BFGS-B", options=options
    )
    assert (ours.fun, ours.nit, ours.status, ours.message) == (
        theirs.fun,
        theirs.nit,
        theirs.status,
        theirs.message,
    )
    assert "hess_inv" not in ours
