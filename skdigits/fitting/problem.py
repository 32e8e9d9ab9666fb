"""What the optimizer sees: the cost as a function of x, the coordinates of some or all weights.

Each has the ``objective``; ``x0``, where it starts; ``cost_gradient(x)``; ``theta``, the weights at
the x evaluated last, or at the start, and ``gradient``, that of the cost there with respect to the
coordinates of all weights; ``hessian_product(x, v)``, or None; ``minimize(callback)``.
"""

import numpy as np

from skdigits.fitting.optimize import gave_up, minimize
from skdigits.fitting.solvers import ROUNDING

# The output layer is solved until the cost is above its minimum by this fraction of what the last
# iteration lowered it: were errors not small beside decreases, costs would not tell a line search
# what is lower, nor gradients the optimizer where that is. Mean of iterations, and of passes of the
# output layer's solver, to within 1% of a cost that all reach, 3750 x 400 digits, 25 and 100 units,
# lambda 0.3 and 3: 56 and 586 at 0.01, 62 and 511 at 0.03, 70 and 430 at 0.1.
ACCURACY = 0.03
GROWTH = 10  # the most by which that goal may rise from one iteration to the next
# Each further evaluation of the same line search, which failing may be the goal's fault, has a goal
# of this fraction. It never rises before the next iteration: costs that are nearer their minimum
# are lower, so that what was solved better looks no worse than what was solved before.
TIGHTER = 0.1
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
# The most values of the hidden layer of all rows that are kept: 128 MiB of float32. Where there are
# more, memory is dear, and rows may be in a file that each evaluation would read twice.
MOST_KEPT = 2**25


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
    light = n_samples * layout.hidden_units <= MOST_KEPT
    return few and light and all(s >= least for s, least in zip(sizes, PAYS, strict=True))


class Problem:
    """What all problems share."""

    hessian_product = None

    def __init__(self, objective, coordinates, theta, tol, settings):
        self.objective, self._coordinates = objective, coordinates
        self.theta, self.gradient = theta, None
        self.x0 = coordinates.from_theta(theta)
        self._tol, self._settings = tol, settings

    def minimize(self, callback, after=None):
        """The result of `optimize.minimize` from x0, with the settings."""
        return minimize(
            self.cost_gradient,
            self.x0,
            hessian_product=self.hessian_product,
            whole=lambda: (self.theta, self.gradient),
            callback=callback,
            after=after,
            **self._settings,
        )


class AllWeights(Problem):
    """The cost as a function of all weights."""

    def cost_gradient(self, x):
        """The cost and its gradient with respect to x."""
        self.theta = self._coordinates.to_theta(x)
        cost, gradient = self.objective.cost_gradient(self.theta)
        self.gradient = self._coordinates.pull_back(gradient)
        return cost, self.gradient

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
        self.x0, self._output = np.split(self.x0, [self._size])
        self._calls = 0
        self._goal = None  # how far costs may be above their minimum, until the next iteration
        self._trials = 0  # evaluations since the last iteration
        self._cost = None  # after the last iteration, or at the start

    def minimize(self, callback, after=None):
        """As that of all problems; where no step lowers the cost, all weights go on from there."""

        def after_iteration(iterate):
            self._accept(iterate)
            callback(iterate)

        result = super().minimize(after_iteration, after)
        if not gave_up(result):
            return result
        rest = AllWeights(self.objective, self._coordinates, result.x, self._tol, self._settings)
        return rest.minimize(callback, after=result)

    def cost_gradient(self, x):
        """The cost and its gradient with respect to x."""
        theta = self._coordinates.to_theta(np.concatenate([x, self._output]))
        begins = self._goal is None
        if begins:
            cost, largest = self._look(theta, *self.objective.cost_gradient(theta))
            self._cost, self._goal = cost, ACCURACY * cost
            if not max(largest) > self._tol:  # a warm start that is there stays there; or a NaN
                return cost, self.gradient[: self._size]
        goal = self._goal * TIGHTER**self._trials
        for _ in range(TRIES):
            new_axes = self._calls % REFRESH == 0
            theta, cost, gradient = self.objective.project(theta, goal, new_axes)
            cost, (of_hidden, of_output) = self._look(theta, cost, gradient)
            self._calls += 1
            if of_hidden <= self._tol < of_output:
                goal *= TIGHTER**2  # where the one meets tol, so shall the other
            elif goal > GROWTH * ACCURACY * cost:
                goal = ACCURACY * cost  # no goal was meant for a cost that fell so far
            else:
                break
        if begins:
            self._cost, self._goal = cost, ACCURACY * cost
        else:
            self._trials += 1
        return cost, self.gradient[: self._size]

    def _look(self, theta, cost, gradient):
        """Keep the weights and gradient; the cost, and each layer's largest component of these."""
        self.theta, self.gradient = theta, self._coordinates.pull_back(gradient)
        hidden, output = np.split(np.abs(self.gradient), [self._size])
        return cost, (hidden.max(), output.max())

    def _accept(self, iterate):
        """Evaluate from here on beside an Iterate, with the goal that its decrease sets."""
        fall = np.clip(self._cost - iterate.cost, ROUNDING * iterate.cost, iterate.cost)
        self._goal = min(GROWTH * self._goal, ACCURACY * fall)
        self._cost, self._trials = iterate.cost, 0
        self._output = self._coordinates.from_theta(iterate.theta)[self._size :]


# Whether the output layer is projected out.
PROBLEMS = {False: AllWeights, True: HiddenWeights}
