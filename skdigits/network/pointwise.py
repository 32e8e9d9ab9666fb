"""Pointwise functions: hidden activations with their derivatives, output activations with losses.

All arrays are (units, rows) or (n_outputs, rows), or so with networks first, of NumPy or another
library (see `arrays`). Nothing here overflows: scores of +-1e4 give finite, correct losses.
"""

from typing import NamedTuple

from skdigits.network.arrays import arrays_of


class Activation(NamedTuple):
    """A hidden activation h(a) with its derivatives written in terms of h."""

    apply: callable  # apply(A): h, in place of a where that can be
    slope: callable  # slope(H, out): h'(a)
    bend: callable  # bend(H): h''(a) / h'(a)


def _logistic(A):
    # 1 / (1 + exp(-a)) = (1 + tanh(a / 2)) / 2: NumPy's tanh is vectorized and cannot overflow.
    A *= 0.5
    A = arrays_of(A).tanh(A, out=A)
    A *= 0.5
    A += 0.5
    return A


def _logistic_slope(H, out):
    out = arrays_of(H).subtract(1, H, out=out)
    out *= H
    return out


def _tanh_slope(H, out):
    xp = arrays_of(H)
    out = xp.multiply(H, H, out=out)
    return xp.subtract(1, out, out=out)


def _relu(A):
    return arrays_of(A).maximum(A, 0, out=A)


def _relu_slope(H, out):
    return arrays_of(H).positive(H, out)


ACTIVATIONS = {
    "logistic": Activation(_logistic, _logistic_slope, lambda H: 1 - 2 * H),
    "tanh": Activation(lambda A: arrays_of(A).tanh(A, out=A), _tanh_slope, lambda H: -2 * H),
    "relu": Activation(_relu, _relu_slope, lambda H: arrays_of(H).zeros_like(H)),
}


class Output(NamedTuple):
    """An output activation p(z) with its loss, all (n_outputs, rows)."""

    # losses(Z, Y): (of each row (rows,), for "sigmoid" of each output (n_outputs, rows); p, in
    # place of Z where that can be)
    losses: callable
    curve: callable  # curve(P, RZ): the derivative of p along RZ


def softmax(Z):
    """Probabilities of scores (n_outputs, rows), in their place; a sixth of scipy's seconds."""
    Z -= arrays_of(Z).max(Z, axis=-2, keepdims=True)  # so that no exponential overflows
    return _normalised_exp(Z)[0]


def log_softmax(Z):
    """The logarithms of `softmax`."""
    xp = arrays_of(Z)
    Z = Z - xp.max(Z, axis=-2, keepdims=True)
    return Z - xp.log(xp.sum(xp.exp(Z), axis=-2, keepdims=True))


def sigmoid(Z):
    """1 / (1 + exp(-z)), precise where it is small."""
    xp = arrays_of(Z)
    tail = xp.exp(-xp.abs(Z))
    return xp.where(Z >= 0, 1 / (1 + tail), tail / (1 + tail))


def log_sigmoid(Z):
    """The logarithm of `sigmoid`."""
    xp = arrays_of(Z)
    return xp.minimum(Z, 0) - xp.log1p(xp.exp(-xp.abs(Z)))


def _normalised_exp(Z):
    """(Z, what it was divided by): exp(z) over its sum, in place."""
    xp = arrays_of(Z)
    Z = xp.exp(Z, out=Z)
    total = xp.sum(Z, axis=-2, keepdims=True)
    Z /= total
    return Z, total


def _row_products(A, B):
    """The sums of a b over the outputs: (..., rows)."""
    return arrays_of(B).row_products(A, B)


def _softmax_losses(Z, Y):
    # -sum_k y_k log p_k = log sum_k exp(z_k) - sum_k y_k z_k for targets that sum to one; with the
    # largest score subtracted first no exponential overflows and no difference cancels.
    xp = arrays_of(Z)
    Z -= xp.max(Z, axis=-2, keepdims=True)
    losses = _row_products(Y, Z)
    P, total = _normalised_exp(Z)
    return xp.log(total)[..., 0, :] - losses, P


def _softmax_curve(P, RZ):
    return P * (RZ - _row_products(P, RZ)[..., None, :])


def _sigmoid_losses(Z, Y):
    # softplus(z) - y z, with softplus(z) = max(z, 0) + log(1 + exp(-|z|)).
    xp = arrays_of(Z)
    losses = xp.maximum(Z, 0)
    losses -= Y * Z
    tail = xp.exp(-xp.abs(Z))
    losses += xp.log1p(tail)
    numerator = xp.where(Z >= 0, xp.ones_like(tail), tail)
    return losses, xp.divide(numerator, 1 + tail, out=Z)


OUTPUTS = {
    "softmax": Output(_softmax_losses, _softmax_curve),
    "sigmoid": Output(_sigmoid_losses, lambda P, RZ: P * (1 - P) * RZ),
}
