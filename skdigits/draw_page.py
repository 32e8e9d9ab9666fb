"""The page to draw on: one HTML file in which a fitted network reads what is drawn.

It asks nothing of a network or a server; its policy lets it run its own script and nothing else.
"""

import base64
import html

import numpy as np
from sklearn.pipeline import Pipeline

from skdigits.classifier import TwoLayerNNClassifier
from skdigits.html_page import as_json, asset, filled

__all__ = ["make_draw_page"]

SCRIPTS = ("normalize.js", "network.js", "draw.js")


def make_draw_page(model, form, about):
    """Make the page.

    Parameters
    ----------
    model : TwoLayerNNClassifier or Pipeline that ends in one
        The fitted classifier. What a Pipeline does before must be affine, as scalers and PCA are:
        it becomes part of the hidden layer.
    form : Form
        Of the images that it was fitted on; see `normalization`.
    about : str
        What the page says of the network.

    Returns
    -------
    page : str
        The HTML, complete.

    Raises
    ------
    ValueError
        If the model is another, or a Pipeline that is not affine.
    """
    network = affine_network(model)
    data = {
        "network": {
            **{name: _encoded(network[name]) for name in ("W1", "b1", "W2", "b2")},
            "activation": network["activation"],
            "outputActivation": network["output_activation"],
            "multilabel": network["multilabel"],
        },
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


def affine_network(model):
    """Weights, activations and classes of a network, with the affine steps before it folded in."""
    network = model[-1] if isinstance(model, Pipeline) else model
    if not isinstance(network, TwoLayerNNClassifier):
        raise ValueError(
            "the model must be a TwoLayerNNClassifier or a Pipeline that ends in one, got a "
            f"{type(network).__name__}"
        )
    W1, b1 = network.coefs_[0].T, network.intercepts_[0]
    if isinstance(model, Pipeline) and len(model) > 1:
        M, c = _affine_map(model[:-1], model.n_features_in_)
        W1, b1 = W1 @ M, b1 + W1 @ c
    return {
        "W1": W1,
        "b1": b1,
        "W2": network.coefs_[1].T,
        "b2": network.intercepts_[1],
        "activation": network.activation_,
        "output_activation": network.output_activation_,
        "multilabel": network._multilabel,
        "classes": network.classes_,
    }


def _affine_map(steps, n_features):
    """(M, c) with steps.transform(x) = M x + c, which rows of all sizes must confirm."""
    c = np.asarray(steps.transform(np.zeros((1, n_features))))[0]
    M = (np.asarray(steps.transform(np.eye(n_features))) - c).T
    rows = np.random.RandomState(0).uniform(-1, 2, (20, n_features))
    found, expected = steps.transform(rows), rows @ M.T + c
    if not np.allclose(found, expected, rtol=1e-5, atol=1e-6 * np.abs(expected).max()):
        names = ", ".join(type(step).__name__ for _, step in steps.steps)
        raise ValueError(
            "the steps before the network must be affine, as scalers and PCA are, to become part "
            f"of the page; these are not: {names}"
        )
    return M, c


def _encoded(array):
    content = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"))
    return {"dtype": array.dtype.name, "data": base64.b64encode(content.tobytes()).decode("ascii")}
