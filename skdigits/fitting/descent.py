"""The starts of a fit: the optimizer, and all that looks on; then what is kept of them."""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.optimize import OptimizeResult

from skdigits.fitting.advice import warnings_of
from skdigits.fitting.optimize import INTERRUPTED, Iterate, ended_at, interrupted_at
from skdigits.fitting.sampling import begin
from skdigits.fitting.watches import Validation
from skdigits.network import beside

# What ``optimize_result_`` may hold.
RESULT = ("fun", "nit", "nfev", "njev", "nhev", "status", "success", "message", "gradient_norm")


class Descent(NamedTuple):
    """Where a start ended."""

    theta: np.ndarray  # the weights to keep
    loss: float  # their cost
    rank: float  # of several starts the lowest wins
    loss_curve: list
    validation: Validation | None
    result: OptimizeResult
    sample_curves: list  # of the samples that came before, if any


def descend(start, watches=(), validation=None, early_stopping=False):
    """Minimise the problem (see `problem`) of a Start (see `sampling`).

    The watches look on after each iteration and may give a reason to stop; so does validation (a
    Validation or None), whose best iterate is what early_stopping keeps.
    """
    problem, sample_curves, interrupted = start
    loss_curve = []
    watches = [lambda iterate: loss_curve.append(iterate.cost), validation, *watches]
    watches = [watch for watch in watches if watch is not None]

    def after_iteration(iterate):
        # All look before any stops, so that curves have equal lengths.
        reasons = [reason for watch in watches if (reason := watch(iterate))]
        if reasons:
            raise StopIteration("; ".join(reasons))

    if validation is not None:
        at_start = problem.objective.cost_gradient(problem.theta)
        validation.begin(Iterate(0, problem.theta, *at_start))
    result = interrupted_at(problem) if interrupted else problem.minimize(after_iteration)
    if early_stopping:
        best = validation.best
        found = best.theta, best.cost, validation.best_loss
    else:
        found = result.x, result.fun, result.fun
    return Descent(*found, loss_curve, validation, result, sample_curves)


def descent_at(iterate, loss_curve, tol):
    """The Descent with a maxiter that the Iterate is the last of."""
    result = ended_at(iterate, tol)
    curve = loss_curve[: iterate.iteration]
    return Descent(result.x, result.fun, result.fun, curve, None, result, [])


def descend_all(plan, task, progress, limit):
    """A Descent from each start of a FitPlan, until one is interrupted or a callback asks to stop.

    task is the FitTask of the fit or None, progress a Progress, limit a TimeLimit.
    """
    objective = plan.objective()
    shared = objective, plan.rows, plan.targets, plan.view, plan.network, progress, limit
    several = len(plan.thetas) > 1
    descents, stop = [], False
    for theta, samples in zip(plan.thetas, plan.samples, strict=True):
        start = begin(theta, samples, *shared)
        validation = None
        if plan.held_out is not None:
            validation = Validation(plan.held_out, plan.attributes, plan.patience)
        part = task.subtask("start", plan.maxiter) if task is not None and several else task
        obedience = None if part is None else Obedience(part, plan.attributes)
        watches = progress.over(None, validation), obedience, limit
        descents.append(descend(start, watches, validation, plan.patience is not None))
        progress.end_start()
        if part is not None:
            stop = part.end(partial(plan.attributes, descents[-1].theta))
        if stop or limit.passed or descents[-1].result.status == INTERRUPTED:
            break
    if task is not None and several:
        task.end(partial(plan.attributes, best_of(descents).theta))
    return descents


def conclude(plan, descents):
    """(attributes of the fitted estimator, Warnings that it deserves)."""
    best = best_of(descents)
    attributes = plan.attributes(best.theta) | outcome(best, descents)
    scale = plan.network["feature_scale"]
    attributes["feature_scale_"] = None if scale is None else beside(plan.X, scale)
    return attributes, warnings_of(plan, descents, best)


def best_of(descents):
    """The descent to keep of several starts."""
    return min(descents, key=lambda descent: descent.rank)


def outcome(best, descents):
    """The attributes that speak of how the best of the descents ended."""
    seen = best.validation
    kept = {name: best.result[name] for name in RESULT if name in best.result}
    return {
        "loss_": best.loss,
        "loss_curve_": best.loss_curve,
        "init_losses_": [descent.loss for descent in descents],
        "sample_loss_curves_": best.sample_curves,
        "n_iter_": best.result.nit,
        "optimize_result_": OptimizeResult(kept),
        "validation_loss_curve_": None if seen is None else seen.losses,
        "validation_scores_": None if seen is None else seen.scores,
        "best_iter_": None if seen is None else seen.best.iteration,
    }


class Obedience:
    """Tells scikit-learn's callbacks of iterations; stops if one asks for it."""

    def __init__(self, task, attributes):
        self._task, self._attributes = task, attributes
        task.next_iteration()

    def __call__(self, iterate):
        if self._task.end_iteration(partial(self._attributes, iterate.theta)):
            return "a callback asked to stop"
        return None
