"""A part of the rows, in the memory of one worker, and what is asked of it.

Whatever is asked is a function of a Part and of small arguments, known by its name on every worker.
Asked twice it does the same: where a worker is lost, the others are asked again.
"""

import numpy as np
from scipy.sparse import issparse, vstack

from skdigits.fitting import HeldOut, Rows, class_counts
from skdigits.fitting import labels as labelling
from skdigits.network import (
    Data,
    as_rows,
    plus,
    rows_to_measure,
    score_ranges,
    split_rows,
)

SEVERAL = 50  # values of y that are told, at most, where they are no classes


class Part:
    """Rows with their labels and weights, and the Data that is made of them."""

    def __init__(self, number, X, y, w):
        self.number, self.X, self.y, self.w = number, X, y, w
        self.encoded = self.rows = self.data = self.held_out = self.divided = None


def assemble(number, first, X, y, w):
    """A Part of chunks: lists of arrays, w of None too; first is the number of the first chunk.

    What is wrong with the chunks is a ValueError that says which.
    """
    for at, (X_chunk, y_chunk, w_chunk) in enumerate(zip(X, y, w, strict=True), first):
        for name, chunk in (("y", y_chunk), ("sample_weight", w_chunk)):
            if chunk is not None and chunk.shape[0] != X_chunk.shape[0]:
                raise ValueError(
                    f"{name} must have a row for each of X, got {chunk.shape[0]} for the "
                    f"{X_chunk.shape[0]} of chunk {at}"
                )
        values = X_chunk.data if issparse(X_chunk) else np.asarray(X_chunk)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            where = ""
            if not issparse(X_chunk):
                row = int(np.argmin(np.isfinite(values).all(axis=1)))
                where = f", row {row}"
            raise ValueError(f"X contains NaN or infinity in chunk {at}{where}")
        if w_chunk is not None and not (np.isfinite(w_chunk).all() and np.min(w_chunk) >= 0):
            raise ValueError(
                f"sample_weight must be finite and not negative, got values from "
                f"{np.min(w_chunk)} to {np.max(w_chunk)} in chunk {at}"
            )
    X = _joined([chunk if issparse(chunk) else np.asarray(chunk) for chunk in X])
    y = _joined([np.asarray(chunk) for chunk in y])
    w = None if w[0] is None else _joined([np.asarray(chunk, dtype=np.float64) for chunk in w])
    return Part(number, X.tocsr() if issparse(X) else X, y, w)


def aligned(array):
    """The array, or a copy where its numbers lie askew in a message that brought them.

    NumPy multiplies such arrays without BLAS, slowly and with other bits.
    """
    return np.require(array, requirements=["C", "A"])


def all_aligned(args):
    """The same of all arrays in tuples and lists."""
    if isinstance(args, np.ndarray):
        return aligned(args)
    plain = type(args) in (tuple, list)
    return type(args)(map(all_aligned, args)) if plain else args


def _joined(chunks):
    if len(chunks) == 1:
        return chunks[0]
    return vstack(chunks, format="csr") if issparse(chunks[0]) else np.concatenate(chunks)


def describe(part):
    """What a plan must know first: (rows, features, whether X is float32, columns and values of y).

    Where y has very many values, as many as say that they are no classes.
    """
    values = np.unique(part.y)
    if values.dtype.kind == "f" and len(values) > SEVERAL and (values % 1).any():
        values = values[np.argsort(values % 1 == 0, kind="stable")][:SEVERAL]
    columns = 1 if part.y.ndim == 1 else part.y.shape[1]
    return part.X.shape[0], part.X.shape[1], part.X.dtype == np.float32, columns, values


def encode(part, labels, dtype):
    """Make Rows of the labels; the weights of the classes (see `class_counts`)."""
    part.X, _ = as_rows(part.X if issparse(part.X) else aligned(part.X), dtype)
    y = part.y[:, 0] if part.y.ndim == 2 and not labels.multilabel else part.y
    w = None if part.w is None else aligned(part.w)
    part.encoded = Rows(part.X, labelling.encode(y, labels), w)
    return class_counts(part.encoded, labels, w)


def weigh(part, factors, labels):
    """Multiply weights by class factors; (their sum, the weights of the classes then)."""
    part.rows = part.encoded.weighted(factors)
    return _weights(part.rows, labels)


def _weights(rows, labels):
    w = rows.mean_weight
    total = float(len(rows.codes) if w is None else w.sum())
    return total, class_counts(rows, labels, rows.w)


def hold_out(part, fraction, seed, labels, dtype):
    """Set that share of the rows apart, to validate on; what is left is told as by `weigh`.

    Told are rows, weight and the weights of the classes, and the weight of those set apart. Of each
    class a part holds out its share, rounded at random. One row at least is left.
    """
    if part.divided is None:
        rows, rng = part.rows, np.random.default_rng([seed, part.number])
        kinds = np.zeros(len(rows.codes), dtype=int) if labels.multilabel else rows.codes
        held = np.zeros(len(kinds), dtype=bool)
        for kind in np.unique(kinds):
            some = rng.permutation(np.flatnonzero(kinds == kind))
            held[some[: int(fraction * len(some) + rng.random())]] = True
        if held.all():
            held[0] = False
        part.rows = rows.take(np.flatnonzero(~held))
        part.held_out = HeldOut(rows.take(np.flatnonzero(held)), labels, dtype)
        part.X = part.encoded = None  # which would be twice in memory
        part.divided = len(part.rows.codes), *_weights(part.rows, labels), part.held_out.weight
    return part.divided


def validate(part, weights, activation):
    """The sums of a HeldOut."""
    return part.held_out.sums(weights, activation) if part.held_out.weight else (0.0, 0.0)


def lay_out(part, dtype):
    """Make the Data that units are measured of."""
    X, w = part.rows.X, part.rows.mean_weight
    part.data = rows_to_measure(X, w, dtype)


def prepare(part, labels, n_samples, weight_sum, feature_scale, dtype, units):
    """Make the Data of the fit, whose weights have mean one over all parts."""
    rows = part.rows
    Y = np.ascontiguousarray(rows.targets(labels).T, dtype=dtype)
    w = None if rows.w is None else (rows.w.T / weight_sum * n_samples).astype(dtype)
    lanes = split_rows(rows.X, Y, w, units)
    part.data = Data(lanes, len(rows.codes), weight_sum, dtype, feature_scale)


def folded(nodes, n):
    """Sums of some of n parts' answers, {(level, place): sum}, as far as they have neighbours.

    The sum of all is that of a tree over the parts' numbers: a node is the sum of the two below it,
    or the one that there is. So it has the same bits whoever adds which of them.
    """
    size, level = n, 0
    while size > 1:
        here = {place: nodes.pop((level, place)) for at, place in list(nodes) if at == level}
        for place, value in here.items():
            other = place ^ 1
            if other >= size:
                nodes[level + 1, place // 2] = value
            elif other not in here:
                nodes[level, place] = value
            elif place < other:
                nodes[level + 1, place // 2] = plus(value, here[other])
        size, level = -(-size // 2), level + 1
    return nodes


def on_data(part, function, *args):
    """What a function of the Data gives."""
    return function(part.data, *args)


def ranges(part, weights, activation, softmax):
    """The least and the largest of each score: see `score_ranges`."""
    return score_ranges(*weights, part.rows.X, activation, softmax)


def count_right(part, model):
    """(weight of the rows that a model predicts right, weight of all)."""
    right = model.predict(part.X) == part.y
    if right.ndim == 2:
        right = right.all(axis=1)
    w = np.ones(len(right)) if part.w is None else part.w
    return float(right @ w), float(w.sum())
