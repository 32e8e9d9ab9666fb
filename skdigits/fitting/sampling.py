"""Progressive sampling: begin on few rows, go on with more, end on all.

A cost that is a mean over rows is known well enough from a sample of them until the optimizer is
near the sample's own minimum; the iterations before that are as good, and cheaper.

References
----------
Provost, F., Jensen, D. and Oates, T. (1999). Efficient progressive sampling. KDD.

Byrd, R. H., Chin, G. M., Nocedal, J. and Wu, Y. (2012). Sample size selection in optimization
methods for machine learning. Mathematical Programming 134(1).
"""

from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np

from skdigits.fitting.optimize import INTERRUPTED
from skdigits.network import Objective, is_stored, take_rows

# What "auto" stands for, from AUTO_ROWS rows on. Seconds to the cost that torch's LBFGS reaches in
# 200 iterations, 50000 x 784 digits, 100 units, two seeds: 10.0 and 11.2 on all rows, 7.3 and 7.7
# by these; with halves (1/16, 1/8, 1/4, 1/2) 8.7 and 9.2.
AUTO, AUTO_ROWS = (0.1, 0.3), 20000
SAMPLE_BYTES = 2**28  # of stored rows that are copied into memory, at most
# A sample has served when the cost on it fell by less than this fraction in so many iterations.
LEAST_FALL, ITERATIONS = 0.1, 5


def check_fractions(progressive_sampling, n_samples):
    """The fractions that the parameter asks for: a tuple, empty for none."""
    if progressive_sampling is None:
        return ()
    if isinstance(progressive_sampling, str):  # "auto": the constraints allow no other
        return AUTO if n_samples >= AUTO_ROWS else ()
    fractions = tuple(progressive_sampling)
    in_order = all(isinstance(f, Real) and 0 < f < 1 for f in fractions)
    if not in_order or list(fractions) != sorted(set(fractions)):
        raise ValueError(
            "progressive_sampling must be None, 'auto' or increasing fractions between 0 and 1, "
            f"for instance (0.1, 0.3), got {progressive_sampling!r}"
        )
    return fractions


def most_rows(X):
    """The most rows of a sample."""
    if not is_stored(X):
        return np.inf
    return max(1, SAMPLE_BYTES // (X.shape[1] * X.dtype.itemsize))


def nested_samples(codes, fractions, random_state, most=np.inf):
    """Sorted row numbers of each fraction, each sample within the next, stratified by class.

    At most so many rows each; of several so large one is left. codes are (n_samples,) classes, or
    (n_samples, n_labels) labels, which are not stratified.
    """
    if not fractions:
        return []  # and nothing is drawn
    strata = codes if codes.ndim == 1 else np.zeros(len(codes), dtype=int)
    shuffled = random_state.permutation(len(strata))
    # Where in its class a row comes: the first tenth of all rows is the first tenth of each class.
    place = np.empty(len(strata))
    for stratum in np.unique(strata):
        members = shuffled[strata[shuffled] == stratum]
        place[members] = (np.arange(len(members)) + random_state.uniform()) / len(members)
    order = np.argsort(place, kind="stable")
    sizes = [max(1, round(fraction * len(strata))) for fraction in fractions]
    sizes = [size for size in sizes if size < most] + [most] * (sizes[-1] >= most)
    return [np.sort(order[:size]) for size in sizes]


class Start(NamedTuple):
    """Where the minimisation over all rows begins."""

    problem: object  # see `problem`
    curves: list  # the costs after each iteration on each sample
    interrupted: bool  # whether Ctrl-C ended a sample's iterations


def begin(theta, samples, objective, rows, targets, view, network, progress, limit):
    """The Start on the objective over all rows, from theta by way of the samples.

    rows (Rows), targets (n_samples, n_outputs); view(objective, theta=theta) makes a problem;
    network are the arguments of an Objective, its reg_lambda for all rows; progress (Progress)
    looks on; when a limit (see `watches`) has passed there are no further samples.
    """
    curves, interrupted = [], False
    for k, index in enumerate(samples, 1):
        w = None if rows.w is None else rows.w[index]
        share = len(index) / len(targets) if w is None else w.sum() / rows.w.sum()
        if share == 0 or limit.passed:
            continue
        # The penalty's S stays that of all rows.
        shrunk = network | {"reg_lambda": np.multiply(share, network["reg_lambda"])}
        X = take_rows(rows.X, index)
        if is_stored(X):
            X = X[:]  # it is read once
        sample = Objective(X, targets[index], sample_weight=w, **shrunk)
        curves.append([])
        told = progress.over(f"sample {k}/{len(samples)}, {len(index)} rows")
        result = view(sample, theta=theta).minimize(partial(_look, curves[-1], told, limit))
        theta, interrupted = result.x, result.status == INTERRUPTED
        if interrupted:
            break
    return Start(view(objective, theta=theta), curves, interrupted)


def _look(curve, told, limit, iterate):
    curve.append(iterate.cost)
    told(iterate)
    limit(iterate)
    if len(curve) > ITERATIONS and curve[-1 - ITERATIONS] - curve[-1] < LEAST_FALL * curve[-1]:
        raise StopIteration("the sample has served")
