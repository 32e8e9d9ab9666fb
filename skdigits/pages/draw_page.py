"""The page to draw on: one HTML file in which a fitted network, or committee, reads what is drawn.

It asks nothing of a network or a server; its policy lets it run its own script and nothing else.
"""

import base64
import html
import warnings

import numpy as np
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.classifier_cv import TwoLayerNNClassifierCV
from skdigits.datasets import range_of
from skdigits.pages.html_page import as_json, asset, filled
from skdigits.plotting import network_of

__all__ = ["make_draw_page"]

SCRIPTS = ("normalize.js", "network.js", "draw.js")


def make_draw_page(model, form, about, *, ink=None, temperature=1.0, steps=None):
    """Make the page.

    Parameters
    ----------
    model : TwoLayerNNClassifier, TwoLayerNNClassifierCV or Pipeline that ends in one
        The fitted classifier. What a Pipeline does before must be affine, as scalers and PCA are:
        it becomes part of the hidden layer.
    form : Form
        Of the images that it was fitted on; see `normalization`.
    about : str
        What the page says of the network.
    ink : float, default=None
        The value of a pixel full of ink in the rows that the model was fitted on, above 0. None:
        1, unless a scaler at the beginning of a Pipeline has seen larger ones; then 16 for images
        of 8 x 8 pixels and 255 for others.
    temperature : float, default=1.0
        What the page divides the logarithms of probabilities by before it tells them, above 0: more
        than 1 where the network is surer than it should be of drawings.
    steps : dict of int to (TwoLayerNNClassifier, float), default=None
        The networks that the model was on its way, by their iterations, the model itself last, and
        the share of held-out rows that each reads right: the page gets a slider over them.

    Returns
    -------
    page : str
        The HTML, complete.

    Raises
    ------
    ValueError
        If the model is another, has one class, other features or weights that are not finite, if a
        Pipeline is not affine, or the temperature is not above 0.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    """
    check_is_fitted(model)
    n_pixels = working_steps(model)[0].n_features_in_
    if n_pixels != form.shape[0] * form.shape[1]:
        raise ValueError(
            f"the form must be of images with as many pixels as the model has features, "
            f"{n_pixels}; got {form.shape}"
        )
    ink = ink_of(model, form) if ink is None else ink
    if not 0 < ink < np.inf:
        raise ValueError(f"ink must be above 0 and finite, got {ink}")
    if not 0 < temperature < np.inf:
        raise ValueError(f"temperature must be above 0 and finite, got {temperature}")
    network = affine_network(model)
    data = {
        "network": {
            **_weights(network, ink),
            "members": network["members"],
            "activation": network["activation"],
            "outputActivation": network["output_activation"],
            "multilabel": network["multilabel"],
        },
        "temperature": temperature,
        "steps": _steps(steps or {}, ink),
        "classes": [str(label) for label in network["classes"]],
        "form": {
            "shape": form.shape,
            "order": form.order,
            "canvas": form.canvas,
            "box": form.box,
            "stretched": form.stretched,
            "pen": form.pen,
            "reduction": None if form.reduction is None else form.reduction.tolist(),
        },
    }
    script = "\n".join(asset(name).replace('"use strict";\n', "") for name in SCRIPTS)
    return filled(
        asset("draw.html"),
        style=asset("page.css") + asset("draw.css"),
        script=f'"use strict";\n{script}',
        data=as_json(data),
        about=html.escape(about),
    )


def working_steps(model):
    """The steps of a Pipeline that do something, or the model alone."""
    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    return [step for step in steps if step is not None and step != "passthrough"]


# What scalers have seen of each feature.
SEEN = {"MinMaxScaler": "data_max_", "MaxAbsScaler": "max_abs_", "StandardScaler": "mean_"}


