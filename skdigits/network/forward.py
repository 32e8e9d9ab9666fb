"""A network forward: scores and hidden layers of rows, block by block."""

from typing import NamedTuple

import numpy as np

from skdigits.network.arrays import NUMPY, arrays_of, beside, is_foreign, near, numpy_dtype, to_host
from skdigits.network.blocks import Data, loaded, multiplications, over_lanes, piece, row_runs
from skdigits.network.stack import Weights, cut, hidden_layer


def scores(W1, b1, W2, b2, X, activation="logistic"):
    """(scores z (n_outputs, n_samples) of a network for rows X, whether the sum of X is finite).

    All are arrays of one library. Of several networks of one size W1 and b1 have their units one
    above another, W2, b2 and z the networks first.
    """
    given, (W1, b1, W2, b2, X) = X, map(near, (W1, b1, W2, b2, X))
    if is_foreign(X):
        taken = []

        def multiply(h, start, stop):
            taken.append(W2 @ h)

        finite = _over_hidden(W1, b1, X, activation, multiply)
        return arrays_of(X).concatenate(taken, axis=-1) + b2[..., None], finite
    Z = np.empty((*b2.shape, X.shape[0]), dtype=W1.dtype)

    def multiply(h, start, stop):
        h = h.reshape(*W2.shape[:-2], W2.shape[-1], stop - start)
        np.matmul(W2, h, out=Z[..., start:stop])

    finite = _over_hidden(W1, b1, X, activation, multiply)
    Z += b2[..., np.newaxis]
    return beside(given, Z), finite


def score_ranges(W1, b1, W2, b2, X, activation, softmax):
    """(2, n_outputs): the least and the largest of each score over the rows X, of NumPy.

    Of softmax they are taken about the mean of a row's scores, which says nothing.
    """
    Z = to_host(scores(W1, b1, W2, b2, X, activation)[0])
    if len(Z) > 1 and softmax:
        Z -= Z.mean(axis=0)
    return np.stack([Z.min(axis=1), Z.max(axis=1)])


def activations(W1, b1, X, activation):
    """(h (n_samples, hidden_units) of a network for rows X, whether the sum of X is finite)."""
    given, (W1, b1, X) = X, map(near, (W1, b1, X))
    if is_foreign(X):
        taken = []
        finite = _over_hidden(W1, b1, X, activation, lambda h, start, stop: taken.append(h.T))
        return arrays_of(X).concatenate(taken, axis=0), finite
    H = np.empty((X.shape[0], len(b1)), dtype=W1.dtype)

    def keep(h, start, stop):
        H[start:stop] = h.T

    finite = _over_hidden(W1, b1, X, activation, keep)
    return beside(given, H), finite


def _over_hidden(W1, b1, X, activation, take):
    """Call take(h (units, rows), start, stop) for each block of rows; whether their sum is finite.

    A sum tells NaN and infinity, and is cheap while the block is near.
    """
    weights, units, xp = Weights(W1, b1, None, None), b1.shape[0], arrays_of(X)
    lanes = [
        [Run(piece(X, start, stop), start, stop) for start, stop in lane]
        for lane in row_runs(X, units)
    ]
    data = Data(lanes, X.shape[0], None, numpy_dtype(W1.dtype), xp=xp)

    def lane_take(lane):
        H = None
        if xp is NUMPY:
            H = np.empty((units, max(run.stop - run.start for run in lane)), dtype=W1.dtype)
        finite = True
        for run in loaded(lane, data):
            rows, start, stop = run
            take(hidden_layer(weights, rows, activation, cut(H, run)), start, stop)
            finite &= bool(np.isfinite(float(rows.sum() if xp is NUMPY else xp.sum(rows))))
        return finite

    return all(over_lanes(lane_take, lanes, multiplications(X, units)))


class Run(NamedTuple):
    """Rows start to stop."""

    X: object
    start: int
    stop: int
