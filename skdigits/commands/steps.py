"""The networks that a fit goes through, from its start to its end."""

import warnings

from sklearn.base import clone

from skdigits import TwoLayerNNClassifier

# Iterations that a report tells of, beside both ends.
REPORTED = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700)
ALL = 1e30  # a tol that every gradient meets: a fit that ends where it starts


def watched_fit(model, X, y, iterations):
    """Fit a model; of a network, those that it was after some of the iterations.

    Returns
    -------
    steps : dict of int to TwoLayerNNClassifier
        The networks by their iterations, increasing: 0 is the start, the last the model itself.
        Empty for a committee, and before scikit-learn 1.9, which has no callbacks.
    """
    if not isinstance(model, TwoLayerNNClassifier) or not hasattr(model, "set_callbacks"):
        model.fit(X, y)
        return {}
    watch = _Watch(iterations)
    model.set_callbacks(watch)
    try:
        model.fit(X, y)
    finally:
        model.set_callbacks()
    start = clone(model).set_params(maxiter=1, tol=ALL, verbose=0)
    with warnings.catch_warnings():  # it says the same for every row
        warnings.simplefilter("ignore")
        start.fit(X, y)
    # Some solvers look at the gradient only after their first iteration.
    begin = {0: start} if start.n_iter_ == 0 else {}
    return {**begin, **watch.seen, model.n_iter_: model}


class _Watch:
    """A callback of scikit-learn's that keeps the networks of some iterations."""

    def __init__(self, iterations):
        self._iterations = set(iterations)
        self.seen = {}

    def setup(self, estimator, context):
        """Nothing."""

    teardown = on_fit_task_begin = setup

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        """Keep it, where it is asked for."""
        iteration = context.task_id + 1
        if context.task_name == "iteration" and iteration in self._iterations:
            self.seen[iteration] = fitted_estimator
