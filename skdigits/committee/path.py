"""Along the lambdas, from small to large, for as long as the networks get better.

From small to large nothing can collapse on the way: a network that a strong penalty has driven to
zero sits on a saddle, which no smaller lambda leaves. The other way the chosen score was worse (18
tables of `benchmarks/tables.py`, log-loss 0.338 against 0.332).
"""

from typing import NamedTuple

import numpy as np

# The lambdas that are tried where only their number is given, for rows of weight one. Starts at 0.1
# and 0.3 were worse (log-loss 0.336 and 0.344 on those tables, against 0.332).
LOWEST, HIGHEST = 0.03, 30.0
# Beyond those, where the best one is at an end; beyond these nothing changes any more.
BOUNDS = 1e-5, 1e5
# From the middle of the path on it ends after so many lambdas in a row without a better score.
PATIENCE = 2


class Step(NamedTuple):
    """The networks of the splits at one lambda."""

    reg_lambda: float
    networks: list  # of each split a Descended
    scores: np.ndarray  # (n_splits,), of rows that each has not seen; NaN where they say nothing
    score: float  # their mean; -inf if none is a number
    likelihood: float  # the mean log-likelihood of these rows, which decides between equal scores

    @property
    def rank(self):
        """What is higher of better steps."""
        return self.score, self.likelihood, self.reg_lambda

    @property
    def x(self):
        """Where the networks ended (n_splits, layout.size)."""
        return np.stack([network.x for network in self.networks])


def spaced(n, unit):
    """(n lambdas, the factor between two of them or None), for rows of mean weight unit."""
    if n == 1:
        return np.array([round_number(np.sqrt(LOWEST * HIGHEST) * unit)]), None
    lambdas = np.geomspace(LOWEST, HIGHEST, n) * unit
    return np.unique([round_number(each) for each in lambdas]), (HIGHEST / LOWEST) ** (1 / (n - 1))


def round_number(reg_lambda):
    """A lambda as people write it, of three digits."""
    return float(f"{reg_lambda:.3g}")


def best_of(steps):
    """The Step of the highest score, of equal ones the likeliest, then of the largest lambda."""
    return steps[place_of_best(steps)]


def place_of_best(steps):
    """Where that Step stands."""
    return max(range(len(steps)), key=lambda k: steps[k].rank)


def walk(steps, lambdas, factor, visit):
    """Add a Step for each of the lambdas, which increase, to steps; these stay in that order.

    visit(reg_lambda, before) gives the Step that follows another, or is the first where that is
    None. Where the best is the first or last of all lambdas the walk goes on beyond it, by the
    factor (None: it does not).
    """
    reg_lambda = lambdas[0]
    while reg_lambda is not None:
        steps.append(visit(reg_lambda, steps[-1] if steps else None))
        reg_lambda = _next(steps, lambdas, factor)
    while factor and _first_is_best(steps) and steps[0].reg_lambda / factor >= BOUNDS[0]:
        steps.insert(0, visit(round_number(steps[0].reg_lambda / factor), None))


def _next(steps, lambdas, factor):
    """The next lambda upwards, or None where the path ends."""
    done = len(steps)
    best = place_of_best(steps)
    if factor and done > len(lambdas) / 2 and done - 1 - best >= PATIENCE:
        return None
    if done < len(lambdas):
        return lambdas[done]
    rises = done > 1 and steps[-1].score > steps[-2].score and best == done - 1
    larger = round_number(steps[-1].reg_lambda * (factor or 1.0))
    return larger if factor and rises and larger <= BOUNDS[1] else None


def _first_is_best(steps):
    """Whether the smallest lambda is better than all others."""
    return len(steps) > 1 and steps[0].score > max(step.score for step in steps[1:])
