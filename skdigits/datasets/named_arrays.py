"""Which of a file's arrays are the images, and which their labels?

By the names that people give them, then by their shapes; what cannot be told is refused with the
names and shapes that are there.
"""

import re
from typing import NamedTuple

import numpy as np

from skdigits.datasets.label_columns import are_one_hot, could_be_labels
from skdigits.datasets.orders import side_of
from skdigits.files import Unexpected

IMAGES = (
    "x",
    "images",
    "image",
    "data",
    "pixels",
    "samples",
    "features",
    "inputs",
    "imgs",
    "digits",
)
LABELS = ("y", "labels", "label", "target", "targets", "classes", "class", "t", "digit", "numbers")
SPLITS = {"train": ("train", "training", "trn"), "test": ("test", "testing", "tst", "t10k")}


class Declared(NamedTuple):
    """An array that can be read, by what its header says."""

    shape: tuple
    dtype: np.dtype
    read: callable  # read(): the array


def choose(path, arrays, asked, limit):
    """(images, labels or None, name of the images) of {name: Declared}, as arrays.

    Images come as (n, height, width) or (n, pixels); path is the name for errors.
    """
    split = asked.split
    usable = {name: each for name, each in arrays.items() if each.dtype.kind in "biuf"}
    words = {name: _words(name) for name in arrays}
    of_digits = [_of_digit(words, digit, split, usable) for digit in range(10)]
    if asked.label is None and None not in of_digits:
        return *_together(path, arrays, of_digits, limit), f"{of_digits[0]} to {of_digits[-1]}"
    images = _named(words, IMAGES, split, usable)
    if images is None:
        images = _by_shape(usable, split)
    if images is None:
        wanted = f"an array X of numbers{' of a test set' if split == 'test' else ''}"
        raise Unexpected(path, wanted, _told(arrays))
    labels = _named(words, LABELS, split, {n: a for n, a in arrays.items() if n != images})
    if asked.label is not None:
        labels = asked.label if asked.label != "none" else None
        if labels is not None and labels not in arrays:
            raise ValueError(f"{path}: label={labels!r} is no array; there are {_told(arrays)}")
    elif labels is None and {"arr0", "arr1"} <= set(words.values()):
        labels = next(
            name for name, word in words.items() if word.startswith("arr") and name != images
        )
    elif labels is None and images in usable:
        labels = _by_content(usable, images, limit)
    for name in filter(None, (images, labels)):
        if arrays[name].dtype.kind not in "biufUS":
            found = f"{arrays[name].dtype}, which is never loaded"
            raise Unexpected(path, f"{name} to hold numbers", found)
        check_size(limit, arrays[name].shape, arrays[name].dtype.itemsize)
    y = None if labels is None else as_vector(arrays[labels].read())
    return _oriented(path, images, arrays[images], y), y, images


def check_size(limit, shape, itemsize):
    """Of what will be pixels of float32, and is unpacked to numbers of so many bytes."""
    n_values = int(np.prod([int(size) for size in shape], dtype=object))
    if n_values < 1:
        raise Unexpected(limit.path, "1 or more pixels", f"an array of shape {tuple(shape)}")
    limit.check("images", n_values * itemsize, n_values * max(itemsize, 4))


def as_vector(labels):
    """Labels (n,): of a row or a column, of one-hot rows where their one is."""
    labels = np.asarray(labels)
    if labels.ndim == 2 and min(labels.shape) == 10 and labels.size > 10:
        rows = labels if labels.shape[1] == 10 else labels.T
        if are_one_hot(rows):
            return rows.argmax(axis=1)
    return labels.ravel() if labels.size == max(labels.shape, default=1) else labels


