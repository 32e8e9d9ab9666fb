"""Dask's arrays and dataframes as delayed parts of rows, checked as far as can be without work."""

import math

import dask.array as da
import numpy as np
from dask import delayed

from skdigits.dask.cluster import PARTS
from skdigits.dask.parts import assemble


def as_array(collection, name):
    """A Dask array of a Dask array, dataframe or series."""
    if isinstance(collection, da.Array):
        return collection
    if hasattr(collection, "to_dask_array"):
        return collection.to_dask_array()
    raise ValueError(
        f"{name} must be a Dask array or dataframe, got {type(collection).__name__}; make one by "
        f"dask.array.from_array({name}, chunks=...), or fit a TwoLayerNNClassifier"
    )


def delayed_parts(X, y, sample_weight):
    """A list of delayed Parts (see `parts`), at most PARTS, of whole chunks of rows each."""
    X = as_array(X, "X")
    if X.ndim != 2:
        raise ValueError(f"X must be of shape (n_samples, n_features), got {X.ndim} dimensions")
    if X.numblocks[1] > 1:
        raise ValueError(
            f"X has {X.numblocks[1]} chunks along its columns, and must have one: call "
            "X.rechunk({1: -1})"
        )
    if y is None:
        raise ValueError("y must be given: one label a row of X")
    others = {"y": y, "sample_weight": sample_weight}
    known = not any(map(math.isnan, X.chunks[0]))
    if not known and any(_is_local(each) for each in others.values()):
        X, known = X.compute_chunk_sizes(), True
    columns = [X.to_delayed().ravel()]
    for name, each in others.items():
        columns.append(_like(X, each, name, known))
    n = len(columns[0])
    if known and not X.shape[0]:
        raise ValueError(f"X must have rows, got shape {X.shape}")
    step = -(-n // PARTS)
    make = delayed(assemble, pure=False)
    return [
        make(number, at, *(list(column[at : at + step]) for column in columns))
        for number, at in enumerate(range(0, n, step))
    ]


def _is_local(array):
    return array is not None and not hasattr(array, "dask")


def _like(X, array, name, known):
    """The delayed chunks of y or weights, a chunk for each of X."""
    if array is None:
        return [None] * X.numblocks[0]
    if _is_local(array):
        array = np.asarray(array)
        if array.ndim == 0 and name == "sample_weight":
            array = np.full(X.shape[0], float(array))
        _check_length(array.shape[0], X.shape[0], name)
        array = da.from_array(array, chunks=(X.chunks[0], *((n,) for n in array.shape[1:])))
    else:
        array = as_array(array, name)
    sizes = array.chunks[0]
    if known and not any(map(math.isnan, sizes)):
        _check_length(array.shape[0], X.shape[0], name)
        if sizes != X.chunks[0]:
            array = array.rechunk({0: X.chunks[0]})
    if array.ndim == 2 and array.numblocks[1] > 1:
        array = array.rechunk({1: -1})
    if array.numblocks[0] != X.numblocks[0]:
        raise ValueError(
            f"{name} has {array.numblocks[0]} chunks and X {X.numblocks[0]}, of unknown sizes: "
            "call compute_chunk_sizes() on both"
        )
    return list(array.to_delayed().ravel())


def _check_length(n, n_samples, name):
    if n != n_samples:
        raise ValueError(f"{name} must have a row for each of X ({n_samples}), got {n}")


def check_names(X, names):
    """Refuse a dataframe whose columns are not those of the fit, names or None."""
    columns = getattr(X, "columns", None)
    if columns is None or names is None:
        return
    if list(columns) != list(names):
        raise ValueError(
            f"X must have the columns of the fit in their order, {list(names)[:5]}..., got "
            f"{list(columns)[:5]}..."
        )
