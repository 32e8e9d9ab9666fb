"""The cost by loops over rows, written for clarity: the oracle of the objective's tests."""

import math

import numpy as np


def _act(name, a):
    if name == "logistic":
        return 1 / (1 + math.exp(-a)) if a > 0 else math.exp(a) / (1 + math.exp(a))
    return math.tanh(a) if name == "tanh" else max(a, 0.0)


def cost(W1, b1, W2, b2, X, Y, w, reg_lambda, activation, output_activation):
    """J of docs/math.md for arrays in float64: one row, one unit, one output at a time.

    w has a weight a row, or for "sigmoid" one an output.
    """
    total = 0.0
    weight_sum = sum(np.mean(w_i) for w_i in w)
    for x, y, w_i in zip(X, Y, w, strict=True):
        h = [_act(activation, float(row @ x + b)) for row, b in zip(W1, b1, strict=True)]
        z = [float(row @ h + b) for row, b in zip(W2, b2, strict=True)]
        if output_activation == "softmax":
            top = max(z)
            log_sum = top + math.log(sum(math.exp(z_k - top) for z_k in z))
            total += w_i * sum(y_k * (log_sum - z_k) for y_k, z_k in zip(y, z, strict=True))
        else:
            for y_k, z_k, w_ik in zip(y, z, np.broadcast_to(w_i, len(y)), strict=True):
                total += w_ik * (max(z_k, 0) - y_k * z_k + math.log1p(math.exp(-abs(z_k))))
    penalty = reg_lambda / 2 * (np.sum(W1**2) + np.sum(W2**2))
    return (total + penalty) / weight_sum


def finite_difference(f, theta, direction, step):
    """The derivative of f (scalar or array) along a direction, by central differences."""
    return (f(theta + step * direction) - f(theta - step * direction)) / (2 * step)


def richardson(f, theta, direction, step=1e-3):
    """Central differences with the leading error terms eliminated, O(step^6).

    Richardson extrapolation; Press et al. (2007), Numerical Recipes, section 5.7.
    """
    d1, d2, d4 = (finite_difference(f, theta, direction, step / k) for k in (1, 2, 4))
    e1, e2 = d2 + (d2 - d1) / 3, d4 + (d4 - d2) / 3
    return e2 + (e2 - e1) / 15
