"""A fitted classifier as plain arrays in an .npz file, and back: no pickle, nothing but NumPy.

The arrays are ``coef_0, intercept_0`` (hidden layer), ``coef_1, intercept_1`` (output layer),
``classes``, ``feature_scale`` (empty without standardize), and ``about``, JSON: the parameters, and
what was fitted besides the weights.
"""

import io
import json
import sys
from math import prod

import numpy as np
from scipy.optimize import OptimizeResult

from skdigits._sklearn import validate_parameter_constraints
from skdigits.classifier import TwoLayerNNClassifier
from skdigits.files.npz_files import Unexpected, check_archive, open_npz
from skdigits.fitting import RESULT, Labels
from skdigits.network import ACTIVATIONS, OUTPUTS

FORMAT = 2
WHAT = "a model that save_model wrote"
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


class NotArrays(ValueError):
    """A model that arrays cannot hold."""


def npz_content(model, path):
    """The bytes of a file with a fitted TwoLayerNNClassifier, and the parameters that it lacks.

    path is the name for errors.
    """
    if type(model) is not TwoLayerNNClassifier:
        raise NotArrays(
            f"{path}: not saved: an .npz file holds a TwoLayerNNClassifier alone, got a "
            f"{type(model).__name__}"
        )
    classes = model.classes_
    of_objects = classes.dtype == object  # what pandas makes of strings
    if of_objects:
        classes = np.array([str(label) for label in classes])
    if (
        classes.dtype.kind not in ARRAYS["classes"][0]
        or classes.tolist() != model.classes_.tolist()
    ):
        raise NotArrays(
            f"{path}: not saved: an .npz file holds classes that are numbers, or strings that do "
            f"not end in NUL, got {model.classes_!r}"
        )
    parameters, lost = {}, []
    for name, value in model.get_params(deep=False).items():
        try:
            parameters[name] = _as_json(value)
        except TypeError:
            lost.append(f"{name}={value!r}")
    about = {
        "format": FORMAT,
        "parameters": parameters,
        "multilabel": model._multilabel,
        "classes_are_objects": of_objects,
        "feature_names": _feature_names(model),
        "fitted": {name: getattr(model, name) for name in FITTED},
    }
    arrays = [model.coefs_[0], model.intercepts_[0], model.coefs_[1], model.intercepts_[1]]
    content = io.BytesIO()
    np.savez(
        content,
        about=np.array(json.dumps(about, default=lambda value: value.item())),
        classes=classes,
        feature_scale=np.empty(0) if model.feature_scale_ is None else model.feature_scale_,
        **dict(zip(WEIGHTS, arrays, strict=True)),
    )
    content = content.getvalue()
    read_model(path, content)  # what is written can be read
    return content, lost


def read_model(path, content):
    """The fitted TwoLayerNNClassifier in the bytes of a file; path is the name for errors."""
    check_archive(path, content, WHAT)
    with open_npz(io.BytesIO(content), path, WHAT) as arrays:
        _check_declared(path, arrays, len(content))
        about, classes, *weights, feature_scale = (_native(arrays.read(name)) for name in ARRAYS)
        _check_characters(path, "about", about)
        _check_characters(path, "classes", classes)
        about = json.loads(str(about))
        _check_about(path, about)
        parameters = {name: _from_json(value) for name, value in about["parameters"].items()}
        _check_parameters(path, parameters)
        output_activation = about["fitted"]["output_activation_"]
        labels = Labels(classes, about["multilabel"], output_activation)
        _check_labels(path, labels, weights[-1].size)
        _check_weights(path, weights, about["feature_names"])
        if not (np.isfinite(feature_scale) & (feature_scale > 0)).all():
            raise Unexpected(path, "positive, finite numbers in feature_scale", "others")
        return _model(parameters, about, labels, weights, feature_scale)


def _model(parameters, about, labels, weights, feature_scale):
    """The fitted TwoLayerNNClassifier of what is known to be in order."""
    model = TwoLayerNNClassifier(**parameters)
    vars(model).update(about["fitted"])
    # Each layer's weights lie as a fit leaves them, so that products have the same last bits.
    V1, b1, V2, b2 = map(np.asfortranarray, weights)
    model.coefs_, model.intercepts_ = [V1, V2], [b1, b2]
    model.classes_, model.n_outputs_ = labels.classes, labels.n_outputs
    model.feature_scale_ = feature_scale if feature_scale.size else None
    if about["classes_are_objects"]:
        model.classes_ = labels.classes.astype(object)
    model.n_features_in_, model._multilabel = len(V1), labels.multilabel
    model.optimize_result_ = OptimizeResult(model.optimize_result_)
    if about["feature_names"] is not None:
        model.feature_names_in_ = np.array(about["feature_names"], dtype=object)
    return model