def _words(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _named(words, kinds, split, arrays):
    """The first array with such a name, of this split or of none."""
    wanted, other = SPLITS[split], SPLITS["test" if split == "train" else "train"]
    of_split = [f"{part}{kind}" for kind in kinds for part in wanted]
    of_split += [f"{kind}{part}" for kind in kinds for part in wanted]
    known = {}
    for name in arrays:
        word = words[name]
        for holder in ("dataset", "mnist", "digits"):  # names of what holds them, say in a struct
            if word.startswith(holder) and word != holder:
                known.setdefault(word.removeprefix(holder), name)
        known[word] = name
    found = next((known[word] for word in of_split if word in known), None)
    has_other = any(part in word for word in words.values() for part in other)
    if found is None and (split == "train" or not has_other):
        found = next((known[kind] for kind in kinds if kind in known), None)
    return found if split == "train" or found is None or _is_of(words[found], wanted) else None


def _is_of(word, parts):
    return any(part in word for part in parts)


def _by_shape(arrays, split):
    """The only array that can be images."""
    possible = [n for n, a in arrays.items() if len(a.shape) > 1 and max(a.shape) > 1]
    possible = [n for n in possible if min(arrays[n].shape) > 1 or len(arrays[n].shape) > 2]
    return possible[0] if len(possible) == 1 and split == "train" else None


def _of_digit(words, digit, split, arrays):
    """The array of all images of a digit, as mnist_all has train0 to train9."""
    wanted = [f"{part}{digit}" for part in SPLITS[split]]
    return next((name for name in arrays if words[name] in wanted), None)


def _together(path, arrays, names, limit):
    """(images, labels) of arrays that hold a digit each."""
    shapes = [arrays[name].shape for name in names]
    if any(len(shape) != 2 or shape[1:] != shapes[0][1:] for shape in shapes):
        raise Unexpected(path, "arrays of k * k columns, one a digit", _told(arrays))
    whole = sum(shape[0] for shape in shapes), shapes[0][1]
    check_size(limit, whole, max(arrays[name].dtype.itemsize for name in names))
    images = np.concatenate([arrays[name].read() for name in names])
    return _rows(path, images), np.repeat(np.arange(10), [shape[0] for shape in shapes])


def _by_content(arrays, images, limit):
    """The only array with a digit for each of the images."""
    possible = []
    for name, each in arrays.items():
        n = max(each.shape, default=0)
        if name != images and n in arrays[images].shape and n == np.prod(each.shape, dtype=object):
            check_size(limit, each.shape, each.dtype.itemsize)
            if could_be_labels(np.ravel(each.read())):
                possible.append(name)
    return possible[0] if len(possible) == 1 else None


def _told(arrays):
    told = [f"{name} {tuple(each.shape)} of {each.dtype}" for name, each in arrays.items()]
    dtypes = [each.dtype for each in arrays.values()]
    objects = any(isinstance(dtype, np.dtype) and dtype.hasobject for dtype in dtypes)
    return (", ".join(told) or "none") + (", which is never loaded" if objects else "")


def _oriented(path, name, declared, y):
    """The array with an image a row: a first axis for images, then pixels or height and width."""
    shape, n = list(declared.shape), None if y is None else len(y)
    if len(shape) == 4:
        if shape[-1] in (3, 4) or shape[1] in (3, 4):
            found = f"shape {tuple(shape)}: average the colours first"
            raise Unexpected(path, f"{name} in shades of grey", found)
        axis = next((k for k in (3, 1) if shape[k] == 1), None)
        if axis is None:
            raise Unexpected(path, f"{name} of shape (n, height, width)", f"{tuple(shape)}")
        array = np.squeeze(declared.read(), axis)
    elif len(shape) == 2:
        across = [k for k in (0, 1) if side_of(shape[k])]
        if not across:
            raise Unexpected(path, "rows of k * k pixels", f"an array of shape {tuple(shape)}")
        turned = across == [0] or (len(across) == 2 and n not in (None, shape[0]) and n == shape[1])
        array = declared.read()
        return array.T if turned and (n is None or n == shape[1]) else _rows(path, array)
    elif len(shape) == 3:
        array = declared.read()
    else:
        raise Unexpected(path, f"{name} of 2 to 4 dimensions", f"shape {tuple(shape)}")
    last = array.shape[0] == array.shape[1] != array.shape[2]
    if array.shape[2] == n != array.shape[0] or (n is None and last):
        array = np.moveaxis(array, 2, 0)  # (height, width, n), as MATLAB's users stack them
    return array


def _rows(path, array):
    if not side_of(array.shape[1]):
        raise Unexpected(path, "rows of k * k pixels", f"an array of shape {array.shape}")
    return array
