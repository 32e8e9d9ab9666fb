"""Rows in blocks, blocks in lanes, and one thread a lane.

A block is a run of rows small enough for its arrays of (units, rows) to stay in a core's cache; a
lane is a run of blocks whose sums one thread forms. Lanes are cut by the amount of work alone,
never by the number of threads, and their sums are added in their order: a fit, which holds BLAS at
one thread, has the same bits however many threads there are.
"""

import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from scipy.sparse import issparse

from skdigits.network.arrays import NUMPY, arrays_of, is_foreign
from skdigits.network.blas import single_threaded_blas
from skdigits.network.stored import READ_BYTES, Piece, StoredRows

# (lanes, multiplications from which on there are so many). Two lanes gain from about 0.5 ms on;
# more than there are cores cost some 10% on 3750 rows, and each keeps a gradient sum of its own.
LANES = ((2, 1e7), (4, 8e7), (8, 4e8))
# Multiplications of a block. 50000 x 784 rows, 100 units, 2 cores: 3e7 was 1.2 times slower than
# 1e8, 1e9 no faster and ten times the buffers.
BLOCK_WORK = 2e8
BLOCK_VALUES = 2**19  # of one (units, rows) array, however little work: 2 MiB of float32
# Of its rows: 4 MiB of float32. 60000 x 784, 10 and 25 units, against 8192 rows a block: 0.87 and
# 0.92 of the time, of uint8, which are converted block by block, 0.60 and 0.76. 3000 x 3000, 5000 x
# 400 and 300000 x 100: the same within noise, 2**18 up to 1.4 times slower.
BLOCK_INPUTS = 2**20
BLOCK_ROWS = (256, 8192)  # the fewest and the most
DEVICE_VALUES = 2**26  # of such an array on a device: 256 MiB of float32


class Block(NamedTuple):
    """A run of rows."""

    X: object  # (rows, n_features): dense of whatever dtype, CSR, or a Piece of StoredRows
    Y: np.ndarray  # (n_outputs, rows) in the dtype of the arithmetic
    w: np.ndarray | None  # (rows,) or (n_outputs, rows), mean one over all; None: all one


@dataclass(eq=False)
class Data:
    """Rows of one place, and what is kept there from one pass over them to the next.

    Whatever is asked of the rows is asked by `each`, and sums over them by `total`, so that they
    may lie in several places: then what is asked stands for all of them, and has no lanes.
    """

    lanes: list  # of lists of Blocks
    n_samples: int
    weight_sum: float  # of the row weights as they were given: the penalty's S
    dtype: np.dtype  # of the arithmetic
    feature_scale: np.ndarray | None = None  # (n_features,), the penalty's units; None: all one
    xp: object = NUMPY  # what computes: see `arrays`
    spare: list = field(default_factory=list)  # buffers: see `stack`
    kept: dict = field(default_factory=dict)  # see `projection`

    def put(self, arrays):
        """Arrays of NumPy as ones of those that the rows are."""
        return arrays if self.xp is NUMPY else map(self.xp.put, arrays)

    def multiplications(self, units):
        """Those of a product of all rows with units columns."""
        return self._inputs * units

    @cached_property
    def _inputs(self):
        return sum(multiplications(block.X, 1) for lane in self.lanes for block in lane)

    def each(self, function, *args):
        """[function(data, *args)] of the Data of each place, in a fixed order."""
        return [function(self, *args)]

    def total(self, function, *args):
        """The sum of what `each` returns: numbers, arrays, or tuples and lists of such."""
        return function(self, *args)


def added(results):
    """The sum of results, numbers, arrays, or tuples and lists of such, in their order."""
    return reduce(plus, results)


def plus(a, b):
    """The sum of two such."""
    if isinstance(a, tuple | list):
        return [plus(x, y) for x, y in zip(a, b, strict=True)]
    return a + b


def multiplications(X, units):
    """Those of a product of X (n_samples, n_features), dense or sparse, with units columns."""
    return (X.nnz if issparse(X) else X.shape[0] * X.shape[1]) * units


