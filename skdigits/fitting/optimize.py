"""One minimisation through scipy.optimize: stopping rules, callbacks, the best point seen.

Knows callables and vectors only: neither objectives nor estimators. Prints nothing, warns nothing;
the caller reads the outcome and decides.
"""

import os
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import scipy.optimize
from scipy.optimize import OptimizeResult

from skdigits.network import single_threaded_blas

# scipy keeps evaluation counts in C ints; L-BFGS-B would stop at 15000, TNC at max(100, 10 n).
UNLIMITED = np.iinfo(np.int32).max
OWN_TESTS = {"ftol", "xtol", "xrtol"}  # options by which users choose what convergence is
TINY = np.finfo(np.float64).tiny
ROUNDING = 64 * np.finfo(np.float64).eps  # relative difference of costs that is none

# Statuses of fits that our rules ended; scipy's methods use -1 to 9 and 99.
CONVERGED, STOPPED, INTERRUPTED, MAXITER = 100, 101, 102, 103


class Solver(NamedTuple):
    """How a scipy method takes our settings."""

    method: str
    options: callable  # options(maxiter, tol) -> dict for scipy
    hessian: bool = False  # whether it takes exact Hessian products
    bears_error: bool = True  # whether costs may be off by a little, as variable projection's are
    own_rules: bool = False  # whether it lacks a maxiter or a plain test of the gradient


SOLVERS = {
    solver.method.lower(): solver
    for solver in (
        Solver(
            "L-BFGS-B",
            # scipy's ftol, 2e-9, calls fits converged whose gradient is far above tol.
            lambda maxiter, tol: {
                "maxiter": maxiter,
                "maxfun": UNLIMITED,
                "gtol": tol,
                "ftol": ROUNDING,
                # scipy's 10 took as many iterations or 5% fewer, each dearer: 0.05 against 0.03 ms
                # in 1000 parameters, on digits a wash; and twice the memory.
                "maxcor": 5,
            },
        ),
        Solver("CG", lambda maxiter, tol: {"maxiter": maxiter, "gtol": tol}),
        Solver("BFGS", lambda maxiter, tol: {"maxiter": maxiter, "gtol": tol}),
        # Newton-CG tests the mean step alone, TNC a scaled gradient, progress and step: own_rules
        # test the gradient, and the rest is switched off (scipy < 1.12 needs xtol > 0).
        Solver(
            "Newton-CG",
            lambda maxiter, tol: {"maxiter": maxiter, "xtol": TINY},
            hessian=True,
            own_rules=True,
            bears_error=False,
        ),
        Solver(
            "TNC",
            lambda maxiter, tol: {"maxfun": UNLIMITED, "ftol": 0, "xtol": 0, "gtol": 0},
            own_rules=True,
            bears_error=False,  # it takes differences of gradients
        ),
        Solver(
            "trust-ncg",
            lambda maxiter, tol: {"maxiter": maxiter, "gtol": tol},
            hessian=True,
            bears_error=False,
        ),
        Solver(
            "trust-krylov",
            lambda maxiter, tol: {"maxiter": maxiter, "gtol": tol},
            hessian=True,
            bears_error=False,
        ),
    )
}


@dataclass(frozen=True)
class Iterate:
    """Where the optimizer stands after an iteration; its arrays are read-only."""

    iteration: int  # the first is 1
    theta: np.ndarray
    cost: float
    gradient: np.ndarray
    best: object = None  # the evaluation of the lowest cost so far
    evaluations: int = 0  # so far

    @property
    def gradient_norm(self):
        """The largest absolute component of the gradient."""
        return float(np.abs(self.gradient).max())


def find_solver(name):
    """The Solver of that name, in any case."""
    solver = SOLVERS.get(str(name).lower())
    if solver is None:
        known = ", ".join(repr(s.method) for s in SOLVERS.values())
        raise ValueError(f"solver must be one of {known}, in any case; got {name!r}")
    return solver


def solver_settings(solver, maxiter, tol, solver_options=None):
    """The options that scipy gets: ours, overridden by solver_options (a maxiter of None not)."""
    settings = find_solver(solver).options(maxiter, tol) | dict(solver_options or {})
    return settings | ({"maxiter": maxiter} if settings.get("maxiter", 0) is None else {})


