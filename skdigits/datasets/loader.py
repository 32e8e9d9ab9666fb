"""The one door to digits, wherever they come from: `load_digits_images`."""

import numpy as np
from sklearn.utils import Bunch

from skdigits.datasets.sources import as_digits, find_images
from skdigits.files import check_max_bytes


def load_digits_images(source="digits", *, max_bytes=None):
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
    max_bytes : int, default=None
        The most bytes of memory that the images of a file may take, as float32 or in the file's
        wider numbers; a file that declares more is refused before anything is unpacked. None allows
        4 GiB, and an unpacking to 100 times the file's size or 64 MiB, whichever is more.

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
        If the source is unknown, or a file is not what it should be or holds too much.
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
    check_max_bytes(max_bytes)
    found = find_images(source, max_bytes)
    with np.errstate(over="ignore"):  # infinite then, which is refused
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
        target=None if found.labels is None else as_digits(found.labels, source, len(data)),
        images=images,
        image_shape=found.shape,
        image_order=found.order,
        target_names=np.arange(10),
        DESCR=f"{len(data)} images of {height} x {width} handwritten digits: {found.about}.",
    )
