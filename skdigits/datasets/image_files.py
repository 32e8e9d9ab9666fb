"""Files of digit images, all of them untrusted.

No pickle is ever loaded, what a header promises is checked before anything is read, and an error
names the file, what was expected and what was found.
"""

import gzip
import struct
import zlib
from math import isqrt, prod
from typing import NamedTuple

import numpy as np

from skdigits.datasets.mat_files import matrices
from skdigits.files import Limit, Unexpected, open_npz, said

MAX_ROW = 2**20  # characters in a row of .csv: images of 512 x 512
BLOCK = 2**20  # characters of .csv read at a time; as strings and tokens they take 40 times that
IMAGE_ARRAYS = ("X", "x_train", "images", "data")
LABEL_ARRAYS = ("y", "y_train", "target", "labels")
PIXEL = 4  # bytes, as float32
LABEL_COLUMNS = ("label", "y", "target", "class", "digit")


class Images(NamedTuple):
    """What a source holds."""

    pixels: np.ndarray  # (n, height * width)
    labels: np.ndarray | None  # (n,), 10 may stand for 0
    shape: tuple  # (height, width)
    order: str  # "C": pixels run row by row, "F": column by column
    about: str


def read_images(path, max_bytes=None):
    """The images in a file, whose name tells its format, if they take no more than max_bytes."""
    name = path.name.lower()
    limit = Limit(path, path.stat().st_size, max_bytes)
    if name.endswith(".mat"):
        return _read_mat(path, limit)
    if name.endswith(".npz"):
        return _read_npz(path, limit)
    if name.endswith(".csv"):
        return _read_csv(path, limit)
    if name.endswith((".gz", "ubyte", ".idx", ".idx3")):
        return _read_idx(path, limit)
    raise Unexpected(path, "a name ending in .mat, .npz, .csv, -ubyte or .gz", f"{path.name!r}")


def _check_size(limit, shape, itemsize):
    """Of what will be pixels of float32, and is unpacked to numbers of so many bytes."""
    n_values = prod(shape)
    if n_values < 1:
        raise Unexpected(limit.path, "1 or more pixels", f"an array of shape {tuple(shape)}")
    limit.check("images", n_values * itemsize, n_values * max(itemsize, PIXEL))


def _image_shape(path, shape):
    """(height, width) of images (n, height, width), or of square ones (n, pixels)."""
    if len(shape) == 3:
        return tuple(shape[1:])
    side = isqrt(shape[1]) if len(shape) == 2 else 0
    if side == 0 or side * side != shape[1]:
        raise Unexpected(path, "rows of k * k pixels", f"an array of shape {tuple(shape)}")
    return side, side


def range_of(highest, shape):
    """The intensity of full ink, by the highest seen: 1, 16 for images of 8 x 8, else 255."""
    if highest <= 2:  # in [0, 1], give or take an interpolation's overshoot
        return 1
    return 16 if tuple(shape) == (8, 8) else 255


def _to_unit(pixels, shape):
    """Intensities divided by their range."""
    with np.errstate(over="ignore"):  # infinite then, which is refused
        pixels = np.asarray(pixels, dtype=np.float32)
    unit = range_of(pixels.max(initial=0), shape)
    return pixels if unit == 1 else pixels / np.float32(unit)


def _read_mat(path, limit):
    """The course's MATLAB file; never scaled."""
    found = matrices(path, path.read_bytes())
    _check_names(path, "X", found)
    for name in ("X", "y"):
        if name in found:
            kind, shape = found[name].kind, found[name].shape
            if not kind[1:].isdigit() or len(shape) != 2:
                found = f"{kind} of shape {shape}"
                raise Unexpected(path, f"{name} to hold numbers, an image a row", found)
            _check_size(limit, shape, np.dtype(kind).itemsize)
    shape = _image_shape(path, found["X"].shape)
    labels = found["y"].read(limit) if "y" in found else None
    return Images(found["X"].read(limit), labels, shape, "F", f"from {path.name}")


def _check_names(path, wanted, names):
    if wanted not in names:
        raise Unexpected(path, f"an array {wanted}", f"{sorted(names) or 'none'}")


def _read_npz(path, limit):
    with open_npz(path, path, "an .npz archive of arrays") as arrays:
        image_name = next((n for n in IMAGE_ARRAYS if n in arrays.names), "X")
        _check_names(path, image_name, arrays.names)
        shape = _image_shape(path, _check_array(path, arrays, image_name, limit))
        label_name = next((n for n in LABEL_ARRAYS if n in arrays.names), None)
        if label_name is not None:
            _check_array(path, arrays, label_name, limit)
        X = arrays.read(image_name)
        y = None if label_name is None else arrays.read(label_name)
    X = X.reshape(len(X), -1)
    return Images(_to_unit(X, shape), y, shape, "C", f"from {path.name}")