def effective_limits(solver, maxiter, tol, solver_options=None):
    """The (maxiter, tol) that a fit really runs with; solver_options may hold others."""
    given = solver_options or {}
    settings = solver_settings(solver, maxiter, tol, solver_options)
    return settings.get("maxiter", maxiter), given.get("gtol", tol)


def minimize(
    cost_gradient,
    theta0,
    *,
    solver="L-BFGS-B",
    maxiter=200,
    tol=1e-4,
    solver_options=None,
    hessian_product=None,
    callback=None,
    weights=None,
):
    """Minimise a function of a vector through `scipy.optimize.minimize`.

    Parameters
    ----------
    cost_gradient : callable
        ``cost_gradient(theta) -> (float, ndarray)``, both finite.
    theta0 : ndarray of shape (n,)
        Where to start.
    solver : str
        A scipy method, in any case: "L-BFGS-B", "CG", "BFGS", "Newton-CG", "TNC", "trust-ncg" or
        "trust-krylov".
    maxiter : int
        The most iterations.
    tol : float
        Stop when the largest absolute component of the gradient is below (trust-ncg and
        trust-krylov: its Euclidean norm).
    solver_options : dict or None
        Options for scipy as they are; they win over those made from maxiter and tol.
    hessian_product : callable or None
        ``hessian_product(theta, v) -> ndarray``, for the methods that use it.
    callback : callable or None
        ``callback(iterate)`` after each iteration; raising StopIteration ends the minimisation,
        with its argument as the reason.
    weights : callable or None
        ``weights() -> ndarray``: what the vector evaluated last stands for, a new array; it
        becomes ``theta`` of iterates and ``x`` of the result. None: the vector itself.

    Returns
    -------
    result : OptimizeResult
        That of scipy, except that ``x``, ``fun`` and ``jac`` are those of the lowest cost seen,
        ``nit`` counts the callbacks, and ``hess_inv`` is left out. ``status`` is 100 when tol and
        103 when maxiter was met where scipy's method has no such test, 101 when the callback
        ended it, 102 after Ctrl-C.

    Raises
    ------
    ValueError
        If the solver is unknown, or the cost becomes non-finite.
    MemoryError
        If BFGS's matrix cannot fit into memory.
    """
    method = find_solver(solver)
    settings = solver_settings(solver, maxiter, tol, solver_options)
    if method.method == "BFGS":
        _check_dense_matrix_fits(theta0.size)
    limits = effective_limits(solver, maxiter, tol, solver_options)
    own_rules = limits if method.own_rules else None
    trace = _Trace(cost_gradient, callback, weights, own_rules)
    needs_hessian = method.hessian and hessian_product is not None
    try:
        with single_threaded_blas():
            result = scipy.optimize.minimize(
                trace.evaluate,
                theta0,
                method=method.method,
                jac=True,
                hessp=hessian_product if needs_hessian else None,
                callback=trace.after_iteration,
                options=settings,
            )
    except _Ended as ended:
        result = ended.result
    except KeyboardInterrupt:
        if trace.best is None:
            raise
        result = _outcome(INTERRUPTED, "interrupted by the user")
    result.pop("hess_inv", None)
    result.pop("hess", None)
    best = trace.best
    if (
        result.success
        and trace.current
        and trace.current.cost - best.cost <= ROUNDING * abs(best.cost)
    ):
        best = trace.current  # as low, and there the gradient meets tol
    if best.gradient_norm > limits[1] and not OWN_TESTS & set(solver_options or {}):
        # scipy's other tests, of the step or the decrease, are no convergence.
        result.success = False
    result.update(
        x=best.theta.copy(),
        fun=best.cost,
        jac=best.gradient.copy(),
        nit=trace.iteration,
        nfev=trace.evaluations,
        message=_as_text(result.message),
    )
    return result


def ended_at(iterate):
    """The result of the same minimisation with a maxiter that the Iterate is the last of."""
    best = iterate.best
    result = _outcome(MAXITER, f"maxiter={iterate.iteration} iterations reached")
    result.update(
        x=best.theta,
        fun=best.cost,
        jac=best.gradient,
        nit=iterate.iteration,
        nfev=iterate.evaluations,
    )
    return result


