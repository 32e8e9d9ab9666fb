"""The units of features, of rows that are read in passes or that lie in several places.

What `units` finds by sorting columns is selected here by counting, and is the same to the last bit:
a sample says between which values to look, a pass counts the values there in bins, and those of the
one bin that matters are gathered, or counted again.

References
----------
Floyd, R. W. and Rivest, R. L. (1975). Expected time bounds for selection. Communications of the ACM
18(3).
"""

import numpy as np
from scipy.sparse import issparse

from skdigits.network.arrays import NUMPY, near
from skdigits.network.blocks import (
    Block,
    Data,
    added,
    loaded,
    over_lanes,
    piece,
    row_runs,
)
from skdigits.network.stored import arithmetic_dtype, is_mapped, is_stored
from skdigits.network.units import (
    beyond,
    doubled,
    first,
    of_dense,
    of_sparse,
    reach_of,
    units_of,
)

# Values from which on rows in a file are read in passes, few rows at a time. Fewer are read whole.
IN_PASSES = 2**22
BINS = 256  # between the bounds: 2 KiB a feature and lane, and twice that with weights
GATHERED = 2**18  # the most values that are gathered, 6 MiB with where they belong
SAMPLE_VALUES, SAMPLE_ROWS = 2**20, 2**13  # the most of each in the sample
AT_ONCE = 2**17  # values that are looked at together: their arrays stay in a core's cache
UNITS = 256  # of a network whose blocks would be as small as is wanted here
LEAST, MOST = -np.finfo(np.float64).max, np.finfo(np.float64).max


def center_and_scale(X, w=None, dtype=None):
    """Each feature's centre and scale, both (n_features,) float64.

    X (n_samples, n_features) may be sparse and stays it, its zeros count, or stored; w (n_samples,)
    are row weights or None; dtype is that of the arithmetic, by default that of X. Weight 2 on a
    row equals that row twice.
    """
    dtype = arithmetic_dtype(X, dtype)
    X = near(X)
    if issparse(X):
        return units_of(*of_sparse(X, w), dtype)
    in_file = is_stored(X) or is_mapped(X)
    if in_file and X.size >= IN_PASSES:
        return measure(rows_to_measure(X, w, dtype), X.shape[1])
    return units_of(*of_dense(X[:] if is_stored(X) else X, w, dtype), dtype)


def rows_to_measure(X, w, dtype):
    """The Data of rows X, with weights w (n_samples,) as they are or None, to `measure`."""
    lanes = [
        [Block(piece(X, a, b), None, None if w is None else w[a:b]) for a, b in lane]
        for lane in row_runs(X, UNITS)
    ]
    total = float(X.shape[0] if w is None else w.sum())
    return Data(lanes, X.shape[0], total, dtype)


