"""Oracle: the rule in plain words, over the values of one column at a time, each as often as it weighs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from skdigits.network import center_and_scale
from skdigits.network.units import (
    EXTREMES,
    FEW,
    LIFT,
    MOST_EXTREMES,
    SAMPLE,
    SHARE_OF_EXTREMES,
    TOTAL_VARIANCE,
    of_dense,
)


def in_words(values):
    """(centre, reach, largest deviation, variance) of one column."""
    values = np.sort(values)
    median = values[(len(values) - 1) // 2]
    deviations = np.sort(np.abs(values - median))[::-1]
    left_out = int(min(EXTREMES, MOST_EXTREMES * len(values)) * (1 + 1e-9))
    reach = deviations[left_out] or deviations[0] or abs(median) or 1.0
    edged = np.clip(values, median - reach, median + reach)
    return edged.mean(), reach, deviations[0], edged.var() if deviations[0] else 0.0


@given(
    arrays(np.float64, (90, 3), elements=st.sampled_from([-3.0, 0.0, 0.0, 0.5, 7.0, 1e4])),
    arrays(np.float64, 90, elements=st.sampled_from([0.0, 1.0, 2.0])),
)
def test_the_rule_in_words_for_repeated_weighted_and_sparse_rows(X, w):
    w[0] = 1.0
    rows = np.repeat(X, w.astype(int), axis=0)
    centers, reaches, largest, variances = np.array([in_words(column) for column in rows.T]).T
    if largest.any():
        median = np.median(reaches[largest > 0])
        lifts = [min(extreme / SHARE_OF_EXTREMES, LIFT * median) for extreme in largest]
        reaches = np.maximum(reaches, lifts)
    total = (variances / reaches**2).sum()
    scales = reaches * (np.sqrt(total / TOTAL_VARIANCE) if total else 1.0)
    for given_rows in (
        (rows,),
        (X, w),
        (np.asfortranarray(X), w),
        (sparse.csr_array(X), w),
        (sparse.csr_array(rows),),
    ):
        center, scale = center_and_scale(*given_rows)
        np.testing.assert_allclose(center, centers, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(scale, scales, rtol=1e-9)


def test_variances_sum_to_a_constant_whatever_the_number_of_features():
    rng = np.random.default_rng(0)
    for n_features in (1, 4, 400):
        X = rng.normal(size=(500, n_features)) * 10.0 ** rng.integers(-6, 6, n_features)
        _, scale = center_and_scale(X)
        assert (X / scale).var(axis=0).sum() == pytest.approx(TOTAL_VARIANCE, rel=0.05)


@given(st.lists(st.sampled_from([1e-300, 1e-9, 1.0, 1e9, 1e300]), min_size=3, max_size=3))
def test_units_change_nothing_but_the_units(units):
    X = np.random.default_rng(1).uniform(size=(80, 3))
    center, scale = center_and_scale(X)
    theirs = center_and_scale(X * units)
    np.testing.assert_allclose(theirs, (center * units, scale * units), rtol=1e-12)
    np.testing.assert_allclose(center_and_scale(sparse.csr_array(X * units)), theirs, rtol=1e-9)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_an_outlier_is_left_out_and_a_rare_pixel_is_not(container):
    rng = np.random.default_rng(0)
    X = np.zeros((1000, 4))
    X[:, :2] = rng.uniform(size=(1000, 2))
    X[7, 1] = 1e9
    X[:4, 2] = 1.0  # in one image of 250
    X[:2, 3] = 1.0  # too rare to tell from outliers, but nothing else varies
    _, scale = center_and_scale(container(X))
    np.testing.assert_allclose(scale[1:] / scale[0], [1, 2, 2], rtol=0.05)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 1e-300])
def test_constants_are_their_own_unit(container, value):
    X = np.full((60, 2), value)
    X[:, 0] = np.arange(60)
    center, scale = center_and_scale(container(X))
    assert center[1] == pytest.approx(value)
    assert scale[1] / scale[0] == pytest.approx((abs(value) or 1.0) / 28)  # 1 to 57 about 29
    _, alone = center_and_scale(container(X[:, 1:]))
    np.testing.assert_array_equal(alone, abs(value) or 1.0)


def test_weights_that_sum_to_one_leave_something():
    X = np.arange(100.0)[:, np.newaxis]
    center, scale = center_and_scale(X, np.full(100, 0.01))
    assert 0 < scale[0] < np.inf
    assert center[0] == pytest.approx(49.5, abs=0.1)
    np.testing.assert_allclose(center_and_scale(X, np.full(100, 1e-4))[1], scale)
    np.testing.assert_allclose(
        center_and_scale(X, np.full(100, 1e-46)), center_and_scale(X, np.full(100, 1e-4))
    )


def test_rows_are_not_touched():
    X = np.random.default_rng(0).normal(size=(100, 3)).astype(np.float32)
    before = X.copy()
    X.flags.writeable = False
    center_and_scale(X)
    center_and_scale(X, np.arange(100.0))
    np.testing.assert_array_equal(X, before)


def periodic(n, rng):
    """Values that an even sample, which looks at every eighth and so on, is deceived by."""
    X = rng.normal(size=n)
    X[:: n // SAMPLE] = 50 + rng.normal(size=len(X[:: n // SAMPLE]))
    return X


@pytest.mark.parametrize(
    "column",
    [
        lambda n, rng: rng.normal(size=n),
        lambda n, rng: np.sort(rng.standard_cauchy(n)),
        lambda n, rng: np.where(rng.random(n) < 0.5, 0.0, rng.integers(0, 256, n)),
        lambda n, rng: np.where(rng.random(n) < 2 / n, 1e-3, 0.0),
        lambda n, rng: rng.integers(0, 3, n) - 1.0,
        lambda n, rng: np.full(n, -7.0),
        lambda n, rng: np.where(np.arange(n) < n // 2, -1.0, 1.0),
        lambda n, rng: np.resize([1.0, 2.0, 3.0, 1e100], n),
        periodic,
    ],
)
@pytest.mark.parametrize("n", [FEW, 5000, 20011])
@pytest.mark.parametrize("weighted", [False, True])
def test_many_rows_are_selected_as_sorting_selects_them(column, n, weighted):
    rng = np.random.default_rng(n)
    v = column(n, rng)
    w = rng.integers(0, 4, n).astype(float) if weighted else np.ones(n)
    center, reach, largest, variance = in_words(np.repeat(v, w.astype(int)))
    found = of_dense(v[:, np.newaxis], w if weighted else None, np.float64)
    np.testing.assert_array_equal(found[[2, 1], 0], [largest, reach])
    assert found[0, 0] == pytest.approx(center, rel=1e-9, abs=1e-9)
    assert found[3, 0] == pytest.approx(variance / reach**2, rel=1e-6, abs=1e-12)
