"""What looks on after each iteration: each returns None, or the reason to stop as a string."""

import time

import numpy as np

from skdigits.fitting import labels as labelling
from skdigits.fitting.optimize import OutOfTime
from skdigits.network import OUTPUTS, scores, to_host


class HeldOut:
    """Rows to validate on; dtype is that of the arithmetic."""

    def __init__(self, rows, labels, dtype):
        self.rows, self._labels = rows, labels
        self._Y = np.ascontiguousarray(rows.targets(labels).T, dtype=dtype)
        self.weight = float(len(rows.codes) if rows.w is None else rows.mean_weight.sum())

    def sums(self, weights, activation):
        """(the sum of the rows' losses, the weight of those with the right label), of weights.

        Those are W1, b1, W2 and b2.
        """
        Z = to_host(scores(*weights, self.rows.X, activation)[0])
        right = labelling.decide(Z, self._labels) == self.rows.codes
        if self._labels.multilabel:
            right = right.all(axis=1)
        losses, _ = OUTPUTS[self._labels.output_activation].losses(Z, self._Y)
        if self.rows.w is not None:
            losses = losses * self.rows.w.T
            right = right * self.rows.mean_weight
        return float(losses.sum()), float(right.sum())


class Validation:
    """Loss and accuracy on held-out rows after each iteration, and the best weights among them.

    The loss is the mean of the rows' losses, weighted, without the penalty.
    """

    def __init__(self, held_out, attributes, patience=None):
        self._held_out, self._attributes = held_out, attributes
        self._patience = patience  # iterations; None: look on, never stop
        self.losses, self.scores = [], []
        self.best, self.best_loss = None, np.inf  # the Iterate of the lowest loss

    def begin(self, iterate):
        """Look at where the fit starts, iteration 0: a warm start may be the best there is."""
        loss, _ = self._look(iterate)
        self.best, self.best_loss = iterate, np.inf if np.isnan(loss) else loss

    def __call__(self, iterate):
        loss, score = self._look(iterate)
        if loss < self.best_loss:
            self.best, self.best_loss = iterate, loss
        self.losses.append(loss)
        self.scores.append(score)
        if self._patience is not None and iterate.iteration - self.best.iteration >= self._patience:
            return f"the validation loss has not improved for {self._patience} iterations"
        return None

    def _look(self, iterate):
        """Loss and accuracy of the rows at an Iterate's weights."""
        fitted = self._attributes(iterate.theta)
        (V1, V2), (b1, b2) = fitted["coefs_"], fitted["intercepts_"]
        loss, right = self._held_out.sums((V1.T, b1, V2.T, b2), fitted["activation_"])
        return loss / self._held_out.weight, right / self._held_out.weight


class TimeLimit:
    """Ends a fit when a clock has run for so many seconds since this was made; None: never.

    The last to look, for it does not return a reason but raises.
    """

    def __init__(self, seconds, clock=time.perf_counter):
        self._seconds, self._clock, self._begin = seconds, clock, clock()

    @property
    def passed(self):
        """Whether the time is over."""
        return self._seconds is not None and self._clock() - self._begin >= self._seconds

    def __call__(self, iterate):
        if self.passed:
            raise OutOfTime(f"max_time={self._seconds:g} seconds have passed")
