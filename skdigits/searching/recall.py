"""An estimator and a scorer that recall, for scikit-learn's search over what was scored before.

scikit-learn clones the estimator, sets a candidate's parameters, calls fit on one split after
another, and the scorer on what it has fitted. That is where its errors and scores come to light;
the refit, of which there is nothing to recall, is the estimator's own fit.
"""

from collections import defaultdict, deque
from copy import copy
from functools import wraps

from skdigits._sklearn import MultimetricScorer
from skdigits.searching.keys import key_of


class Recall:
    """The outcomes of a search, in the order in which it asks: a candidate's splits in turn."""

    def __init__(self, outcomes, fit):
        """outcomes are pairs: the key of an estimator's parameters, an Outcome (see `scoring`).

        fit(estimator, X, y, **params) fits where nothing is to recall.
        """
        self._waiting = defaultdict(deque)
        self.add(outcomes)
        self.fit = fit

    def add(self, outcomes):
        """More of such pairs."""
        for key, outcome in outcomes:
            self._waiting[key].append(outcome)

    def next(self, estimator):
        """The Outcome of that estimator on the split that comes next, or None."""
        waiting = self._waiting[key_of(estimator)]
        return waiting.popleft() if waiting else None

    @property
    def left(self):
        """How many outcomes nobody has asked for."""
        return sum(len(waiting) for waiting in self._waiting.values())


def recalling(estimator, recall):
    """A clone of the estimator that recalls once, in place of its first fit, as its clones do.

    Its class is the estimator's own, whoever looks: `fit` and `__sklearn_clone__` are attributes of
    this one object, and leave it when it is fitted.
    """
    twin = type(estimator).__sklearn_clone__(estimator)

    @wraps(twin.fit)  # its signature tells scikit-learn of row weights
    def fit(X, y=None, **params):
        del twin.fit, twin.__sklearn_clone__
        outcome = recall.next(twin)
        if outcome is None:
            recall.fit(twin, X, y, **params)
        elif outcome.error is not None:
            raise outcome.error.with_traceback(None)
        else:
            twin._scores = iter(outcome.scores)
        return twin

    twin.fit, twin.__sklearn_clone__ = fit, lambda: recalling(twin, recall)
    return twin


def recalls(estimator):
    """Whether an estimator has been made by `recalling` and not been fitted yet."""
    return "__sklearn_clone__" in getattr(estimator, "__dict__", ())


def recalling_scorer(scorer):
    """A scorer that recalls, in place of a callable or of scikit-learn's for several scores."""
    if not isinstance(scorer, MultimetricScorer):
        return _Scorer(scorer)
    several = _Scorers.__new__(_Scorers)
    vars(several).update(vars(copy(scorer)))
    return several


def _score(scorer, estimator, *rows, **params):
    if "_scores" not in vars(estimator):  # it has been fitted, not recalled
        return scorer(estimator, *rows, **params)
    score = next(estimator._scores)
    if score.error is not None:
        raise score.error.with_traceback(None)
    return score.value


class _Scorer:
    """Recalls what the scorer gave; all else is the scorer's."""

    def __init__(self, scorer):
        self._scorer = scorer

    def __call__(self, estimator, *rows, **params):
        return _score(self._scorer, estimator, *rows, **params)

    def __getattr__(self, name):
        return getattr(self._scorer, name)

    def __repr__(self):
        return repr(self._scorer)


class _Scorers(MultimetricScorer):
    """Recalls what the scorers gave."""

    def __call__(self, estimator, *rows, **params):
        return _score(super().__call__, estimator, *rows, **params)