def measure(data, n_features):
    """`center_and_scale` of Data whose Blocks have their row weights as they were given."""
    total = data.weight_sum
    rows = min(SAMPLE_ROWS, max(1, SAMPLE_VALUES // n_features))
    bounds, V, w = zip(*data.each(survey, n_features, rows / data.n_samples), strict=True)
    lowest, highest = np.min(bounds, axis=0)[0], np.max(bounds, axis=0)[1]
    V, w = np.concatenate(V), np.concatenate(w)
    error = 2 / np.sqrt(len(w))  # four standard errors of a median's rank
    around = [_quantile(V, w, 0.5 - error), _quantile(V, w, 0.5 + error)]
    median = _select(data, total / 2 * (1 - 1e-9), around, None)
    largest = np.maximum(highest - median, median - lowest)
    # The most extreme of a sample are none too extreme for all rows.
    far = _quantile(V, w, 1 - beyond(total) / w.sum(), median)
    kept = _select(data, total - beyond(total), [np.minimum(far, largest), largest], median)
    reach = reach_of(median, largest, kept)
    sums, squares = data.total(moments, median, reach)
    mean = sums / total
    variance = np.where(largest == 0, 0, np.maximum(squares / total - mean**2, 0))
    found = *doubled(median + mean * reach, reach, largest), variance
    return units_of(*found, data.dtype)


def _quantile(V, w, share, center=None):
    """The value (n_features,) of each column of V up to which that share of the weights lies.

    With a center (n_features,) that of the distances from it.
    """
    shares, found = w / w.sum(), np.empty(V.shape[1])
    step = max(1, AT_ONCE // len(V))
    for start in range(0, V.shape[1], step):
        some = slice(start, start + step)
        v = V[:, some].T.copy()
        if center is not None:
            v = np.abs(v - center[some, np.newaxis])
        found[some] = first(v, shares, max(share, 0.0), NUMPY)
    return found


def _select(data, target, bounds, center):
    """The least value (n_features,) up to which the weights come to target.

    Of values, or with a center (n_features,) of distances from it. It is looked for between the
    bounds, two such arrays, first.
    """
    low, high = map(_keys, bounds)
    searched = np.arange(len(low))
    while len(searched):
        a, b = low[searched], high[searched]
        step = (b - a) // np.uint64(BINS) + np.uint64(1)
        middle = None if center is None else center[searched]
        below, weights, numbers = data.total(count, searched, a, b, step, middle)
        up_to = below[:, np.newaxis] + np.cumsum(weights, axis=1)
        lower, higher = below >= target, (up_to[:, -1] < target) & (b < _keys(MOST))
        within = ~(lower | higher)
        bin_ = np.argmax((up_to >= target) | (np.arange(BINS) == BINS - 1), axis=1)
        each = np.arange(len(searched))
        inside = a + bin_.astype(np.uint64) * step
        outside = np.minimum(b, inside + (step - np.uint64(1)))
        low[searched] = np.select([lower, higher], [_keys(LEAST), b + np.uint64(1)], inside)
        high[searched] = np.select([lower, higher], [a - np.uint64(1), _keys(MOST)], outside)
        before = up_to[each, bin_] - weights[each, bin_]
        left = ~within | (inside < outside)
        searched, before, within = searched[left], before[left], within[left]
        if len(searched) and within.all() and numbers[each, bin_][left].sum() <= GATHERED:
            middle = None if center is None else center[searched]
            found = data.each(gather, searched, low[searched], high[searched], middle)
            parts = map(np.concatenate, zip(*found, strict=True))
            low[searched] = _finish(*parts, before, target)
            break
    return _values(low)


def _finish(feature, keys, w, below, target):
    """The least key of each feature up to which below and its weights come to target."""
    order = np.lexsort((keys, feature))
    feature, keys, w = feature[order], keys[order], w[order]
    starts = np.searchsorted(feature, np.arange(len(below)))
    stops = np.append(starts[1:], len(keys))
    so_far = np.cumsum(w)
    so_far += np.repeat(below - (so_far[starts] - w[starts]), stops - starts)
    places = np.where(so_far >= target, np.arange(len(keys)), len(keys))
    return keys[np.minimum(np.minimum.reduceat(places, starts), stops - 1)]


# --- in one place -------------------------------------------------------------------------------


def survey(data, n_features, share):
    """Each feature's least and largest value, halved (2, n_features), and about that share of rows.

    The sample is V (rows, n_features), halved too, and w (rows,).
    """
    step = max(1, int(1 / share))

    def of_lane(lane):
        low, high = np.full((2, n_features), [[np.inf], [-np.inf]])
        seen, some = 0, []
        for V, w in _halves(lane, data):
            low, high = np.minimum(low, V.min(axis=0)), np.maximum(high, V.max(axis=0))
            taken = slice(-seen % step, None, step)
            seen += len(V)
            some.append((V[taken].copy(), np.ones(len(V))[taken] if w is None else w[taken]))
        nothing = np.zeros((0, n_features)), np.zeros(0)
        V, w = map(np.concatenate, zip(nothing, *some, strict=True))
        return low, high, V, w

    low, high, V, w = zip(*_over(of_lane, data), strict=True)
    bounds = np.stack([np.min(low, axis=0), np.max(high, axis=0)])
    return bounds, np.concatenate(V), np.concatenate(w)


def count(data, columns, low, high, step, center):
    """(weight of values below low, weights and numbers of those up to high in bins), by feature."""
    size, (lowest, highest) = len(columns) * BINS, map(_values, (low, high))
    lowermost = np.arange(len(columns)) * BINS  # of each feature's bins
    uppermost = lowermost + ((high - low) // step).astype(np.intp)
    wide = low < high

    def of_lane(lane):
        below, numbers = np.zeros(len(columns)), np.zeros(size)
        weights = numbers if lane[0].w is None else np.zeros(size)
        for V, w in _halves(lane, data, columns, center):
            # Many values may be equal to a bound, as zeros are, which are sooner summed than found.
            less, least, most = lowest > V, lowest == V, (highest == V) & wide
            row, feature, keys = _within(V, ~(less | least) & (highest > V))
            places = lowermost[feature] + ((keys - low[feature]) // step[feature]).astype(np.intp)
            numbers += np.bincount(places, minlength=size)
            numbers[lowermost] += least.sum(axis=0, dtype=np.uint32)
            numbers[uppermost] += most.sum(axis=0, dtype=np.uint32)
            if w is None:
                below += less.sum(axis=0, dtype=np.uint32)
                continue
            below += w @ less
            weights += np.bincount(places, w[row], minlength=size)
            weights[lowermost] += w @ least
            weights[uppermost] += w @ most
        return below, weights, numbers

    below, *bins = added(_over(of_lane, data))
    return [below, *(each.reshape(len(columns), BINS) for each in bins)]


def gather(data, columns, low, high, center):
    """(features, keys, weights) of all values from low to high; features count from zero."""
    lowest, highest = _values(low), _values(high)

    def of_lane(lane):
        found = []
        for V, w in _halves(lane, data, columns, center):
            row, feature, keys = _within(V, (lowest <= V) & (highest >= V))
            weights = np.ones(len(row)) if w is None else w[row]
            found.append((feature, keys, weights))
        return found

    nothing = np.zeros(0, dtype=int), np.zeros(0, dtype=np.uint64), np.zeros(0)
    found = [nothing, *(each for lane in _over(of_lane, data) for each in lane)]
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def moments(data, median, reach):
    """The weighted sums of (v - median) / reach, at most 1 in size, and of their squares."""

    def of_lane(lane):
        first = second = 0.0
        for V, w in _halves(lane, data):
            V -= median
            V /= reach  # so that no square overflows
            np.clip(V, -1, 1, out=V)
            first = first + (V.sum(axis=0) if w is None else w @ V)
            V *= V
            second = second + (V.sum(axis=0) if w is None else w @ V)
        return first, second

    return added(_over(of_lane, data))


def _over(function, data):
    return over_lanes(function, data.lanes, data.multiplications(UNITS))


def _halves(lane, data, columns=None, center=None):
    """(V (rows, features), w (rows,) or None) of few rows after few: halves, as in `units`.

    Of some columns, or all; with a center their distances from it. Rows of no weight are left out.
    """
    some = columns is not None and len(columns) < lane[0].X.shape[1]
    for block in loaded(lane, data):
        step = max(1, AT_ONCE // block.X.shape[1])
        for start in range(0, block.X.shape[0], step):
            X, w = block.X[start : start + step], block.w
            if issparse(X):
                X = X.toarray()
            if w is not None:
                w = w[start : start + step]
                if not w.all():
                    X, w = X[w > 0], w[w > 0]
            if not len(X):
                continue
            # So that no difference overflows.
            X = np.take(X, columns, axis=1) if some else X
            V = np.multiply(X, 0.5, dtype=np.float64, order="C")
            if center is not None:
                V -= center
                np.abs(V, out=V)
            yield V, w


def _within(V, mask):
    """(rows, features, keys) of the values where the mask is true."""
    places = np.flatnonzero(mask)  # three times as fast as np.nonzero of two dimensions
    rows, features = np.divmod(places, V.shape[1])
    return rows, features, _keys(V.ravel()[places])


SIGN = np.uint64(1 << 63)


def _keys(V):
    """Numbers of 64 bits in the order of the values; both zeros are one."""
    bits = (np.asarray(V) + 0.0).view(np.uint64)
    return np.where(bits & SIGN, ~bits, bits | SIGN)


def _values(keys):
    """The values of keys."""
    return np.where(keys & SIGN, keys ^ SIGN, ~keys).view(np.float64)
