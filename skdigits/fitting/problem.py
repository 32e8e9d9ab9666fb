"""What the optimizer sees: the cost as a function of x, the coordinates of some or all weights.

Each has the ``objective``; ``x0``, where it starts; ``cost_gradient(x)``; ``theta``, the weights at
the x evaluated last, or at the start; ``hessian_product(x, v)``, or None; ``minimize(callback)``.
"""

import numpy as np

from skdigits.fitting.optimize import minimize

# The output layer is solved until its gradient's components are, in the root mean square, this
# fraction of the hidden layer's largest. Mean of median seconds to MLPClassifier's cost, 3750 x 400
# digits, 10, 25 and 100 units, lambda 3 and 0.3: 0.60 at 0.03, 0.56 at 0.05, 0.63 at 0.1, 0.73 at
# 0.2, 0.83 at 0.3.
ACCURACY = 0.05
# The most by which that goal may rise from one evaluation to the next. A hidden layer whose output
# layer is not solved has a large gradient: were it to set the goal freely, a line search could end
# with none solved, at costs that do not fit together (it did, on 50000 x 784 rows).
GROWTH = 1.3
TRIES = 3
# Evaluations that share principal axes: finding them costs a tenth of a solve with 25 units and a
# third with 100, and 20 in place of 5 led to more evaluations.
REFRESH = 5

# (features, weights of the hidden layer, weights times rows) from which on projecting pays. Seconds
# to within 1% of a cost both reach, 6000 rows of MNIST averaged down, without over with projection:
#
#     features    10 units, 2 classes    50, 2    10 units, 10 classes    50, 10
#     49                         0.95     0.60                    1.04      0.83
#     196                        1.02     1.09                    0.98      1.29
#     784                        0.92     1.20                    1.48      1.81
#
# and, to MLPClassifier's cost on 3750 digits of 400 pixels, 1.1 to 1.4 with 10 and 25 units, 1.6 to
# 2.3 with 100; 0.6 on wine and breast cancer. Below 30000 weights an iteration costs twice as much,
# so that a fit that maxiter ends would take longer: what little is gained is not worth that.
PAYS = (100, 30000, 1e7)


def check_projection(variable_projection, solver):
    """The Solver must bear the error that projecting leaves in costs."""
    if variable_projection not in (False, "auto") and not solver.bears_error:
        raise ValueError(
            f"variable_projection=True cannot serve solver={solver.method!r}, which needs exact "
            "costs or Hessian products; set variable_projection='auto', or use L-BFGS-B, CG or BFGS"
        )


def projects(variable_projection, solver, coordinates, layout, n_samples):
    """Whether the optimizer gets the hidden layer alone."""
    if variable_projection != "auto":
        return bool(variable_projection)
    return solver.bears_error and coordinates != "plain" and projection_pays(layout, n_samples)


def projection_pays(layout, n_samples):
    """Whether projecting is expected to be faster."""
    weights = layout.n_features * layout.hidden_units
    sizes = (layout.n_features, weights, n_samples * weights)
    # More units than features: their principal axes cost more than their products with X.
    few = layout.hidden_units <= min(layout.n_features, n_samples)
    return few and all(size >= least for size, least in zip(sizes, PAYS, strict=True))


class Problem:
    """What all problems share."""

    hessian_product = None

    def __init__(self, objective, coordinates, theta, tol, settings):
        self.objective, self._coordinates = objective, coordinates
        self.theta = theta
        self.x0 = coordinates.from_theta(theta)
        self._tol, self._settings = tol, settings

    def minimize(self, callback):
        """The result of `optimize.minimize` from x0, with the settings."""
        return minimize(
            self.cost_gradient,
            self.x0,
            hessian_product=self.hessian_product,
            weights=lambda: self.theta,
            callback=callback,
            **self._settings,
        )


class AllWeights(Problem):
    """The cost as a function of all weights."""

    def cost_gradient(self, x):
        """The cost and its gradient with respect to x."""
        self.theta = self._coordinates.to_theta(x)
        cost, gradient = self.objective.cost_gradient(self.theta)
        return cost, self._coordinates.pull_back(gradient)

    def hessian_product(self, x, v):
        """The Hessian with respect to x times v."""
        theta, direction = self._coordinates.to_theta(x), self._coordinates.to_theta(v)
        return self._coordinates.pull_back(self.objective.hessian_product(theta, direction))


class HiddenWeights(Problem):
    """The cost with the best output layer, as a function of the hidden layer's weights."""

    def __init__(self, objective, coordinates, theta, tol, settings):
        super().__init__(objective, coordinates, theta, tol, settings)
        layout = coordinates.layout
        self._size = layout.hidden_units * (layout.n_features + 1)
        self.x0 = self.x0[: self._size]
        self._calls = 0
        self._goal = None  # the norm of the output layer's gradient to reach, set by the x before

    def cost_gradient(self, x):
        """The cost and its gradient with respect to x."""
        output_layer = self._coordinates.from_theta(self.theta)[self._size :]
        theta = self._coordinates.to_theta(np.concatenate([x, output_layer]))
        if self._goal is None:
            cost, hidden, output = self._split(*self.objective.cost_gradient(theta))
            if not max(np.abs(hidden).max(), np.abs(output).max()) > self._tol:
                return cost, hidden  # a warm start that is there already stays there; or a NaN
        goal = self._goal
        for _ in range(TRIES):
            new_axes = self._calls % REFRESH == 0
            theta, *found = self.objective.project(theta, goal, new_axes)
            cost, hidden, output = self._split(*found)
            self._calls += 1
            # Where the hidden layer's gradient meets tol, so shall the output layer's.
            if np.abs(output).max() <= np.abs(hidden).max():
                break
            goal = ACCURACY * np.abs(hidden).max()
        self.theta = theta
        return cost, hidden

    def _split(self, cost, gradient):
        """The cost, the hidden and the output layer's gradient, which sets the next goal."""
        hidden, output = np.split(self._coordinates.pull_back(gradient), [self._size])
        fraction = ACCURACY * np.sqrt(output.size)
        largest = np.abs(hidden).max()
        if self._goal is None:
            self._goal = fraction * max(largest, np.abs(output).max())
        if largest > 0:  # relu units that are all dead say nothing
            self._goal = max(fraction * self._tol, min(GROWTH * self._goal, fraction * largest))
        return cost, hidden, output


# Whether the output layer is projected out.
PROBLEMS = {False: AllWeights, True: HiddenWeights}
