"""Handwritten digits from wherever they are: scikit-learn's own, files, or OpenML."""

import http.client
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sklearn.datasets
from sklearn.utils import Bunch

from skdigits.datasets.image_files import Images, read_images


def load_digits_images(source="digits"):
    """Load images of handwritten digits.

    Parameters
    ----------
    source : str or path, default="digits"
        One of

        - "digits": scikit-learn's 1797 images of 8 x 8, installed with it;
        - "mnist": the 60000 training images of MNIST, 28 x 28;
        - "mnist5000": 500 images a class of those, reduced to 20 x 20 as in Andrew Ng's course;
        - a path: the course's ``.mat`` (``X``, ``y`` with 10 for the digit 0, images column by
          column), ``.npz`` (``X`` and ``y``, or ``x_train`` and ``y_train``), MNIST's IDX images
          (``.gz`` or not; their labels are looked for beside them), or ``.csv`` (a label column
          named label, y, target, class or digit, or else the first; then the pixels).

        The two named after MNIST, and relative paths, are looked for in the folder that the
        environment variable ``SKDIGITS_DATA`` names; MNIST then comes from OpenML, cached by
        scikit-learn.

    Returns
    -------
    digits : Bunch
        ``data`` (n, height * width), float32, nominally in [0, 1]; ``target`` (n,), integers 0
        to 9, or None where the source has no labels; ``images`` (n, height, width), upright;
        ``image_shape`` (height, width); ``image_order``, "C" or "F", the order in which a row of
        ``data`` runs over its image; ``target_names``; ``DESCR``.

    Raises
    ------
    ValueError
        If the source is unknown, or a file is not what it should be.
    OSError
        If a file cannot be read, or MNIST not be fetched.

    References
    ----------
    LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied to
    document recognition. Proceedings of the IEEE 86(11).

    Examples
    --------
    >>> from skdigits.datasets import load_digits_images
    >>> digits = load_digits_images()
    >>> digits.data.shape, digits.image_shape
    ((1797, 64), (8, 8))
    """
    found = SOURCES[source]() if source in SOURCES else read_images(_find_file(source))
    data = np.ascontiguousarray(found.pixels, dtype=np.float32)
    if not np.isfinite(data).all():
        raise ValueError(f"{source}: expected finite pixels, found NaN or infinity")
    height, width = found.shape
    if found.order == "C":
        images = data.reshape(-1, height, width)
    else:
        images = data.reshape(-1, width, height).transpose(0, 2, 1)
    return Bunch(
        data=data,
        target=None if found.labels is None else _as_digits(found.labels, source, len(data)),
        images=images,
        image_shape=found.shape,
        image_order=found.order,
        target_names=np.arange(10),
        DESCR=f"{len(data)} images of {height} x {width} handwritten digits: {found.about}.",
    )


def _as_digits(labels, source, n_images):
    """Labels as int (n_images,), 0 to 9."""
    labels = np.asarray(labels).ravel()
    if len(labels) != n_images:
        raise ValueError(f"{source}: expected {n_images} labels, one an image, found {len(labels)}")
    if labels.dtype.kind not in "biuf" or not np.isin(labels, np.arange(11)).all():
        wrong = next((v for v in labels.tolist() if v not in range(11)), labels[0])
        raise ValueError(f"{source}: expected labels 0 to 9 (or 10 for 0), found {wrong!r}")
    return labels.astype(int) % 10


def _embedded():
    digits = sklearn.datasets.load_digits()
    about = "scikit-learn's copy of the UCI test set"
    return Images(digits.data / 16, digits.target, (8, 8), "C", about)


def _mnist():
    names = (
        "mnist_train.npz",
        "mnist.npz",
        "train-images-idx3-ubyte",
        "train-images-idx3-ubyte.gz",
    )
    local = _in_data_folder(names)
    return _fetch_mnist() if local is None else read_images(local)


def _mnist5000():
    local = _in_data_folder(("digits5000.mat", "ex4data1.mat"))
    if local is not None:
        return read_images(local)
    mnist = _mnist()
    rng = np.random.RandomState(0)
    labels = _as_digits(mnist.labels, "mnist", len(mnist.pixels))
    chosen = [rng.choice(np.flatnonzero(labels == k), 500, replace=False) for k in range(10)]
    chosen = np.concatenate(chosen)
    small = reduce_to_20(mnist.pixels[chosen].reshape(-1, 28, 28))
    pixels = small.transpose(0, 2, 1).reshape(len(small), 400)
    about = "500 a class of MNIST's training images, reduced by bicubic interpolation"
    return Images(pixels, labels[chosen], (20, 20), "F", about)


def reduce_to_20(images):
    """Reduce images to 20 x 20 by antialiased bicubic interpolation.

    The recipe behind the 5000 digits of Andrew Ng's course: a separable kernel, stretched by
    28/20, its rows normalised. Values overshoot [0, 1] a little.

    Parameters
    ----------
    images : array-like of shape (n, 28, 28)
        The images.

    Returns
    -------
    reduced : ndarray of shape (n, 20, 20)
        The smaller images, float64.

    References
    ----------
    Keys, R. (1981). Cubic convolution interpolation for digital image processing. IEEE
    Transactions on Acoustics, Speech, and Signal Processing 29(6); a = -0.5.
    """
    R = reduction_to_20()
    return R @ np.asarray(images, dtype=np.float64) @ R.T


def reduction_to_20():
    """Make the matrix of `reduce_to_20`.

    Returns
    -------
    R : ndarray of shape (20, 28)
        An image becomes ``R @ image @ R.T``; rows sum to one.

    See Also
    --------
    reduce_to_20 : Where it comes from.
    """
    n_in, n_out, a = 28, 20, -0.5
    centres = (np.arange(n_out) + 0.5) * n_in / n_out - 0.5
    d = np.abs(centres[:, None] - np.arange(n_in)) * n_out / n_in
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    R = np.where(d <= 1, near, np.where(d < 2, far, 0))
    return R / R.sum(axis=1, keepdims=True)


def _fetch_mnist():
    parser = "auto" if find_spec("pandas") else "liac-arff"
    try:
        mnist = sklearn.datasets.fetch_openml(
            "mnist_784", version=1, as_frame=False, parser=parser, n_retries=1
        )
    except (OSError, http.client.HTTPException) as error:
        raise OSError(
            f"MNIST could not be fetched from OpenML ({error}); without a network use "
            "source='digits', or put mnist_train.npz or MNIST's IDX files into a folder and name "
            "it in the environment variable SKDIGITS_DATA"
        ) from error
    labels = np.asarray(mnist.target).astype(int)[:60000]  # the last 10000 are the test images
    about = "MNIST's training images, from OpenML"
    return Images(np.asarray(mnist.data)[:60000] / 255, labels, (28, 28), "C", about)


def _in_data_folder(names):
    """The first of these files in the folder that SKDIGITS_DATA names, or None."""
    folder = os.environ.get("SKDIGITS_DATA")
    if not folder:
        return None
    return next((path for name in names if (path := Path(folder, name)).is_file()), None)


def _find_file(source):
    path = Path(source)
    if not path.is_file():
        path = _in_data_folder([path])
    if path is None:
        known = ", ".join(repr(name) for name in SOURCES)
        raise ValueError(f"source must be {known} or a file that exists, got {str(source)!r}")
    return path


SOURCES = {"digits": _embedded, "mnist": _mnist, "mnist5000": _mnist5000}
