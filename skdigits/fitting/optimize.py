"""One minimisation through scipy.optimize: what is recorded of it, and the rules that end it.

Knows callables and vectors only: neither objectives nor estimators. Prints nothing, warns nothing;
the caller reads the outcome and decides.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import scipy.optimize
from scipy.optimize import OptimizeResult

from skdigits.fitting.solvers import (
    ROUNDING,
    effective_limits,
    find_solver,
    solver_settings,
)
from skdigits.network import check_matrix_fits, single_threaded_blas

OWN_TESTS = {"ftol", "xtol", "xrtol"}  # options by which users choose what convergence is

# Statuses that are ours, with messages that are ours; scipy's methods use -1 to 9 and 99.
CONVERGED, STOPPED, INTERRUPTED, MAXITER, OUT_OF_TIME = 100, 101, 102, 103, 104
OURS = (CONVERGED, STOPPED, INTERRUPTED, MAXITER, OUT_OF_TIME)
# scipy's, of L-BFGS-B, CG and BFGS, at a limit on iterations or evaluations that users gave.
LIMIT = 1


class OutOfTime(StopIteration):
    """What a callback raises to end a minimisation because its time is over."""


class Evaluation(NamedTuple):
    """What is kept of one evaluation; its arrays are read-only."""

    fingerprint: int  # of the vector
    cost: float
    theta: np.ndarray  # what the vector stands for
    gradient: np.ndarray  # of the cost with respect to all that the vector stands for

    @property
    def gradient_norm(self):
        """The largest absolute component of the gradient."""
        return float(np.abs(self.gradient).max())


@dataclass(frozen=True)
class Iterate:
    """Where the optimizer stands after an iteration; its arrays are read-only."""

    iteration: int  # the first is 1
    theta: np.ndarray
    cost: float
    gradient: np.ndarray
    best: Evaluation | None = None  # of the lowest cost so far
    evaluations: int = 0  # so far

    @property
    def gradient_norm(self):
        """The largest absolute component of the gradient."""
        return float(np.abs(self.gradient).max())


def minimize(
    cost_gradient,
    x0,
    *,
    solver="L-BFGS-B",
    maxiter=200,
    tol=1e-4,
    solver_options=None,
    hessian_product=None,
    callback=None,
    whole=None,
    after=None,
):
    """Minimise a function of a vector through `scipy.optimize.minimize`.

    Parameters
    ----------
    cost_gradient : callable
        ``cost_gradient(x) -> (float, ndarray)``, both finite.
    x0 : ndarray of shape (n,)
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
        ``hessian_product(x, v) -> ndarray``, for the methods that use it.
    callback : callable or None
        ``callback(iterate)`` after each iteration; raising StopIteration ends the minimisation,
        with its argument as the reason.
    whole : callable or None
        ``whole() -> (theta, gradient)``: what the vector evaluated last and its gradient stand
        for, new arrays, of which the vector may be a part; ``theta`` and ``gradient`` of iterates,
        ``x`` and ``jac`` of the result. None: vector and gradient themselves.
    after : OptimizeResult or None
        What an earlier minimisation ended with, which this one goes on from: its counts go on, of
        maxiter too, and its lowest cost counts.

    Returns
    -------
    result : OptimizeResult
        That of scipy, except that ``x``, ``fun`` and ``jac`` are those of the lowest cost seen,
        ``nit`` counts the callbacks, ``gradient_norm`` is the largest absolute component of
        ``jac``, and ``hess_inv`` is left out. ``status`` is 100 where tol is met, 101 when the
        callback ended it, 102 after Ctrl-C, 103 when maxiter ended it, 104 when the callback raised
        `OutOfTime`, else scipy's own; so is ``message``. ``success`` is True where tol, or a test
        that users chose by solver_options, is met.

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
        # Its update of the matrix holds six.
        check_matrix_fits(x0.size, 6, "solver='BFGS' keeps", "use solver='L-BFGS-B'")
    maxiter, tol = effective_limits(solver, maxiter, tol, solver_options)
    record = _Record(cost_gradient, whole, after)
    if "maxiter" in settings:
        settings["maxiter"] = maxiter - record.iteration
    rules = _Rules(record, callback, (maxiter, tol) if method.own_rules else None)
    needs_hessian = method.hessian and hessian_product is not None
    try:
        with single_threaded_blas():
            result = scipy.optimize.minimize(
                record.evaluate,
                x0,
                method=method.method,
                jac=True,
                hessp=hessian_product if needs_hessian else None,
                callback=rules.after_iteration,
                options=settings,
            )
    except _Ended as ended:
        result = ended.result
    except KeyboardInterrupt:
        if record.best is None:
            raise
        result = _outcome(INTERRUPTED, "interrupted by the user")
    result.pop("hess_inv", None)
    result.pop("hess", None)
    kept = _kept(record.best, record.current, tol)
    if result.status not in OURS:
        result.update(_limit_met(kept, record.iteration, maxiter, tol) or {})
    if result.status not in OURS and not OWN_TESTS & set(solver_options or {}):
        result.success = False  # scipy's tests of the step or the decrease are no convergence
    result.message = _as_text(result.message)
    return _with(result, kept, record.iteration, record.evaluations)


