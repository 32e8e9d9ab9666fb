"""A fitted scikit-learn MLPClassifier that says what a network says."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from skdigits.export.formula import formula_of
from skdigits.network import penalties


def to_mlpclassifier(model):
    """Turn a fitted network into a fitted `sklearn.neural_network.MLPClassifier`.

    For what reads those: converters to PMML or to code for microcontrollers, explainers, your own
    code. Two classes with softmax become one sigmoid unit, which says the same.

    Parameters
    ----------
    model : TwoLayerNNClassifier
        A fitted network.

    Returns
    -------
    mlp : MLPClassifier
        With the weights of the model, copied, and equal probabilities. Its ``alpha`` is the model's
        ``reg_lambda`` (of a pair the first), its ``loss_`` the model's. Fitted again it begins
        anew, with scikit-learn's optimizer.

    Raises
    ------
    ValueError
        If an MLPClassifier cannot say the same: several classes with sigmoid outputs, whose
        probabilities it does not normalize, one class alone, or a committee.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skdigits import TwoLayerNNClassifier
    >>> from skdigits.export import to_mlpclassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = TwoLayerNNClassifier(5, random_state=0).fit(X, y)
    >>> mlp = to_mlpclassifier(model)
    >>> bool(abs(mlp.predict_proba(X) - model.predict_proba(X)).max() < 1e-12)
    True
    """
    formula = formula_of(model)
    if hasattr(model, "estimators_"):
        raise ValueError(
            "model is a committee, whose networks predict together; an MLPClassifier is one "
            "network: export one of model.estimators_, or all of it by to_onnx"
        )
    if len(formula.classes) < 2:
        raise ValueError(
            f"model knows one class alone, {formula.classes[0]}, and no MLPClassifier says that; "
            "fit it to rows of two classes or more"
        )
    if formula.outputs == "normalized":
        raise ValueError(
            f"model has {len(formula.classes)} classes with output_activation='sigmoid', and an "
            "MLPClassifier would take them for softmax; fit with output_activation='softmax', or "
            "export by to_onnx, to_json or to_c"
        )
    W1, b1, W2, b2 = formula.networks[0]
    if formula.outputs == "softmax" and len(formula.classes) == 2:
        W2, b2 = W2[:, 1:] - W2[:, :1], b2[1:] - b2[:1]
    mlp = _fitted_anyhow(formula, model)
    mlp.coefs_ = [np.array(W1), np.array(W2)]
    mlp.intercepts_ = [np.array(b1), np.array(b2)]
    mlp.loss_ = mlp.best_loss_ = model.loss_
    mlp.n_iter_ = model.n_iter_
    if formula.feature_names is not None:
        mlp.feature_names_in_ = np.array(formula.feature_names, dtype=object)
    return mlp


def _fitted_anyhow(formula, model):
    """An MLPClassifier of these sizes and classes: fitted, so that all that it keeps is there."""
    mlp = MLPClassifier(
        (formula.networks[0].W1.shape[1],),
        activation=formula.activation,
        solver="lbfgs",
        alpha=penalties(model.reg_lambda)[0],  # it has one for all layers
        max_iter=1,
        random_state=0,
    )
    n = len(formula.classes)
    y = np.eye(n, dtype=int) if formula.outputs == "multilabel" else formula.classes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it is not to converge
        mlp.fit(np.zeros((n, formula.n_features), dtype=formula.dtype), y)
    return mlp.set_params(max_iter=model.maxiter)
