"""Files of digit images, all of them untrusted.

What a file is, is seen by what stands in it. No pickle is ever loaded, what a header promises is
checked before anything is read, and an error names the file, what was expected and what was found.
"""

import io
from importlib.util import find_spec
from math import isqrt, prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from skdigits.datasets.contents import HEAD, beginning, opened, stranger
from skdigits.datasets.idx_files import read_idx
from skdigits.datasets.label_columns import ROWS, find_label, odd_ones
from skdigits.datasets.mat_files import matrices
from skdigits.datasets.named_arrays import Declared, as_vector, check_size, choose
from skdigits.datasets.orders import side_of
from skdigits.datasets.picture_files import read_folder, read_picture
from skdigits.datasets.tables import read_table
from skdigits.files import Limit, Unexpected, open_npz, read_header

FORMATS = ".mat, .npz, .npy, .csv or other text, IDX, LIBSVM, ARFF, or pictures"
OTHERS = "tables of other things than digits are for Python (docs/tables.md)"
USUAL_SIDES = 8, 16, 20, 28, 32


class Images(NamedTuple):
    """What a source holds."""

    pixels: np.ndarray  # (n, height * width), numbers of any dtype
    labels: np.ndarray | None  # (n,), 10 may stand for 0
    shape: tuple  # (height, width)
    order: str  # "C": pixels run row by row, "F": column by column
    about: str
    full_ink: float | None = None  # what it is, where that is known
    names: list | None = None  # of pictures, from the folder on


class Asked(NamedTuple):
    """What who asks has decided."""

    label: object = None
    split: str = "train"
    max_bytes: int | None = None


def read_images(path, asked):
    """The Images of a file, or of a folder of pictures."""
    path = Path(path)
    if path.is_dir():
        found = read_folder(path, asked.split, Limit(path, 0, asked.max_bytes))
        labels = None if asked.label == "none" else found.labels
        about = f"from {path.name or path}"
        if found.left_aside:
            about += f", without {', '.join(found.left_aside[:5])}"
            about += ", ..." if len(found.left_aside) > 5 else ""
        images = _flat(path, found.pixels, labels, about=about)
        return images._replace(names=[str(each.relative_to(path)) for each in found.paths])
    limit = Limit(path, path.stat().st_size, asked.max_bytes)
    with opened(path, limit) as (stream, kind):
        readers = {
            "npz": _read_npz,
            "npy": _read_npy,
            "mat": _read_mat,
            "hdf5": _read_hdf5,
            "idx": _read_idx,
            "picture": _read_picture,
            "text": _read_text,
            "libsvm": _read_libsvm,
            "arff": _read_arff,
        }
        if kind in readers:
            return readers[kind](path, stream, asked, limit)
        if kind == "stranger":
            raise stranger(path, stream.read(HEAD))
        raise Unexpected(path, f"digits ({FORMATS})", beginning(stream, kind))


def _flat(path, images, labels, order="C", about=""):
    """Images of (n, height, width) or (n, k * k)."""
    if images.ndim == 3:
        shape, images = tuple(images.shape[1:]), images.reshape(len(images), -1)
        if max(shape) > 4 * min(shape):
            raise Unexpected(path, "images about as wide as high", f"{shape[0]} x {shape[1]}")
    else:
        side = side_of(images.shape[1])
        if side < 2:
            raise Unexpected(path, "rows of k * k pixels", f"an array of shape {images.shape}")
        shape = side, side
    return Images(images, labels, shape, order, about or f"from {path.name}")


def _only_train(path, asked):
    if asked.split != "train":
        raise Unexpected(path, "a file that tells a test set apart", f"split={asked.split!r}")


# --- arrays by name -------------------------------------------------------------------------------


def _read_npz(path, stream, asked, limit):
    with open_npz(stream, path, "an .npz archive of arrays") as arrays:
        found = {}
        for name in arrays.names:
            shape, dtype, _, n_bytes = arrays.declared(name)
            limit.check(name, n_bytes)
            found[name] = Declared(shape, dtype, lambda name=name: arrays.read(name))
        images, labels, name = choose(path, found, asked, limit)
        return _flat(path, images, labels, about=_about(path, found, name, labels))


