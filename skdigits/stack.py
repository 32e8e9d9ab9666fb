"""The maths, written once: networks with one hidden layer, in a *stack*, over *blocks* of rows.

The networks of a stack share the rows, their targets and their row weights; their hidden units
stand one above another in one ``W1``, so one product serves them all, and each keeps an output
layer of its own. A block is a run of rows: pure functions return, for one block, each network's
loss sum and gradient sum, and sums over blocks plus the penalty are the answer. One fit is a stack
of one.

Activations are held as (units, rows), C-contiguous: biases, reductions over classes and
elementwise work then run along contiguous rows, which is twice as fast as rows by units.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skdigits.parameters import unpack
from skdigits.pointwise import ACTIVATIONS, OUTPUTS

# Rows of a block. On 2 cores, with BLAS's own threads, blocks of 256 rows took 1.4 times as long as
# all 3750 x 400 rows at once (25 units); from 4096 on, also of 50000 x 784 rows (100 units), the
# differences were within the machine's noise. Buffers are 3 x 8192 x hidden_units.
BLOCK_ROWS = 8192

# --- blocks of rows -----------------------------------------------------------------------------


class Block(NamedTuple):
    """A run of rows."""

    X: object  # (rows, n_features), dense or CSR
    Y: np.ndarray  # (n_outputs, rows)
    w: np.ndarray | None  # (rows,), mean one over all rows; None: all one


@dataclass(frozen=True)
class Stack:
    """Networks that share rows; units stand in W1 in the order of the layouts."""

    layouts: tuple  # a Layout each, equal but for hidden_units
    reg_lambda: tuple
    activation: str
    output_activation: str

    @cached_property
    def units(self):
        """Where each network's units stand: a slice each."""
        stops = accumulate(layout.hidden_units for layout in self.layouts)
        return [
            slice(stop - layout.hidden_units, stop)
            for stop, layout in zip(stops, self.layouts, strict=True)
        ]


class Weights(NamedTuple):
    """The weights of a stack in the dtype of the arithmetic."""

    W1: np.ndarray  # (units of all, n_features)
    b1: np.ndarray  # (units of all,)
    heads: list  # (W2, b2) for each network


def join(stack, thetas, dtype):
    """The thetas of a stack's networks as one set of weights, copied only where it must be."""
    parts = [
        unpack(np.asarray(theta, dtype=dtype), layout)
        for theta, layout in zip(thetas, stack.layouts, strict=True)
    ]
    heads = [(W2, b2) for _, _, W2, b2 in parts]
    if len(parts) == 1:
        return Weights(parts[0][0], parts[0][1], heads)
    return Weights(
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        heads,
    )


def _times_rows(W, X, out):
    """out = W X': (units, rows)."""
    if issparse(X):
        out[...] = (X @ W.T).T
    else:
        np.matmul(W, X.T, out=out)
    return out


def _over_rows(D, X):
    """D X: (units, n_features), a sum over the rows."""
    return (X.T @ D.T).T if issparse(X) else D @ X


def _hidden(weights, X, activation, out):
    """The hidden layer h (units, rows), written into out."""
    _times_rows(weights.W1, X, out)
    out += weights.b1[:, np.newaxis]
    ACTIVATIONS[activation].apply(out)
    return out


def _residual(head, H, block, output):
    """One network's weighted loss sum, probabilities p and weighted p - y."""
    W2, b2 = head
    P = W2 @ H
    P += b2[:, np.newaxis]
    losses = OUTPUTS[output].losses(P, block.Y)
    D = P - block.Y
    if block.w is not None:
        D *= block.w
        losses = losses * block.w
    return losses.sum(dtype=np.float64), P, D


def block_gradient(stack, weights, block, buffers):
    """Loss sums (one a network) and gradient sums (W1, b1, W2, b2 a network) over one block."""
    rows = block.X.shape[0]
    H, Delta, Slope = (buffer[:, :rows] for buffer in buffers)
    _hidden(weights, block.X, stack.activation, H)
    losses, output_gradients = [], []
    for units, head in zip(stack.units, weights.heads, strict=True):
        loss, _, D = _residual(head, H[units], block, stack.output_activation)
        losses.append(loss)
        output_gradients.append((D @ H[units].T, D.sum(axis=1)))
        np.matmul(head[0].T, D, out=Delta[units])
    ACTIVATIONS[stack.activation].slope(H, Slope)
    Delta *= Slope
    return losses, _divide(stack, _over_rows(Delta, block.X), Delta.sum(axis=1), output_gradients)


