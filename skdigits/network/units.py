"""The units that a network sees features in: a centre and a scale a feature, whatever the table's.

A feature's *reach* is the largest deviation of its values from their median, the most extreme left
out, of weight EXTREMES together. A number of values, not a share: pixels lit in one image of a
thousand and outliers look alike, and this tells most of them apart. Where nothing else varies all
values count. What is left out may lift a reach, to LIFT of the features' median one and to a third
of the largest deviation at most: a pixel lit in ten images gets the units of one that is lit in a
thousand, while neither features in other units nor one with an outlier are touched. Its *scale* is
its reach times one factor for all features, so that the variances of the features over their
scales, extremes at the edge of the rest, sum to TOTAL_VARIANCE: then the prior variance of a hidden
unit's input, which the penalty sets, is the same for 4 features as for 400, and one lambda means
the same for both.

References
----------
Neal, R. M. (1996). Bayesian Learning for Neural Networks. Springer.
"""

import numpy as np

from skdigits.network.arrays import NUMPY, arrays_of, to_host

EXTREMES = 3.0
# Of all weight on at most this share: else nothing would be left of a few rows, or of weights that
# sum to one.
MOST_EXTREMES = 1 / 20
# 5000 digits of 20 x 20 pixels, held-out log-loss: 0.242 with (0.2, 3), (1, 3) and (0.2, 1), 0.246
# where all are lifted to 0.01 of the median, 0.254 where none is below a hundredth of its extremes,
# and fits that cannot end where nothing is lifted: pixels of 1e-17, lit in three images with 1e-3.
LIFT, SHARE_OF_EXTREMES = 0.2, 3
# Mean log-loss on 18 tables, of 20 x 20 and of 8 x 8 digits: 0.385, 0.246, 0.110 with 20; 0.384,
# 0.249, 0.104 with 30; 0.386, 0.253, 0.103 with 40; 0.392, 0.263, 0.100 with 60.
TOTAL_VARIANCE = 20.0
# Only weights of 1e-15 beside ones of 1 bring it down to that: their rows would be 1e8 units away.
LEAST_FACTOR = 1e-8
# Of a scale, in the least normal number of the dtype: below, features are as good as constant.
SMALLEST = 1e3
# Values of columns that are looked at together, half a MiB, or this share of all: 60000 x 784
# digits, of float32 or uint8, take as long with 1/32 as with 1/512.
AT_ONCE, SHARE_AT_ONCE = 2**16, 1 / 128
# From so many rows on, each column is looked at by itself: a sample of it of so many values says
# where its median is, give or take so many standard errors. 60000 x 784 digits: 0.4 s, and 0.4 with
# 512, 0.5 with 1024; np.partition of all takes 7.7 s, since many values are the same. 60000 x 200
# normal numbers: 0.18, 0.16 and 0.15 s, and np.partition's 0.3.
FEW, SAMPLE, ERRORS = 2048, 256, 4
ON_DEVICE = 2**24  # such values on a device, where few are soon sorted


def units_of(center, reach, largest, variance, dtype):
    """(centre, scale) of what was found of each feature."""
    varying = largest > 0
    if varying.any():
        lifted = np.minimum(largest / SHARE_OF_EXTREMES, LIFT * np.median(reach[varying]))
        lifted = np.maximum(reach, lifted)
        variance, reach = variance * (reach / lifted) ** 2, lifted
    factor = max(np.sqrt(variance.sum() / TOTAL_VARIANCE), LEAST_FACTOR) if varying.any() else 1.0
    (scale,) = doubled(reach * (factor / 2))
    # The weights of X divide by it, and must be numbers of that dtype.
    return center, np.maximum(scale, SMALLEST * float(np.finfo(dtype).tiny))


def doubled(*halves):
    """Of halved values, no more than half the largest number: their medians add two."""
    most = np.finfo(np.float64).max / 2
    with np.errstate(over="ignore"):
        return [np.clip(2 * half, -most, most) for half in halves]


