"""Models in files that are safe to load from strangers: no pickle in either of two formats.

That of skops, a zip archive of arrays and a JSON schema, holds Pipelines too (see `skops_files`);
loading builds only scikit-learn's types and the few that `trust` names. Files named ``.npz`` are
plain arrays (see `model_arrays`), for which NumPy is enough.
"""

import warnings
from pathlib import Path

from sklearn.utils.validation import check_is_fitted

from skdigits.files.limits import check_max_bytes
from skdigits.files.model_arrays import NotArrays, npz_content, read_model
from skdigits.files.skops_files import read_skops, skops_content
from skdigits.files.whole_files import write_whole

# Endings of files that others write: whoever opens one by that would be misled.
OTHERS = (".pkl", ".pickle", ".joblib", ".csv", ".json", ".npy", ".onnx", ".h5", ".pt", ".txt")


def save_model(model, path):
    """Save a fitted model.

    Parameters
    ----------
    model : estimator
        A fitted `TwoLayerNNClassifier` or `TwoLayerNNClassifierCV`, or a Pipeline of
        scikit-learn's with one: of all its
        transformers but ``Birch``, ``BisectingKMeans`` and those that hold a tree, of decisions or
        of neighbours, and without functions of your own.
    path : str or path
        The file to write. What stands there stays until the new file is complete. One named
        ``.npz`` holds a network or a committee alone, as arrays that NumPy reads without us or
        skops:
        ``coef_0`` (n_features, hidden_units), ``intercept_0``, ``coef_1`` (hidden_units,
        n_outputs), ``intercept_1``, ``classes`` (numbers or strings), and ``about``, JSON; of a
        committee the members' one after another. It keeps
        the parameters but for objects such as a RandomState, and neither callbacks nor requests of
        metadata. Any other file is one of skops, conventionally named ``.skops``, without requests
        of metadata.

    Raises
    ------
    ValueError
        If the name is that of another kind of file, such as ``.pkl``; if the model holds what
        `load_model` would refuse, such as callbacks, or what the file
        cannot hold; the message names the step, what it holds, and a remedy. Nothing is written.
    sklearn.exceptions.NotFittedError
        If the model is not fitted.
    OSError
        If the file cannot be written.
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
    if Path(path).suffix.lower() in OTHERS:
        raise ValueError(
            f"{path}: not saved: others would take it for another kind of file; name it .skops or "
            ".npz"
        )
    if not hasattr(model, "predict"):
        raise ValueError(f"{path}: not saved: a {type(model).__name__} has no predict")
    if _is_npz(path):
        content, lost = _npz_content(model, path)
    else:
        content, lost = skops_content(model, path), []
    write_whole(path, content)
    if lost:
        warnings.warn(
            f"{path} does not keep {', '.join(lost)}: the loaded model has the default",
            stacklevel=2,
        )


def load_model(path, *, max_bytes=None):
    """Load a model that `save_model` wrote; nothing in the file is executed.

    Parameters
    ----------
    path : str or path
        The file: one of arrays if its name ends in ``.npz``, otherwise one of skops.
    max_bytes : int, default=None
        The most bytes of memory that a file of skops may be unpacked to; a file that declares more
        is refused before anything is unpacked. None allows 100 times the file's size or 64 MiB,
        whichever is more, up to 4 GiB. Arrays in an ``.npz`` are never compressed.

    Returns
    -------
    model : estimator
        The fitted model.

    Raises
    ------
    ValueError
        If what is in the file is not such a model (empty, damaged, a pickle, of another kind),
        holds types or functions that are not known to be harmless, or unpacks to too much. The
        message says what was found.
    OSError
        If there is no such file, or it cannot be read.
    ImportError
        If skops is needed and not installed.

    See Also
    --------
    save_model : Writes such files.
    """
    check_max_bytes(max_bytes)
    content = Path(path).read_bytes()
    return read_model(path, content) if _is_npz(path) else read_skops(path, content, max_bytes)


def _is_npz(path):
    return Path(path).suffix.lower() == ".npz"


def _npz_content(model, path):
    """What `npz_content` returns, or its refusal with advice that was tried."""
    try:
        return npz_content(model, path)
    except NotArrays as refusal:
        other = Path(path).with_suffix(".skops")
        try:
            skops_content(model, other)
        except ValueError as another:
            advice = f"nor can a file named .skops hold it: {another}"
        except ImportError as missing:
            advice = f"save the model to a file named .skops ({missing})"
        else:
            advice = "save the model to a file named .skops"
        raise ValueError(f"{refusal}; {advice}") from refusal
