"""What must be true of a model in arrays: nothing in the file is taken on trust.

Kinds, sizes and shapes are looked at by the headers, before any array is read.
"""

import sys
from math import prod

import numpy as np

from skdigits._sklearn import validate_parameter_constraints
from skdigits.files.npz_files import Unexpected
from skdigits.fitting import RESULT, check_settings
from skdigits.network import ACTIVATIONS, OUTPUTS

FORMAT = 2
# The kinds of dtype and the number of dimensions of each array.
ARRAYS = {
    "about": ("U", 0),
    "classes": ("biufU", 1),
    "coef_0": ("f", 2),
    "intercept_0": ("f", 1),
    "coef_1": ("f", 2),
    "intercept_1": ("f", 1),
    "feature_scale": ("f", 1),
}
WEIGHTS = list(ARRAYS)[2:6]
# Of a committee: the weights of its members one after another, and what the path found.
COMMITTEE_ARRAYS = {
    name: (kinds, ndim + (name in WEIGHTS)) for name, (kinds, ndim) in ARRAYS.items()
} | {"reg_lambdas": ("f", 1), "scores": ("f", 3), "oof_predict_proba": ("f", 2)}


def check_declared(path, arrays, size, table):
    """Names, kinds, sizes and shapes of the arrays that a table names, by their headers."""
    if arrays.names != table.keys():
        raise Unexpected(path, f"the arrays {', '.join(table)}", f"{sorted(arrays.names)}")
    declared = {name: arrays.declared(name) for name in table}
    for name, (kinds, ndim) in table.items():
        shape, dtype, stored, n_bytes = declared[name]
        if dtype.kind not in kinds or len(shape) != ndim:
            found = f"{dtype} of shape {shape}"
            raise Unexpected(path, f"{name} of kind {kinds} in {ndim} dimensions", found)
        # An array that is not compressed cannot be larger than the file that it is in.
        if not stored or not prod(shape) * dtype.itemsize <= n_bytes <= size:
            found = f"shape {shape} of {dtype} in {n_bytes} of {size} bytes"
            raise Unexpected(path, f"{name} uncompressed, as large as the file says", found)
    *members, n_features, hidden_units = declared["coef_0"].shape
    n_outputs = declared["coef_1"].shape[-1]
    shapes = (n_features, hidden_units), (hidden_units,), (hidden_units, n_outputs), (n_outputs,)
    shapes = {name: (*members, *shape) for name, shape in zip(WEIGHTS, shapes, strict=True)}
    found = {name: declared[name].shape for name in WEIGHTS}
    if found != shapes or min(*members, n_features, hidden_units, n_outputs) < 1:
        raise Unexpected(path, "weights of two layers, of shapes that fit together", f"{found}")
    if declared["feature_scale"].shape not in ((0,), (n_features,)):
        found = f"{declared['feature_scale'].shape}"
        raise Unexpected(path, f"feature_scale of {n_features} features, or empty", found)
    dtypes = {declared[name].dtype.newbyteorder("=").name for name in WEIGHTS}
    if len(dtypes) > 1 or not dtypes <= {"float32", "float64"}:
        raise Unexpected(path, "weights of one dtype, float32 or float64", f"{sorted(dtypes)}")
    (n_classes,) = declared["classes"].shape
    if n_classes != n_outputs and (n_classes, n_outputs) != (2, 1):
        raise Unexpected(path, f"as many classes as outputs, {n_outputs}", f"{n_classes}")


def check_parameters(path, parameters, kind):
    """Those of an estimator of that kind, in their ranges."""
    defaults = kind().get_params(deep=False)
    unknown = sorted(set(parameters) - set(defaults))
    if unknown:
        raise Unexpected(path, f"parameters of a {kind.__name__}", f"{unknown}")
    constraints = kind._parameter_constraints
    try:
        validate_parameter_constraints(constraints, defaults | parameters, kind.__name__)
        check_settings(defaults | parameters)
    except ValueError as error:
        raise Unexpected(path, "parameters in their ranges", str(error)) from error


def check_weights(path, weights, feature_scale, feature_names):
    """Finite weights, a name a feature, positive units."""
    for name, array in zip(WEIGHTS, weights, strict=True):
        if not np.isfinite(array).all():
            raise Unexpected(path, f"finite numbers in {name}", "others")
    n_features = weights[0].shape[-2]
    if feature_names is not None and len(feature_names) != n_features:
        raise Unexpected(path, f"{n_features} feature names", f"{len(feature_names)}")
    if not (np.isfinite(feature_scale) & (feature_scale > 0)).all():
        raise Unexpected(path, "positive, finite numbers in feature_scale", "others")


