"""The maths, written once: networks with one hidden layer, in a *stack*, over *blocks* of rows.

The networks of a stack share the rows, their targets and their row weights; their hidden units
stand one above another in one ``W1``, so one product serves them all, and each keeps an output
layer of its own. A block is a run of rows: pure functions return, for one block, each network's
loss sum and gradient sum, and sums over blocks plus the penalty are the answer. One fit is a stack
of one.

Blocks come in lanes (see `blocks`). Activations are held as (units, rows), C-contiguous: biases,
reductions over classes and elementwise work then run along contiguous rows, which is twice as fast
as rows by units.
"""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skdigits.network.arrays import (
    NUMPY,
    arrays_of,
    is_foreign,
    stacked_products,
    to_host,
)
from skdigits.network.blocks import (
    loaded,
    over_lanes,
)
from skdigits.network.parameters import unpack
from skdigits.network.pointwise import ACTIVATIONS, OUTPUTS


@dataclass(frozen=True)
class Stack:
    """Networks that share rows; units stand in W1 in the order of the layouts."""

    layouts: tuple  # a Layout each, equal but for hidden_units
    reg_lambda: tuple  # of each network a number, or a pair: of its hidden and its output layer
    activation: str
    output_activation: str

    @cached_property
    def hidden_units(self):
        """The units of all networks together."""
        return sum(layout.hidden_units for layout in self.layouts)

    @cached_property
    def units(self):
        """Where each network's units stand: a slice each."""
        stops = accumulate(layout.hidden_units for layout in self.layouts)
        return [
            slice(stop - layout.hidden_units, stop)
            for stop, layout in zip(stops, self.layouts, strict=True)
        ]

    def repeated(self, times):
        """A stack of so many of this one's networks."""
        return replace(self, layouts=times * self.layouts, reg_lambda=times * self.reg_lambda)

    def split(self, weights):
        """(W1, b1, W2, b2) of each network: views into Weights of all."""
        W1, b1, W2, b2 = weights
        return [(W1[u], b1[u], W2[:, u], b2[k]) for k, u in enumerate(self.units)]


class Weights(NamedTuple):
    """The weights of a stack, or sums of their shapes, in the dtype of the arithmetic."""

    W1: np.ndarray  # (units of all, n_features)
    b1: np.ndarray  # (units of all,)
    W2: np.ndarray  # (n_outputs, units of all)
    b2: np.ndarray  # (networks, n_outputs)


def join(stack, thetas, data):
    """The thetas of a stack's networks as one set of weights, copied only where it must be.

    They are arrays of the library of the Data, in the dtype of its arithmetic.
    """
    layout, units, dtype = stack.layouts[0], stack.hidden_units, data.dtype
    if len(thetas) == 1:
        W1, b1, W2, b2 = unpack(np.asarray(thetas[0], dtype=dtype), layout)
        return Weights(*data.put((W1, b1, W2, b2[np.newaxis])))
    shapes = (
        (units, layout.n_features),
        (units,),
        (layout.n_outputs, units),
        (len(thetas), layout.n_outputs),
    )
    joined = Weights(*(np.empty(shape, dtype=dtype) for shape in shapes))
    for theta, layout, places in zip(thetas, stack.layouts, stack.split(joined), strict=True):
        for place, part in zip(places, unpack(theta, layout), strict=True):
            place[...] = part
    return Weights(*data.put(joined))


# --- one block ----------------------------------------------------------------------------------

# OpenBLAS multiplies float32 rows by few units faster the other way round: 1.2 to 1.9 times up to
# this many on 1875 x 400 rows, transposing included; float64 it does not.
NARROW = 48


def times_rows(W, X, out):
    """W X': (units, rows), in out where NumPy computes it."""
    if is_foreign(X):
        return W @ X.T
    if issparse(X) or (X.dtype == np.float32 and len(W) <= NARROW):
        out[...] = (X @ W.T).T
    else:
        np.matmul(W, X.T, out=out)
    return out


