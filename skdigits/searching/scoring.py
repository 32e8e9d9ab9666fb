"""What a search keeps of a fit: its scores, made where it was fitted. Then it is forgotten.

The scorer is called as scikit-learn's search calls it; what it returns or raises is kept for that
search to judge. To keep the networks until then took 470 MiB for 20 candidates on 10 splits of
250000 weights.
"""

import pickle
import time
import traceback
from typing import NamedTuple

import numpy as np

from skdigits._sklearn import params_of, rows_of


class Scoring(NamedTuple):
    """How a search scores."""

    scorer: object  # a callable; of several scores, scikit-learn's callable for all of them
    params: dict  # of the scorer, for all rows
    training: bool  # whether the rows to train on are scored too


class Score(NamedTuple):
    """What the scorer said of a fit on some rows."""

    value: object
    error: Exception | None  # that it raised
    seconds: float


class Warned(NamedTuple):
    """A warning, with what a summary asks of it."""

    text: str
    category: type
    blames: str | None  # the parameter of which it is no matter where a search tries it

    @classmethod
    def of(cls, warning):
        """That of a warning; those of `TwoLayerNNClassifier` have the figures as attributes."""
        blames = "reg_lambda" if hasattr(warning, "reg_lambda") else None
        if getattr(warning, "n_iter", 0) >= getattr(warning, "maxiter", np.inf):
            blames = "maxiter"
        return cls(str(warning), type(warning), blames)


class Outcome(NamedTuple):
    """What became of a candidate on a split."""

    warnings: list  # a Warned of each that the fit gave
    error: Exception | None  # that ended the fit
    seconds: float  # that the fit took
    scores: list  # a Score of the rows to test on, and one of those to train on if it is wanted
    warm: bool = False  # whether it began where another fit ended

    @property
    def errors(self):
        """All that went wrong."""
        errors = [self.error, *(score.error for score in self.scores)]
        return [error for error in errors if error is not None]


def rows_to_score(scoring, X, y, train, test):
    """[(X, y, parameters of the scorer)] of the rows that are scored."""
    return [
        (rows_of(X, rows), rows_of(y, rows), params_of(X, scoring.params, rows))
        for rows in ([test, train] if scoring.training else [test])
    ]


def scores_of(estimator, scorer, rows):
    """A Score for each of the rows."""
    scores = []
    for X, y, params in rows:
        begin = time.perf_counter()
        value = error = None
        try:
            value = scorer(estimator, X, y, **params)
        except Exception as raised:  # scikit-learn's search judges it
            error = portable(raised)
        scores.append(Score(value, error, time.perf_counter() - begin))
    return scores


def portable(error):
    """The error without what it holds on to, or one that says the same if it cannot be sent."""
    if error is None:
        return None
    text = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(text)
    return error.with_traceback(None)
