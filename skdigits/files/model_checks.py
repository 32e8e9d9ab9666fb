"""What must be true of networks in a model that was loaded as objects.

Files of skops hold objects with whatever attributes the file says. Every network within is checked
as those in arrays are, so that what is loaded could have been left by a fit.
"""

import numpy as np
from sklearn.base import BaseEstimator

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.files.array_checks import check_images, check_labels, check_parameters, check_weights
from skdigits.files.npz_files import Unexpected
from skdigits.fitting import Labels
from skdigits.network import ACTIVATIONS, OUTPUTS

WHAT = "a fitted network"


def check_networks(path, model):
    """Refuse a model with a network within that no fit has left."""
    for part in _within(model):
        if isinstance(part, TwoLayerNNClassifier | TwoLayerNNClassifierCV):
            kind = type(part)
            parameters = {name: vars(part).get(name, _missing) for name in kind().get_params()}
            gone = [name for name, value in parameters.items() if value is _missing]
            if gone:
                raise Unexpected(path, f"a {kind.__name__} with all parameters", f"none {gone}")
            check_parameters(path, parameters, kind)
            images = [vars(part).get(name) for name in ("image_shape_", "image_order_")]
            check_images(path, *images, vars(part).get("n_features_in_"))
        if isinstance(part, TwoLayerNNClassifierCV) and "estimators_" in vars(part):
            _check_committee(path, part)
        if isinstance(part, TwoLayerNNClassifier) and "coefs_" in vars(part):
            _check_network(path, part)


_missing = object()


def _within(model):
    """The model and all that it holds, each once."""
    waiting, seen = [model], {}
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        yield part
        if isinstance(part, BaseEstimator):
            waiting += vars(part).values()
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
        elif isinstance(part, np.ndarray) and part.dtype == object:
            waiting += part.ravel().tolist()


def _check_network(path, network):
    found = vars(network)
    layers = [found.get(name) for name in ("coefs_", "intercepts_")]
    whole = all(isinstance(layer, list) and len(layer) == 2 for layer in layers)
    if not whole or not all(isinstance(a, np.ndarray) for layer in layers for a in layer):
        raise Unexpected(path, f"{WHAT}, with arrays of two layers", "other things")
    (V1, V2), (b1, b2) = layers
    sizes = [array.shape for array in (V1, b1, V2, b2)]
    n_features, hidden, n_outputs = V1.shape[0] if V1.ndim else 0, b1.size, b2.size
    if sizes != [(n_features, hidden), (hidden,), (hidden, n_outputs), (n_outputs,)] or not (
        n_features and hidden and n_outputs
    ):
        raise Unexpected(path, f"{WHAT}, with shapes that fit together", f"{sizes}")
    dtypes = {array.dtype.name for array in (V1, b1, V2, b2)}
    if len(dtypes) > 1 or not dtypes <= {"float32", "float64"}:
        raise Unexpected(path, f"{WHAT}, with weights of one dtype", f"{sorted(dtypes)}")
    names, scale = found.get("feature_names_in_"), found.get("feature_scale_")
    scale = np.ones(n_features) if scale is None else scale
    if not isinstance(scale, np.ndarray) or scale.shape != (n_features,) or scale.dtype.kind != "f":
        raise Unexpected(path, f"{WHAT}, with feature_scale_ of {n_features} numbers", "others")
    check_weights(path, [V1, b1, V2, b2], scale, names)
    told = {
        "activation_": list(ACTIVATIONS),
        "output_activation_": list(OUTPUTS),
        "_multilabel": [False, True],
        "n_features_in_": [n_features],
        "n_outputs_": [n_outputs],
    }
    for name, values in told.items():
        value = found.get(name)
        if type(value) not in (str, bool, int) or value not in values:
            raise Unexpected(path, f"{WHAT}, with {name} of {values}", repr(value)[:100])
    classes = found.get("classes_")
    if (
        not isinstance(classes, np.ndarray)
        or classes.ndim != 1
        or classes.dtype.kind not in "biufUO"
    ):
        raise Unexpected(path, f"{WHAT}, with classes_", repr(classes)[:100])
    check_labels(
        path, Labels(classes, found["_multilabel"], found["output_activation_"]), n_outputs
    )


def _check_committee(path, committee):
    members = vars(committee)["estimators_"]
    if not isinstance(members, list) or not members:
        raise Unexpected(path, "a committee of networks", repr(members)[:100])
    first = members[0]
    for member in members:
        fitted = isinstance(member, TwoLayerNNClassifier) and "coefs_" in vars(member)
        if not fitted:
            raise Unexpected(path, "a committee of fitted networks", type(member).__name__)
        _check_network(path, member)
        same = all(
            a.shape == b.shape and a.dtype == b.dtype
            for a, b in zip(member.coefs_, first.coefs_, strict=True)
        )
        names = ("activation_", "output_activation_", "_multilabel")
        if not same or any(getattr(member, name) != getattr(first, name) for name in names):
            raise Unexpected(path, "members of one kind", "others")
        if not np.array_equal(member.classes_, first.classes_):
            raise Unexpected(path, "members that know the same classes", "others")
    found = vars(committee)
    if not np.array_equal(found.get("classes_"), first.classes_):
        raise Unexpected(path, "a committee with its members' classes", "others")
    if found.get("n_features_in_") != first.n_features_in_:
        raise Unexpected(path, "a committee with its members' features", "others")