def over_rows(D, X):
    """D X: (units, n_features), a sum over the rows."""
    return (X.T @ D.T).T if issparse(X) else D @ X


def hidden_layer(weights, X, activation, out):
    """The hidden layer h (units, rows), written into out where NumPy computes it."""
    A = times_rows(weights.W1, X, out)
    A += weights.b1[:, None]
    return ACTIVATIONS[activation].apply(A)


def outputs(stack, W2, b2, H):
    """Scores z (networks, n_outputs, rows) of the hidden layer of all."""
    xp, shape = arrays_of(H), (*b2.shape, H.shape[1])
    out = np.empty((shape[0] * shape[1], shape[2]), dtype=H.dtype) if xp is NUMPY else None
    Z = stacked_products(xp, [(W2[:, units], H[units, :]) for units in stack.units], out)
    Z = xp.reshape(Z, shape)
    Z += b2[:, :, None]
    return Z


def residual(Z, block, output):
    """(weighted loss sums, weighted p - y, p) of scores Z (..., n_outputs, rows), which are lost.

    The sums are in float64 where the library has it.
    """
    losses, P = OUTPUTS[output].losses(Z, block.Y)
    D = P - block.Y
    if block.w is not None:
        D *= block.w
        losses = losses * block.w
    xp = arrays_of(P)
    losses = xp.reshape(losses, (*P.shape[:-2], -1))
    return xp.sum(losses, axis=-1, dtype=xp.dtype(np.float64)), D, P


def block_gradient(stack, weights, block, buffers):
    """Loss sums (networks,) and gradient sums (Weights) over one block."""
    _, _, W2, b2 = weights
    H = hidden_layer(weights, block.X, stack.activation, cut(buffers[0], block))
    Z = outputs(stack, W2, b2, H)
    losses, D, _ = residual(Z, block, stack.output_activation)
    Ds = [D[k, :, :] for k in range(len(stack.layouts))]
    gW2 = _beside([d @ H[units, :].T for d, units in zip(Ds, stack.units, strict=True)])
    hidden = block_hidden_gradient(stack, W2, block, H, Ds, buffers[1:])
    return losses, Weights(*hidden, gW2, arrays_of(D).sum(D, axis=2))


def block_hidden_gradient(stack, W2, block, H, D, buffers):
    """Gradient sums for W1 and b1 over one block, from a list of each network's weighted p - y."""
    Delta, Slope = (cut(buffer, block) for buffer in buffers)
    xp = arrays_of(H)
    pairs = [(W2[:, units].T, D[k]) for k, units in enumerate(stack.units)]
    Delta = stacked_products(xp, pairs, Delta)
    Delta *= ACTIVATIONS[stack.activation].slope(H, Slope)
    return over_rows(Delta, block.X), xp.sum(Delta, axis=1)


def cut(buffer, block):
    """As much of a buffer, or of None, as a block needs."""
    return None if buffer is None else buffer[:, : block.X.shape[0]]


def _beside(products):
    """Matrices side by side."""
    first, *others = products
    if not others:
        return first
    return arrays_of(first).concatenate([first, *others], axis=1)