def _native(array):
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _feature_names(model):
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else names.tolist()


# --- what is checked ------------------------------------------------------------------------------


def _check_declared(path, arrays, size):
    """Kinds, sizes and shapes by the headers, before any array is read."""
    if arrays.names != ARRAYS.keys():
        raise Unexpected(path, f"the arrays {', '.join(ARRAYS)}", f"{sorted(arrays.names)}")
    declared = {name: arrays.declared(name) for name in ARRAYS}
    for name, (kinds, ndim) in ARRAYS.items():
        shape, dtype, stored, n_bytes = declared[name]
        if dtype.kind not in kinds or len(shape) != ndim:
            found = f"{dtype} of shape {shape}"
            raise Unexpected(path, f"{name} of kind {kinds} in {ndim} dimensions", found)
        # An array that is not compressed cannot be larger than the file that it is in.
        if not stored or not prod(shape) * dtype.itemsize <= n_bytes <= size:
            found = f"shape {shape} of {dtype} in {n_bytes} of {size} bytes"
            raise Unexpected(path, f"{name} uncompressed, as large as the file says", found)
    n_features, hidden_units = declared["coef_0"].shape
    n_outputs = declared["coef_1"].shape[1]
    shapes = (n_features, hidden_units), (hidden_units,), (hidden_units, n_outputs), (n_outputs,)
    found = {name: declared[name].shape for name in WEIGHTS}
    if found != dict(zip(WEIGHTS, shapes, strict=True)) or min(n_features, *shapes[2]) < 1:
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


def _check_parameters(path, parameters):
    defaults = TwoLayerNNClassifier().get_params(deep=False)
    unknown = sorted(set(parameters) - set(defaults))
    if unknown:
        raise Unexpected(path, "parameters of a TwoLayerNNClassifier", f"{unknown}")
    constraints = TwoLayerNNClassifier._parameter_constraints
    try:
        validate_parameter_constraints(constraints, defaults | parameters, "TwoLayerNNClassifier")
    except ValueError as error:
        raise Unexpected(path, "parameters in their ranges", str(error)) from error


def _check_weights(path, weights, feature_names):
    for name, array in zip(WEIGHTS, weights, strict=True):
        if not np.isfinite(array).all():
            raise Unexpected(path, f"finite numbers in {name}", "others")
    if feature_names is not None and len(feature_names) != len(weights[0]):
        raise Unexpected(path, f"{len(weights[0])} feature names", f"{len(feature_names)}")


def _check_labels(path, labels, n_outputs):
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


def _check_characters(path, name, array):
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
ABOUT = {
    "format": lambda value: value == FORMAT,
    "parameters": lambda value: isinstance(value, dict),
    "multilabel": lambda value: isinstance(value, bool),
    "classes_are_objects": lambda value: isinstance(value, bool),
    "feature_names": _optional(_list_of(lambda value: isinstance(value, str))),
    "fitted": lambda value: isinstance(value, dict),
}


def _check_about(path, about):
    """What JSON says of itself, of the fit."""
    _check_items(path, "about", about, ABOUT)
    _check_items(path, "about['fitted']", about["fitted"], FITTED)


def _check_items(path, where, found, checks):
    if not isinstance(found, dict) or found.keys() != checks.keys():
        names = sorted(found) if isinstance(found, dict) else type(found).__name__
        raise Unexpected(path, f"{where} to tell {', '.join(checks)}", f"{names}")
    for name, check in checks.items():
        if not check(found[name]):
            text = repr(found[name])[:100]
            raise Unexpected(path, f"{where} to tell {name} as save_model does", text)


# --- parameters in JSON ---------------------------------------------------------------------------


def _as_json(value):
    """A parameter in JSON's types, with tuples and dicts by name; TypeError if it has none."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if isinstance(value, tuple):
        return {"tuple": [_as_json(each) for each in value]}
    if isinstance(value, dict):
        return {"dict": [[_as_json(key), _as_json(each)] for key, each in value.items()]}
    raise TypeError


def _from_json(value):
    if isinstance(value, list):
        return [_from_json(each) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tuple":
        return tuple(_from_json(each) for each in content)
    if kind == "dict":
        return {_from_json(key): _from_json(each) for key, each in content}
    raise ValueError(f"a parameter of the unknown kind {kind!r}")
