"""What we use of scikit-learn beyond its public names, or only where its version has it."""

import sys
from functools import wraps
from inspect import signature

import numpy as np
from sklearn import get_config
from sklearn.base import is_classifier
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.model_selection import check_cv
from sklearn.model_selection._split import _yields_constant_splits
from sklearn.utils import _safe_indexing, indexable

# Parameter constraints are how scikit-learn's own estimators declare the ranges of constructor
# parameters, and `check_param_validation` reads them; there is no public name for them yet.
from sklearn.utils._param_validation import (
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _check_method_params
from sklearn.utils.validation import assert_all_finite as _assert_all_finite
from sklearn.utils.validation import check_array as _check_array
from sklearn.utils.validation import validate_data as _validate_data

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9 has no callbacks: nothing to support

    class CallbackSupportMixin:
        """A stand-in that adds nothing."""

    def with_callbacks(method):
        """Wrap the method in a call of its own, so that warnings have as far to go as elsewhere."""

        @wraps(method)
        def call(*args, **kwargs):
            return method(*args, **kwargs)

        return call


__all__ = [
    "CallbackSupportMixin",
    "Documented",
    "FitTask",
    "Interval",
    "MultimetricScorer",
    "Options",
    "Pair",
    "StrOptions",
    "accepts_sample_weight",
    "assert_all_finite",
    "check_array",
    "check_cv",
    "check_search",
    "dispatches",
    "has_callbacks",
    "level_of_user",
    "params_of",
    "rows_of",
    "validate_data",
    "validate_parameter_constraints",
    "with_callbacks",
    "within_a_search",
    "yields_constant_splits",
]


# scikit-learn's own sum up what they look at: of the largest numbers to NaN, aloud.
_QUIET = {"over": "ignore", "invalid": "ignore"}


def validate_data(*args, **kwargs):
    """scikit-learn's, in silence."""
    with np.errstate(**_QUIET):
        return _validate_data(*args, **kwargs)


def check_array(*args, **kwargs):
    """scikit-learn's, in silence."""
    with np.errstate(**_QUIET):
        return _check_array(*args, **kwargs)


def assert_all_finite(*args, **kwargs):
    """scikit-learn's, in silence."""
    with np.errstate(**_QUIET):
        _assert_all_finite(*args, **kwargs)


def dispatches():
    """Whether arrays of other libraries are to be computed with as they are."""
    return bool(get_config()["array_api_dispatch"])


class Pair(Options):
    """A constraint: two of something, which are looked at elsewhere."""

    def __init__(self):
        super().__init__(object, set())

    def is_satisfied_by(self, val):
        """Whether it has elements."""
        return isinstance(val, tuple | list | np.ndarray)

    def __str__(self):
        return "a pair of such"


DOCUMENTATION = "https://skdigits.readthedocs.io/en/latest/"  # pyproject.toml says the same


class Documented:
    """Links an estimator's diagram in a notebook, and its parameters there, to its page."""

    # How scikit-learn's developer guide lets others link theirs: before BaseEstimator, which links
    # to scikit-learn's own pages.
    _doc_link_module = "skdigits"  # subclasses that live elsewhere are documented elsewhere
    _doc_link_template = f"{DOCUMENTATION}generated/skdigits.{{name}}.html"

    def _doc_link_url_param_generator(self):
        return {"name": type(self).__name__}


def within_a_search(estimator):
    """Whether a meta-estimator other than a Pipeline is fitting the estimator (from 1.9 on)."""
    # Meta-estimators that support callbacks hang their task onto the estimators that they fit.
    context = getattr(estimator, "_parent_callback_ctx", None)
    while context is not None and context.estimator_name == "Pipeline":
        context = context.parent
    return context is not None


def level_of_user():
    """The stacklevel that points a warning of who asks at the user's line.

    That is the innermost one outside of us, scikit-learn and what it calls fits through.
    """
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _package(frame) in PASSED:
        frame, level = frame.f_back, level + 1
    return level


PASSED = {"skdigits", "sklearn", "joblib", "imblearn", "contextlib"}


def _package(frame):
    return frame.f_globals.get("__name__", "").partition(".")[0]


# --- what a search of scikit-learn does before its fits -----------------------------------------

# Which rows a split has and who gets which parameter are rules of scikit-learn's searches and of
# its metadata routing; their own methods say it, and have been the same since 1.4.


def check_search(search, X, y, params):
    """(X, y, splits, parameters of the estimator's fit, of the scorer, all but the splitter's)."""
    search._get_scorers()
    X, y = indexable(X, y)
    params = _check_method_params(X, params)
    routed = search._get_routed_params_for_fit(params)
    cv = check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    splits = list(cv.split(X, y, **routed.splitter.split))
    others = routed.estimator.fit.keys() | routed.scorer.score.keys()
    kept = {
        name: value
        for name, value in params.items()
        if name in others or name not in routed.splitter.split
    }
    return X, y, splits, routed.estimator.fit, routed.scorer.score, kept


def yields_constant_splits(cv):
    """Whether a splitter, or what stands for one, splits alike each time, as halving needs it."""
    return _yields_constant_splits(check_cv(cv))


def forget_splits(search, y):
    """Keep the search's splitter, as scikit-learn 1.9 does, in place of the splits it has made."""
    if "_checked_cv_orig" in vars(search):
        search._checked_cv_orig = check_cv(search.cv, y, classifier=is_classifier(search.estimator))


def scorers_of(search):
    """What its fit keeps as ``scorer_``, made for the search's own estimator."""
    scorers, _ = search._get_scorers()
    return getattr(scorers, "_scorers", scorers)  # of several a dict


def accepts_sample_weight(scorer):
    """Whether a scorer can weigh rows."""
    if hasattr(scorer, "_accept_sample_weight"):
        return scorer._accept_sample_weight()
    return "sample_weight" in signature(scorer).parameters


rows_of = _safe_indexing


def params_of(X, params, index):
    """Fit parameters for some of the rows of X."""
    return _check_method_params(X, params, indices=index)


def has_callbacks(estimator):
    """Whether somebody wants to be told of the estimator's fits."""
    return bool(getattr(estimator, "_skl_callbacks", None))


class FitTask:
    """scikit-learn's callbacks at work on one fit: a tree of starts and iterations.

    A context exists only while its task runs: a new iteration's is opened when the one before has
    ended, and the last, which scipy may leave unfinished, is closed by `end`.
    """

    def __init__(self, context, call):
        self._context = context
        self._call = call  # what every hook gets
        self._parts = 0
        self._part = None  # the running subtask
        context.call_on_fit_task_begin(**call)

    @classmethod
    def open(cls, estimator, max_subtasks, X, y, metadata):
        """The task of estimator's fit, or None where no callback is registered."""
        # The registered callbacks have no public getter; building a tree of contexts that nobody
        # listens to would cost every fit.
        if not has_callbacks(estimator):
            return None
        context = estimator._init_callback_context(max_subtasks=max_subtasks)
        return cls(context, {"estimator": estimator, "X": X, "y": y, "metadata": metadata})

    def subtask(self, task_name, max_subtasks=0):
        """A task within this one: one of several starts, or an iteration."""
        context = self._context.subcontext(task_name=task_name, max_subtasks=max_subtasks)
        return FitTask(context, self._call)

    def next_iteration(self):
        """Open the context of the iteration that scipy is about to run, if one is left."""
        limit = self._context.max_subtasks
        if limit is None or self._parts < limit:
            self._part = self.subtask("iteration")
            self._parts += 1

    def end_iteration(self, attributes):
        """Close the iteration; True if a callback asks to stop."""
        stop = self._part is not None and self._part._end(attributes)
        self._part = None
        if not stop:
            self.next_iteration()
        return stop

    def end(self, attributes):
        """Close the task and what scipy left unfinished in it; True if a callback asks to stop."""
        if self._part is not None:
            self._part._end(None)
            self._part = None
        return self._end(attributes)

    def _end(self, attributes):
        return self._context.call_on_fit_task_end(
            **self._call, reconstruction_attributes=attributes
        )
