"""What a user is told when a fit has ended other than hoped.

Texts are constant, so that those of many fits can be told to be one; the figures are in
``optimize_result_``, and in attributes of the warning.
"""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skdigits.fitting.optimize import INTERRUPTED, MAXITER, OUT_OF_TIME, STOPPED

AT_MAXITER = (
    "the fit reached maxiter before it converged: raise maxiter, or let it be if the score suits "
    "you{units}"
)
AT_LIMIT = (
    "the limit on evaluations in solver_options ended the fit before it converged: raise it{units}"
)
AT_MAX_TIME = (
    "max_time ended the fit before it converged: raise max_time, or let it be if the score suits "
    "you{units}"
)
GAVE_UP = (
    "the optimizer could not lower the cost any more, but the gradient is still above tol: "
    "{remedy}{units}"
)
COARSE = "float32 may be too coarse for this tol, so raise tol or set dtype='float64'"
OTHERWISE = "raise tol or reg_lambda, or try another solver"
UNITS = "; features of different units converge sooner with coordinates='scaled'"
# A network's scores, logarithms of odds, that differ by less between any two rows say nothing.
CONSTANT = 0.01
SAYS_NOTHING = "the network says the same for every row: {remedy}"
TOO_STRONG = "reg_lambda is too strong for these rows, so lower it, or X says nothing about y"
LIGHT_ROWS = (
    "the row weights sum to less than half the number of rows, and reg_lambda is divided by that "
    "sum: give weights of mean one, or divide reg_lambda by the number of rows"
)
KEPT = "the fit was interrupted; the weights of the lowest cost so far are kept"
FROM_THE_START = (
    "early_stopping=True kept the random weights that the fit began with, because no iteration "
    "lowered the loss on the validation rows; {remedy}"
)
THEIR_ROWS = (
    "are X_val and y_val like X and y? A Pipeline transforms X_val only with metadata routing and "
    "transform_input=['X_val'], as the docstring of fit says"
)
OUR_ROWS = (
    "X may say nothing about y, or too few rows may be held out: raise validation_fraction, or "
    "set early_stopping=False"
)


def warnings_of(plan, descents, best):
    """The warnings that the Descents of a FitPlan deserve, of which best is kept."""
    if descents[-1].result.status == INTERRUPTED:  # then there are no further starts
        return [UserWarning(KEPT)]
    told = [_unconverged(plan, best.result), _constant(plan, best)]
    several = len(plan.labels.classes) > 1  # of one class the start knows all there is to know
    if plan.patience is not None and several and best.validation.best.iteration == 0:
        given = plan.given and best is descents[0]
        if not given and not best.sample_curves:
            remedy = OUR_ROWS if plan.holds_out else THEIR_ROWS
            told.append(UserWarning(FROM_THE_START.format(remedy=remedy)))
    return [warning for warning in told if warning is not None]


def _constant(plan, best):
    """A UserWarning if the network of a Descent says the same for every row, or None."""
    # Of rows that are all alike there is but one thing to say, and more iterations may say more.
    if plan.balance is None or not best.result.success:
        return None
    if not plan.ranges(best.theta).max() < CONSTANT:
        return None
    warning = UserWarning(SAYS_NOTHING.format(remedy=LIGHT_ROWS if plan.light else TOO_STRONG))
    warning.reg_lambda = plan.network["reg_lambda"]
    return warning


def _unconverged(plan, result):
    """A ConvergenceWarning with the figures as attributes, or None."""
    if result.success or result.status == STOPPED or result.gradient_norm <= plan.tol:
        return None
    units = "" if plan.scaled else UNITS
    if result.status == MAXITER:
        text = AT_MAXITER.format(units=units)
    elif result.status == OUT_OF_TIME:
        text = AT_MAX_TIME.format(units=units)
    elif "evaluations" in result.message.lower():  # so say all of scipy's methods that count them
        text = AT_LIMIT.format(units=units)
    else:
        remedy = COARSE if plan.dtype == np.float32 else OTHERWISE
        text = GAVE_UP.format(remedy=remedy, units=units)
    warning = ConvergenceWarning(text)
    warning.n_iter, warning.maxiter = result.nit, plan.maxiter
    warning.gradient_norm, warning.tol = result.gradient_norm, plan.tol
    return warning
