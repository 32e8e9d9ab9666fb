"""Which methods of scipy.optimize.minimize there are, and how each takes our settings."""

from typing import NamedTuple

import numpy as np

# scipy keeps evaluation counts in C ints; L-BFGS-B would stop at 15000, TNC at max(100, 10 n).
UNLIMITED = np.iinfo(np.int32).max
TINY = np.finfo(np.float64).tiny
ROUNDING = 64 * np.finfo(np.float64).eps  # relative difference of costs that is none


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
