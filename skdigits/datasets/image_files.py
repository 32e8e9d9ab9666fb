"""Files of digit images, all of them untrusted.

No pickle is ever loaded, what a header promises is checked before anything is read, and an error
names the file, what was expected and what was found.
"""

import gzip
import struct
import zlib
from math import isqrt
from typing import NamedTuple

import numpy as np

from skdigits.datasets.mat_files import matrices
from skdigits.files import Unexpected, open_npz, said

MAX_VALUES = 2**30  # pixels in all: 4 GiB as float32, twenty times MNIST
IMAGE_ARRAYS = ("X", "x_train", "images", "data")
LABEL_ARRAYS = ("y", "y_train", "target", "labels")
LABEL_COLUMNS = ("label", "y", "target", "class", "digit")


class Images(NamedTuple):
    """What a source holds."""

    pixels: np.ndarray  # (n, height * width)
    labels: np.ndarray | None  # (n,), 10 may stand for 0
    shape: tuple  # (height, width)
    order: str  # "C": pixels run row by row, "F": column by column
    about: str


def read_images(path):
    """The images in a file, whose name tells its format."""
    name = path.name.lower()
    if name.endswith(".mat"):
        return _read_mat(path)
    if name.endswith(".npz"):
        return _read_npz(path)
    if name.endswith(".csv"):
        return _read_csv(path)
    if name.endswith((".gz", "ubyte", ".idx", ".idx3")):
        return _read_idx(path)
    raise Unexpected(path, "a name ending in .mat, .npz, .csv, -ubyte or .gz", f"{path.name!r}")


def _check_size(path, shape):
    n_values = int(np.prod([int(size) for size in shape], dtype=object))
    if not 0 < n_values <= MAX_VALUES:
        raise Unexpected(path, f"1 to {MAX_VALUES} pixels", f"an array of shape {tuple(shape)}")


def _image_shape(path, array):
    """(height, width) of images (n, height, width), or of square ones (n, pixels)."""
    if array.ndim == 3:
        return array.shape[1:]
    side = isqrt(array.shape[1]) if array.ndim == 2 else 0
    if side == 0 or side * side != array.shape[1]:
        raise Unexpected(path, "rows of k * k pixels", f"an array of shape {array.shape}")
    return side, side


def range_of(highest, shape):
    """The intensity of full ink, by the highest seen: 1, 16 for images of 8 x 8, else 255."""
    if highest <= 2:  # in [0, 1], give or take an interpolation's overshoot
        return 1
    return 16 if tuple(shape) == (8, 8) else 255


def _to_unit(pixels, shape):
    """Intensities divided by their range."""
    pixels = np.asarray(pixels, dtype=np.float32)
    unit = range_of(pixels.max(initial=0), shape)
    return pixels if unit == 1 else pixels / np.float32(unit)


def _read_mat(path):
    """The course's MATLAB file; never scaled."""
    found = matrices(path, path.read_bytes())
    _check_names(path, "X", found)
    held = {}
    for name in ("X", "y"):
        if name in found:
            kind, shape, read = found[name]
            if not kind[1:].isdigit():
                raise Unexpected(path, f"{name} to hold numbers, an image a row", kind)
            _check_size(path, shape)
            held[name] = read()
    X, y = held["X"], held.get("y")
    if X.ndim != 2:
        found = f"numbers of {X.dtype}, shape {X.shape}"
        raise Unexpected(path, "X to hold numbers, an image a row", found)
    return Images(X, y, _image_shape(path, X), "F", f"from {path.name}")


def _check_names(path, wanted, names):
    if wanted not in names:
        raise Unexpected(path, f"an array {wanted}", f"{sorted(names) or 'none'}")


