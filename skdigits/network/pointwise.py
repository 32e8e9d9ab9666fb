"""Pointwise functions: hidden activations with their derivatives, output activations with losses.

All arrays are (units, rows) or (n_outputs, rows), or so with networks first. Nothing here
overflows: scores of +-1e4 give finite, correct losses.
"""

from typing import NamedTuple

import numpy as np


class Activation(NamedTuple):
    """A hidden activation h(a) with its derivatives written in terms of h."""

    apply: callable  # apply(A): a becomes h, in place
    slope: callable  # slope(H, out): h'(a)
    bend: callable  # bend(H): h''(a) / h'(a)


def _logistic(A):
    # 1 / (1 + exp(-a)) = (1 + tanh(a / 2)) / 2: NumPy's tanh is vectorized and cannot overflow.
    A *= 0.5
    np.tanh(A, out=A)
    A *= 0.5
    A += 0.5


def _logistic_slope(H, out):
    np.subtract(1, H, out=out)
    out *= H


def _tanh_slope(H, out):
    np.multiply(H, H, out=out)
    np.subtract(1, out, out=out)


ACTIVATIONS = {
    "logistic": Activation(_logistic, _logistic_slope, lambda H: 1 - 2 * H),
    "tanh": Activation(lambda A: np.tanh(A, out=A), _tanh_slope, lambda H: -2 * H),
    "relu": Activation(
        lambda A: np.maximum(A, 0, out=A),
        lambda H, out: np.greater(H, 0, out=out),
        np.zeros_like,
    ),
}


class Output(NamedTuple):
    """An output activation p(z) with its loss, all (n_outputs, rows)."""

    # losses(Z, Y): of each row (rows,), for "sigmoid" of each output (n_outputs, rows); Z becomes p
    losses: callable
    curve: callable  # curve(P, RZ): the derivative of p along RZ


def softmax(Z):
    """Probabilities in place of scores (n_outputs, rows), a sixth of scipy's seconds."""
    Z -= Z.max(axis=-2, keepdims=True)  # so that no exponential overflows
    return _normalised_exp(Z)[0]


def _normalised_exp(Z):
    """(Z, what it was divided by): exp(z) over its sum, in place."""
    np.exp(Z, out=Z)
    total = Z.sum(axis=-2, keepdims=True)
    Z /= total
    return Z, total


def _softmax_losses(Z, Y):
    # -sum_k y_k log p_k = log sum_k exp(z_k) - sum_k y_k z_k for targets that sum to one; with the
    # largest score subtracted first no exponential overflows and no difference cancels.
    Z -= Z.max(axis=-2, keepdims=True)
    losses = np.einsum("kn,...kn->...n", Y, Z)
    return np.log(_normalised_exp(Z)[1])[..., 0, :] - losses


def _softmax_curve(P, RZ):
    return P * (RZ - np.einsum("...kn,...kn->...n", P, RZ)[..., np.newaxis, :])


def _sigmoid_losses(Z, Y):
    # softplus(z) - y z, with softplus(z) = max(z, 0) + log(1 + exp(-|z|)).
    losses = np.maximum(Z, 0)
    losses -= Y * Z
    tail = np.exp(-np.abs(Z))
    losses += np.log1p(tail)
    numerator = np.where(Z >= 0, Z.dtype.type(1), tail)
    np.divide(numerator, 1 + tail, out=Z)
    return losses


OUTPUTS = {
    "softmax": Output(_softmax_losses, _softmax_curve),
    "sigmoid": Output(_sigmoid_losses, lambda P, RZ: P * (1 - P) * RZ),
}
