"""Models in files that are safe to load from strangers: no pickle in either of two formats.

That of skops, a zip archive of arrays and a JSON schema, holds Pipelines too; loading builds only
scikit-learn's types and the few named here. Files named ``.npz`` are plain arrays (see
`model_arrays`), for which NumPy is enough.
"""

from pathlib import Path

from sklearn.utils.validation import check_is_fitted

from skdigits.files.model_arrays import read_model, write_model

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
        The file to write. One named ``.npz`` holds a TwoLayerNNClassifier alone, as arrays that
        NumPy reads without us or skops: ``coef_0`` (n_features, hidden_units), ``intercept_0``,
        ``coef_1`` (hidden_units, n_outputs), ``intercept_1``, ``classes`` (numbers or strings), and
        ``about``, JSON. It keeps the parameters but for objects such as a RandomState, and neither
        callbacks nor requests of metadata. Any other file is one of skops, conventionally named
        ``.skops``.

    Raises
    ------
    ValueError
        If the model holds types that `load_model` would refuse, such as callbacks, or that an
        ``.npz`` file cannot hold.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    ImportError
        If skops is needed and not installed.

    Warns
    -----
    UserWarning
        If an ``.npz`` file does not keep a parameter.

    See Also
    --------
    load_model : The way back.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from sklearn.datasets import load_digits
    >>> from skdigits import TwoLayerNNClassifier, load_model, save_model
    >>> X, y = load_digits(return_X_y=True)
    >>> model = TwoLayerNNClassifier(maxiter=500, random_state=0).fit(X[:500] / 16, y[:500])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.npz")
    ...     save_model(model, path)
    ...     back = load_model(path)
    ...     with np.load(path) as arrays:
    ...         print(arrays["coef_0"].shape, arrays["classes"])
    (64, 25) [0 1 2 3 4 5 6 7 8 9]
    >>> bool((back.predict_proba(X / 16) == model.predict_proba(X / 16)).all())
    True
    """
    check_is_fitted(model)
    if _is_npz(path):
        write_model(model, path)
    else:
        _write_skops(model, path)


def load_model(path):
    """Load a model that `save_model` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or path
        The file: one of arrays if its name ends in ``.npz``, otherwise one of skops.

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
        If skops is needed and not installed.

    See Also
    --------
    save_model : Writes such files.
    """
    if _is_npz(path):
        return read_model(path)
    return _read_skops(path)


def _is_npz(path):
    return Path(path).suffix.lower() == ".npz"


def _write_skops(model, path):
    skops_io = _skops()
    content = skops_io.dumps(model)
    refused = sorted(set(skops_io.get_untrusted_types(data=content)) - set(TRUSTED))
    if refused:
        raise ValueError(
            f"the model holds types that load_model would refuse: {', '.join(refused)}; of a "
            "search save best_estimator_, and take callbacks off by set_callbacks()"
        )
    Path(path).write_bytes(content)


def _read_skops(path):
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
        raise ImportError("models in files not named .npz need skops: pip install skops") from error
    return skops.io
