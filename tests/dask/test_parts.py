"""Sums of parts; oracle: one tree over all of them, whoever holds which."""

import itertools

import numpy as np
import pytest

pytest.importorskip("dask.array")

from skdigits.dask.parts import (
    Part,
    aligned,
    all_aligned,
    encode,
    folded,
    weigh,
)
from skdigits.fitting import Labels


def tree(values):
    while len(values) > 1:
        pairs = itertools.zip_longest(values[::2], values[1::2])
        values = [a if b is None else a + b for a, b in pairs]
    return values[0]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7, 8, 13, 31, 32])
def test_the_sum_has_the_same_bits_whoever_holds_which(n):
    rng = np.random.default_rng(n)
    values = list(rng.normal(size=n) * 10.0 ** rng.integers(-9, 9, n))
    expected = tree(values)
    for _ in range(20):
        holders = rng.integers(0, 3, n)
        nodes = {}
        for holder in rng.permutation(3):
            own = {
                (0, i): (values[i], [values[i]]) for i in rng.permutation(n) if holders[i] == holder
            }
            nodes |= folded(own, n)
        ((_, (total, (other,))),) = folded(nodes, n).items()
        assert total == expected
        assert other == expected


def test_arrays_that_lie_askew_are_copied():
    raw = np.zeros(81, np.uint8)
    askew = raw[1:].view(np.float64)
    assert not askew.flags.aligned
    assert aligned(askew).flags.aligned
    assert aligned(raw) is raw
    (found, [other]), name = all_aligned(((askew, [askew]), "name"))
    assert found.flags.aligned
    assert other.flags.aligned
    assert name == "name"


def test_a_part_that_is_asked_twice_is_what_it_was():
    labels, factors = Labels(np.arange(2), False, "softmax"), [np.array([3.0, 0.5])]
    part = Part(0, np.ones((4, 2)), np.array([0, 1, 1, 0]), np.array([1.0, 2.0, 0.0, 1.0]))
    for _ in range(2):
        (counts,) = encode(part, labels, np.dtype(float))
        np.testing.assert_array_equal(counts, [2.0, 2.0])
        total, _ = weigh(part, factors, labels)
        assert total == 7.0