def _about(path, found, name, labels):
    others = [other for other in found if other != name][:5]
    missing = f", no labels{' among ' + ', '.join(others) if others else ''}"
    return f"{name} of {path.name}{missing if labels is None else ''}"


def _read_npy(path, stream, asked, limit):
    _only_train(path, asked)
    head = stream.read(HEAD * 4)
    try:
        shape, dtype = read_header(io.BytesIO(head), path.name)
    except ValueError as error:
        raise Unexpected(path, "a NumPy array", str(error)) from error
    if dtype.kind not in "biuf":
        raise Unexpected(path, "an array of numbers", f"{dtype}, which is never loaded")
    check_size(limit, shape, dtype.itemsize)
    content = head + stream.read(prod(shape) * dtype.itemsize)
    try:
        array = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except ValueError as error:
        raise Unexpected(path, "a NumPy array that is whole", str(error)) from error
    if array.ndim == 2 and (asked.label is not None or not side_of(array.shape[1])):
        return _of_table(path, None, array, {}, asked)
    images, _, _ = choose(path, {"X": Declared(shape, dtype, lambda: array)}, asked, limit)
    return _flat(path, images, None)


def _read_mat(path, stream, asked, limit):
    content = stream.read()
    found = {}
    for name, (kind, shape, read) in matrices(path, content, limit).items():
        dtype = np.dtype(kind) if kind[1:].isdigit() else _Words(kind)
        found[name] = Declared(shape, dtype, read)
    images, labels, name = choose(path, found, asked, limit)
    # MATLAB's users flatten an image column by column; those who bring columns from elsewhere
    # (mnist-original, 784 x n) have flattened them row by row.
    # So have those with an array a digit (mnist_all).
    across = images.ndim == 2 and name in found and found[name].shape == images.shape
    about = _about(path, found, name, labels)
    return _flat(path, images, labels, "F" if across else "C", about)


class _Words:
    """Stands for the dtype of what are no numbers."""

    kind, itemsize = "O", 1

    def __init__(self, words):
        self._words = words

    def __str__(self):
        return self._words


def _read_hdf5(path, stream, asked, limit):
    """MATLAB's version 7.3, whose arrays are turned, and HDF5 of others."""
    of_matlab = stream.read(6) == b"MATLAB"
    stream.seek(0)
    if find_spec("h5py") is None:
        raise ImportError(
            f"{path}: MATLAB files of version 7.3 and HDF5 need h5py: pip install h5py, or save "
            "the file in MATLAB by save -v7"
        )
    import h5py

    found = {}
    try:
        file = h5py.File(io.BytesIO(stream.read()), "r")
    except OSError as error:  # it is damaged
        raise Unexpected(path, "an HDF5 file that is whole", str(error)) from error
    with file:

        def add(name, item):
            if isinstance(item, h5py.Dataset) and not name.startswith("#"):
                shape = item.shape[::-1] if of_matlab else item.shape
                found[name] = Declared(
                    shape, item.dtype, lambda: item[()].T if of_matlab else item[()]
                )

        file.visititems(add)
        images, labels, name = choose(path, found, asked, limit)
    across = of_matlab and images.ndim == 2 and found[name].shape == images.shape
    about = _about(path, found, name, labels)
    return _flat(path, images, labels, "F" if across else "C", about)


# --- tables ---------------------------------------------------------------------------------------


def _read_text(path, stream, asked, limit):
    names, values, told = read_table(path, stream, limit)
    return _of_table(path, names, values, told, asked)


