"""Oracle: scikit-learn's splitters, and what a cross-validation means."""

import numpy as np
import pytest
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from skdigits.committee.folds import make_splits
from skdigits.fitting import Rows
from skdigits.fitting.labels import encode, find_labels


def splits_of(cv, y, *, n_repeats=1, w=None, params=None, output="softmax", seed=0):
    y = np.asarray(y)
    X = np.zeros((len(y), 1))
    labels, y = find_labels(y, output)
    rows = Rows(X, encode(y, labels), w)
    rng = np.random.RandomState(seed)
    return make_splits(cv, n_repeats, X, y, rows, labels, rng, params or {})


def test_folds_are_stratified_shuffled_and_repeated_anew():
    y = np.repeat(["a", "b", "c"], [50, 30, 20])
    splits, told = splits_of(None, y, n_repeats=3)
    assert told is None
    assert len(splits) == 15
    for fold in range(3):
        tests = [test for _, test in splits[5 * fold : 5 * fold + 5]]
        assert np.array_equal(np.sort(np.concatenate(tests)), np.arange(100))
        for test in tests:
            assert np.unique(y[test], return_counts=True)[1].tolist() == [10, 6, 4]
    for train, test in splits:
        assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(100))
        assert not np.array_equal(
            test, np.arange(test[0], test[0] + 20)
        )  # in no order of the table
    assert not np.array_equal(splits[0][1], splits[5][1])
    again, _ = splits_of(5, y, n_repeats=3)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(splits, again, strict=True))


def test_a_splitter_and_its_groups():
    y, groups = np.tile([0, 1], 12), np.repeat(np.arange(8), 3)
    splitter = StratifiedGroupKFold(4)
    splits, told = splits_of(splitter, y, params={"groups": groups}, n_repeats=2)
    expected = list(splitter.split(y, y, groups)) * 2
    assert told is None
    assert len(splits) == 8
    for ours, theirs in zip(splits, expected, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
        assert not set(groups[ours[0]]) & set(groups[ours[1]])


def test_an_iterable_is_taken_as_it_is():
    y = np.tile([0, 1], 10)
    given = list(StratifiedKFold(2).split(y, y))
    splits, _ = splits_of(iter(given), y)
    assert [tuple(map(list, split)) for split in splits] == [
        tuple(map(list, split)) for split in given
    ]


def test_masks_are_as_good_as_numbers():
    y, odd = np.tile([0, 1], 10), np.arange(20) % 4 > 1
    splits, _ = splits_of([(odd, ~odd)], y)
    assert splits[0][0].tolist() == np.flatnonzero(odd).tolist()


def test_labels_of_several_a_row_are_not_stratified():
    Y = np.random.default_rng(0).integers(2, size=(20, 3))
    splits, _ = splits_of(4, Y, output="sigmoid")
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(20))


@pytest.mark.parametrize(
    ("y", "folds", "says"),
    [
        ([0] * 3 + [1] * 2, 3, "cv=5 asks for more folds than any class has rows: 3 are made"),
        (
            [0] * 20 + [7] * 3,
            5,
            "the class 7 has 3 rows, fewer than the 5 folds: some of them test no row of it",
        ),
        ([0] * 20 + [7], 5, "the class 7 has 1 row, fewer"),
        ([0, 0, 1], 2, "2 are made"),
    ],
)
def test_few_rows_make_fewer_folds_and_a_warning(y, folds, says):
    splits, told = splits_of(5, y)
    assert len(splits) == folds
    assert says in str(told)


@pytest.mark.parametrize("y", [[0], [0, 1], list("abcdef")])
def test_rows_that_cannot_be_cut(y):
    with pytest.raises(ValueError, match=r"at least 2 rows.* fit a TwoLayerNNClassifier"):
        splits_of(5, y)


def test_groups_that_an_int_would_ignore():
    with pytest.raises(ValueError, match="groups were given, but cv=5.*StratifiedGroupKFold"):
        splits_of(5, np.tile([0, 1], 10), params={"groups": np.arange(20)})


def test_weights_that_leave_nothing():
    y, w = np.tile([0, 1], 10), np.zeros(20)
    w[:10] = 1
    halves = [(np.arange(10), np.arange(10, 20)), (np.arange(10, 20), np.arange(10))]
    with pytest.raises(ValueError, match="training rows of split 1"):
        splits_of(halves, y, w=w)
    with pytest.raises(ValueError, match="test rows of all splits"):
        splits_of(halves[:1], y, w=w)
    with pytest.raises(ValueError, match="at least one split"):
        splits_of([], y)
