"""The output layer alone: given the hidden layer, its weights solve a convex problem.

For hidden activations ``h_i`` minimise over ``A = [W2 b2]``

    f(A) = 1/n sum_i w_i loss(y_i, W2 h_i + b2) + shrink/2 |W2|^2

by Newton steps, each the solution of a system with the exact Hessian by preconditioned conjugate
gradients, safeguarded by backtracking (Nocedal & Wright 2006, algorithms 7.1, 5.3 and 3.1).

Nothing is asked of the data: it stops where a Newton step would lower the cost but little, so that
separable classes and classes without rows, whose best weights are infinite, end at finite ones.
"""

from typing import NamedTuple

import numpy as np

from skdigits.network.arrays import NUMPY, numpy_dtype, to_host
from skdigits.network.blocks import over_lanes
from skdigits.network.pointwise import OUTPUTS
from skdigits.network.stack import residual

NEWTON_STEPS, CG_STEPS = 50, 50  # the most of each: bounds for hopeless cases
# Hidden units a row from which on the span of the rows' activations is looked for. 50 digits and 10
# iterations: 0.9 s for 119 s with 5000 units, 0.6 s for 3.4 s with 1000, as fast with 200.
UNITS_A_ROW = 4
FORCING = 0.1  # a Newton system is solved until this fraction of the excess is left
ARMIJO = 1e-4


class Part(NamedTuple):
    """A block as the output layer sees it."""

    H: np.ndarray  # (hidden_units, rows)
    Y: np.ndarray  # (n_outputs, rows)
    w: np.ndarray | None  # (rows,) or (n_outputs, rows), mean one over all; None: all one


class Layer:
    """The rows of one place as an output layer sees them, with what was said there of its points.

    P and D of a point, lists of lists, stay here: probabilities and weighted p - y, (n_outputs,
    rows) a part each. Outside a point is known by its number.
    """

    def __init__(self, lanes, output_activation, xp=NUMPY):
        self.lanes = lanes  # of Parts, whose arrays are of what xp computes with (see `arrays`)
        self._output, self._points, self._xp = output_activation, {}, xp
        part = lanes[0][0]
        self._dtype = numpy_dtype(part.H.dtype)
        (units, _), outputs = part.H.shape, part.Y.shape[0]
        self._work = sum(part.H.shape[1] for lane in lanes for part in lane) * units * outputs

    def _put(self, A):
        """The weights and the biases (n_outputs, 1) of A, where the rows are."""
        for array in (A[:, :-1], A[:, -1:]):
            array = array.astype(self._dtype)
            yield self._xp.put(array)

    def evaluate(self, A, number, besides):
        """(loss sum, gradient sum) of the weights A, which become a point beside another one."""
        W2, b2 = self._put(A)

        def lane_sums(lane):
            loss, total, Ps, Ds = 0.0, np.zeros(A.shape), [], []
            for part in lane:
                Z = W2 @ part.H
                Z += b2
                more, D, P = residual(Z, part, self._output)
                loss += float(more)
                self._add_product(total, D, part.H)
                Ps.append(P)
                Ds.append(D)
            return loss, total, Ps, Ds

        sums = over_lanes(lane_sums, self.lanes, self._work)
        self._points = {n: point for n, point in self._points.items() if n == besides}
        self._points[number] = [Ps for *_, Ps, _ in sums], [Ds for *_, Ds in sums]
        return sum(loss for loss, *_ in sums), sum(total for _, total, *_ in sums)

    def hessian_product(self, V, number):
        """The sum of the Hessian at a point times V."""
        V2, c2 = self._put(V)
        curve = OUTPUTS[self._output].curve

        def lane_sum(lane_and_P):
            total = np.zeros(V.shape)
            for part, P in zip(*lane_and_P, strict=True):
                R = V2 @ part.H
                R += c2
                R = curve(P, R)
                if part.w is not None:
                    R *= part.w
                self._add_product(total, R, part.H)
            return total

        Ps, _ = self._points[number]
        return sum(over_lanes(lane_sum, list(zip(self.lanes, Ps, strict=True)), self._work))

    def moments(self):
        """The sums of h and of h h' over the rows, float64."""
        xp = self._xp

        def lane_moments(lane):
            first = second = 0.0
            for part in lane:
                weighted = part.H
                if part.w is not None:
                    weighted = part.H * (part.w if part.w.ndim == 1 else xp.mean(part.w, axis=0))
                first = first + xp.sum(weighted, axis=1)
                second = second + weighted @ part.H.T
            return to_host(first).astype(np.float64), to_host(second).astype(np.float64)

        moments = over_lanes(lane_moments, self.lanes, self._work)
        return sum(first for first, _ in moments), sum(second for _, second in moments)

    def spread(self, number):
        """The sum of each output's p (1 - p) at a point."""
        total = np.zeros(self.lanes[0][0].Y.shape[0])
        for lane, Ps in zip(self.lanes, self._points[number][0], strict=True):
            for part, P in zip(lane, Ps, strict=True):
                variances = P - P * P
                if part.w is not None:
                    variances *= part.w
                total += to_host(self._xp.sum(variances, axis=1))
        return total

    def residuals(self, number):
        """D at a point; where there is none, zeros."""
        if number is None:
            return [[self._xp.zeros_like(part.Y) for part in lane] for lane in self.lanes]
        return self._points[number][1]

    def _add_product(self, total, D, H):
        """Add D [H; 1]' to total."""
        total[:, :-1] += to_host(D @ H.T)
        total[:, -1] += to_host(self._xp.sum(D, axis=1))


