"""A fitted model as plain arrays in an .npz file, and back: no pickle, nothing but NumPy.

The arrays are ``coef_0, intercept_0`` (hidden layer), ``coef_1, intercept_1`` (output layer),
``classes``, ``feature_scale`` (empty without standardize), and ``about``, JSON: the parameters, and
what was fitted besides the weights. Those of a committee have the members first, and beside them
``reg_lambdas``, ``scores`` (numbers of hidden units, lambdas, splits) and ``oof_predict_proba``.
"""

import io
import json
from copy import copy
from numbers import Integral

import numpy as np
from scipy.optimize import OptimizeResult

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.files.array_checks import (
    ARRAYS,
    COMMITTEE,
    COMMITTEE_ARRAYS,
    FITTED,
    FORMAT,
    WEIGHTS,
    check_about,
    check_characters,
    check_committee,
    check_declared,
    check_images,
    check_labels,
    check_parameters,
    check_weights,
)
from skdigits.files.npz_files import Unexpected, check_archive, open_npz
from skdigits.fitting import Labels

WHAT = "a model that save_model wrote"


class NotArrays(ValueError):
    """A model that arrays cannot hold."""


def npz_content(model, path):
    """The bytes of a file with a fitted classifier or committee, and the parameters that it lacks.

    path is the name for errors.
    """
    model = copy(model)  # with arrays of NumPy
    if type(model) is TwoLayerNNClassifier:
        arrays, about, lost = _of_classifier(model)
    elif type(model) is TwoLayerNNClassifierCV:
        arrays, about, lost = _of_committee(model)
    else:
        raise NotArrays(
            f"{path}: not saved: an .npz file holds a TwoLayerNNClassifier or a "
            f"TwoLayerNNClassifierCV alone, got a {type(model).__name__}"
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
    names = getattr(model, "feature_names_in_", None)
    about |= {
        "format": FORMAT,
        "classes_are_objects": of_objects,
        "feature_names": None if names is None else names.tolist(),
    }
    if hasattr(model, "image_shape_"):
        about["images"] = {"shape": list(model.image_shape_), "order": model.image_order_}
    content = io.BytesIO()
    text = json.dumps(about, default=lambda value: value.item())
    np.savez(content, about=np.array(text), classes=classes, **arrays)
    content = content.getvalue()
    read_model(path, content)  # what is written can be read
    return content, lost


def _of_classifier(model):
    """(arrays, what JSON tells, parameters that are lost)."""
    parameters, lost = _parameters(model)
    arrays = [model.coefs_[0], model.intercepts_[0], model.coefs_[1], model.intercepts_[1]]
    scale = np.empty(0) if model.feature_scale_ is None else model.feature_scale_
    about = {
        "parameters": parameters,
        "multilabel": model._multilabel,
        "fitted": {name: getattr(model, name) for name in FITTED},
    }
    return dict(zip(WEIGHTS, arrays, strict=True), feature_scale=scale), about, lost


def _of_committee(model):
    """The same of a committee."""
    members = [_of_classifier(member) for member in model.estimators_]
    (arrays, about, lost_of_member), *_ = members
    parameters, lost = _parameters(model)
    told = {
        "parameters": parameters,
        "multilabel": about["multilabel"],
        "fitted": {name: getattr(model, name) for name in COMMITTEE},
        "members": {
            "parameters": about["parameters"],
            "fitted": [of_member["fitted"] for _, of_member, _ in members],
        },
    }
    scores = model.scores_
    arrays |= {name: np.stack([each[name] for each, _, _ in members]) for name in WEIGHTS} | {
        "reg_lambdas": model.reg_lambdas_,
        "scores": scores if scores.ndim == 3 else scores[np.newaxis],
        "oof_predict_proba": model.oof_predict_proba_,
    }
    return arrays, told, [*lost, *lost_of_member]


def _parameters(model):
    """(those that JSON can hold, texts of the others)."""
    parameters, lost = {}, []
    for name, value in model.get_params(deep=False).items():
        try:
            parameters[name] = _as_json(value)
        except TypeError:
            lost.append(f"{name}={value!r}")
    return parameters, lost


def read_model(path, content):
    """The fitted model in the bytes of a file; path is the name for errors."""
    check_archive(path, content, WHAT)
    with open_npz(io.BytesIO(content), path, WHAT) as arrays:
        of_committee = "scores" in arrays.names
        table = COMMITTEE_ARRAYS if of_committee else ARRAYS
        check_declared(path, arrays, len(content), table)
        found = {name: _native(arrays.read(name)) for name in table}
        check_characters(path, "about", found["about"])
        check_characters(path, "classes", found["classes"])
        about = json.loads(str(found["about"]))
        images = about.pop("images", None) if isinstance(about, dict) else None
        (check_committee if of_committee else check_about)(path, about)
        weights = [found[name] for name in WEIGHTS]
        check_weights(path, weights, found["feature_scale"], about["feature_names"])
        model = (_committee if of_committee else _classifier)(path, about, found)
        if images is not None:
            _remember_images(path, model, images)
        return model


def _remember_images(path, model, images):
    """What the command has told a model of the images that its rows are."""
    if not isinstance(images, dict) or images.keys() != {"shape", "order"}:
        raise Unexpected(path, "the shape and order of images", repr(images)[:100])
    check_images(path, images["shape"], images["order"], model.n_features_in_)
    model.image_shape_, model.image_order_ = tuple(images["shape"]), images["order"]


def _classifier(path, about, found):
    """The fitted TwoLayerNNClassifier of arrays that are in order, as far as they are known."""
    parameters = _from_json_parameters(path, about, TwoLayerNNClassifier)
    labels = Labels(found["classes"], about["multilabel"], about["fitted"]["output_activation_"])
    check_labels(path, labels, found["intercept_1"].size)
    model = TwoLayerNNClassifier(**parameters)
    vars(model).update(about["fitted"])
    # Each layer's weights lie as a fit leaves them, so that products have the same last bits.
    V1, b1, V2, b2 = (np.asfortranarray(found[name]) for name in WEIGHTS)
    model.coefs_, model.intercepts_ = [V1, V2], [b1, b2]
    model.classes_, model.n_outputs_ = _classes(about, found), labels.n_outputs
    model.feature_scale_ = found["feature_scale"] if found["feature_scale"].size else None
    model.n_features_in_, model._multilabel = len(V1), labels.multilabel
    model.optimize_result_ = OptimizeResult(model.optimize_result_)
    _name_features(model, about)
    return model


def _committee(path, about, found):
    """The fitted TwoLayerNNClassifierCV of such arrays."""
    parameters = _from_json_parameters(path, about, TwoLayerNNClassifierCV)
    told = about["members"]["fitted"]
    n_members, n_lambdas = len(found["coef_0"]), len(found["reg_lambdas"])
    scores, held_out = found["scores"], found["oof_predict_proba"]
    if len(told) != n_members or scores.shape[1] != n_lambdas:
        sizes = f"{n_members} and {n_lambdas} of {scores.shape}"
        raise Unexpected(path, f"{len(told)} members, and scores of each lambda", sizes)
    if held_out.shape[1] != len(found["classes"]):
        raise Unexpected(path, "probabilities of each class", f"shape {held_out.shape}")
    model = TwoLayerNNClassifierCV(**parameters)
    vars(model).update(about["fitted"])
    model.estimators_ = [
        _classifier(
            path,
            about | {"parameters": about["members"]["parameters"], "fitted": fitted},
            found | {name: found[name][k] for name in WEIGHTS},
        )
        for k, fitted in enumerate(told)
    ]
    ways = {(member.activation_, member.output_activation_) for member in model.estimators_}
    if len(ways) > 1:
        raise Unexpected(path, "members of the same activations", f"{sorted(ways)}")
    model.classes_, model.n_features_in_ = _classes(about, found), found["coef_0"].shape[1]
    model.reg_lambdas_, model.oof_predict_proba_ = found["reg_lambdas"], held_out
    model.scores_ = scores[0] if isinstance(model.hidden_units, Integral) else scores
    _name_features(model, about)
    return model


def _from_json_parameters(path, about, kind):
    """Parameters of an estimator of that kind, in their ranges."""
    parameters = {name: _from_json(value) for name, value in about["parameters"].items()}
    check_parameters(path, parameters, kind)
    return parameters


def _classes(about, found):
    return found["classes"].astype(object) if about["classes_are_objects"] else found["classes"]


def _name_features(model, about):
    if about["feature_names"] is not None:
        model.feature_names_in_ = np.array(about["feature_names"], dtype=object)


def _native(array):
    return array.astype(array.dtype.newbyteorder("="), copy=False)


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
