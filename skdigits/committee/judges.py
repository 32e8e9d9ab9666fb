"""How well networks tell the rows that they have not seen."""

import numpy as np

from skdigits._sklearn import params_of
from skdigits.fitting import labels as labelling
from skdigits.network import OUTPUTS


class LogLoss:
    """The mean log-likelihood of held-out rows, weighted: minus their log-loss.

    With several labels a row it is the mean of the labels'.
    """

    def __init__(self, rows, labels, splits):
        self._codes, self._w, self._labels, self._splits = rows.codes, rows.w, labels, splits

    def __call__(self, team, x, reg_lambda):
        """A score for each split of the networks at x; NaN where no held-out row has weight."""
        Z = team.scores(x)
        scores = np.full(len(self._splits), np.nan)
        for k, (_, test) in enumerate(self._splits):
            w = np.ones(len(test)) if self._w is None else self._w[test]
            if w.any():
                log_p = self._log_likelihoods(Z[k][:, test].astype(np.float64), self._codes[test])
                if log_p.ndim > w.ndim:
                    log_p = log_p.mean(axis=1)
                scores[k] = np.average(log_p, weights=w)
        return scores

    def _log_likelihoods(self, Z, codes):
        """Of each row, or of each label of each row."""
        if self._labels.multilabel:
            return -OUTPUTS["sigmoid"].losses(Z, codes.T)[0].T
        log_p = labelling.probabilities(Z, self._labels, log=True)
        return log_p[np.arange(len(codes)), codes]


class Scorer:
    """What a scorer of scikit-learn's says of held-out rows."""

    def __init__(self, scorer, X, y, rows, params, splits, member):
        """params of the scorer have a value a row; member(layout, x, reg_lambda) an estimator."""
        self._scorer, self._X, self._y, self._params = scorer, X, y, params
        w = rows.mean_weight
        self._says = [len(test) > 0 and (w is None or w[test].any()) for _, test in splits]
        self._splits, self._member = splits, member

    def __call__(self, team, x, reg_lambda):
        """A score for each split of the networks at x; NaN where no held-out row has weight."""
        return np.array(
            [
                self._scorer(
                    self._member(team.layout, each, reg_lambda),
                    self._X[test],
                    self._y[test],
                    **params_of(self._X, self._params, test),
                )
                if says
                else np.nan
                for each, (_, test), says in zip(x, self._splits, self._says, strict=True)
            ],
            dtype=float,
        )
