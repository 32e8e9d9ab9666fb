"""MNIST's own format, IDX: arrays of any dimensions, with the labels in a file beside.

References
----------
LeCun, Y., Cortes, C. and Burges, C. J. C. (1998). The MNIST database of handwritten digits.
http://yann.lecun.com/exdb/mnist
"""

import os
import struct
from math import prod
from pathlib import Path

import numpy as np

from skdigits.datasets.contents import IDX_TYPES, beginning, opened
from skdigits.datasets.named_arrays import as_vector, check_size
from skdigits.files import Limit, Unexpected

# What folders of MNIST's test images are called where those of its training images are.
TEST_NAMES = (("train", "t10k"), ("train", "test"), ("training", "testing"))


def read_idx(path, stream, asked, limit):
    """(path, pixels (n, height, width), labels or None), the path that of the images."""
    if asked.split == "test":  # of the file beside, or of this if it is that of the test set
        name = path.name.lower()
        other = _beside(path, [name.replace(*pair) for pair in TEST_NAMES])
        if other is None and "t10k" not in name and "test" not in name:
            raise Unexpected(path, "images of the test set beside it", "none")
        if other is not None:
            limit = Limit(other, other.stat().st_size, asked.max_bytes)
            return other, *_images_and_labels(other, _opened_array(other, limit), asked)
    return path, *_images_and_labels(path, _array(path, stream, limit), asked)


def _opened_array(path, limit):
    with opened(path, limit) as (stream, kind):
        if kind != "idx":
            raise Unexpected(path, "an array (IDX)", beginning(stream, kind))
        return _array(path, stream, limit)


def _images_and_labels(path, pixels, asked):
    if pixels.ndim == 1:
        raise Unexpected(path, "images", "labels; give the file of the images, they are looked for")
    if pixels.ndim == 4 and pixels.shape[3] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim == 4:
        raise Unexpected(path, "images in shades of grey", f"an array of shape {pixels.shape}")
    labels_path = _labels_beside(path)
    if labels_path is None or asked.label == "none":
        return pixels, None
    limit = Limit(labels_path, labels_path.stat().st_size, asked.max_bytes)
    labels = _opened_array(labels_path, limit)
    labels = labels[:, 0] if labels.ndim == 2 else as_vector(labels)  # QMNIST's: the class first
    if len(labels) != len(pixels):
        expected = f"{len(pixels)} labels for {path.name}"
        raise Unexpected(labels_path, expected, f"{len(labels)}")
    return pixels, labels


def _array(path, stream, limit):
    kind, n_dimensions = struct.unpack(">2xBB", stream.read(4))
    sizes = stream.read(4 * n_dimensions)
    if len(sizes) < 4 * n_dimensions:
        raise Unexpected(path, "a file of IDX", "one that ends within its header")
    shape, dtype = struct.unpack(f">{n_dimensions}I", sizes), np.dtype(IDX_TYPES[kind])
    check_size(limit, shape, dtype.itemsize)
    n_bytes = prod(shape) * dtype.itemsize
    content = stream.read(n_bytes + 1)
    if len(content) != n_bytes:
        size = "more" if len(content) > n_bytes else f"{len(content)}"
        raise Unexpected(path, f"{n_bytes} bytes after the header, as it says", size)
    return np.frombuffer(content, dtype=dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _labels_beside(path):
    """The file of the labels, beside that of the images or in the folder of SKDIGITS_DATA."""
    if "images" not in path.name.lower():
        return None
    name = path.name.lower().replace("images", "labels")
    names = [name.replace("idx3", of_labels) for of_labels in ("idx1", "idx2")]
    names += [each.replace("ubyte", "int") for each in names]
    names += [
        each.replace(mark, other)
        for each in names
        for mark, other in (("-idx", ".idx"), (".idx", "-idx"))
    ]
    return _beside(path, [name, *names])


def _beside(path, names):
    """The first of these files that is there, packed or not, in letters of any case."""
    folders = [path.parent, *(Path(each) for each in [os.environ.get("SKDIGITS_DATA")] if each)]
    for folder in filter(Path.is_dir, folders):
        # Where there are several, the shortest name: what is not packed.
        there = {_stem(each): each for each in sorted(folder.iterdir(), key=lambda p: -len(p.name))}
        for name in names:
            found = there.get(_stem(Path(name)))
            if found is not None and found.name != path.name and found.is_file():
                return found
    return None


def _stem(path):
    name = path.name.lower()
    return name.removesuffix(next(filter(name.endswith, (".gz", ".bz2", ".xz", ".zip")), ""))
