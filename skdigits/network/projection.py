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

from functools import partial
from itertools import count
from typing import NamedTuple

import numpy as np

from skdigits.network.arrays import NUMPY
from skdigits.network.blas import single_threaded_blas
from skdigits.network.blocks import loaded, over_lanes
from skdigits.network.output_layer import (
    UNITS_A_ROW,
    Layer,
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


class SolvedBlock(NamedTuple):
    """A block with the hidden layer and, of each network, the weighted p - y."""

    X: object  # (rows, n_features), see `blocks`
    H: np.ndarray  # (units, rows)
    D: list  # (n_outputs, rows) a network


@single_threaded_blas()  # the same bits however many threads, also in passes too small for two
def project_stack(stack, thetas, data, goals, bases):
    """(costs, gradients, thetas, bases) with each network's output layer solved from where it is.

    goals[k] is how far network k's cost may stay above its minimum over the output layer;
    bases[k] are its principal axes, or None to find them. Gradients are full, theirs of the output
    layer what the solver left. The cost of a network whose hidden layer overflows is NaN.
    """
    finite = np.all(data.each(fill_hidden, stack, thetas), axis=0)
    solved, bases = [theta.copy() for theta in thetas], list(bases)
    points = []
    for k, layout in enumerate(stack.layouts):
        _, _, W2, b2 = unpack(solved[k], layout)
        _, shrink = shrinkage(stack.reg_lambda[k], data)
        problem = Problem(partial(_ask, data, k), shrink, data.n_samples, data.dtype, count())
        A = np.column_stack([W2, b2])
        if not finite[k]:  # nothing to solve; who asked sees it by the cost
            points.append(unsolvable(A))
            continue
        if A.shape[1] > UNITS_A_ROW * data.n_samples and data.lanes is not None:
            points.append(solve_in_span(data.kept["layers"][k], problem, A, goals[k]))
        else:
            if bases[k] is None:
                bases[k] = principal_axes(problem)
            points.append(solve(problem, A, goals[k], bases[k]))
        W2[...], b2[...] = points[k].A[:, :-1], points[k].A[:, -1]

    numbers = [point.number for point in points]
    _, gradients = data.total(hidden_gradient_sums, stack, solved, numbers)
    costs = np.array([point.cost for point in points])
    for k, (gradient, layout) in enumerate(zip(gradients, stack.layouts, strict=True)):
        gradient /= data.n_samples
        gW1, _, gW2, gb2 = unpack(gradient, layout)
        W1 = unpack(thetas[k], layout)[0]
        shrink, _ = shrinkage(stack.reg_lambda[k], data)
        costs[k] += add_hidden_penalty(gW1, shrink, W1, data.feature_scale)
        gW2[...], gb2[...] = points[k].gradient[:, :-1], points[k].gradient[:, -1]
    return costs, gradients, solved, bases


def _ask(data, k, name, *args):
    return data.total(ask_layer, k, name, *args)


# --- in one place -------------------------------------------------------------------------------

# What is kept there: "hidden", an array (units, rows) a block, in lanes, and the "room" that it is
# in; "layers", a Layer a network.


def fill_hidden(data, stack, thetas):
    """Compute and keep the hidden layers of all rows; whose are finite (networks,)."""
    weights = join(stack, thetas, data)
    hidden = _room(data, stack)

    def fill(lane_and_hidden):
        lane, hidden = lane_and_hidden
        finite = np.ones(len(thetas), dtype=bool)
        for j, block in enumerate(loaded(lane, data)):
            hidden[j] = hidden_layer(weights, block.X, stack.activation, hidden[j])
            sums = [
                data.xp.sum(data.xp.sum(hidden[j][units, :], axis=1), axis=0)
                for units in stack.units
            ]
            finite &= np.isfinite([float(each) for each in sums])
        return finite

    work = data.multiplications(stack.hidden_units)
    finite = over_lanes(fill, list(zip(data.lanes, hidden, strict=True)), work)
    data.kept["layers"] = [
        Layer(
            [
                [Part(H[units, :], block.Y, block.w) for block, H in zip(lane, Hs, strict=True)]
                for lane, Hs in zip(data.lanes, hidden, strict=True)
            ],
            stack.output_activation,
            data.xp,
        )
        for units in stack.units
    ]
    data.kept["hidden"] = hidden
    return np.all(finite, axis=0)


def _room(data, stack):
    """Arrays (units, rows) for a stack, new or kept from the call before; of NumPy, or None."""
    if data.xp is not NUMPY:
        return [[None] * len(lane) for lane in data.lanes]
    hidden = data.kept.get("room")
    if hidden is None or len(hidden[0][0]) < stack.hidden_units:
        hidden = data.kept["room"] = [
            [np.empty((stack.hidden_units, block.X.shape[0]), dtype=data.dtype) for block in lane]
            for lane in data.lanes
        ]
    return [[H[: stack.hidden_units] for H in lane] for lane in hidden]


def ask_layer(data, k, name, *args):
    """What the method of that name of the k-th network's Layer returns."""
    return getattr(data.kept["layers"][k], name)(*args)


def hidden_gradient_sums(data, stack, thetas, numbers):
    """Zeros, and gradient sums for the hidden layers, at points known by their numbers."""
    hidden, layers = data.kept["hidden"], data.kept["layers"]
    residuals = [layer.residuals(number) for layer, number in zip(layers, numbers, strict=True)]
    blocks = [
        [
            SolvedBlock(block.X, H, [D[i][j] for D in residuals])
            for j, (block, H) in enumerate(zip(lane, Hs, strict=True))
        ]
        for i, (lane, Hs) in enumerate(zip(data.lanes, hidden, strict=True))
    ]
    weights = join(stack, thetas, data)
    of_output = (
        data.xp.zeros_like(weights.W2),
        data.xp.zeros_like(weights.b2),
    )  # the solver has its gradient

    (nothing,) = data.put([np.zeros(len(thetas))])

    def evaluate(block, buffers):
        sums = block_hidden_gradient(stack, weights.W2, block, block.H, block.D, buffers[:2])
        return nothing, Weights(*sums, *of_output)

    return sum_blocks(stack, evaluate, data, blocks)
