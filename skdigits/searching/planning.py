"""What a search fits with what: candidates that share rows, and parts of equal work for workers."""

from itertools import groupby
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skdigits._sklearn import has_callbacks
from skdigits.classifier import TwoLayerNNClassifier
from skdigits.searching.recall import key_of

# Workers are evenly loaded if the last round of parts keeps all but this fraction of them busy.
IDLE = 0.1
MOST_CUTS = 8
# Fit parameters of the classifier that fits together know of.
FIT_PARAMETERS = {"sample_weight", "coef_init", "intercept_init"}


class Candidate(NamedTuple):
    """A candidate and how it can be fitted."""

    index: int
    estimator: object  # with its parameters
    classifier: TwoLayerNNClassifier | None  # its last step; None: to be fitted alone
    prefix: str  # a key of the steps before
    rows: str  # of what must be equal for fits to share rows
    chain: str  # of all parameters but those that vary along a chain


class SearchPlan(NamedTuple):
    """The candidates of a search."""

    keys: list  # a key_of each
    candidates: list


def make_plan(estimator, candidates, warm_path):
    """The SearchPlan, or None where scikit-learn's search must do it."""
    if type(estimator) not in (TwoLayerNNClassifier, Pipeline):
        return None
    if get_tags(estimator).input_tags.pairwise:  # its X is cut by columns too
        return None
    keys, planned = [], []
    for index, parameters in enumerate(candidates):
        try:
            candidate = clone(estimator).set_params(**clone(parameters, safe=False))
            keys.append(key_of(candidate))
            planned.append(_candidate(index, candidate, warm_path))
        except Exception:  # scikit-learn's search says what is wrong, if anything is
            return None
    if all(candidate.classifier is None for candidate in planned):
        return None
    return SearchPlan(keys, planned)


def _candidate(index, estimator, warm_path):
    last = last_step(estimator)
    alone = Candidate(index, estimator, None, "", "", "")
    if type(last) is not TwoLayerNNClassifier or has_callbacks(last) or has_callbacks(estimator):
        return alone
    if last.early_stopping or last.progressive_sampling is not None or last.verbose:
        return alone
    if isinstance(estimator, Pipeline) and estimator.transform_input is not None:
        return alone
    parameters = last.get_params(deep=False)
    counts = [parameters[name] for name in ("hidden_units", "maxiter", "n_init")]
    if not all(isinstance(n, Integral) and n >= 1 for n in counts) or not (
        isinstance(last.reg_lambda, Real) and last.reg_lambda >= 0
    ):
        return alone
    varying = ["maxiter"] if (last.solver_options or {}).get("maxiter") is None else []
    varying += ["reg_lambda"] if warm_path else []
    return Candidate(
        index,
        estimator,
        last,
        key_of(estimator.steps[:-1] if isinstance(estimator, Pipeline) else []),
        key_of(
            [
                parameters[name]
                for name in ("dtype", "activation", "output_activation", "class_weight")
            ]
        ),
        key_of({name: value for name, value in parameters.items() if name not in varying}),
    )


def last_step(estimator):
    """The estimator itself, or of a Pipeline its last step."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def knows(estimator, fit_params):
    """Whether fits together know all these parameters of the estimator's fit."""
    known = FIT_PARAMETERS
    if isinstance(estimator, Pipeline):
        known = {f"{estimator.steps[-1][0]}__{name}" for name in known}
    return set(fit_params) <= known


class Part(NamedTuple):
    """What a worker gets: candidates on one split, all with the same steps before the last."""

    split: int
    alone: bool  # whether it is one that is fitted by its own fit
    candidates: list


def make_parts(candidates, n_splits, n_jobs, all_alone=False):
    """Parts of about equal work, large ones first."""
    together = [c for c in candidates if c.classifier is not None and not all_alone]
    groups = grouped(together, lambda c: c.prefix)
    cuts = _cuts(len(groups) * n_splits, n_jobs)
    lists = []
    for members in groups:
        # Steps before the last are fitted once a split: their candidates stay in one part.
        whole = isinstance(members[0].estimator, Pipeline) and len(members[0].estimator) > 1
        lists += [members] if whole else _cut(members, cuts)
    parts = [Part(s, False, members) for members in lists for s in range(n_splits)]
    alone = [c for c in candidates if c.classifier is None or all_alone]
    parts += [Part(s, True, [c]) for c in alone for s in range(n_splits)]
    return sorted(parts, key=lambda part: -sum(_work(part.candidates).values()))


def grouped(candidates, key):
    """Lists of candidates of equal key."""
    return [list(members) for _, members in groupby(sorted(candidates, key=key), key)]


def _cuts(n_groups, n_jobs):
    """Into how many parts to cut each of the groups so that few of the n_jobs workers idle."""
    for cuts in range(1, MOST_CUTS):
        rounds = -(-n_groups * cuts // n_jobs)
        if rounds * n_jobs <= n_groups * cuts * (1 + IDLE):
            return cuts
    return MOST_CUTS


def _work(candidates):
    """{chain: units times iterations} of candidates."""
    work = {}
    for c in candidates:
        size = 1 if c.classifier is None else c.classifier.hidden_units * c.classifier.maxiter
        work[c.rows, c.chain] = max(work.get((c.rows, c.chain), 0), size)
    return work


def _cut(members, cuts):
    """The members in as many lists of about equal work, chains whole."""
    work = _work(members)
    loads = [0] * min(cuts, len(work))
    place = {}
    for chain in sorted(work, key=work.get, reverse=True):
        place[chain] = int(np.argmin(loads))
        loads[place[chain]] += work[chain]
    return [[c for c in members if place[c.rows, c.chain] == i] for i in range(len(loads))]
