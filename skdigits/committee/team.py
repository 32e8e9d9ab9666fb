"""Networks of one size that descend together: one optimizer for the sum of their costs.

They share no weight, so the sum is lowest where each cost is. To scipy they are one network, whose
steps are as long as suits them all; so its own work, and that of Python, is done once for all.
"""

import itertools
from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult

from skdigits.fitting import INTERRUPTED, STOPPED, minimize
from skdigits.network import Ensemble

MOST = 10  # networks of one optimizer: more would share too few corrections of its curvature
# Where an iteration lowers the cost by less than this share a network, float32 has no more to give.
LEAST_FALL = 1e-7


class Descended(NamedTuple):
    """Where a network ended."""

    x: np.ndarray  # (layout.size,)
    curve: list  # the cost after each iteration
    result: OptimizeResult  # its own cost and gradient; the rest it shares with others


class Team:
    """The networks."""

    def __init__(self, rows, weights, layout, activation, output_activation):
        """rows are SharedRows; weights and what follows are as an `Ensemble` takes them."""
        self.layout = layout
        cuts = np.linspace(0, len(weights), -(-len(weights) // MOST) + 1).astype(int)
        self._parts = [
            (slice(a, b), Ensemble(rows, weights[a:b], layout, activation, output_activation))
            for a, b in itertools.pairwise(cuts)
        ]

    def descend(self, x, reg_lambda, maxiter, tol, watch):
        """(a Descended for each network, which begins at x (networks, size); how that ended).

        watch(iterate) looks on after each iteration, and may give a reason to stop. Networks that
        were not to begin any more, after that or after Ctrl-C, stay where they are. How it ended is
        INTERRUPTED, STOPPED or None.
        """
        found, ended = [], None
        for part, ensemble in self._parts:
            most = 0 if ended else maxiter
            of_part, status = _descend(ensemble, x[part], reg_lambda, most, tol, watch)
            found += of_part
            ended = ended or (status if status in (INTERRUPTED, STOPPED) else None)
        return found, ended

    def scores(self, x):
        """Scores (networks, n_outputs, n_samples) of all rows."""
        return np.concatenate([ensemble.scores(x[part]) for part, ensemble in self._parts])


def _descend(ensemble, x, reg_lambda, maxiter, tol, watch):
    """(a Descended for each network, the status of the OptimizeResult that they share)."""
    costs, curves = None, []

    def cost_gradient(flat):
        nonlocal costs
        costs, gradients = ensemble.cost_gradient(flat.reshape(x.shape), reg_lambda)
        return costs.sum(), gradients.ravel()

    def after_iteration(iterate):
        curves.append(costs)  # of the evaluation that ended the iteration
        if reason := watch(iterate):
            raise StopIteration(reason)

    options = {"ftol": LEAST_FALL * len(x)} if ensemble.dtype == np.float32 else {}
    shared = OptimizeResult(x=x, nit=0, nfev=0, status=STOPPED, success=False, message="not begun")
    if maxiter:
        shared = minimize(
            cost_gradient,
            x.ravel(),
            maxiter=maxiter,
            tol=tol,
            solver_options=options,
            callback=after_iteration,
        )
    ends = shared.x.reshape(x.shape)
    costs, gradients = ensemble.cost_gradient(ends, reg_lambda)
    found = []
    for k, end in enumerate(ends):
        own = {"x": end, "fun": float(costs[k]), "gradient_norm": float(abs(gradients[k]).max())}
        curve = [float(each[k]) for each in curves]
        found.append(Descended(end, curve, OptimizeResult(shared | own)))
    return found, shared.status
