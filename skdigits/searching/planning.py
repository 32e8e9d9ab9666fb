"""What a search fits with what: candidates that share rows, and parts of equal work for workers."""

from collections import defaultdict
from itertools import groupby
from math import prod
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.network import penalties
from skdigits.searching.alone import is_wrong, last_step, why_alone, why_not_planned
from skdigits.searching.keys import key_of

# Workers are evenly loaded if the last round of parts keeps all but this fraction of them busy.
IDLE = 0.1
MOST_CUTS = 8
# Seconds of an iteration without rows: scipy's, and the pauses; and of one unit's multiplication
# with a value of X, to and fro. 12000 iterations on iris took 6.7 s on a busy machine, 7200 on
# 2500 x 400 digits with 10 to 50 units 51 s on an idle one.
ITERATION, PRODUCT = 4e-4, 2e-10


class Candidate(NamedTuple):
    """A candidate and how it can be fitted."""

    index: int
    estimator: object  # with its parameters
    classifier: TwoLayerNNClassifier | None  # its last step; None: to be fitted alone
    prefix: str  # a key of the steps before
    rows: str  # of what must be equal for fits to share rows
    chain: str  # of all parameters but those that vary along a chain
    why_alone: str | None = None


class SearchPlan(NamedTuple):
    """The candidates of a search."""

    keys: list  # a key_of each
    candidates: list
    why_not: str | None = None  # why scikit-learn's search must do it; there are no candidates then

    def reasons(self, n_candidates):
        """For each candidate why it is fitted alone, or None."""
        if self.why_not is not None:
            return [self.why_not] * n_candidates
        return [candidate.why_alone for candidate in self.candidates]

    @property
    def some_together(self):
        """Whether there is anything to gain."""
        return any(candidate.classifier is not None for candidate in self.candidates)


def make_plan(estimator, candidates, warm_path):
    """The SearchPlan of an estimator with the candidates' parameters in turn."""
    why_not = why_not_planned(estimator)
    if why_not is not None:
        return SearchPlan([], [], why_not)
    keys, planned = [], []
    for index, parameters in enumerate(candidates):
        try:
            candidate = clone(estimator).set_params(**clone(parameters, safe=False))
        except Exception:  # scikit-learn's search says what is wrong
            return SearchPlan([], [])
        try:
            keys.append(key_of(candidate))
            planned.append(_candidate(index, candidate, warm_path))
        except TypeError as error:
            return SearchPlan([], [], f"{error}; give the estimator another")
    return SearchPlan(keys, planned)


# What estimators that are fitted together have in common.
SHARED = ("dtype", "activation", "output_activation", "class_weight", "standardize")


def _candidate(index, estimator, warm_path):
    why, last = why_alone(estimator), last_step(estimator)
    if why is not None or is_wrong(last):
        return Candidate(index, estimator, None, "", "", "", why)
    parameters = last.get_params(deep=False)
    varying = ["maxiter"] if (last.solver_options or {}).get("maxiter") is None else []
    varying += ["reg_lambda"] if warm_path else []
    return Candidate(
        index,
        estimator,
        last,
        key_of(estimator.steps[:-1] if isinstance(estimator, Pipeline) else []),
        key_of([parameters[name] for name in SHARED]),
        key_of({name: value for name, value in parameters.items() if name not in varying}),
    )


class Part(NamedTuple):
    """What a worker gets: candidates on one split, all with the same steps before the last."""

    split: int
    alone: bool  # whether it is one that is fitted by its own fit
    candidates: list


def make_parts(candidates, n_splits, n_jobs, all_alone=False):
    """Parts of about equal work, large ones first."""
    together = [c for c in candidates if c.classifier is not None and not all_alone]
    groups = grouped(together, lambda c: c.prefix)
    n_groups = max(1, len(groups) * n_splits)
    cuts, spare = _cuts(n_groups, n_jobs), max(1, n_jobs // n_groups)
    lists = []
    for members in groups:
        # Steps before the last are fitted once a split, again only in workers that would idle.
        steps = isinstance(members[0].estimator, Pipeline) and len(members[0].estimator) > 1
        lists += _cut(members, spare if steps else cuts)
    parts = [Part(s, False, members) for members in lists for s in range(n_splits)]
    alone = [c for c in candidates if c.classifier is None or all_alone]
    parts += [Part(s, True, [c]) for c in alone for s in range(n_splits)]
    return sorted(parts, key=lambda part: -sum(map(prod, _work(part.candidates).values())))


def grouped(candidates, key):
    """Lists of candidates of equal key."""
    return [list(members) for _, members in groupby(sorted(candidates, key=key), key)]


def _cuts(n_groups, n_jobs):
    """Into how many parts to cut each of the groups so that few of the n_jobs workers idle."""
    least = max(1, n_jobs // n_groups)
    for cuts in range(least, least + MOST_CUTS - 1):
        rounds = -(-n_groups * cuts // n_jobs)
        if rounds * n_jobs <= n_groups * cuts * (1 + IDLE):
            return cuts
    return least + MOST_CUTS - 1


def seconds_of(parts, X):
    """An estimate of how long parts take one after another on rows like X.

    It is a limit from above for fits that maxiter ends, and infinite where other estimators are
    fitted or X is no table. Steps before the last are taken to be nothing beside the fits.
    """
    shape = getattr(X, "shape", ())
    networks = all(_is_network(last_step(c.estimator)) for part in parts for c in part.candidates)
    if len(shape) != 2 or not networks:
        return np.inf
    values = X.nnz if issparse(X) else shape[0] * shape[1]
    return sum(
        iterations * (ITERATION + PRODUCT * units * values)
        for part in parts
        for units, iterations in _work(part.candidates).values()
    )


def _work(candidates):
    """{chain: (units, iterations)} of candidates."""
    most = defaultdict(dict)  # of each chain and lambda: a smaller maxiter is on the way
    for c in candidates:
        last = last_step(c.estimator)
        network = _is_network(last) and not is_wrong(last)
        units, iterations = (last.hidden_units, last.maxiter * last.n_init) if network else (1, 1)
        of_chain = most[c.rows, c.chain]
        at = penalties(last.reg_lambda) if network else None
        of_chain[at] = max(of_chain.get(at, (0, 0)), (units, iterations))
    return {
        chain: (max(units for units, _ in loads.values()), sum(n for _, n in loads.values()))
        for chain, loads in most.items()
    }


def _is_network(estimator):
    return isinstance(estimator, TwoLayerNNClassifier)


def _cut(members, cuts):
    """The members in as many lists of about equal work, chains whole."""
    work = {chain: prod(load) for chain, load in _work(members).items()}
    loads = [0] * min(cuts, len(work))
    place = {}
    for chain in sorted(work, key=work.get, reverse=True):
        place[chain] = int(np.argmin(loads))
        loads[place[chain]] += work[chain]
    return [[c for c in members if place[c.rows, c.chain] == i] for i in range(len(loads))]