def row_runs(X, units):
    """Lanes of (start, stop), a pair a block."""
    n_samples, work = X.shape[0], multiplications(X, units)
    if is_foreign(X):  # whose library has threads of its own
        blocks = -(-n_samples // max(1, DEVICE_VALUES // units))
        return [list(pairwise(n_samples * i // blocks for i in range(blocks + 1)))]
    # On few rows of many features the lanes' gradient sums would cost more than the rows.
    most = max(1, n_samples // BLOCK_ROWS[0])
    lanes = max((n for n, least in LANES if work >= least and n <= most), default=1)
    rows = _rows_of_block(X, units)
    if isinstance(X, StoredRows):
        rows = max(1, min(rows, READ_BYTES // (X.shape[1] * X.dtype.itemsize)))
    blocks = int(np.ceil(n_samples / lanes / rows))
    cuts = [n_samples * i // (lanes * blocks) for i in range(lanes * blocks + 1)]
    if isinstance(X, StoredRows):
        cuts = X.aligned(cuts)
        blocks = -(-(len(cuts) - 1) // lanes)
    runs = list(pairwise(cuts))
    return [runs[i : i + blocks] for i in range(0, len(runs), blocks)]


def _rows_of_block(X, units):
    inputs = max(multiplications(X, 1), 1) / X.shape[0]  # a row; of sparse ones those stored
    rows = min(BLOCK_WORK / units, BLOCK_INPUTS) / inputs
    rows = min(rows, BLOCK_VALUES / units)
    return min(max(rows, BLOCK_ROWS[0]), BLOCK_ROWS[1])


def piece(X, start, stop):
    """Rows of X: a view, a copy of sparse ones, or what reads them."""
    if isinstance(X, StoredRows):
        return Piece(X, start, stop)
    if stop - start == X.shape[0]:
        return X
    return X[start:stop] if issparse(X) else X[start:stop, :]


def loaded(lane, data):
    """The Blocks of a lane, or others with an X, in turn: in memory, of the arithmetic's dtype.

    Where rows are stored and one thread computes, another reads the next block meanwhile; of
    several, some read while others compute. 1.6 GB of HDF5 in the cache, 25 and 100 units, a pass:
    0.94 and 2.4 s with one thread, 0.68 and 2.1 with blocks read ahead; with two on two cores 0.58
    and 1.3, with blocks read ahead 0.74 and 1.4.
    """
    stored = isinstance(lane[0].X, Piece)
    if not stored and data.xp is NUMPY and lane[0].X.dtype == data.dtype:
        return lane
    return _loaded(lane, data, stored)


def _loaded(lane, data, stored):
    xp, dtype = data.xp, data.dtype
    begin = _ahead if getattr(_thread, "alone", True) else attrgetter("read")
    room, read = [], begin(lane[0].X) if stored else None
    for block, following in zip(lane, [*lane[1:], None], strict=True):
        X = read() if stored else block.X
        if stored and following is not None:
            read = begin(following.X)
        if xp is not NUMPY:
            X = xp.cast(X, dtype)
        elif X.dtype != dtype:
            X = X.astype(dtype) if issparse(X) else _converted(X, dtype, lane, room)
        yield block if X is block.X else block._replace(X=X)


def _converted(X, dtype, lane, room):
    """Rows X in another dtype, in the memory of the rows converted before."""
    if not room:
        rows, columns = max(block.X.shape[0] for block in lane), X.shape[1]
        in_order = X.flags.c_contiguous
        room.append(np.empty((rows, columns), dtype, order="C" if in_order else "F"))
    converted = room[0][: X.shape[0]]
    np.copyto(converted, X, casting="same_kind")
    return converted


def _ahead(piece):
    """A callable that returns the rows of a Piece, which a thread is reading by now."""
    try:
        return _pool("readers").submit(piece.read).result
    except RuntimeError:  # the main thread has ended
        return piece.read


def split_rows(X, Y, w, units):
    """Lanes of Blocks of X (n_samples, n_features), Y (n_outputs, n_samples), w or None.

    w is (n_samples,) or (n_outputs, n_samples). Y and w are of NumPy.
    """
    xp = arrays_of(X)

    def cut(array, start, stop):
        return xp.put(np.ascontiguousarray(array[..., start:stop]))

    return [
        [
            Block(
                piece(X, start, stop),
                cut(Y, start, stop),
                None if w is None else cut(w, start, stop),
            )
            for start, stop in lane
        ]
        for lane in row_runs(X, units)
    ]


def over_lanes(function, lanes, work):
    """[function(lane) for lane in lanes], in as many threads as BLAS gives up.

    work is the number of multiplications in all: too little is not worth a second thread.
    """
    if work < LANES[0][1]:
        with np.errstate(over="ignore", invalid="ignore"):
            return [function(lane) for lane in lanes]
    results = [None] * len(lanes)
    waiting = deque(enumerate(lanes))

    def work_on(alone=False):
        _thread.alone = alone
        # A thread has floating-point settings of its own; who wants the result looks at it.
        with np.errstate(over="ignore", invalid="ignore"):
            while waiting:
                try:
                    i, lane = waiting.popleft()
                except IndexError:  # another thread was quicker
                    return
                results[i] = function(lane)

    with single_threaded_blas() as threads:
        helpers = []
        try:
            # When the main thread has ended, and this one has not, there are no helpers any more.
            with suppress(RuntimeError):
                for _ in range(min(threads, len(lanes)) - 1):
                    helpers.append(_pool("helpers").submit(work_on))
            work_on(alone=not helpers)
        finally:
            _thread.alone = True
            waiting.clear()
            # One that has not begun is not needed any more: no fit ever waits for another's.
            for helper in helpers:
                if not helper.cancel():
                    helper.result()
    return results


_thread = threading.local()  # alone: whether no other thread computes lanes of the same rows
_pools = {}


def _pool(name):
    """Threads of this process: those of its parent did not survive a fork."""
    key = os.getpid(), name
    pool = _pools.get(key)
    if pool is None:
        pool = _pools.setdefault(key, ThreadPoolExecutor(os.cpu_count(), f"skdigits {name}"))
    return pool
