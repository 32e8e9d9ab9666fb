"""What a worker of a search does: the fits of one part."""

import time
import warnings

from sklearn.base import BaseEstimator, clone
from sklearn.pipeline import Pipeline

from skdigits._sklearn import params_of, rows_of
from skdigits.fitting import INTERRUPTED
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
    outcomes = {}
    for candidate, fitted, fit in _fits(part, X, y, fit_params, cache_dir):
        scores = [] if fitted is None else scores_of(fitted, scoring.scorer, rows)
        outcomes[candidate.index] = Outcome(
            [Warned.of(warning) for warning in fit.warnings],
            portable(fit.error),
            fit.seconds,
            scores,
            fit.warm,
        )
    return part.split, outcomes


def _fits(part, X, y, fit_params, cache_dir):
    """Yield (candidate, its fitted estimator or None, Fit) for each of a Part, as it is fitted."""
    if part.alone:
        (candidate,) = part.candidates
        fitted, fit = _fit_alone(candidate.estimator, X, y, fit_params)
        yield candidate, fitted, fit
        return
    begin = time.perf_counter()
    pipeline = clone(part.candidates[0].estimator)
    steps, told = [], []
    if isinstance(pipeline, Pipeline):
        fit_params = {name.partition("__")[2]: value for name, value in fit_params.items()}
        end = _LastStep()
        pipeline.steps[-1] = (pipeline.steps[-1][0], end)
        _, told, error = recorded(pipeline.fit, X, y)
        if error is not None:
            for candidate in part.candidates:
                yield candidate, None, Fit(None, told, error, 0.0)
            return
        X, y, steps = end.X_, end.y_, pipeline.steps[:-1]
    shared = (time.perf_counter() - begin) / len(part.candidates)
    for members in grouped(part.candidates, lambda c: c.rows):
        for candidate, fit in _fit_members(members, X, y, fit_params, cache_dir):
            fitted = _fitted(candidate.classifier, fit)
            if isinstance(pipeline, Pipeline) and fitted is not None:
                last = candidate.estimator.steps[-1][0], fitted
                fitted = clone(candidate.estimator)
                fitted.steps = [*steps, last]
            fit = fit._replace(warnings=told + fit.warnings, seconds=fit.seconds + shared)
            yield candidate, fitted, fit


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


def _fit_alone(estimator, X, y, fit_params):
    """(the fitted estimator or None, Fit)."""
    begin = time.perf_counter()
    estimator = clone(estimator)
    _, told, error = recorded(estimator.fit, X, y, **fit_params)
    outcome = getattr(last_step(estimator), "optimize_result_", None)
    if error is None and outcome is not None and outcome.status == INTERRUPTED:
        raise KeyboardInterrupt  # it is the search that the user wants to end
    fit = Fit(None, told, error, time.perf_counter() - begin)
    return estimator if error is None else None, fit


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
            for candidates in grouped(chain, lambda c: c.classifier.reg_lambda)
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
