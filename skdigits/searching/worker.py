"""What a worker of a search does: the fits of one part."""

import time
import warnings
from typing import NamedTuple

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from skdigits._sklearn import params_of, rows_of
from skdigits.fitting import INTERRUPTED
from skdigits.network import penalties
from skdigits.searching.alone import last_step
from skdigits.searching.fit_files import FitFiles
from skdigits.searching.planning import grouped
from skdigits.searching.scoring import Outcome, Warned, portable, rows_to_score, scores_of
from skdigits.searching.together import Chain, Fit, fit_together


def fit_part(part, X, y, split, fit_params, scoring, cache_dir):
    """(number of the split, {candidate: Outcome}) of a Part.

    split has the rows to train and to test on. What has been scored is forgotten.
    """
    train, _ = split
    rows = rows_to_score(scoring, X, y, *split)
    fit_params = params_of(X, fit_params, train)
    X, y = rows_of(X, train), rows_of(y, train)
    if part.alone:
        fits = [_fit_alone(candidate, X, y, fit_params) for candidate in part.candidates]
    else:
        before = prepared(part.candidates, X, y, fit_params)
        fits = before.finished(part.candidates, _fits(part.candidates, before, cache_dir))
    return part.split, {c.index: outcome_of(*fit, scoring, rows) for c, *fit in fits}


def fit_along(candidates, last, X, y, fit_params):
    """(the fitted estimator or None, Fit) of the last of candidates, of which one leads to it."""
    before = prepared(candidates, X, y, fit_params)
    found = before.finished(candidates, _fits(candidates, before, None))
    return next(fit for candidate, *fit in found if candidate is last)


def outcome_of(fitted, fit, scoring, rows):
    """The Outcome of a Fit: fitted is the estimator or None, rows are those to score."""
    scores = [] if fitted is None else scores_of(fitted, scoring.scorer, rows)
    warned = [Warned.of(warning) for warning in fit.warnings]
    return Outcome(warned, portable(fit.error), fit.seconds, scores, fit.warm)


def _fits(candidates, before, cache_dir):
    """Yield (candidate, Fit) for each, as it is fitted."""
    for members in grouped(candidates, lambda c: c.rows):
        yield from _fit_members(members, *before.rows, cache_dir)


class Prepared(NamedTuple):
    """What the steps before the last have made of the rows to train on."""

    steps: list | None  # fitted; None where there is no Pipeline
    rows: tuple | None  # (X, y, parameters of the last step's fit); None after an error
    warnings: list
    error: Exception | None
    seconds: float  # a candidate's share

    def finished(self, candidates, fits):
        """(candidate, its fitted estimator or None, Fit) for each (candidate, Fit of its last)."""
        for candidate, fit in self._failed(candidates) if self.error is not None else fits:
            fitted = _fitted(candidate.classifier, fit)
            if self.steps is not None and fitted is not None:
                last = candidate.estimator.steps[-1][0], fitted
                fitted = clone(candidate.estimator)
                fitted.steps = [*self.steps, last]
            seconds = fit.seconds + self.seconds
            yield (
                candidate,
                fitted,
                fit._replace(warnings=self.warnings + fit.warnings, seconds=seconds),
            )

    def _failed(self, candidates):
        return [(candidate, Fit(None, [], self.error, 0.0)) for candidate in candidates]


def prepared(candidates, X, y, fit_params):
    """The Prepared of candidates that have the same steps before the last."""
    if not isinstance(candidates[0].estimator, Pipeline):
        return Prepared(None, (X, y, fit_params), [], None, 0.0)
    begin = time.perf_counter()
    fit_params = {name.partition("__")[2]: value for name, value in fit_params.items()}
    pipeline, end = clone(candidates[0].estimator), _LastStep()
    pipeline.steps[-1] = (pipeline.steps[-1][0], end)
    _, told, error = recorded(pipeline.fit, X, y)
    shared = (time.perf_counter() - begin) / len(candidates)
    if error is not None:
        return Prepared(None, None, told, error, 0.0)
    return Prepared(pipeline.steps[:-1], (end.X_, end.y_, fit_params), told, None, shared)


class _LastStep(BaseEstimator):
    """The last step of a Pipeline: it keeps what the steps before, samplers too, have made."""

    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self


def _fitted(estimator, fit):
    """A clone of the estimator with what was fitted, or None."""
    if fit.error is not None:
        return None
    estimator = clone(estimator)
    vars(estimator).update(fit.attributes)
    return estimator


def _fit_alone(candidate, X, y, fit_params):
    """(candidate, its fitted estimator or None, Fit)."""
    begin = time.perf_counter()
    estimator = clone(candidate.estimator)
    _, told, error = recorded(estimator.fit, X, y, **fit_params)
    outcome = getattr(last_step(estimator), "optimize_result_", None)
    if error is None and outcome is not None and outcome.status == INTERRUPTED:
        raise KeyboardInterrupt  # it is the search that the user wants to end
    fit = Fit(None, told, error, time.perf_counter() - begin)
    return candidate, estimator if error is None else None, fit


def recorded(function, *arguments, **parameters):
    """(result, warnings, error) of a call."""
    result = error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*arguments, **parameters)
        except Exception as raised:  # told when the search recalls the fit
            error = raised
    return result, [warning.message for warning in caught], error


def _fit_members(members, X, y, fit_params, cache_dir):
    """Yield (candidate, Fit) for candidates whose fits may share rows."""
    chains, wanted = [], []
    for chain in grouped(members, lambda c: c.chain):
        of_lambda = [
            sorted(candidates, key=lambda c: c.classifier.maxiter)
            for candidates in grouped(chain, lambda c: penalties(c.classifier.reg_lambda))
        ]
        chains.append(
            Chain(
                [clone(candidates[-1].classifier) for candidates in of_lambda],
                [sorted({c.classifier.maxiter for c in candidates}) for candidates in of_lambda],
            )
        )
        wanted.append(of_lambda)
    files = None
    if cache_dir is not None:
        files = FitFiles(cache_dir, chains, (X, y, fit_params))
    for c, i, found in fit_together(chains, X, y, fit_params, files):
        for candidate in wanted[c][i]:
            yield candidate, found[candidate.classifier.maxiter]