def _of_table(path, names, values, told, asked):
    """Images of a table with an image a row: columns of pixels, of labels, and others."""
    values = _of_split(path, values, told, asked)
    dropped = []
    if names:
        rows = [k for k, name in enumerate(names) if name.lower() in ROWS]
        dropped = [names[k] for k in rows]
        values = np.delete(values, rows, axis=1) if rows else values
        names = [name for k, name in enumerate(names) if k not in rows]
    columns = find_label(names, values, asked.label, path)
    labels = as_vector(values[:, columns]) if columns else None
    pixels = np.delete(values, columns, axis=1) if columns else values
    if side_of(pixels.shape[1]) < 2:
        others = [repr(names[k]) for k in odd_ones(names) if k not in columns][:5]
        others = f", {', '.join(others)} among them" if others else ""
        found = f"{pixels.shape[1]} columns{others}; {OTHERS}"
        raise Unexpected(path, "columns of k * k pixels", found)
    if not columns:
        what = "no labels"
    elif names and len(columns) == 1:
        what = f"labels from the column {names[columns[0]]!r}"
    else:
        end = "first" if columns[0] == 0 else "last"
        what = f"labels from the {end} {'column' if len(columns) == 1 else 'ten columns'}"
    if dropped:
        what += f", without {', '.join(map(repr, dropped))}"
    return _flat(path, pixels, labels, about=f"from {path.name}, {what}")


def _of_split(path, values, told, asked):
    """The rows of the split that a column tells."""
    if not told:
        _only_train(path, asked)
        return values
    ((name, texts),) = list(told.items())[:1]
    found = np.char.lower(texts.astype(str))
    rows = np.isin(found, ("train", "training") if asked.split == "train" else ("test", "testing"))
    if not rows.any():
        kinds = ", ".join(sorted(set(texts))[:5])
        raise Unexpected(path, f"rows of split={asked.split!r} in column {name!r}", kinds)
    return values[rows]


def _read_libsvm(path, stream, asked, limit):
    from sklearn.datasets import load_svmlight_file

    _only_train(path, asked)
    try:
        X, y = load_svmlight_file(stream, dtype=np.float32, zero_based=True)
    except (ValueError, OverflowError) as error:
        raise Unexpected(path, "rows of LIBSVM's format", str(error)) from error
    # Whether indices begin at 0 or 1 is told by an index of 0, or of k * k, alone. Where neither is
    # there, as of images with an empty edge, they begin at 1, as LIBSVM's own do.
    zero_based = X[:, 0].nnz > 0
    X = X if zero_based else X[:, 1:]
    # Zeros at the end are left out, so that the size is not told: the next that is usual.
    side = isqrt(max(X.shape[1] - 1, 0)) + 1
    side = next((usual for usual in USUAL_SIDES if usual >= side), side)
    check_size(limit, (X.shape[0], side * side), 4)
    pixels = np.zeros((X.shape[0], side * side), np.float32)
    pixels[:, : X.shape[1]] = X.toarray()
    about = f"from {path.name}, taken for {side} x {side}, indices from {0 if zero_based else 1}"
    if side == 16 and y.min() == 1 and y.max() == 10:  # LIBSVM's USPS
        y, about = y - 1, f"{about}, labels from 1 for 0 to 10 for 9"
    return _flat(path, pixels, None if asked.label == "none" else y, about=about)


def _read_arff(path, stream, asked, limit):
    from scipy.io import arff

    try:
        rows, meta = arff.loadarff(io.StringIO(stream.read().decode("utf-8-sig")))
    except Exception as error:  # of a damaged file it raises many things
        raise Unexpected(path, "a file of ARFF", f"{type(error).__name__}: {error}") from error
    names = list(meta.names())
    check_size(limit, (len(rows), len(names)), 4)
    values = np.empty((len(rows), len(names)), np.float32)
    for k, name in enumerate(names):
        try:
            values[:, k] = rows[name].astype(np.float32)
        except ValueError as error:
            raise Unexpected(path, f"numbers in {name!r}", str(error)) from error
    return _of_table(path, names, values, {}, asked)


# --- images as such -------------------------------------------------------------------------------


def _read_picture(path, stream, asked, limit):
    _only_train(path, asked)
    return _flat(path, read_picture(path, stream, limit), None)


def _read_idx(path, stream, asked, limit):
    path, pixels, labels = read_idx(path, stream, asked, limit)
    return _flat(path, pixels, labels)