class Problem(NamedTuple):
    """What is minimised: the terms of f, asked for by the name of a `Layer`'s method."""

    ask: callable  # ask(name, *args): what the Layers of all places answer, added up
    shrink: float  # reg_lambda over the sum of the row weights
    n_samples: int
    dtype: np.dtype  # of the arithmetic
    numbers: object  # of points: an endless iterator


class Point(NamedTuple):
    """Where the solver stands."""

    A: np.ndarray  # (n_outputs, hidden_units + 1), float64
    cost: float
    gradient: np.ndarray  # of the shape of A
    number: int | None  # by which the places know it; None: not at all


# --- the solver ---------------------------------------------------------------------------------


def solve(problem, A, goal, basis):
    """The Point whose cost is about goal above the least there is, or where no step helps."""
    point = _evaluate(problem, A)
    # How much more a step promised than was estimated: where hidden units are nearly dependent, or
    # few rows count, up to 60 times, all else being equal for the next estimate.
    factor = 1.0
    for _ in range(NEWTON_STEPS):
        curvatures = _curvatures(problem, point, basis)
        estimate = _excess(point.gradient @ basis.axes.T, curvatures)
        if factor * estimate <= goal:
            break
        limit = max(0.5 * goal / factor, FORCING * estimate)
        step, promised = _newton_step(problem, point, basis, curvatures, limit)
        further = _backtrack(problem, point, step, basis, curvatures)
        if further is None:
            break
        point, factor = further, max(factor, promised / estimate)
    return point


def solve_in_span(layer, problem, A, goal):
    """The same Point where there are far more hidden units than rows, all in the one Layer.

    Weights orthogonal to all rows' activations change no score, and the penalty wants none of them.
    So it is solved in coordinates of the span of the activations: H = Q R, and R takes H's place.
    """
    lanes, at = layer.lanes, 0
    H = np.concatenate([part.H for lane in lanes for part in lane], axis=1)
    Q, R = np.linalg.qr(H.astype(np.float64))
    R, layer.lanes = R.astype(H.dtype), []
    for lane in lanes:
        layer.lanes.append([])
        for part in lane:
            end = at + part.H.shape[1]
            layer.lanes[-1].append(part._replace(H=R[:, at:end]))
            at = end
    point = solve(problem, _times(A, Q), goal, principal_axes(problem))
    return point._replace(A=_times(point.A, Q.T), gradient=_times(point.gradient, Q.T))


def _times(A, Q):
    """A = [W2 b2] with W2 Q in W2's place."""
    return np.column_stack([A[:, :-1] @ Q, A[:, -1]])


def unsolvable(A):
    """The Point that says that there is no solution: its cost is NaN."""
    return Point(A, np.nan, np.zeros_like(A), None)


