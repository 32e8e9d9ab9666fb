"""An estimator that recalls what its fits gave, for searches that have made them all before.

scikit-learn clones it, sets a candidate's parameters, calls fit on one split after another, scores:
fit recalls the attributes that were found for these parameters on this split, or the error. It
fits itself where it recalls nothing.
"""

import warnings
from collections import defaultdict, deque
from functools import wraps
from typing import NamedTuple

import joblib
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdigits.classifier import TwoLayerNNClassifier


class Cell(NamedTuple):
    """A candidate on a split."""

    estimator: str  # the key of its parameters
    y: str  # the key of its labels
    fit: object  # a Fit (see `together`)


def key_of(thing):
    """A hash of values of any kind; of an estimator's parameters."""
    if hasattr(thing, "get_params"):
        thing = thing.get_params(deep=False)
    return joblib.hash(thing)


class Recall:
    """The fits of a search, in the order in which it asks: a candidate's splits in turn."""

    def __init__(self, cells):
        self._waiting = defaultdict(deque)
        for cell in cells:
            self._waiting[cell.estimator].append(cell)

    def next(self, estimator, y):
        """The Fit of that estimator on the split that comes next, or None."""
        waiting = self._waiting[key_of(estimator)]
        if waiting and waiting[0].y == key_of(y):
            return waiting.popleft().fit
        return None

    @property
    def left(self):
        """How many fits nobody has asked for."""
        return sum(len(waiting) for waiting in self._waiting.values())


def _recalling(fit):
    """That fit, but for what is recalled; its signature tells scikit-learn of row weights."""

    @wraps(fit)
    def recalling_fit(self, X, y=None, *arguments, **params):
        found = self._recall.next(self, y)
        if found is None:
            return fit(self, X, y, *arguments, **params)
        self._recall = Recall([])  # so that a scorer that fits a clone does not take another's
        for message, category in found.warnings:
            warnings.warn(message, category, stacklevel=2)
        if found.error is not None:
            raise found.error.with_traceback(None)
        vars(self).update(found.attributes)
        return self

    return recalling_fit


class _StandIn:
    """What clones of a stand-in keep."""

    def __sklearn_clone__(self):
        twin = super().__sklearn_clone__()
        twin._recall = self._recall
        return twin


class _ClassifierStandIn(_StandIn, TwoLayerNNClassifier):
    fit = _recalling(TwoLayerNNClassifier.fit)


class _PipelineStandIn(_StandIn, Pipeline):
    fit = _recalling(Pipeline.fit)


_STAND_INS = {TwoLayerNNClassifier: _ClassifierStandIn, Pipeline: _PipelineStandIn}
for _original, _kind in _STAND_INS.items():
    _kind.__name__ = _kind.__qualname__ = _original.__name__  # in messages


def stand_in(estimator, recall):
    """An estimator that recalls, in place of a TwoLayerNNClassifier or a Pipeline."""
    return _as(_STAND_INS[type(estimator)], clone(estimator), _recall=recall)


def in_person(estimator, fitted):
    """The estimator of the given one's class that a fitted stand-in stands for."""
    person = _as(type(estimator), fitted)
    del person._recall
    return person


def _as(kind, estimator, **attributes):
    other = kind.__new__(kind)
    vars(other).update(vars(estimator) | attributes)
    return other
