"""The flat parameter vector theta of a network with one hidden layer: its layout, both ways.

``theta`` holds ``W1`` row by row, then ``b1``, then ``W2`` row by row, then ``b2``.
"""

from math import prod
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state


class Layout(NamedTuple):
    """The sizes that fix where each weight stands in theta."""

    n_features: int
    hidden_units: int
    n_outputs: int

    @property
    def size(self):
        """The length of theta."""
        return self.hidden_units * (self.n_features + 1) + self.n_outputs * (self.hidden_units + 1)

    @property
    def shapes(self):
        """The shapes of W1, b1, W2 and b2."""
        return (
            (self.hidden_units, self.n_features),
            (self.hidden_units,),
            (self.n_outputs, self.hidden_units),
            (self.n_outputs,),
        )


def unpack(theta, layout):
    """W1, b1, W2, b2 as views into theta (layout.size,), nothing copied."""
    parts = []
    start = 0
    for shape in layout.shapes:
        stop = start + prod(shape)
        parts.append(theta[start:stop].reshape(shape))
        start = stop
    return tuple(parts)


def pack(W1, b1, W2, b2, layout):
    """A new float64 theta (layout.size,) from the four arrays; their shapes are checked."""
    theta = np.empty(layout.size)
    parts = zip(("W1", "b1", "W2", "b2"), (W1, b1, W2, b2), unpack(theta, layout), strict=True)
    for name, given, place in parts:
        given = np.asarray(given)
        if given.shape != place.shape:
            raise ValueError(f"{name} must have shape {place.shape}, got {given.shape}")
        place[...] = given
    return theta


def initial_parameters(layout, random_state=None):
    """A random theta (layout.size,): each layer uniform in +-sqrt(6 / (fan_in + fan_out)).

    Biases are drawn like the weights of their layer, so that on one or two features the units'
    boundaries do not all pass through the origin.

    References
    ----------
    Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training deep feedforward
    neural networks. AISTATS.
    """
    rng = check_random_state(random_state)
    theta = np.empty(layout.size)
    W1, b1, W2, b2 = unpack(theta, layout)
    for W, b in ((W1, b1), (W2, b2)):
        bound = np.sqrt(6.0 / sum(W.shape))
        W[...] = rng.uniform(-bound, bound, W.shape)
        b[...] = rng.uniform(-bound, bound, b.shape)
    return theta