def block_hessian(stack, weights, directions, block, buffers):
    """Sums over one block of the Hessian times a direction a network (W1, b1, W2, b2 each).

    Pearlmutter's R-operator: R{q} is the derivative of q along the direction. With g = W2' d,

        R{h} = h'(a) R{a}                R{d} = p'(z) R{z}
        R{delta} = R{h'(a) g} = h'(a) (R{g} + h''(a) / h'(a) R{a} g)

    References
    ----------
    Pearlmutter, B. A. (1994). Fast exact multiplication by the Hessian. Neural Computation 6(1).
    """
    rows = block.X.shape[0]
    H, RA, Slope = (buffer[:, :rows] for buffer in buffers)
    activation = ACTIVATIONS[stack.activation]
    _hidden(weights, block.X, stack.activation, H)
    _times_rows(directions.W1, block.X, RA)
    RA += directions.b1[:, np.newaxis]
    activation.slope(H, Slope)
    RDelta = np.empty_like(RA)
    output_products = []
    for units, head, along in zip(stack.units, weights.heads, directions.heads, strict=True):
        (W2, _), (V2, c2) = head, along
        RH = Slope[units] * RA[units]
        _, P, D = _residual(head, H[units], block, stack.output_activation)
        RZ = V2 @ H[units] + W2 @ RH + c2[:, np.newaxis]
        RD = OUTPUTS[stack.output_activation].curve(P, RZ)
        if block.w is not None:
            RD *= block.w
        output_products.append((RD @ H[units].T + D @ RH.T, RD.sum(axis=1)))
        RDelta[units] = V2.T @ D + W2.T @ RD + activation.bend(H[units]) * RA[units] * (W2.T @ D)
    RDelta *= Slope
    return _divide(stack, _over_rows(RDelta, block.X), RDelta.sum(axis=1), output_products)


def _divide(stack, gW1, gb1, heads):
    """(W1, b1, W2, b2) a network out of the sums of the whole stack."""
    return [(gW1[units], gb1[units], *head) for units, head in zip(stack.units, heads, strict=True)]


def _add(sums, layouts, parts):
    """Add (W1, b1, W2, b2) of each network to its flat sum."""
    for total, layout, part in zip(sums, layouts, parts, strict=True):
        for place, value in zip(unpack(total, layout), part, strict=True):
            place += value


# --- sums over blocks ---------------------------------------------------------------------------


def make_buffers(stack, blocks, dtype):
    """The three (units, rows) arrays that every block's evaluation writes into."""
    units = sum(layout.hidden_units for layout in stack.layouts)
    rows = max(block.X.shape[0] for block in blocks)
    return [np.empty((units, rows), dtype=dtype) for _ in range(3)]


def stack_cost_gradient(stack, thetas, blocks, n_samples, weight_sum, buffers):
    """Costs and gradients (float64, one a network) over all blocks.

    Row weights have mean one over the n_samples rows, so the mean over rows is the weighted mean;
    weight_sum is the sum of the weights as they were given, the penalty's S.
    """
    weights = join(stack, thetas, buffers[0].dtype)
    costs = np.zeros(len(thetas))
    gradients = [np.zeros(layout.size) for layout in stack.layouts]
    for block in blocks:
        losses, parts = block_gradient(stack, weights, block, buffers)
        costs += losses
        _add(gradients, stack.layouts, parts)
    for k, (theta, gradient) in enumerate(zip(thetas, gradients, strict=True)):
        gradient /= n_samples
        penalty = _add_penalised(
            gradient, stack.reg_lambda[k] / weight_sum, theta, stack.layouts[k]
        )
        costs[k] = costs[k] / n_samples + penalty
    return costs, gradients


def stack_hessian_products(stack, thetas, vectors, blocks, n_samples, weight_sum, buffers):
    """Hessian times vector (float64, one a network) over all blocks."""
    dtype = buffers[0].dtype
    weights, directions = join(stack, thetas, dtype), join(stack, vectors, dtype)
    products = [np.zeros(layout.size) for layout in stack.layouts]
    for block in blocks:
        _add(products, stack.layouts, block_hessian(stack, weights, directions, block, buffers))
    for k, (vector, layout) in enumerate(zip(vectors, stack.layouts, strict=True)):
        products[k] /= n_samples
        _add_penalised(products[k], stack.reg_lambda[k] / weight_sum, vector, layout)
    return products


def _add_penalised(total, shrink, theta, layout):
    """Add shrink * theta to total, weights only: biases are never penalised; half theta . that."""
    gW1, _, gW2, _ = unpack(total, layout)
    W1, _, W2, _ = unpack(theta, layout)
    gW1 += shrink * W1
    gW2 += shrink * W2
    return 0.5 * shrink * (np.vdot(W1, W1) + np.vdot(W2, W2))


def scores(W1, b1, W2, b2, X, activation="logistic"):
    """The scores z (n_outputs, n_samples) of a network for rows X, block by block."""
    weights = Weights(W1, b1, [(W2, b2)])
    Z = np.empty((len(b2), X.shape[0]), dtype=W1.dtype)
    H = np.empty((len(b1), min(BLOCK_ROWS, X.shape[0])), dtype=W1.dtype)
    for start, stop in row_runs(X.shape[0]):
        h = _hidden(weights, X[start:stop], activation, H[:, : stop - start])
        np.matmul(W2, h, out=Z[:, start:stop])
    Z += b2[:, np.newaxis]
    return Z


def row_runs(n_samples):
    """(start, stop) of each block of rows."""
    return [
        (start, min(start + BLOCK_ROWS, n_samples)) for start in range(0, n_samples, BLOCK_ROWS)
    ]


def split_rows(X, Y, w):
    """Blocks of X (n_samples, n_features), Y (n_outputs, n_samples), w (n_samples,) or None."""
    return [
        Block(
            X if stop - start == X.shape[0] else X[start:stop],
            np.ascontiguousarray(Y[:, start:stop]),
            None if w is None else w[start:stop],
        )
        for start, stop in row_runs(X.shape[0])
    ]
