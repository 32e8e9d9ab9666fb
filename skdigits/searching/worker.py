"""What a worker of a search does: the fits of one part."""

import pickle
import time
import traceback
import warnings

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdigits._sklearn import params_of, rows_of
from skdigits.fitting import INTERRUPTED
from skdigits.searching.fit_files import FitFiles
from skdigits.searching.planning import grouped
from skdigits.searching.together import Chain, Fit, fit_together


def fit_part(part, X, y, train, fit_params, cache_dir):
    """(split, {candidate: Fit}) of a Part."""
    fit_params = params_of(X, fit_params, train)
    X, y = rows_of(X, train), rows_of(y, train)
    if part.alone:
        (candidate,) = part.candidates
        return part.split, {candidate.index: _fit_alone(candidate.estimator, X, y, fit_params)}
    begin = time.perf_counter()
    pipeline = clone(part.candidates[0].estimator)
    steps, told = [], []
    if isinstance(pipeline, Pipeline):
        fit_params = {name.partition("__")[2]: value for name, value in fit_params.items()}
        if len(pipeline) > 1:
            before = pipeline[:-1]
            X, told, error = _recorded(before.fit_transform, X, y)
            if error is not None:
                return part.split, {c.index: Fit(None, told, error, 0.0) for c in part.candidates}
            steps = before.steps
    shared = (time.perf_counter() - begin) / len(part.candidates)
    fits = {}
    for members in grouped(part.candidates, lambda c: c.rows):
        for candidate, fit in _fit_members(members, X, y, fit_params, cache_dir):
            if isinstance(pipeline, Pipeline) and fit.error is None:
                fit = fit._replace(attributes=_fitted_steps(candidate, steps, fit.attributes))
            fits[candidate.index] = fit._replace(
                warnings=told + fit.warnings,
                error=_portable(fit.error),
                seconds=fit.seconds + shared,
            )
    return part.split, fits


def _fit_alone(estimator, X, y, fit_params):
    begin = time.perf_counter()
    estimator = clone(estimator)
    _, told, error = _recorded(estimator.fit, X, y, **fit_params)
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    outcome = getattr(last, "optimize_result_", None)
    if error is None and outcome is not None and outcome.status == INTERRUPTED:
        raise KeyboardInterrupt  # it is the search that the user wants to end
    return Fit(vars(estimator), told, error, time.perf_counter() - begin)


def _recorded(function, *arguments, **parameters):
    """(result, [(message, category)] of its warnings, error) of a call."""
    result = error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*arguments, **parameters)
        except Exception as raised:  # told when the search recalls the fit
            error = raised
    told = [(str(warning.message), warning.category) for warning in caught]
    return result, told, _portable(error)


def _portable(error):
    """The error without what it holds on to, or one that says the same if it cannot be sent."""
    if error is None:
        return None
    text = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(text)
    return error.with_traceback(None)


def _fit_members(members, X, y, fit_params, cache_dir):
    """Yield (candidate, Fit) for candidates whose fits may share rows."""
    chains, wanted = [], []
    for chain in grouped(members, lambda c: c.chain):
        of_lambda = [
            sorted(candidates, key=lambda c: c.classifier.maxiter)
            for candidates in grouped(chain, lambda c: -c.classifier.reg_lambda)
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


def _fitted_steps(candidate, steps, attributes):
    """The attributes of a fitted Pipeline: its steps."""
    classifier = clone(candidate.classifier)
    vars(classifier).update(attributes)
    return {"steps": [*steps, (candidate.estimator.steps[-1][0], classifier)]}