def ink_of(model, form):
    """The value of a pixel full of ink, as far as the scaler that begins a Pipeline tells."""
    first = working_steps(model)[0]
    seen = getattr(first, SEEN.get(type(first).__name__, ""), None)
    return 1.0 if seen is None else float(range_of(np.max(seen), form.shape))


def affine_network(model):
    """Weights, activations and classes of a model, with the affine steps before it folded in.

    A network is a committee of one. Members stand one above another in W1 (members * hidden_units,
    n_features) and b1, W2 (members * n_outputs, hidden_units) and b2.
    """
    network = network_of(model)
    if isinstance(network, TwoLayerNNClassifierCV):
        members = network.estimators_
    elif isinstance(network, TwoLayerNNClassifier):
        members = [network]
    else:
        raise ValueError(
            "the model must be a TwoLayerNNClassifier, a TwoLayerNNClassifierCV or a Pipeline that "
            f"ends in one, got a {type(network).__name__}"
        )
    if len(network.classes_) < 2:
        raise ValueError(f"the model must tell classes apart, got one: {network.classes_}")
    W1 = np.concatenate([member.coefs_[0].T for member in members])
    b1 = np.concatenate([member.intercepts_[0] for member in members])
    steps = working_steps(model)
    if len(steps) > 1:
        M, c = _affine_map(model[:-1], steps[0].n_features_in_)
        W1, b1 = W1 @ M, b1 + W1 @ c
    W2 = np.concatenate([member.coefs_[1].T for member in members])
    b2 = np.concatenate([member.intercepts_[1] for member in members])
    if not all(np.isfinite(part).all() for part in (W1, b1, W2, b2)):
        raise ValueError("the model's weights must be finite, got NaN or infinity")
    return {
        "W1": W1,
        "b1": b1,
        "W2": W2,
        "b2": b2,
        "members": len(members),
        "activation": members[0].activation_,
        "output_activation": members[0].output_activation_,
        "multilabel": members[0]._multilabel,
        "classes": network.classes_,
    }


def _affine_map(steps, n_features):
    """(M, c) with steps.transform(x) = M x + c, which rows of all sizes must confirm."""

    def transform(rows):
        with warnings.catch_warnings():  # rows of ours have no names, whatever the model's had
            warnings.filterwarnings("ignore", "X does not have valid feature names")
            transformed = steps.transform(rows)
        return transformed.toarray() if issparse(transformed) else np.asarray(transformed)

    c = transform(np.zeros((1, n_features)))[0]
    M = (transform(np.eye(n_features)) - c).T
    rows = np.random.RandomState(0).uniform(-1, 2, (20, n_features))
    expected = rows @ M.T + c
    tolerance = {"rtol": 1e-5, "atol": 1e-6 * np.abs(expected).max()}
    if not np.allclose(transform(rows), expected, **tolerance):
        names = ", ".join(type(step).__name__ for _, step in steps.steps)
        raise ValueError(
            "the steps before the network must be affine, as scalers and PCA are, to become part "
            f"of the page; these are not: {names}"
        )
    return M, c


def _weights(network, ink, dtype=None):
    """The weights as the page reads them; pixels full of ink are 1 there."""
    weights = {name: network[name] for name in ("W1", "b1", "W2", "b2")}
    weights["W1"] = weights["W1"] * weights["W1"].dtype.type(ink)
    return {name: _encoded(part, dtype or part.dtype) for name, part in weights.items()}


def _steps(steps, ink):
    """The networks on the way, in half precision: a page of nine would be four times as large."""
    told = [{"iteration": step, "right": right} for step, (_, right) in steps.items()]
    for data in told[:-1]:  # the last is the network of the page
        network, _ = steps[data["iteration"]]
        data["weights"] = _weights(affine_network(network), ink, np.dtype(np.float16))
    return told


def _encoded(array, dtype):
    content = np.ascontiguousarray(array).astype(dtype.newbyteorder("<"))
    return {"dtype": dtype.name, "data": base64.b64encode(content.tobytes()).decode("ascii")}