def gave_up(result):
    """Whether it ended by no rule, of ours or of the user, but because no step helped."""
    return not (result.success or result.status in (*OURS, LIMIT))


def ended_at(iterate, tol):
    """The result of the same minimisation with a maxiter that the Iterate is the last of."""
    kept = _kept(iterate.best, iterate, tol)
    result = _limit_met(kept, iterate.iteration, iterate.iteration, tol)
    return _with(result, kept, iterate.iteration, iterate.evaluations)


def interrupted_at(problem):
    """The result of a minimisation of a `problem` that Ctrl-C ended before its first iteration."""
    cost, _ = problem.cost_gradient(problem.x0)
    result = _outcome(INTERRUPTED, "interrupted by the user")
    return _with(result, Evaluation(None, cost, problem.theta, problem.gradient), 0, 1)


# --- outcomes -------------------------------------------------------------------------------------


class _Ended(Exception):
    """Carries an outcome out of scipy: any exception but StopIteration passes all its methods."""

    def __init__(self, result):
        self.result = result


def _outcome(status, message, success=False):
    return OptimizeResult(status=status, message=message, success=success)


def _limit_met(kept, iteration, maxiter, tol):
    """The outcome if tol is met, or else maxiter, or else None."""
    if kept.gradient_norm <= tol:
        return _outcome(CONVERGED, f"no component of the gradient is above tol={tol:g}", True)
    if iteration >= maxiter:
        return _outcome(MAXITER, f"maxiter={maxiter} iterations reached")
    return None


def _kept(best, current, tol):
    """The lowest that was seen, or where the optimizer stands: as low, and there tol is met."""
    if current is not None and current.cost - best.cost <= ROUNDING * abs(best.cost):
        return current if current.gradient_norm <= tol else best
    return best


def _with(result, kept, iterations, evaluations):
    result.update(
        x=kept.theta.copy(),
        fun=kept.cost,
        jac=kept.gradient.copy(),
        gradient_norm=kept.gradient_norm,
        nit=iterations,
        nfev=evaluations,
    )
    return result


def _as_text(message):
    return message.decode() if isinstance(message, bytes) else str(message)


# --- on the way -----------------------------------------------------------------------------------


class _Record:
    """Evaluates, counts, and keeps what may be asked for: the lowest, the newest, the current."""

    def __init__(self, cost_gradient, whole, after):
        self._cost_gradient, self._whole = cost_gradient, whole
        self.iteration, self.evaluations = (after.nit, after.nfev) if after else (0, 0)
        self.best = after and Evaluation(None, after.fun, after.x, after.jac)
        self.newest = self.current = None  # current: after the last iteration

    def evaluate(self, x):
        """The cost and its gradient, for scipy."""
        with np.errstate(over="ignore", invalid="ignore"):  # the check below reports these
            cost, gradient = self._cost_gradient(x)
        if not (np.isfinite(cost) and np.isfinite(gradient).all()):
            raise ValueError(
                f"the cost or its gradient became non-finite at iteration {self.iteration + 1} "
                f"(cost {cost}); scale the inputs, for instance with StandardScaler, or raise "
                "reg_lambda"
            )
        theta, kept = (x.copy(), gradient) if self._whole is None else self._whole()
        for array in (theta, kept):
            array.flags.writeable = False
        self.newest = Evaluation(_fingerprint(x), cost, theta, kept)
        self.evaluations += 1
        if self.best is None or cost < self.best.cost:
            self.best = self.newest
        return cost, gradient.copy()

    def step(self, x):
        """The optimizer has gone on to x, or stays at x."""
        self.iteration += 1
        # Methods go on to what they evaluated last; one that rejects a step stays where it was. So
        # of a long line search no more than this is kept.
        known = [seen for seen in (self.newest, self.current, self.best) if seen is not None]
        here = _fingerprint(x)
        self.current = next((seen for seen in known if seen.fingerprint == here), None)
        if self.current is None:
            self.evaluate(x)
            self.current = self.newest


def _fingerprint(x):
    """A number by which a vector is recognised without being kept."""
    return hash(x.tobytes())


class _Rules:
    """What looks at each iteration, and may end the minimisation."""

    def __init__(self, record, callback, own):
        self._record, self._callback = record, callback
        self._own = own  # (maxiter, tol) where scipy's method has no such rule itself

    def after_iteration(self, x):
        """Called back by scipy."""
        record = self._record
        record.step(x)
        if self._callback is not None:
            current = record.current
            iterate = Iterate(
                record.iteration,
                current.theta,
                current.cost,
                current.gradient,
                record.best,
                record.evaluations,
            )
            try:
                self._callback(iterate)
            except StopIteration as stop:
                reason = str(stop) or "the callback raised StopIteration"
                status = OUT_OF_TIME if isinstance(stop, OutOfTime) else STOPPED
                raise _Ended(_outcome(status, reason)) from None
        if self._own is not None:
            maxiter, tol = self._own
            kept = _kept(record.best, record.current, tol)
            ending = _limit_met(kept, record.iteration, maxiter, tol)
            if ending is not None:
                raise _Ended(ending)
