"""Where digits are looked for: scikit-learn's own, MNIST in a folder or at OpenML, and files."""

import http.client
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import sklearn.datasets

from skdigits.datasets.image_files import Images, read_images
from skdigits.datasets.intensities import full_ink
from skdigits.datasets.reduction import reduce_to_20


def find_images(source, asked):
    """The images of a source, by its name or in a file; asked is what who asks has decided."""
    if not isinstance(source, str | os.PathLike):
        raise ValueError(f"source must be a name or a path, got {type(source).__name__}")
    if source in SOURCES:
        return SOURCES[source](asked)
    return read_images(_find_file(source), asked)


def as_digits(labels, source, n_images):
    """Labels as int (n_images,), 0 to 9."""
    labels = np.asarray(labels)
    if labels.shape != (n_images,):
        found = len(labels) if labels.ndim == 1 else f"an array of shape {labels.shape}"
        raise ValueError(f"{source}: expected {n_images} labels, one an image, found {found}")
    if labels.dtype.kind in "SU":
        texts = labels.astype(str)
        wrong = next((text for text in texts.tolist() if not text.strip().isdecimal()), None)
        if wrong is not None:
            raise ValueError(f"{source}: expected labels 0 to 9 (or 10 for 0), found {wrong!r}")
        labels = texts.astype(int)
    if not np.isin(labels, np.arange(11)).all():
        wrong = next(v for v in labels.tolist() if v not in range(11))
        raise ValueError(f"{source}: expected labels 0 to 9 (or 10 for 0), found {wrong!r}")
    if np.isin((0, 10), labels).all():
        raise ValueError(f"{source}: expected labels with 0 or with 10 for it, found both")
    return labels.astype(int) % 10


def _embedded(asked):
    _no_test_set("digits", asked)
    digits = sklearn.datasets.load_digits()
    about = "scikit-learn's copy of the UCI test set"
    return Images(digits.data, digits.target, (8, 8), "C", about, 16.0)


def _no_test_set(source, asked):
    if asked.split != "train":
        raise ValueError(
            f"source={source!r} has no test set of its own, got split={asked.split!r}: hold rows "
            "out by sklearn.model_selection.train_test_split"
        )


def _mnist(asked):
    names = {
        "train": (
            "mnist_train.npz",
            "mnist.npz",
            "train-images-idx3-ubyte",
            "train-images-idx3-ubyte.gz",
            "train-images.idx3-ubyte",
        ),
        "test": (
            "mnist_test.npz",
            "mnist.npz",
            "t10k-images-idx3-ubyte",
            "t10k-images-idx3-ubyte.gz",
            "t10k-images.idx3-ubyte",
        ),
    }
    local = _in_data_folder(names[asked.split])
    if local is None:
        return _fetch_mnist(asked.split)
    # A file of its own for the test set calls it what others call theirs to train on.
    whole = local.name != "mnist.npz"
    return read_images(local, asked._replace(split="train") if whole else asked)


def _mnist5000(asked):
    _no_test_set("mnist5000", asked)
    local = _in_data_folder(("digits5000.mat", "ex4data1.mat"))
    if local is not None:
        return read_images(local, asked)
    mnist = _mnist(asked)
    if mnist.labels is None:
        raise ValueError("source='mnist5000' takes 500 images a class: MNIST's file has no labels")
    labels = as_digits(mnist.labels, "mnist", len(mnist.pixels))
    counts = np.bincount(labels, minlength=10)
    if counts.min() < 500:
        raise ValueError(
            f"source='mnist5000' takes 500 images a class: MNIST's file has {counts.min()} of the "
            f"digit {counts.argmin()}"
        )
    rng = np.random.RandomState(0)
    chosen = [rng.choice(np.flatnonzero(labels == k), 500, replace=False) for k in range(10)]
    chosen = np.concatenate(chosen)
    unit = mnist.full_ink or full_ink(mnist.pixels, mnist.shape, "mnist")
    small = reduce_to_20(mnist.pixels[chosen].reshape(-1, 28, 28) / np.float32(unit))
    pixels = small.transpose(0, 2, 1).reshape(len(small), 400)
    about = "500 a class of MNIST's training images, reduced by bicubic interpolation"
    return Images(pixels, labels[chosen], (20, 20), "F", about, 1.0)


def _fetch_mnist(split):
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
    rows = slice(60000) if split == "train" else slice(60000, 70000)
    labels = np.asarray(mnist.target).astype(int)[rows]
    about = f"MNIST's {'training' if split == 'train' else 'test'} images, from OpenML"
    return Images(np.asarray(mnist.data)[rows], labels, (28, 28), "C", about, 255.0)


def _in_data_folder(names):
    """The first of these files in the folder that SKDIGITS_DATA names, or None."""
    folder = os.environ.get("SKDIGITS_DATA")
    if not folder:
        return None
    return next((path for name in names if (path := Path(folder, name)).is_file()), None)


def _find_file(source):
    path = Path(source)
    if not path.is_file() and not path.is_dir():
        path = _in_data_folder([path])
    if path is None:
        known = ", ".join(repr(name) for name in SOURCES)
        raise ValueError(f"source must be {known} or a file that exists, got {str(source)!r}")
    return path


SOURCES = {"digits": _embedded, "mnist": _mnist, "mnist5000": _mnist5000}