def _read_npz(path):
    with open_npz(path, path, "an .npz archive of arrays") as arrays:
        image_name = next((n for n in IMAGE_ARRAYS if n in arrays.names), "X")
        _check_names(path, image_name, arrays.names)
        X = _read_array(path, arrays, image_name)
        label_name = next((n for n in LABEL_ARRAYS if n in arrays.names), None)
        y = None if label_name is None else _read_array(path, arrays, label_name)
    shape = _image_shape(path, X)
    X = X.reshape(len(X), -1)
    return Images(_to_unit(X, shape), y, shape, "C", f"from {path.name}")


def _read_array(path, arrays, name):
    """An array, once its header promises numbers, and not too many."""
    declared = arrays.declared(name)
    if declared.dtype.kind not in "biuf":
        found = f"{declared.dtype}, which is never loaded"
        raise Unexpected(path, f"{name} to hold numbers", found)
    _check_size(path, declared.shape)
    return arrays.read(name)


def _read_csv(path):
    if path.stat().st_size > 16 * MAX_VALUES:
        raise Unexpected(path, f"at most {MAX_VALUES} pixels", f"{path.stat().st_size} bytes")
    try:
        with path.open(encoding="utf-8-sig") as lines:
            names = [cell.strip().strip('"').lower() for cell in next(lines, "").split(",")]
        header = not all(_is_number(cell) for cell in names)
        table = np.loadtxt(path, delimiter=",", skiprows=int(header), ndmin=2, encoding="utf-8-sig")
    except ValueError as error:  # UnicodeDecodeError too
        raise Unexpected(path, "rows of comma-separated numbers", str(error)) from error
    if table.size == 0:
        raise Unexpected(path, "a row an image", "none")
    known = [k for k, name in enumerate(names) if name in LABEL_COLUMNS]
    n_columns = table.shape[1]
    column = None
    if header and known:
        column = known[0]
    elif isqrt(n_columns) ** 2 != n_columns:  # not k * k pixels alone: a label stands first
        column = 0
    labels = None if column is None else table[:, column]
    pixels = table if column is None else np.delete(table, column, axis=1)
    shape = _image_shape(path, pixels)
    return Images(_to_unit(pixels, shape), labels, shape, "C", f"from {path.name}")


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_idx(path):
    """MNIST's own format: http://yann.lecun.com/exdb/mnist, magic 2051 and 2049."""
    pixels = _read_idx_array(path, 2051, "images (IDX, magic 2051)")
    n_images, height, width = pixels.shape
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    stem = name.removesuffix(".gz")
    beside = [path.with_name(n) for n in (name, stem, stem + ".gz") if n != path.name]
    if stem == path.name.removesuffix(".gz"):  # its name has no "images": nothing to look for
        beside = []
    labels_path = next((p for p in beside if p.is_file()), None)
    labels = None
    if labels_path is not None:
        labels = _read_idx_array(labels_path, 2049, "labels (IDX, magic 2049)")
        if len(labels) != n_images:
            raise Unexpected(labels_path, f"{n_images} labels for {path.name}", f"{len(labels)}")
    pixels = pixels.reshape(n_images, height * width)
    return Images(pixels / np.float32(255), labels, (height, width), "C", f"from {path.name}")


def _read_idx_array(path, magic, what):
    opener = gzip.open if path.suffix == ".gz" else open
    try:
        with opener(path, "rb") as file:
            found = file.read(4)
            if found != struct.pack(">i", magic):
                raise Unexpected(path, what, f"a file that begins with {found!r}")
            sizes = file.read(4 * (magic % 256))
            if len(sizes) < 4 * (magic % 256):
                raise Unexpected(path, what, "a file that ends within its header")
            shape = struct.unpack(f">{magic % 256}I", sizes)
            _check_size(path, shape)
            n_bytes = int(np.prod(shape))
            content = file.read(n_bytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unexpected(path, f"{what}, gzipped", said(error)) from error
    if len(content) != n_bytes:
        size = "more" if len(content) > n_bytes else f"{len(content)}"
        raise Unexpected(path, f"{n_bytes} bytes after the header, as it says", size)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
