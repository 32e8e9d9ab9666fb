"""Variable projection: networks evaluated with the best output layer for their hidden layer.

Given the hidden layer, the output layer is a convex problem, small and cheap beside a product with
X. Solving it inside every evaluation leaves the hidden layer's weights to the optimizer; at the
solution the gradient with respect to them is the partial one, and the minima are the same.

References
----------
Golub, G. H. and Pereyra, V. (1973). The differentiation of pseudo-inverses and nonlinear least
squares problems whose variables separate. SIAM Journal on Numerical Analysis 10(2).

Newman, E., Chung, J., Chung, M. and Ruthotto, L. (2021). Train like a (Var)Pro: efficient training
of neural networks with variable projection. SIAM Journal on Mathematics of Data Science 3(4).
"""

from typing import NamedTuple

import numpy as np

from skdigits.blas import single_threaded_blas
from skdigits.blocks import lane_multiplications, over_lanes
from skdigits.output_layer import Part, Problem, principal_axes, solve
from skdigits.parameters import unpack
from skdigits.stack import block_hidden_gradient, divide, hidden_layer, join, sum_blocks


class Store:
    """What projecting keeps from call to call."""

    def __init__(self, stack, lanes):
        dtype = lanes[0][0].Y.dtype
        # The hidden layers of all rows (units, rows), a block each.
        self.hidden = [
            [np.empty((stack.hidden_units, block.X.shape[0]), dtype=dtype) for block in lane]
            for lane in lanes
        ]
        self.bases = [None for _ in stack.layouts]


class SolvedBlock(NamedTuple):
    """A block with the hidden layer and, of each network, the weighted p - y."""

    X: object  # (rows, n_features)
    Y: np.ndarray  # (n_outputs, rows)
    H: np.ndarray  # (units, rows)
    Ds: list  # (n_outputs, rows) a network


@single_threaded_blas()  # the same bits however many threads, also in passes too small for two
def project_stack(stack, thetas, lanes, n_samples, weight_sum, spare, store, goals, new_axes):
    """(costs, gradients, thetas) with each network's output layer solved from where it stands.

    goals[k](norm) is the norm of the output layer's gradient at which network k may stop, given
    that at its start; new_axes[k] is whether the solver's principal axes are found anew. Gradients
    are full, theirs of the output layer what the solver left. Costs are NaN where the hidden layer
    overflows.
    """
    dtype = lanes[0][0].Y.dtype
    weights = join(stack, thetas, dtype)

    def fill(lane_and_store):
        finite = True
        for block, H in zip(*lane_and_store, strict=True):
            finite &= np.isfinite(hidden_layer(weights, block.X, stack.activation, H).sum())
        return finite

    work = lane_multiplications(lanes, stack.hidden_units)
    finite = over_lanes(fill, list(zip(lanes, store.hidden, strict=True)), work)
    solved = [theta.copy() for theta in thetas]
    if not all(finite):  # nothing to solve; who asked sees it by the cost
        return np.full(len(thetas), np.nan), [np.zeros(theta.size) for theta in thetas], solved
    points = []
    for k, units in enumerate(stack.units):
        parts = [
            [Part(H[units], block.Y, block.w) for block, H in zip(lane, Hs, strict=True)]
            for lane, Hs in zip(lanes, store.hidden, strict=True)
        ]
        _, _, W2, b2 = unpack(solved[k], stack.layouts[k])
        shrink = stack.reg_lambda[k] / weight_sum
        problem = Problem(parts, stack.output_activation, shrink, n_samples)
        if new_axes[k] or store.bases[k] is None:
            store.bases[k] = principal_axes(problem)
        points.append(solve(problem, np.column_stack([W2, b2]), goals[k], store.bases[k]))
        W2[...], b2[...] = points[k].A[:, :-1], points[k].A[:, -1]

    heads = [(A[:, :-1].astype(dtype), A[:, -1].astype(dtype)) for A, *_ in points]

    def evaluate(block, buffers):
        sums = block_hidden_gradient(stack, heads, block.X, block.H, block.Ds, buffers[:2])
        return 0.0, divide(stack, *sums, [(0.0, 0.0) for _ in heads])

    blocks = [
        [
            SolvedBlock(block.X, block.Y, H, [point.D[i][j] for point in points])
            for j, (block, H) in enumerate(zip(lane, Hs, strict=True))
        ]
        for i, (lane, Hs) in enumerate(zip(lanes, store.hidden, strict=True))
    ]
    _, gradients = sum_blocks(stack, evaluate, blocks, n_samples, spare)
    costs = np.array([point.cost for point in points])
    for k, (gradient, layout) in enumerate(zip(gradients, stack.layouts, strict=True)):
        gW1, _, gW2, gb2 = unpack(gradient, layout)
        W1 = unpack(thetas[k], layout)[0]
        shrink = stack.reg_lambda[k] / weight_sum
        gW1 += shrink * W1
        costs[k] += 0.5 * shrink * np.vdot(W1, W1)
        gW2[...], gb2[...] = points[k].gradient[:, :-1], points[k].gradient[:, -1]
    return costs, gradients, solved