def interrupted_at(cost_gradient, x0, weights):
    """The result of a minimisation that Ctrl-C ended before its first iteration."""
    cost, gradient = cost_gradient(x0)
    result = _outcome(INTERRUPTED, "interrupted by the user")
    result.update(x=weights(), fun=cost, jac=gradient, nit=0, nfev=1)
    return result


class _Ended(Exception):
    """Carries an outcome out of scipy: any exception but StopIteration passes all its methods."""

    def __init__(self, result):
        self.result = result


def _outcome(status, message, success=False):
    return OptimizeResult(status=status, message=message, success=success)


def _as_text(message):
    return message.decode() if isinstance(message, bytes) else str(message)


class _Evaluation(NamedTuple):
    x: np.ndarray
    cost: float
    gradient: np.ndarray
    theta: np.ndarray  # what x stands for

    @property
    def gradient_norm(self):
        return float(np.abs(self.gradient).max())


@dataclass
class _Trace:
    """What has been evaluated, and the rules that look at it after each iteration."""

    cost_gradient: callable
    callback: callable
    weights: callable
    own_rules: tuple | None  # (maxiter, tol) where scipy's method has no such rule itself
    iteration: int = 0
    evaluations: int = 0
    best: _Evaluation | None = None
    current: _Evaluation | None = None  # the last accepted point
    recent: list = field(default_factory=list)  # evaluations since the last iteration

    def evaluate(self, x):
        with np.errstate(over="ignore", invalid="ignore"):  # the check below reports these
            cost, gradient = self.cost_gradient(x)
        if not (np.isfinite(cost) and np.isfinite(gradient).all()):
            raise ValueError(
                f"the cost or its gradient became non-finite at iteration {self.iteration + 1} "
                f"(cost {cost}); scale the inputs, for instance with StandardScaler, or raise "
                "reg_lambda"
            )
        x, gradient_here = x.copy(), gradient.copy()
        theta = x if self.weights is None else self.weights()
        for array in (x, gradient_here, theta):
            array.flags.writeable = False
        seen = _Evaluation(x, cost, gradient_here, theta)
        self.evaluations += 1
        if self.best is None or cost < self.best.cost:
            self.best = seen
        self.recent.append(seen)
        return cost, gradient

    def after_iteration(self, x):
        self.iteration += 1
        # A method that rejects a step reports the point it stands at once more.
        standing = [] if self.current is None else [self.current]
        for seen in reversed(standing + self.recent):
            if np.array_equal(seen.x, x):
                self.current = seen
                break
        else:  # a method that moved on without an evaluation
            self.evaluate(x)
            self.current = self.recent[-1]
        self.recent.clear()
        iterate = Iterate(
            self.iteration,
            self.current.theta,
            self.current.cost,
            self.current.gradient,
            self.best,
            self.evaluations,
        )
        if self.callback is not None:
            try:
                self.callback(iterate)
            except StopIteration as stop:
                reason = str(stop) or "the callback raised StopIteration"
                raise _Ended(_outcome(STOPPED, reason)) from None
        if self.own_rules is not None:
            self._apply_own_rules(iterate, *self.own_rules)

    def _apply_own_rules(self, iterate, maxiter, tol):
        if iterate.gradient_norm <= tol:
            message = f"the largest component of the gradient is at most tol={tol:g}"
            raise _Ended(_outcome(CONVERGED, message, success=True))
        if self.iteration >= maxiter:
            raise _Ended(_outcome(MAXITER, f"maxiter={maxiter} iterations reached"))


def _check_dense_matrix_fits(n):
    """Refuse BFGS's n x n matrix, of which its update holds four, where memory cannot hold them."""
    gib = n * n * 8 / 2**30
    if hasattr(os, "sysconf"):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    else:  # Windows does not tell without a library: assume what a laptop has
        memory = 16.0
    if 4 * gib > memory:
        raise MemoryError(
            f"solver='BFGS' keeps a dense {n} x {n} matrix of {gib:.1f} GiB, four times while it "
            f"updates it, and this machine has {memory:.1f} GiB; use solver='L-BFGS-B'"
        )
