"""Models in files that are safe to load from strangers.

The format is that of skops: a zip archive of arrays and a JSON schema, no pickle. Loading builds
only scikit-learn's types and the few named here.
"""

from pathlib import Path

from sklearn.utils.validation import check_is_fitted

TRUSTED = [
    "scipy.optimize._optimize.OptimizeResult",
    "skdigits.classifier.TwoLayerNNClassifier",
]


def save_model(model, path):
    """Save a fitted model.

    Parameters
    ----------
    model : estimator
        A fitted `TwoLayerNNClassifier`, or a Pipeline of scikit-learn's with one.
    path : str or path
        The file to write, conventionally named ``.skops``.

    Raises
    ------
    ValueError
        If the model holds types that `load_model` would refuse, such as callbacks.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ImportError
        If skops is not installed.

    See Also
    --------
    load_model : The way back.
    """
    check_is_fitted(model)
    skops_io = _skops()
    content = skops_io.dumps(model)
    refused = sorted(set(skops_io.get_untrusted_types(data=content)) - set(TRUSTED))
    if refused:
        raise ValueError(
            f"the model holds types that load_model would refuse: {', '.join(refused)}; of a "
            "search save best_estimator_, and take callbacks off by set_callbacks()"
        )
    Path(path).write_bytes(content)


def load_model(path):
    """Load a model that `save_model` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    model : estimator
        The fitted model.

    Raises
    ------
    ValueError
        If the file is not such a model, or holds types other than scikit-learn's and ours.
    OSError
        If the file cannot be read.
    ImportError
        If skops is not installed.

    See Also
    --------
    save_model : Writes such files.
    """
    skops_io = _skops()
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        model = skops_io.load(path, trusted=TRUSTED)
    except UntrustedTypesFoundException as error:
        raise ValueError(
            f"{path}: not loaded, it holds types that are not trusted: {error}"
        ) from error
    except OSError:
        raise
    except Exception as error:  # of a damaged archive skops raises whatever it stumbles on
        raise ValueError(
            f"{path}: expected a model that save_model wrote, found {type(error).__name__}: {error}"
        ) from error
    if not hasattr(model, "predict"):
        raise ValueError(f"{path}: expected a model with predict, found a {type(model).__name__}")
    return model


def _skops():
    try:
        import skops.io
    except ImportError as error:
        raise ImportError("saving and loading models needs skops: pip install skops") from error
    return skops.io
