"""Oracle: what a clone is equal to, and what it is not."""

import threading
from functools import partial

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdigits import TwoLayerNNClassifier
from skdigits.searching.keys import key_of


def plus(n):
    return lambda X: X + n


class Callable:
    """An object that cannot be pickled and is copied with its parts."""

    def __init__(self, function):
        self.function = function

    def __call__(self, X):
        return self.function(X)


def frozen(scale):
    scaler = StandardScaler().fit(scale * np.arange(6.0).reshape(3, 2))
    scaler.note = lambda: None
    return FrozenEstimator(scaler)


def local_transformer():
    class Local(TransformerMixin, BaseEstimator):
        def __init__(self, n=0):
            self.n = n

    return Local


LOCAL = local_transformer()
PLUS = plus(1)
THINGS = [
    (1, 2),
    (np.arange(3), np.arange(4)),
    (StandardScaler(), StandardScaler(with_mean=False)),
    (FunctionTransformer(PLUS), FunctionTransformer(plus(1))),
    (FunctionTransformer(partial(PLUS)), FunctionTransformer(partial(plus(1)))),
    (FunctionTransformer(Callable(PLUS)), FunctionTransformer(Callable(plus(1)))),
    (FunctionTransformer(PLUS, kw_args={"a": 1}), FunctionTransformer(PLUS, kw_args={"a": 2})),
    (LOCAL(1), LOCAL(2)),
    (LOCAL(1), local_transformer()(1)),
    (frozen(1.0), frozen(2.0)),
    ([PLUS, 1], [PLUS, 2]),
    ({"a": PLUS}, {"b": PLUS}),
    (
        make_pipeline(FunctionTransformer(PLUS), TwoLayerNNClassifier(3)),
        make_pipeline(FunctionTransformer(PLUS), TwoLayerNNClassifier(4)),
    ),
]


@pytest.mark.parametrize(("thing", "other"), THINGS, ids=lambda thing: type(thing).__name__)
def test_clones_have_the_key_of_what_they_are_clones_of_and_others_another(thing, other):
    assert key_of([clone(thing, safe=False)]) == key_of([thing])
    assert key_of([other]) != key_of([thing])


def test_what_cannot_be_told_apart_is_named():
    class Locked:
        __slots__ = ("lock",)

        def __deepcopy__(self, memo):
            return Locked()

    with pytest.raises(TypeError, match="a Locked can be neither pickled nor told apart"):
        key_of([Locked()])
    with pytest.raises(TypeError):
        key_of([threading.Lock()])  # which cannot be cloned at all
