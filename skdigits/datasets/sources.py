"""Where digits are looked for: scikit-learn's own, MNIST in a folder or at OpenML, and files."""

import http.client
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sklearn.datasets

from skdigits.datasets.image_files import Images, read_images
from skdigits.datasets.reduction import reduce_to_20


def find_images(source, max_bytes=None):
    """The images of a source, by its name or in a file."""
    return SOURCES[source]() if source in SOURCES else read_images(_find_file(source), max_bytes)


def as_digits(labels, source, n_images):
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
    labels = as_digits(mnist.labels, "mnist", len(mnist.pixels))
    chosen = [rng.choice(np.flatnonzero(labels == k), 500, replace=False) for k in range(10)]
    chosen = np.concatenate(chosen)
    small = reduce_to_20(mnist.pixels[chosen].reshape(-1, 28, 28))
    pixels = small.transpose(0, 2, 1).reshape(len(small), 400)
    about = "500 a class of MNIST's training images, reduced by bicubic interpolation"
    return Images(pixels, labels[chosen], (20, 20), "F", about)


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