def _evaluate(problem, A, besides=None):
    number = next(problem.numbers)
    loss, total = problem.ask("evaluate", A, number, None if besides is None else besides.number)
    shrunk = problem.shrink * A
    shrunk[:, -1] = 0.0
    cost = loss / problem.n_samples + 0.5 * np.vdot(shrunk, A)
    return Point(A, cost, total / problem.n_samples + shrunk, number)


def _hessian_product(problem, point, V):
    total = problem.ask("hessian_product", V, point.number) / problem.n_samples
    total[:, :-1] += problem.shrink * V[:, :-1]
    return total


# --- the basis in which the Hessian is nearly diagonal ------------------------------------------


class Basis(NamedTuple):
    """Principal axes of the hidden layer about its mean: A = (V, c) @ axes."""

    axes: np.ndarray  # (hidden_units + 1, hidden_units + 1)
    variance: np.ndarray  # (hidden_units + 1,), along the axes; of the bias one


def principal_axes(problem):
    """The Basis of a problem's hidden layer; one near it serves as well."""
    first, second = problem.ask("moments")
    mean = first / problem.n_samples
    covariance = second / problem.n_samples - np.outer(mean, mean)
    variance, Q = np.linalg.eigh(covariance)
    axes = np.eye(len(mean) + 1)
    axes[:-1, :-1], axes[:-1, -1] = Q.T, -(Q.T @ mean)
    # Below rounding a variance may come out negative.
    floor = np.finfo(problem.dtype).eps * max(variance[-1], 1.0)
    return Basis(axes, np.append(np.maximum(variance, floor), 1.0))


def _curvatures(problem, point, basis):
    """The Hessian's diagonal in the basis, as if all rows had the same p (1 - p)."""
    spread = problem.ask("spread", point.number) / problem.n_samples
    spread = np.maximum(spread, np.finfo(problem.dtype).eps)
    curvatures = np.outer(spread, basis.variance)
    curvatures[:, :-1] += problem.shrink
    return curvatures


def _excess(gradient, curvatures):
    """About how far the cost is above its minimum, by the gradient in the basis.

    That is what the solver must make small. A gradient alone does not tell: where classes are
    separated curvatures are tiny, and at a norm of 4e-4 two fifths of a cost of 0.08 were excess.
    """
    return 0.5 * np.vdot(gradient, gradient / curvatures)


# --- steps --------------------------------------------------------------------------------------


def _newton_step(problem, point, basis, curvatures, limit):
    """(step, by how much it promises to lower the cost), Hessian @ step being about -gradient.

    By conjugate gradients, until the estimate of the excess that is left is limit.
    """
    residual = -point.gradient @ basis.axes.T
    step = np.zeros_like(residual)
    along = scaled = residual / curvatures
    product, promised = np.vdot(residual, scaled), 0.0
    for _ in range(CG_STEPS):
        image = _hessian_product(problem, point, along @ basis.axes) @ basis.axes.T
        curvature = np.vdot(along, image)
        if curvature <= 0:  # rounding: the Hessian is positive semidefinite
            break
        length = product / curvature
        step += length * along
        promised += 0.5 * length * product
        residual -= length * image
        if _excess(residual, curvatures) <= limit:
            break
        scaled = residual / curvatures
        product, before = np.vdot(residual, scaled), product
        along = scaled + product / before * along
    return step @ basis.axes, promised


def _backtrack(problem, point, step, basis, curvatures):
    """The Point along the step where the cost is enough lower, or else None."""
    slope = np.vdot(point.gradient, step)
    rounding = np.finfo(problem.dtype).eps * abs(point.cost)
    length = 1.0
    while -length * slope > rounding:
        further = _evaluate(problem, point.A + length * step, point)
        if further.cost <= point.cost + ARMIJO * length * slope:
            return further
        length *= 0.5
    if length < 1.0:
        return None
    # So near the minimum that costs cannot tell: the gradient can.
    further = _evaluate(problem, point.A + step, point)
    before, after = (_excess(p.gradient @ basis.axes.T, curvatures) for p in (point, further))
    return further if after < 0.25 * before else None