def _check_array(path, arrays, name, limit):
    """The shape of an array whose header promises numbers, and not too many."""
    shape, dtype, _, n_bytes = arrays.declared(name)
    if dtype.kind not in "biuf":
        raise Unexpected(path, f"{name} to hold numbers", f"{dtype}, which is never loaded")
    limit.check(name, n_bytes)
    _check_size(limit, shape, dtype.itemsize)
    return shape


def _read_csv(path, limit):
    names, table = _read_table(path, limit)
    known = [k for k, name in enumerate(names or []) if name in LABEL_COLUMNS]
    n_columns = table.shape[1]
    column = None
    if known:
        column = known[0]
    elif isqrt(n_columns) ** 2 != n_columns:  # not k * k pixels alone: a label stands first
        column = 0
    labels = None if column is None else table[:, column]
    pixels = table if column is None else np.delete(table, column, axis=1)
    shape = _image_shape(path, pixels.shape)
    return Images(_to_unit(pixels, shape), labels, shape, "C", f"from {path.name}")


def _read_table(path, limit):
    """(names of columns or None, table of float32); what is read is kept a block at a time."""
    blocks, n_values = [], 0
    try:
        with path.open(encoding="utf-8-sig") as lines:
            first = _read_lines(path, lines, 1)
            names = [cell.strip().strip('"').lower() for cell in "".join(first).split(",")]
            if not all(_is_number(cell) for cell in names):
                first = []
            else:
                names = None
            while block := first + _read_lines(path, lines, BLOCK):
                first = []
                if not "".join(block).strip():
                    continue
                table = np.loadtxt(block, dtype=np.float32, delimiter=",", ndmin=2, comments=None)
                if blocks and table.shape[1] != blocks[0].shape[1]:
                    found = f"{table.shape[1]} in one and {blocks[0].shape[1]} in another"
                    raise ValueError(f"rows of as many columns, {found}")
                blocks.append(table)
                n_values += table.size
                limit.check("images", PIXEL * n_values)
    except Unexpected:
        raise
    except ValueError as error:  # UnicodeDecodeError too
        raise Unexpected(path, "rows of comma-separated numbers", str(error)) from error
    if not blocks:
        raise Unexpected(path, "a row an image", "none")
    return names, np.concatenate(blocks)


def _read_lines(path, lines, size):
    """The next lines of so many characters and what ends the last."""
    block = []
    while size > 0 and (line := lines.readline(MAX_ROW)):
        if len(line) == MAX_ROW:
            raise Unexpected(path, f"rows of less than {MAX_ROW} characters", "a longer one")
        block.append(line)
        size -= len(line)
    return block


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_idx(path, limit):
    """MNIST's own format: http://yann.lecun.com/exdb/mnist, magic 2051 and 2049."""
    pixels = _read_idx_array(path, 2051, "images (IDX, magic 2051)", limit)
    n_images, height, width = pixels.shape
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    stem = name.removesuffix(".gz")
    beside = [path.with_name(n) for n in (name, stem, stem + ".gz") if n != path.name]
    if stem == path.name.removesuffix(".gz"):  # its name has no "images": nothing to look for
        beside = []
    labels_path = next((p for p in beside if p.is_file()), None)
    labels = None
    if labels_path is not None:
        of_labels = limit._replace(path=labels_path, file_size=labels_path.stat().st_size)
        labels = _read_idx_array(labels_path, 2049, "labels (IDX, magic 2049)", of_labels)
        if len(labels) != n_images:
            raise Unexpected(labels_path, f"{n_images} labels for {path.name}", f"{len(labels)}")
    pixels = pixels.reshape(n_images, height * width)
    return Images(pixels / np.float32(255), labels, (height, width), "C", f"from {path.name}")


def _read_idx_array(path, magic, what, limit):
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
            _check_size(limit, shape, 1)
            n_bytes = prod(shape)
            content = file.read(n_bytes + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unexpected(path, f"{what}, gzipped", said(error)) from error
    if len(content) != n_bytes:
        size = "more" if len(content) > n_bytes else f"{len(content)}"
        raise Unexpected(path, f"{n_bytes} bytes after the header, as it says", size)
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
