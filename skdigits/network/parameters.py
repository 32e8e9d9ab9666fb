"""The flat parameter vector theta of a network with one hidden layer: its layout, both ways.

``theta`` holds ``W1`` row by row, then ``b1``, then ``W2`` row by row, then ``b2``.
"""

from functools import lru_cache
from itertools import accumulate, pairwise
from math import prod
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skdigits.network.arrays import to_host


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
    """W1, b1, W2, b2 as views into theta (..., layout.size), nothing copied."""
    W1, b1, W2, b2 = _places(layout)
    if theta.ndim == 1:
        of_hidden, _, of_output, _ = layout.shapes
        return theta[W1].reshape(of_hidden), theta[b1], theta[W2].reshape(of_output), theta[b2]
    return tuple(
        theta[..., place].reshape(*theta.shape[:-1], *shape)
        for place, shape in zip((W1, b1, W2, b2), layout.shapes, strict=True)
    )


@lru_cache
def _places(layout):
    """A slice of theta for each of the four arrays: 100000 calls a search."""
    stops = accumulate(map(prod, layout.shapes), initial=0)
    return [slice(start, stop) for start, stop in pairwise(stops)]


def pack(W1, b1, W2, b2, layout):
    """A new float64 theta (layout.size,) from the four arrays; their shapes are checked."""
    theta = np.empty(layout.size)
    parts = zip(("W1", "b1", "W2", "b2"), (W1, b1, W2, b2), unpack(theta, layout), strict=True)
    for name, given, place in parts:
        given = np.asarray(to_host(given))
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


def write_arrays(theta, layout, name, arrays, remedy=""):
    """Write coefs or intercepts, given as the attributes hold them, into theta."""
    if arrays is None:
        return
    W1, b1, W2, b2 = unpack(theta, layout)
    places = [W1.T, W2.T] if name.startswith("coef") else [b1, b2]
    if len(arrays) != 2:
        raise ValueError(f"{name} must hold 2 arrays, one a layer, got {len(arrays)}")
    for layer, (place, array) in enumerate(zip(places, arrays, strict=True)):
        array = np.asarray(to_host(array), dtype=np.float64)
        if array.shape != place.shape:
            raise ValueError(
                f"{name}[{layer}] must have shape {place.shape} for these data and "
                f"hidden_units={layout.hidden_units}, got {array.shape}{remedy}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"{name}[{layer}] must be finite, got NaN or infinity")
        place[...] = array


# --- coordinates --------------------------------------------------------------------------------

COORDINATES = ("plain", "centered", "scaled")
HIDDEN_CENTER = {"logistic": 0.5}  # the middle of what an activation gives, where it has one


class Coordinates(NamedTuple):
    """The variables x that an optimizer works in, a linear function of theta.

    x holds V1 = W1 * scale, c1 = b1 + W1 center, W2 and c2 = b2 + W2 hidden_center, where theta
    holds W1, b1, W2 and b2: the biases where the inputs of a layer have their middle, not at zero.
    Costs and penalties stay what they are, only the path of the optimizer changes.
    """

    layout: Layout
    center: np.ndarray | float = 0.0  # (n_features,)
    scale: np.ndarray | float = 1.0  # (n_features,), positive
    hidden_center: float = 0.0

    def to_theta(self, x):
        """The theta that x stands for; being linear, also of a direction."""
        theta = np.empty_like(x)
        W1, b1, W2, b2 = unpack(theta, self.layout)
        V1, c1, V2, c2 = unpack(x, self.layout)
        if np.ndim(self.scale):
            np.divide(V1, self.scale, out=W1)
        else:
            W1[...] = V1
        np.subtract(c1, self._shift(W1), out=b1)
        W2[...] = V2
        np.subtract(c2, self.hidden_center * V2.sum(axis=1), out=b2)
        return theta

    def from_theta(self, theta):
        """The x that stands for theta."""
        x = theta.copy()
        V1, c1, W2, c2 = unpack(x, self.layout)
        c1 += self._shift(V1)
        V1 *= self.scale
        c2 += self.hidden_center * W2.sum(axis=1)
        return x

    def _shift(self, W1):
        return W1 @ self.center if np.ndim(self.center) else self.center * W1.sum(axis=1)

    def pull_back(self, gradient):
        """The gradient with respect to x, from that with respect to theta, which it overwrites."""
        gW1, gb1, gW2, gb2 = unpack(gradient, self.layout)
        gW1 -= gb1[:, np.newaxis] * self.center
        gW1 /= self.scale
        gW2 -= gb2[:, np.newaxis] * self.hidden_center
        return gradient


class FreeCoordinates(NamedTuple):
    """Coordinates of some parameters; the others, weights that a mask holds, are zero.

    No coordinate of a weight depends on anything but that weight, so zeros stay zeros.
    """

    coordinates: Coordinates
    free: np.ndarray  # (n_free,) where the free parameters stand in theta

    @property
    def layout(self):
        """That of theta."""
        return self.coordinates.layout

    def to_theta(self, x):
        """The theta that x stands for; being linear, also of a direction."""
        whole = np.zeros(self.layout.size)
        whole[self.free] = x
        return self.coordinates.to_theta(whole)

    def from_theta(self, theta):
        """The x that stands for theta, as if what is held were zero."""
        held = np.ones(len(theta), dtype=bool)
        held[self.free] = False
        return self.coordinates.from_theta(np.where(held, 0.0, theta))[self.free]

    def pull_back(self, gradient):
        """The gradient with respect to x, from that with respect to theta, which it overwrites."""
        return self.coordinates.pull_back(gradient)[self.free]


def read_mask(mask, layout):
    """Where the parameters that a mask leaves free stand in theta, or None without a mask.

    It has the shapes of the attribute ``coefs_``; biases are always free.
    """
    if mask is None:
        return None
    free = np.ones(layout.size, dtype=bool)
    W1, _, W2, _ = unpack(free, layout)
    if len(mask) != 2:
        raise ValueError(f"mask must hold 2 arrays, one a layer, got {len(mask)}")
    for layer, (place, array) in enumerate(zip((W1.T, W2.T), mask, strict=True)):
        array = np.asarray(to_host(array))
        if array.shape != place.shape:
            raise ValueError(
                f"mask[{layer}] must have shape {place.shape} for these data and "
                f"hidden_units={layout.hidden_units}, got {array.shape}"
            )
        if array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all():
            raise ValueError(
                f"mask[{layer}] must be True where a weight is fitted and False where it is held "
                f"at zero, got values such as {array.ravel()[:3]}"
            )
        place[...] = array
    return np.flatnonzero(free)


def make_coordinates(kind, layout, center, scale, activation):
    """The Coordinates of that kind, for what `center_and_scale` finds; "plain" looks at neither."""
    if kind == "plain":
        return Coordinates(layout)
    hidden_center = HIDDEN_CENTER.get(activation, 0.0)
    return Coordinates(layout, center, scale if kind == "scaled" else 1.0, hidden_center)
