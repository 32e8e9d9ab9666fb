"""What a fitted model computes: all that an export needs of it."""

from copy import copy
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.fitting import labels_of

# How scores z become probabilities p, by the kind of the outputs.
OUTPUTS = {
    "softmax": "p = exp(z - max z) / sum exp(z - max z)",
    "binary": "p = [1 - s, s], s = 1 / (1 + exp(-z))",
    "multilabel": "p = 1 / (1 + exp(-z)), of each label by itself",
    "normalized": "s = 1 / (1 + exp(-z)), p = s / sum s",
}


class Network(NamedTuple):
    """The weights of one network."""

    W1: np.ndarray  # (n_features, hidden_units)
    b1: np.ndarray  # (hidden_units,)
    W2: np.ndarray  # (hidden_units, n_outputs)
    b2: np.ndarray  # (n_outputs,)


class Formula(NamedTuple):
    """h = activation(x W1 + b1), z = h W2 + b2, p of z; of several networks the mean p."""

    networks: list  # a Network each, of one size
    activation: str
    outputs: str  # a key of OUTPUTS
    classes: np.ndarray
    feature_names: list | None

    @property
    def dtype(self):
        """Of the weights: float32 or float64."""
        return self.networks[0].W1.dtype

    @property
    def n_features(self):
        """The length of x."""
        return self.networks[0].W1.shape[0]

    def astype(self, dtype):
        """The same with weights of another precision."""
        networks = [Network(*(part.astype(dtype) for part in network)) for network in self.networks]
        return self._replace(networks=networks)


def formula_of(model, name="model"):
    """The Formula of a fitted classifier or committee."""
    if not isinstance(model, TwoLayerNNClassifier | TwoLayerNNClassifierCV):
        raise ValueError(
            f"{name} must be a TwoLayerNNClassifier or a TwoLayerNNClassifierCV, got "
            f"{type(model).__name__}; of a Pipeline export the last step, or all by to_onnx"
        )
    check_is_fitted(model)
    members = [copy(each) for each in getattr(model, "estimators_", [model])]  # in NumPy
    labels = labels_of(members[0])
    outputs = labels.output_activation
    if labels.multilabel:
        outputs = "multilabel"
    elif outputs == "sigmoid":
        outputs = "binary" if labels.single_output else "normalized"
    names = getattr(model, "feature_names_in_", None)
    networks = [
        Network(each.coefs_[0], each.intercepts_[0], each.coefs_[1], each.intercepts_[1])
        for each in members
    ]
    return Formula(
        networks,
        members[0].activation_,
        outputs,
        labels.classes,
        None if names is None else list(names),
    )