def block_hessian(stack, weights, directions, block, buffers):
    """Sums (Weights) over one block of the Hessian times a direction a network.

    Beside them stand zeros, where `block_gradient` has the losses.

    Pearlmutter's R-operator: R{q} is the derivative of q along the direction. With g = W2' d,

        R{h} = h'(a) R{a}                R{d} = p'(z) R{z}
        R{delta} = R{h'(a) g} = h'(a) (R{g} + h''(a) / h'(a) R{a} g)

    References
    ----------
    Pearlmutter, B. A. (1994). Fast exact multiplication by the Hessian. Neural Computation 6(1).
    """
    H, RA, Slope = (cut(buffer, block) for buffer in buffers)
    activation, output = ACTIVATIONS[stack.activation], OUTPUTS[stack.output_activation]
    (_, _, W2, b2), (_, _, V2, c2) = weights, directions
    H = hidden_layer(weights, block.X, stack.activation, H)
    RA = times_rows(directions.W1, block.X, RA)
    RA += directions.b1[:, None]
    Slope = activation.slope(H, Slope)
    RH = Slope * RA
    losses, D, P = residual(outputs(stack, W2, b2, H), block, stack.output_activation)
    RD = output.curve(P, outputs(stack, V2, c2, H) + outputs(stack, W2, 0 * b2, RH))
    if block.w is not None:
        RD *= block.w
    xp, products, parts = arrays_of(H), [], []
    for k, units in enumerate(stack.units):
        W, V, d, Rd, h = W2[:, units], V2[:, units], D[k, :, :], RD[k, :, :], H[units, :]
        products.append(Rd @ h.T + d @ RH[units, :].T)
        parts.append(V.T @ d + W.T @ Rd + activation.bend(h) * RA[units, :] * (W.T @ d))
    RDelta = parts[0] if len(parts) == 1 else xp.concatenate(parts, axis=0)
    RDelta *= Slope
    of_hidden = over_rows(RDelta, block.X), xp.sum(RDelta, axis=1)
    return 0 * losses, Weights(*of_hidden, _beside(products), xp.sum(RD, axis=2))


# --- sums over blocks ---------------------------------------------------------------------------


def stack_cost_gradient(stack, thetas, data):
    """Costs and gradients (float64, one a network) over all rows of the Data.

    Row weights have mean one, so the mean over rows is the weighted mean.
    """
    costs, gradients = _means(data, gradient_sums, stack, thetas)
    for k, (theta, gradient) in enumerate(zip(thetas, gradients, strict=True)):
        shrink = shrinkage(stack.reg_lambda[k], data)
        costs[k] += _add_penalised(gradient, shrink, theta, stack.layouts[k], data.feature_scale)
    return costs, gradients


def stack_hessian_products(stack, thetas, vectors, data):
    """Hessian times vector (float64, one a network) over all rows."""
    _, products = _means(data, hessian_sums, stack, thetas, vectors)
    for k, (vector, layout) in enumerate(zip(vectors, stack.layouts, strict=True)):
        shrink = shrinkage(stack.reg_lambda[k], data)
        _add_penalised(products[k], shrink, vector, layout, data.feature_scale)
    return products


def stack_unit_effects(stack, thetas, data):
    """How far each hidden unit moves scores: (hidden_units,) a network.

    That is the most by which a score of one row differs from that of another on the unit's account;
    0 for a unit without weights, and for one that gives the same to all rows. Rows of no weight do
    not count.
    """
    ranges = np.array(data.each(unit_ranges, stack, thetas))
    spread = ranges[:, 1].max(axis=0) - ranges[:, 0].min(axis=0)
    layers = [unpack(theta, layout)[2] for theta, layout in zip(thetas, stack.layouts, strict=True)]
    return [
        spread[units] * np.abs(W2).max(axis=0)
        for units, W2 in zip(stack.units, layers, strict=True)
    ]


def _means(data, function, *args):
    """What places sum, over the number of rows: losses, and a theta a network."""
    losses, totals = data.total(function, *args)
    for total in totals:
        total /= data.n_samples
    return losses / data.n_samples, totals


# --- sums of one place --------------------------------------------------------------------------


def gradient_sums(data, stack, thetas):
    """Loss sums (networks,) and gradient sums, a theta a network."""
    weights = join(stack, thetas, data)
    return sum_blocks(stack, partial(block_gradient, stack, weights), data)


def hessian_sums(data, stack, thetas, vectors):
    """Zeros, and sums of the Hessian times a direction a network."""
    weights, directions = join(stack, thetas, data), join(stack, vectors, data)
    return sum_blocks(stack, partial(block_hessian, stack, weights, directions), data)


