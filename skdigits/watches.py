"""What looks on after each iteration: each returns None, or the reason to stop as a string."""

import sys
import time

import numpy as np

from skdigits import labels as labelling
from skdigits.pointwise import OUTPUTS
from skdigits.stack import scores


class Validation:
    """Loss and accuracy on held-out rows after each iteration, and the best weights among them.

    The loss is the mean of the rows' losses, weighted, without the penalty.
    """

    def __init__(self, rows, labels, attributes, activation, patience=None):
        self._rows, self._labels = rows, labels
        Y = labelling.targets(rows.codes, labels).T
        self._Y = np.ascontiguousarray(Y, dtype=rows.X.dtype)
        self._attributes, self._activation = attributes, activation
        self._patience = patience  # None: look on, never stop
        self.losses, self.scores = [], []
        self.best, self.best_loss = None, np.inf  # the Iterate of the lowest loss

    def begin(self, iterate):
        """Look at where the fit starts, iteration 0: a warm start may be the best there is."""
        self.best, (self.best_loss, _) = iterate, self._look(iterate)

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
        Z, _ = scores(V1.T, b1, V2.T, b2, self._rows.X, self._activation)
        right = labelling.decide(Z, self._labels) == self._rows.codes
        if self._labels.multilabel:
            right = right.all(axis=1)
        losses = OUTPUTS[self._labels.output_activation].losses(Z, self._Y)
        w = self._rows.w
        return float(np.average(losses, weights=w)), float(np.average(right, weights=w))


class Progress:
    """A live line on a terminal at verbose=1, a plain line an iteration at verbose=2."""

    def __init__(self, verbose, maxiter, validation=None, stream=None):
        self._stream = sys.stdout if stream is None else stream
        self._lines = verbose >= 2
        # There is no stdout under pythonw and in some services.
        self._live = verbose == 1 and self._stream is not None and self._stream.isatty()
        self._maxiter = maxiter
        self._validation = validation
        self._begin = time.perf_counter()
        self._shown = -np.inf
        self._last = None

    def __call__(self, iterate):
        now = time.perf_counter()
        self._last = iterate
        if self._lines:
            print(self._text(iterate, now), file=self._stream, flush=True)
        elif self._live and now - self._shown > 0.1:  # seconds; faster than that flickers
            self._shown = now
            print(f"\r\x1b[K{self._text(iterate, now)}", end="", file=self._stream, flush=True)

    def _text(self, iterate, now):
        seconds = (now - self._begin) / iterate.iteration * (self._maxiter - iterate.iteration)
        parts = [
            f"iteration {iterate.iteration:>{len(str(self._maxiter))}}/{self._maxiter}",
            f"cost {iterate.cost:.6f}",
            f"gradient {iterate.gradient_norm:.1e}",
        ]
        if self._validation is not None:
            parts.append(f"validation loss {self._validation.losses[-1]:.6f}")
        return "  ".join([*parts, f"at most {seconds:.0f} s left"])

    def close(self):
        """Leave the live line as it stands after the last iteration."""
        if self._live and self._last is not None:
            text = self._text(self._last, time.perf_counter())
            print(f"\r\x1b[K{text}", file=self._stream, flush=True)
