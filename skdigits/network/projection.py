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

from skdigits.network.blas import single_threaded_blas
from skdigits.network.blocks import lane_multiplications, over_lanes
from skdigits.network.output_layer import (
    UNITS_A_ROW,
    Part,
    Problem,
    principal_axes,
    solve,
    solve_in_span,
    unsolvable,
)
from skdigits.network.parameters import unpack
from skdigits.network.stack import (
    Weights,
    add_hidden_penalty,
    block_hidden_gradient,
    hidden_layer,
    join,
    shrinkage,
    sum_blocks,
)


class Store:
    """Room for the hidden layers of all rows, kept from call to call."""

    def __init__(self):
        self._hidden = []

    def hidden(self, stack, lanes):
        """An array (units, rows) a block, in lanes."""
        if not self._hidden or len(self._hidden[0][0]) < stack.hidden_units:
            dtype = lanes[0][0].Y.dtype
            self._hidden = [
                [np.empty((stack.hidden_units, block.X.shape[0]), dtype=dtype) for block in lane]
                for lane in lanes
            ]
        return [[H[: stack.hidden_units] for H in lane] for lane in self._hidden]


class SolvedBlock(NamedTuple):
    """A block with the hidden layer and, of each network, the weighted p - y."""

    X: object  # (rows, n_features)
    Y: np.ndarray  # (n_outputs, rows)
    H: np.ndarray  # (units, rows)
    D: list  # (n_outputs, rows) a network


@single_threaded_blas()  # the same bits however many threads, also in passes too small for two
def project_stack(stack, thetas, data, spare, store, goals, bases):
    """(costs, gradients, thetas, bases) with each network's output layer solved from where it is.

    goals[k] is how far network k's cost may stay above its minimum over the output layer;
    bases[k] are its principal axes, or None to find them. Gradients are full, theirs of the output
    layer what the solver left. The cost of a network whose hidden layer overflows is NaN.
    """
    dtype = data.lanes[0][0].Y.dtype
    weights = join(stack, thetas, dtype)
    hidden = store.hidden(stack, data.lanes)

    def fill(lane_and_hidden):
        finite = np.ones(len(thetas), dtype=bool)
        for block, H in zip(*lane_and_hidden, strict=True):
            hidden_layer(weights, block.X, stack.activation, H)
            finite &= [np.isfinite(H[units].sum()) for units in stack.units]
        return finite

    work = lane_multiplications(data.lanes, stack.hidden_units)
    finite = np.all(over_lanes(fill, list(zip(data.lanes, hidden, strict=True)), work), axis=0)
    solved, bases = [theta.copy() for theta in thetas], list(bases)
    points = []
    for k, units in enumerate(stack.units):
        parts = [
            [Part(H[units], block.Y, block.w) for block, H in zip(lane, Hs, strict=True)]
            for lane, Hs in zip(data.lanes, hidden, strict=True)
        ]
        _, _, W2, b2 = unpack(solved[k], stack.layouts[k])
        _, shrink = shrinkage(stack.reg_lambda[k], data)
        problem = Problem(parts, stack.output_activation, shrink, data.n_samples)
        A = np.column_stack([W2, b2])
        if not finite[k]:  # nothing to solve; who asked sees it by the cost
            points.append(unsolvable(problem, A))
            continue
        if A.shape[1] > UNITS_A_ROW * data.n_samples:
            points.append(solve_in_span(problem, A, goals[k]))
        else:
            if bases[k] is None:
                bases[k] = principal_axes(problem)
            points.append(solve(problem, A, goals[k], bases[k]))
        W2[...], b2[...] = points[k].A[:, :-1], points[k].A[:, -1]

    W2 = np.concatenate([A[:, :-1] for A, *_ in points], axis=1).astype(dtype)
    output_layers = np.zeros_like(W2), np.zeros_like(weights.b2)  # whose gradient is in the points

    def evaluate(block, buffers):
        sums = block_hidden_gradient(stack, W2, block.X, block.H, block.D, buffers[:2])
        return 0.0, Weights(*sums, *output_layers)

    blocks = [
        [
            SolvedBlock(block.X, block.Y, H, [point.D[i][j] for point in points])
            for j, (block, H) in enumerate(zip(lane, Hs, strict=True))
        ]
        for i, (lane, Hs) in enumerate(zip(data.lanes, hidden, strict=True))
    ]
    _, gradients = sum_blocks(stack, evaluate, blocks, data.n_samples, spare)
    costs = np.array([point.cost for point in points])
    for k, (gradient, layout) in enumerate(zip(gradients, stack.layouts, strict=True)):
        gW1, _, gW2, gb2 = unpack(gradient, layout)
        W1 = unpack(thetas[k], layout)[0]
        shrink, _ = shrinkage(stack.reg_lambda[k], data)
        costs[k] += add_hidden_penalty(gW1, shrink, W1, data.feature_scale)
        gW2[...], gb2[...] = points[k].gradient[:, :-1], points[k].gradient[:, -1]
    return costs, gradients, solved, bases