def check_labels(path, labels, n_outputs):
    """Labels that so many outputs can stand for."""
    classes = labels.classes
    if labels.multilabel:
        right = labels.output_activation == "sigmoid" and np.array_equal(
            classes, np.arange(n_outputs)
        )
        what = "labels 0 to n_outputs - 1 with sigmoid outputs"
    else:
        right, what = bool((classes[1:] > classes[:-1]).all()), "classes in increasing order"
        if classes.dtype.kind == "f":
            right = right and bool(np.isfinite(classes).all())
    if not right or labels.n_outputs != n_outputs:
        found = f"{n_outputs} {labels.output_activation} outputs for {classes!r}"
        raise Unexpected(path, what, found)


def check_characters(path, name, array):
    """NumPy compares and copies strings of numbers that Python has no characters for."""
    if array.dtype.kind == "U":
        numbers = np.atleast_1d(array).view(np.uint32)
        if (largest := numbers.max(initial=0)) > sys.maxunicode:
            raise Unexpected(path, f"characters in {name}", f"the number {largest}")


def _number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(value):
    return type(value) is int and value >= 0


def _list_of(check):
    return lambda value: isinstance(value, list) and all(map(check, value))


def _optional(check):
    return lambda value: value is None or check(value)


def _outcome(value):
    plain = bool | int | float | str
    return isinstance(value, dict) and all(
        name in RESULT and isinstance(each, plain) for name, each in value.items()
    )


FITTED = {
    "activation_": lambda value: value in list(ACTIVATIONS),
    "output_activation_": lambda value: value in list(OUTPUTS),
    "loss_": _number,
    "loss_curve_": _list_of(_number),
    "init_losses_": _list_of(_number),
    "sample_loss_curves_": _list_of(_list_of(_number)),
    "n_iter_": _count,
    "optimize_result_": _outcome,
    "validation_loss_curve_": _optional(_list_of(_number)),
    "validation_scores_": _optional(_list_of(_number)),
    "best_iter_": _optional(_count),
}
COMMITTEE = {
    "reg_lambda_": _number,
    "hidden_units_": _count,
    "best_score_": _number,
    "n_iter_": _count,
}
MEMBERS = {
    "parameters": lambda value: isinstance(value, dict),
    "fitted": lambda value: isinstance(value, list) and len(value) > 0,
}
ABOUT = {
    "format": lambda value: value == FORMAT,
    "parameters": lambda value: isinstance(value, dict),
    "multilabel": lambda value: isinstance(value, bool),
    "classes_are_objects": lambda value: isinstance(value, bool),
    "feature_names": _optional(_list_of(lambda value: isinstance(value, str))),
    "fitted": lambda value: isinstance(value, dict),
}


def check_about(path, about):
    """What JSON says of itself, and of the fit of a classifier."""
    _check_items(path, "about", about, ABOUT)
    check_fitted(path, "about['fitted']", about["fitted"])


def check_images(path, shape, order, n_features):
    """What a model knows of the images that its rows are, or two None."""
    if (shape, order) == (None, None):
        return
    right = isinstance(shape, tuple | list) and len(shape) == 2 and all(map(_count, shape))
    if not right or shape[0] * shape[1] != n_features or order not in ("C", "F"):
        found = f"{shape!r} and {order!r}"[:100]
        raise Unexpected(path, f"images of {n_features} pixels, in order C or F", found)


def check_fitted(path, where, fitted):
    """What JSON says of the fit of a classifier."""
    _check_items(path, where, fitted, FITTED)


def check_committee(path, about):
    """What JSON says of itself, and of a committee; then of its members."""
    _check_items(path, "about", about, ABOUT | {"members": lambda value: isinstance(value, dict)})
    _check_items(path, "about['fitted']", about["fitted"], COMMITTEE)
    _check_items(path, "about['members']", about["members"], MEMBERS)
    for k, fitted in enumerate(about["members"]["fitted"]):
        check_fitted(path, f"about['members']['fitted'][{k}]", fitted)


def _check_items(path, where, found, checks):
    if not isinstance(found, dict) or found.keys() != checks.keys():
        names = sorted(found) if isinstance(found, dict) else type(found).__name__
        raise Unexpected(path, f"{where} to tell {', '.join(checks)}", f"{names}")
    for name, check in checks.items():
        if not check(found[name]):
            text = repr(found[name])[:100]
            raise Unexpected(path, f"{where} to tell {name} as save_model does", text)
