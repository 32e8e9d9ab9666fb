"""Rows that are read when they are needed: whatever has a shape, a dtype and slices of rows.

That is an `h5py.Dataset` or a `zarr.Array`, and much that is like them. Only pieces of them are
ever in memory. The first time that a row is read it is checked for NaN and infinity.
"""

from mmap import mmap
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skdigits.network.arrays import arrays_of, is_foreign, near

# Cuts move to the borders of the file's chunks while a chunk of rows has at most so many bytes: a
# chunk that two pieces share is read, and unpacked, twice.
CHUNK_BYTES = 2**26
READ_BYTES = 2**23  # of a block of stored rows; a lane holds two, and one in another dtype


def is_stored(X):
    """Whether X is rows behind an interface: no array, no table, nothing lazy of another kind."""
    if isinstance(X, np.ndarray | StoredRows) or issparse(X):
        return isinstance(X, StoredRows)
    foreign = ("__array_namespace__", "__dlpack__", "__dask_graph__", "iloc", "toarray")
    if any(hasattr(X, name) for name in foreign) or not hasattr(X, "__getitem__"):
        return False
    shape, dtype = getattr(X, "shape", None), getattr(X, "dtype", None)
    return isinstance(shape, tuple) and len(shape) == 2 and isinstance(dtype, np.dtype)


class StoredRows:
    """Rows (n_samples, n_features) of a source, or those of them that an index names."""

    def __init__(self, source, index=None):
        if source.dtype.kind not in "biuf":
            raise ValueError(f"X must hold numbers, got rows of dtype {source.dtype} in a file")
        self._source, self._index = source, index
        self._checked = np.zeros(source.shape[0], dtype=bool)
        self.dtype, self.ndim = source.dtype, 2
        self.shape = (source.shape[0] if index is None else len(index), source.shape[1])
        self.size = self.shape[0] * self.shape[1]

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        """Rows of a slice as an array; those of sorted numbers as StoredRows."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            return self.read(start, stop)
        within = np.asarray(rows)
        taken = StoredRows(self._source, within if self._index is None else self._index[within])
        taken._checked = self._checked
        return taken

    def read(self, start, stop):
        """Rows start to stop, C-contiguous, in their own dtype."""
        if self._index is None:
            return self._read(start, stop)
        index, at = self._index[start:stop], 0
        X = np.empty((len(index), self.shape[1]), dtype=self.dtype)
        most = max(1, READ_BYTES // (self.shape[1] * self.dtype.itemsize))
        while at < len(index):
            first = int(index[at])
            end = int(np.searchsorted(index, first + most))
            X[at:end] = self._read(first, int(index[end - 1]) + 1)[index[at:end] - first]
            at = end
        return X

    def _read(self, start, stop):
        X = np.ascontiguousarray(self._source[start:stop])
        if X.shape != (stop - start, self.shape[1]):
            raise ValueError(
                f"X must give rows {start} to {stop} as an array of shape "
                f"{(stop - start, self.shape[1])}, got {X.shape}"
            )
        if self.dtype.kind == "f" and not self._checked[start:stop].all():
            finite = np.isfinite(X).all(axis=1)
            if not finite.all():
                raise ValueError(
                    f"X contains NaN or infinity in row {start + int(finite.argmin())}; "
                    "fill or leave out such rows before they are written"
                )
            self._checked[start:stop] = True
        return X

    def aligned(self, cuts):
        """Cuts between rows, moved to the nearest borders of the file's chunks, each once."""
        step = (getattr(self._source, "chunks", None) or (1,))[0]
        bytes_a_row = self.shape[1] * self.dtype.itemsize
        if self._index is not None or step <= 1 or step * bytes_a_row > CHUNK_BYTES:
            return cuts
        moved = {min(len(self), round(cut / step) * step) for cut in cuts[1:-1]}
        return sorted({0, len(self)} | moved)


class Piece(NamedTuple):
    """A run of StoredRows, not read yet."""

    rows: StoredRows
    start: int
    stop: int

    @property
    def shape(self):
        """(rows, n_features)."""
        return self.stop - self.start, self.rows.shape[1]

    def read(self):
        """The rows."""
        return self.rows.read(self.start, self.stop)


# --- rows as they come ---------------------------------------------------------------------------


def as_rows(X, dtype=None):
    """(X as it is computed with, the dtype of the arithmetic: see `arithmetic_dtype`)."""
    X = near(X)
    if is_stored(X):
        X = X if isinstance(X, StoredRows) else StoredRows(X)
    elif issparse(X):
        X = X.tocsr()
    elif not is_foreign(X):
        X = np.asarray(X)
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"X must be of shape (n_samples, n_features), got {X.shape}")
    dtype = arithmetic_dtype(X, dtype)
    if isinstance(X, StoredRows) or is_foreign(X):
        return X, dtype
    if not keeps_dtype(X, dtype):
        X = X.astype(dtype, copy=False)
    if not issparse(X) and not (X.flags.c_contiguous or X.flags.f_contiguous):
        X = np.ascontiguousarray(X)
    return X, dtype


def arithmetic_dtype(X, dtype=None):
    """float32 for rows of float32, float64 for all others, or the one that is asked for."""
    if is_foreign(X):
        if dtype is None:
            dtype = np.float32 if str(X.dtype).endswith("float32") else np.float64
        return arrays_of(X).dtype_there(dtype)
    if dtype is not None:
        return np.dtype(dtype)
    return np.dtype(np.float32 if X.dtype == np.float32 else np.float64)


def keeps_dtype(X, dtype):
    """Whether rows stay as they are, to be converted block by block at each pass over them.

    That is where a converted copy would be larger than they are, or a copy of a file.
    """
    if is_stored(X):
        return True
    dense = isinstance(X, np.ndarray) and X.dtype.kind in "biuf"
    return dense and (X.dtype.itemsize < np.dtype(dtype).itemsize or is_mapped(X))


def is_mapped(X):
    """Whether an array lies in a memory map."""
    while isinstance(X, np.ndarray):
        X = X.base
    return isinstance(X, mmap)