def beyond(weight_sum):
    """How much weight is left out."""
    return min(EXTREMES, MOST_EXTREMES * weight_sum) * (1 + 1e-9)  # sums round


def reach_of(median, largest, kept):
    """Half the reach, of halved values: by the largest deviation of those kept, or of all.

    That of a constant is its size, of zeros 1.
    """
    size = np.where(median == 0, 0.5, np.abs(median))
    return np.where(kept > 0, kept, np.where(largest > 0, largest, size))


def of_dense(X, w, dtype):
    """(centre, reach, largest deviation, variance in units of the reach) of each column.

    All are of NumPy, whatever the library of X, which does what takes time.
    """
    xp = arrays_of(X)
    precise = xp.most_precise

    def put(array):
        return xp.put(array, precise)

    if w is not None and not w.all():
        some = np.flatnonzero(w)
        X, w = xp.take(X, xp.put(some), axis=0), w[some]
    n, n_features = X.shape
    share = put(np.full(n, 1 / n) if w is None else w / w.sum())
    found = np.empty((4, n_features))
    at_once = max(AT_ONCE, SHARE_AT_ONCE * n * n_features) if xp is NUMPY else ON_DEVICE
    step = max(1, int(at_once) // n)
    for start in range(0, n_features, step):
        columns = slice(start, min(start + step, n_features))
        if xp is NUMPY:
            values = np.array(X[:, columns].T, dtype=np.float64, order="C")
        else:
            values = xp.cast(xp.cast(X[:, columns].T, dtype), precise) + 0.0  # a copy
        if xp is NUMPY and X.dtype != dtype and dtype == np.float32:
            values = values.astype(dtype).astype(np.float64)  # as rounded as in the arithmetic
        found[:, columns] = _of_rows(values, w, share, xp, put)
    return found


def _of_rows(V, w, share, xp, put):
    """The same of each row of V (features, n_samples), whose values are lost.

    w are the weights, of NumPy, or None; share, of xp's arrays, they or ones over their sum.
    """
    n = V.shape[1]
    V *= 0.5  # so that no difference overflows
    if w is None:
        median = _ranked(V, (n - 1) // 2, xp)
        V -= median[:, None]
        deviations = xp.abs(V)
        kept = _ranked(deviations, n - 1 - int(beyond(n)), xp)
        largest = xp.max(deviations, axis=1)
    else:
        total = float(w.sum())
        median = first(V, share, 0.5 * (1 - 1e-9), xp)
        V -= median[:, None]
        deviations = xp.abs(V)
        # The first of the greatest whose weights are more than what is left out.
        kept = -first(-deviations, share, float(np.nextafter(beyond(total) / total, 1)), xp)
        largest = xp.max(deviations, axis=1)
    median, kept, largest = (to_host(each).astype(np.float64) for each in (median, kept, largest))
    reach = reach_of(median, largest, kept)
    V /= put(reach)[:, None]  # so that no square overflows
    V = xp.clip(V, -1, 1, out=V)
    mean = xp.matmul(V, share)
    V -= mean[:, None]
    V *= V
    mean, variance = (to_host(each).astype(np.float64) for each in (mean, xp.matmul(V, share)))
    variance = np.where(largest == 0, 0, variance)  # means of constants round
    return *doubled(median + mean * reach, reach, largest), variance


def _ranked(V, at, xp):
    """The value of each row that would stand at that place if they were in order."""
    if xp is not NUMPY:
        return xp.sort(V, axis=1)[:, at]
    if V.shape[1] < FEW:
        return np.partition(V, at, axis=1)[:, at]
    return np.array([_select(v, None, at + 1) for v in V])


def first(V, share, least, xp):
    """The least value of each row up to which shares come to at least so much."""
    if xp is NUMPY and V.shape[1] >= FEW:
        return np.array([_select(v, share, least) for v in V])
    order = xp.argsort(V, axis=1)
    shares = xp.reshape(xp.take(share, xp.reshape(order, (-1,))), order.shape)
    place = xp.count_nonzero(xp.cumsum(shares, axis=1) < least, axis=1, keepdims=True)
    place = xp.clip(place, 0, V.shape[1] - 1)  # sums round
    return xp.take_along_axis(V, xp.take_along_axis(order, place, axis=1), axis=1)[:, 0]


def _select(v, share, least):
    """The same of one row of NumPy's. Without shares each value counts one.

    A sample says between which two values to look, of which many others may be equal to one.
    """
    low, high = _around(v, share, least)

    def amount(where):
        return np.count_nonzero(where) if share is None else share[where].sum()

    where, before = slice(None), 0
    if amount(v < low) < least:
        if (up_to := amount(v <= low)) >= least:
            return low
        between = (low < v) & (v < high)
        if up_to + amount(between) >= least:
            where, before = between, up_to
        elif amount(v <= high) >= least:
            return high
    v = v[where]
    if share is None:
        return np.partition(v, least - before - 1)[least - before - 1]
    order = np.argsort(v)
    place = np.count_nonzero(before + np.cumsum(share[where][order]) < least)
    return v[order[min(place, len(v) - 1)]]  # sums round


def _around(v, share, least):
    """Two values, between which it most likely lies."""
    step = len(v) // SAMPLE
    some = v[::step]
    order = np.argsort(some)
    if share is None:
        so_far, p = np.arange(1, len(some) + 1), least / len(v)
    else:
        so_far, p = np.cumsum(share[::step][order]), least
    error = ERRORS * np.sqrt(max(p * (1 - p), 1 / SAMPLE) / SAMPLE)
    low, high = np.searchsorted(so_far, so_far[-1] * np.array([p - error, p + error]))
    return some[order[low]] if low else -np.inf, some[order[high]] if high < len(some) else np.inf


def of_sparse(X, w):
    """The same of each column of a sparse array."""
    X = X.tocsc()
    n_samples, n_features = X.shape
    w = np.ones(n_samples) if w is None else w
    # The entries, and one a column for all its zeros; those of no weight do not count.
    column = np.repeat(np.arange(n_features), np.diff(X.indptr))
    stored = np.bincount(column, w[X.indices], n_features)
    full = np.bincount(column, minlength=n_features) == n_samples
    values = np.concatenate([X.data / 2.0, np.zeros(n_features)])
    weights = np.concatenate([w[X.indices], np.where(full, 0, w.sum() - stored)])
    column = np.concatenate([column, np.arange(n_features)])
    some = weights > w.sum() * 1e-12
    values, weights, column = values[some], weights[some], column[some]
    total = w.sum()

    def weight_up_to(keys):
        """(order that sorts by column and key, first entries, weight of a column's so far)."""
        order = np.lexsort((keys, column))
        starts = np.searchsorted(column[order], np.arange(n_features))
        so_far = np.cumsum(weights[order])
        before = so_far[starts] - weights[order][starts]
        return order, starts, so_far - np.repeat(before, np.diff([*starts, len(values)]))

    def smallest(keys, starts, where):
        return np.minimum.reduceat(np.where(where, keys, np.inf), starts)

    order, starts, so_far = weight_up_to(values)
    median = smallest(values[order], starts, so_far >= total / 2 * (1 - 1e-9))
    values -= median[column]
    order, starts, so_far = weight_up_to(-np.abs(values))
    deviations = np.abs(values[order])
    kept = -smallest(-deviations, starts, so_far > beyond(total))
    largest = deviations[starts]
    reach = reach_of(median, largest, kept)
    values = np.clip(values / reach[column], -1, 1)
    share = weights / total
    mean = np.bincount(column, share * values, n_features)
    variance = np.bincount(column, share * (values - mean[column]) ** 2, n_features)
    variance = np.where(largest == 0, 0, variance)
    return *doubled(median + mean * reach, reach, largest), variance
