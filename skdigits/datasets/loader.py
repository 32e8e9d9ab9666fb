"""The one door to digits, wherever they come from: `load_digits_images`."""

import numpy as np
from sklearn.utils import Bunch

from skdigits.datasets.image_files import Asked
from skdigits.datasets.intensities import as_ink, check_intensity
from skdigits.datasets.sources import as_digits, find_images
from skdigits.datasets.upright import lie
from skdigits.files import check_max_bytes


def load_digits_images(
    source="digits", *, label=None, image_order=None, intensity=None, split="train", max_bytes=None
):
    """Load images of handwritten digits.

    What is understood of a file stands in ``DESCR``; what is ambiguous is refused, by an error that
    names the parameter that decides.

    Parameters
    ----------
    source : str or path, default="digits"
        One of

        - "digits": scikit-learn's 1797 images of 8 x 8, installed with it;
        - "mnist": MNIST's images, 28 x 28;
        - "mnist5000": 500 images a class of those, reduced to 20 x 20 as in Andrew Ng's course;
        - a file, known by its content, not its name: a table in text with an image a row, its
          cells parted by commas, semicolons, tabs or spaces; arrays in ``.npz``, ``.npy`` or
          MATLAB's ``.mat`` (version 7.3 needs h5py), also within structs; MNIST's IDX, whose labels
          are looked for beside; LIBSVM's and Weka's formats; a picture. All may be packed, as
          ``.gz``, ``.bz2``, ``.xz`` or a ``.zip`` of one file;
        - a folder of pictures, with a subfolder for each digit.

        The two named after MNIST, and relative paths, are looked for in the folder that the
        environment variable ``SKDIGITS_DATA`` names; MNIST then comes from OpenML, cached by
        scikit-learn.
    label : str, default=None
        Of a table, the column of the labels: its name, "first", "last", or "none". None takes the
        one called label, labels, y, target, class, digit or number, or the only one that can be it.
    image_order : {"C", "F"}, default=None
        Whether a row of a table or array runs over its image row by row (C) or column by column
        (F). None takes what makes the digits stand upright, which is seen by those of 20 images
        with labels, or 200 without; of fewer "F" for an image a row in ``.mat``, else "C".
    intensity : float or tuple of float, default=None
        What full ink is in the file, or a pair (no ink, full ink), such as (255, 0) for dark ink on
        white paper. None tells it from the numbers: bits, bytes, 16 bits, 0 to 16 of images of
        8 x 8, and floats in [0, 1] that may overshoot by what an interpolation does.
    split : {"train", "test"}, default="train"
        Which part of a source that has two: MNIST, arrays called train and test, a column split,
        folders train and test. A source that tells no such parts is one to train on.
    max_bytes : int, default=None
        The most bytes of memory that the images of a file may take, as float32 or in the file's
        wider numbers; a file that declares more is refused before anything is unpacked. None allows
        4 GiB, and an unpacking to 100 times the file's size or 64 MiB, whichever is more.

    Returns
    -------
    digits : Bunch
        ``data`` (n, height * width), float32, 0 for no ink and 1 for full; ``target`` (n,),
        integers 0 to 9, or None where the source has no labels; ``images`` (n, height, width),
        upright; ``image_shape`` (height, width); ``image_order``, "C" or "F", the order in which a
        row of ``data`` runs over its image; ``filenames``, of a folder the names of its pictures,
        in their order, else None; ``target_names``; ``DESCR``.

    Raises
    ------
    ValueError
        If the source is unknown, or a file is not what it should be, is ambiguous or holds too
        much.
    OSError
        If a file cannot be read, or MNIST not be fetched.
    ImportError
        If a format needs what is not installed: pictures Pillow, MATLAB's version 7.3 h5py.

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
    check_max_bytes(max_bytes)
    if image_order not in (None, "C", "F"):
        raise ValueError(f"image_order must be 'C', 'F' or None, got {image_order!r}")
    if split not in ("train", "test"):
        raise ValueError(f"split must be 'train' or 'test', got {split!r}")
    intensity = check_intensity(intensity)
    found = find_images(source, Asked(label, split, max_bytes))
    told = intensity or (found.full_ink and (0.0, found.full_ink))
    data, ink = as_ink(found.pixels, found.shape, told, source)
    target = None if found.labels is None else as_digits(found.labels, source, len(data))
    order = image_order or found.order
    images = _images(data, found.shape, order)
    by = "row by row" if order == "C" else "column by column"
    if image_order is None and lie(images, target):
        order = "C" if order == "F" else "F"
        images = images.transpose(0, 2, 1)
        by = f"{'row by row' if order == 'C' else 'column by column'}, as they look"
    return Bunch(
        data=data,
        target=target,
        images=images,
        image_shape=images.shape[1:],
        image_order=order,
        filenames=found.names,
        target_names=np.arange(10),
        DESCR=f"{len(data)} images of {images.shape[1]} x {images.shape[2]} handwritten digits: "
        f"{found.about}; {ink}, {by}.",
    )


def _images(data, shape, order):
    """Upright images (n, height, width) of rows that run over them in an order."""
    if order == "C":
        return data.reshape(-1, *shape)
    # Only stacked images are no squares, and those that run column by column lie on their sides.
    return data.reshape(-1, *shape).transpose(0, 2, 1)
