"""
An optimizer of your own on the same cost
=========================================

:class:`skdigits.Objective` is the cost as a function of one vector, with its exact gradient.
Whatever minimises functions can be let loose on it: here two methods of ten lines each beside
scipy's L-BFGS-B.
"""

# %%
# The cost of a network with 15 hidden units on scikit-learn's digits. Targets are one-hot; every
# evaluation is counted and its cost noted.

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits

from skdigits import Objective

X, y = load_digits(return_X_y=True)
one_hot = np.eye(10)[y]
objective = Objective(X / 16, one_hot, hidden_units=15, reg_lambda=1)
start = objective.initial_parameters(random_state=0)
EVALUATIONS = 400


class Noted:
    """The objective, with the costs of all evaluations so far."""

    def __init__(self):
        self.costs = []

    def __call__(self, theta):
        """The cost and its gradient."""
        cost, gradient = objective.cost_gradient(theta)
        self.costs.append(cost)
        return cost, gradient


# %%
# Nesterov's accelerated gradient descent (1983), with O'Donoghue and Candes' restart (2015):
# momentum is dropped when it points uphill. The step is shortened until the cost falls as much as
# the gradient promises.


def nesterov(function, theta, step=1.0):
    """Accelerated gradient descent with backtracking and restarts."""
    ahead, momentum = theta, 1.0
    while len(function.costs) < EVALUATIONS:
        cost, gradient = function(ahead)
        while function(new := ahead - step * gradient)[0] > cost - step / 2 * gradient @ gradient:
            step /= 2
        if gradient @ (new - theta) > 0:
            momentum = 1.0
        later = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        theta, ahead = new, new + (momentum - 1) / later * (new - theta)
        momentum, step = later, step * 1.1


# %%
# Barzilai and Borwein's method (1988): a gradient step as long as the last two gradients suggest.
# The cost may rise now and then; Raydan's rule (1997) asks only that it is below the highest of the
# last ten.


def barzilai_borwein(function, theta, step=0.1):
    """Gradient descent with steps from the change of the gradient."""
    cost, gradient = function(theta)
    recent = [cost]
    while len(function.costs) < EVALUATIONS:
        while True:
            new = theta - step * gradient
            new_cost, new_gradient = function(new)
            if new_cost <= max(recent[-10:]) - 1e-4 * step * gradient @ gradient:
                break
            step /= 2
        moved, changed = new - theta, new_gradient - gradient
        bends = moved @ changed
        step = moved @ moved / bends if bends > 0 else 1.0
        theta, gradient = new, new_gradient
        recent.append(new_cost)


# %%
# All start from the same weights. scipy's method takes the same function.

noted = {"Nesterov": Noted(), "Barzilai-Borwein": Noted(), "L-BFGS-B": Noted()}
nesterov(noted["Nesterov"], start)
barzilai_borwein(noted["Barzilai-Borwein"], start)
options = {"maxfun": EVALUATIONS, "maxiter": EVALUATIONS}
result = minimize(noted["L-BFGS-B"], start, jac=True, method="L-BFGS-B", options=options)
for name, function in noted.items():
    print(f"{name:17} {min(function.costs):.4f} after {len(function.costs)} evaluations")

# %%
# The lowest cost so far against the evaluations it took, each one pass over all rows.

figure, axis = plt.subplots(figsize=(7, 4.5), layout="constrained")
styles = (("#0072b2", "-"), ("#e69f00", "--"), ("#009e73", "-."))
for (name, function), (colour, style) in zip(noted.items(), styles, strict=True):
    axis.plot(np.minimum.accumulate(function.costs), style, color=colour, label=name)
axis.set(
    xlabel="evaluations",
    ylabel="lowest cost so far",
    yscale="log",
    title="Ten lines go far, scipy goes further",
)
axis.yaxis.set_major_formatter("{x:g}")
axis.yaxis.set_minor_formatter("{x:.2g}")
axis.grid(alpha=0.3, which="both")
axis.legend()
plt.show()
