"""Why a candidate's fits cannot be made together with others', and what users can do about it.

Such a fit is the estimator's own, as scikit-learn's search would make it: right, but it begins cold
and is not kept in a file. A search that was asked for a warm path or for files says so.
"""

import sys
from numbers import Integral, Real

import joblib
from sklearn.pipeline import Pipeline
from sklearn.utils import get_tags

from skdigits._sklearn import has_callbacks
from skdigits.classifier import TwoLayerNNClassifier
from skdigits.network import penalties

# Fit parameters of the classifier that fits together know of.
FIT_PARAMETERS = {"sample_weight", "coef_init", "intercept_init"}
# Parameters of the classifier with the only value that fits together know of.
ONLY = {"early_stopping": False, "progressive_sampling": None, "verbose": 0}
COUNTS = ("hidden_units", "maxiter", "n_init")


def why_not_planned(estimator):
    """Why scikit-learn's search must do it all, or None."""
    # imbalanced-learn's Pipeline, whose samplers act in fit only, is there once it is imported.
    resampling = sys.modules.get("imblearn.pipeline")
    pipelines = {Pipeline} | ({resampling.Pipeline} if resampling else set())
    if type(estimator) not in {TwoLayerNNClassifier, *pipelines}:
        return _another(estimator, TwoLayerNNClassifier, Pipeline)
    if get_tags(estimator).input_tags.pairwise:
        return "X is a kernel, which is cut by columns too; search over rows of features"
    return None


def why_alone(estimator):
    """Why the fits of an estimator that can be planned cannot be made together, or None."""
    last = last_step(estimator)
    if type(last) is not TwoLayerNNClassifier:
        return _another(last, TwoLayerNNClassifier)
    if has_callbacks(last) or has_callbacks(estimator):
        return "callbacks look on; take them off the estimator"
    for name, value in ONLY.items():
        if getattr(last, name) is not value and getattr(last, name) != value:
            given = getattr(last, name)
            return f"{name}={given!r} is known to the estimator's own fit only; set {name}={value}"
    if getattr(estimator, "transform_input", None) is not None:
        return "the Pipeline's transform_input is known to its own fit only; set it to None"
    try:
        joblib.hash(last.get_params(deep=False))
    except Exception:  # of whatever kind pickling raises
        return "a parameter of the classifier cannot be pickled; give it another value"
    return None


def is_wrong(classifier):
    """Whether the classifier's own fit must say what is wrong with the parameters we count by."""
    counts = [getattr(classifier, name) for name in COUNTS]
    in_range = all(isinstance(n, Integral) and n >= 1 for n in counts)
    each = penalties(classifier.reg_lambda)
    numbers = len(each) == 2 and all(isinstance(x, Real) and x >= 0 for x in each)
    return not (in_range and numbers)


def why_all_alone(estimator, fit_params):
    """Why no fits with these parameters of the estimator's fit can be made together, or None."""
    known = FIT_PARAMETERS
    if isinstance(estimator, Pipeline):
        known = {f"{estimator.steps[-1][0]}__{name}" for name in known}
    others = sorted(set(fit_params) - known)
    if not others:
        return None
    return (
        f"fit is given {', '.join(others)}, known to the estimator's own fit only; give it "
        f"{', '.join(sorted(known))} alone"
    )


def told_of(reasons, warm_path, cache_dir):
    """What to say where reasons (one for each candidate, None for those made together) cost it.

    None where nothing was asked for, or is lost.
    """
    asked = [
        f"{name}={value!r}"
        for name, value, wanted in (
            ("warm_path", warm_path, warm_path),
            ("cache_dir", cache_dir, cache_dir is not None),
        )
        if wanted
    ]
    lost = [reason for reason in reasons if reason is not None]
    if not asked or not lost:
        return None
    why = ". Others: ".join(dict.fromkeys(lost))
    return (
        f"{' and '.join(asked)} cannot serve {len(lost)} of {len(reasons)} candidates, which are "
        f"fitted one by one, from cold starts and without files: {why}"
    )


def last_step(estimator):
    """The estimator itself, or of a Pipeline its last step."""
    return estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator


def _another(estimator, *wanted):
    names = " or ".join(kind.__name__ for kind in wanted)
    name = type(estimator).__name__
    if isinstance(estimator, wanted):
        return f"{name} is a subclass, whose fit may be another; search over a {names} itself"
    return f"{name} is not a {names}; search over one"
