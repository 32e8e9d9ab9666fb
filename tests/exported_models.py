"""Fitted models of every kind that an export meets, with rows that are not all near the training rows."""

import warnings
from functools import cache

import numpy as np
from sklearn.datasets import load_iris, make_multilabel_classification

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV

X, SPECIES = load_iris(return_X_y=True)
NAMES = np.array(['set"osa\\', "versi??/color", "vírginica 1"])[SPECIES]
X_LABELS, LABELS = make_multilabel_classification(120, 6, n_classes=4, random_state=0)
SIGMOID = {"output_activation": "sigmoid"}

# name: (X, y, estimator)
MODELS = {
    "softmax": (X, SPECIES, TwoLayerNNClassifier(5)),
    "softmax, names": (X, NAMES, TwoLayerNNClassifier(5, activation="tanh")),
    "softmax, relu": (X, SPECIES * 1.0, TwoLayerNNClassifier(5, activation="relu")),
    "two, softmax": (X, SPECIES == 2, TwoLayerNNClassifier(5)),
    "two, sigmoid": (X, NAMES[0] == NAMES, TwoLayerNNClassifier(5, **SIGMOID)),
    "normalized": (X, -SPECIES, TwoLayerNNClassifier(5, **SIGMOID)),
    "labels": (X_LABELS, LABELS, TwoLayerNNClassifier(5, **SIGMOID)),
    "committee": (X, NAMES, TwoLayerNNClassifierCV(5, cv=3)),
    "committee, two": (X, SPECIES == 1, TwoLayerNNClassifierCV(5, cv=3, activation="tanh")),
    "committee, sigmoid": (X, SPECIES, TwoLayerNNClassifierCV(5, cv=2, **SIGMOID)),
    "committee, labels": (X_LABELS, LABELS, TwoLayerNNClassifierCV(5, cv=2, **SIGMOID)),
    "committee of one": (X, SPECIES, TwoLayerNNClassifierCV(5, cv=2, average=False)),
}
ONE_NETWORK = [name for name in MODELS if "committee" not in name]


@cache
def fitted(name, dtype="float64"):
    """(the model, rows that it has seen and wilder ones)."""
    X, y, model = MODELS[name]
    X = X.astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of iterations: what is fitted does not matter
        model = type(model)(**model.get_params()).set_params(maxiter=60, random_state=0)
        model.fit(X, y)
    wild = np.random.default_rng(0).normal(scale=30, size=(50, X.shape[1])).astype(dtype)
    return model, np.concatenate([X, wild])