def unit_ranges(data, stack, thetas):
    """The least and the largest activation of each unit: (2, units of all)."""
    weights = join(stack, thetas, data)

    xp = data.xp

    def lane_range(lane):
        lowest, highest = np.full((2, stack.hidden_units), [[np.inf], [-np.inf]])
        with _borrowed(stack, data) as (buffer, *_):
            for block in loaded(lane, data):
                H = hidden_layer(weights, block.X, stack.activation, cut(buffer, block))
                low = high = H
                if block.w is not None:
                    some = block.w > 0
                    low, high = xp.where(some, H, np.inf), xp.where(some, H, -np.inf)
                lowest = np.minimum(lowest, to_host(xp.min(low, axis=1)))
                highest = np.maximum(highest, to_host(xp.max(high, axis=1)))
        return lowest, highest

    work = data.multiplications(stack.hidden_units)
    ranges = np.array(over_lanes(lane_range, data.lanes, work))
    return np.stack([ranges[:, 0].min(axis=0), ranges[:, 1].max(axis=0)])


def sum_blocks(stack, evaluate, data, lanes=None):
    """Sums over the rows of what evaluate(block, buffers) sums: losses, and a theta a network.

    lanes are those of the data, or others of the same rows.
    """

    def lane_sums(lane):
        with _borrowed(stack, data) as buffers:
            losses, sums = None, None
            for block in loaded(lane, data):
                more, parts = evaluate(block, buffers)
                if sums is None:
                    losses, sums = more, list(parts)
                    continue
                losses += more
                for i, part in enumerate(parts):
                    sums[i] += part
        if data.xp is NUMPY:
            return losses, Weights(*sums)
        return to_host(losses), Weights(*map(to_host, sums))

    work = data.multiplications(stack.hidden_units)
    losses = np.zeros(len(stack.layouts))
    totals = [np.zeros(layout.size) for layout in stack.layouts]
    places = list(map(unpack, totals, stack.layouts))
    for more, sums in over_lanes(lane_sums, data.lanes if lanes is None else lanes, work):
        losses += more
        for of_network, parts in zip(places, stack.split(sums), strict=True):
            for place, part in zip(of_network, parts, strict=True):
                place += part
    return losses, totals


@contextmanager
def _borrowed(stack, data):
    """Three (units, rows of the largest block) arrays, spare or new, and spare again."""
    try:
        buffers = data.spare.pop()
    except IndexError:
        buffers = []
    if data.xp is not NUMPY:
        buffers = [None] * 3
    elif not buffers or len(buffers[0]) < stack.hidden_units:
        rows = max(block.X.shape[0] for lane in data.lanes for block in lane)
        buffers = [np.empty((stack.hidden_units, rows), dtype=data.dtype) for _ in range(3)]
    try:
        yield [None if buffer is None else buffer[: stack.hidden_units] for buffer in buffers]
    finally:
        data.spare.append(buffers)


def penalties(reg_lambda):
    """(lambda of the hidden, of the output layer) of one number for both, or of such a pair."""
    one = isinstance(reg_lambda, float) or np.ndim(reg_lambda) == 0
    return (reg_lambda, reg_lambda) if one else tuple(reg_lambda)


def shrinkage(reg_lambda, data):
    """The `penalties` over the sum of the row weights, which is what costs take them by."""
    return tuple(each / data.weight_sum for each in penalties(reg_lambda))


def _add_penalised(total, shrink, theta, layout, scale):
    """Add the penalty's gradient to total, weights only: biases are never penalised; the penalty.

    shrink is a pair; scale (n_features,) are the units of the features, or None.
    """
    gW1, _, gW2, _ = unpack(total, layout)
    W1, _, W2, _ = unpack(theta, layout)
    of_hidden, of_output = shrink
    gW2 += of_output * W2
    return add_hidden_penalty(gW1, of_hidden, W1, scale) + 0.5 * of_output * np.vdot(W2, W2)


def add_hidden_penalty(gW1, shrink, W1, scale):
    """Add the gradient of the penalty on the hidden layer to gW1; the penalty."""
    V1 = W1 if scale is None else W1 * scale
    penalty = 0.5 * shrink * np.vdot(V1, V1)
    gW1 += shrink * (V1 if scale is None else np.multiply(V1, scale, out=V1))
    return penalty
