"""On which rows each network learns, and on which it is judged."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from skdigits._sklearn import check_cv

FOLDS = 5  # of cv=None, scikit-learn's number


def make_splits(cv, n_repeats, X, y, rows, labels, random_state, params):
    """([(rows to learn from, rows to be judged on)], a Warning or None).

    cv is an int, None, a splitter of scikit-learn's or an iterable of splits; params are the
    splitter's, groups among them. An int makes shuffled folds, stratified by class.
    """
    if cv is not None and not isinstance(cv, Integral):
        splitter = check_cv(cv, y, classifier=True)
        splits = [tuple(map(_numbers, split)) for split in splitter.split(X, y, **params)]
        splits, told = splits * n_repeats, None
    else:
        if params:
            raise ValueError(
                f"{', '.join(params)} were given, but cv={cv} makes folds that know nothing of "
                "them: set cv to a splitter that does, for instance StratifiedGroupKFold(5)"
            )
        folds, told = _folds(FOLDS if cv is None else int(cv), rows.codes, labels)
        kind = KFold if labels.multilabel else StratifiedKFold
        splits = []
        for _ in range(n_repeats):
            splitter = kind(folds, shuffle=True, random_state=random_state.randint(2**31 - 1))
            with warnings.catch_warnings():  # that a class is in few folds: told says it
                warnings.filterwarnings("ignore", "The least populated class")
                splits += splitter.split(rows.codes, rows.codes)
    _check_weights(splits, rows.w)
    return splits, told


def _numbers(rows):
    """Numbers of rows that are given so, or by a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows


def _folds(asked, codes, labels):
    """(how many folds there can be, a Warning if some class is in fewer, or None)."""
    if labels.multilabel:
        counts = np.array([len(codes)])
    else:
        counts = np.bincount(codes, minlength=len(labels.classes))
    folds = min(asked, int(counts.max()))
    if folds < 2:
        raise ValueError(
            f"cv={asked} needs a class of at least 2 rows, to learn from one and to be judged on "
            f"the other, got n_samples = {len(codes)} with {len(counts)} classes; fit a "
            "TwoLayerNNClassifier"
        )
    if folds < asked:
        told = f"cv={asked} asks for more folds than any class has rows: {folds} are made"
    elif counts.min() < folds:
        label = labels.classes[counts.argmin()]
        told = (
            f"the class {label!s} has {counts.min()} rows, fewer than the {folds} folds: it is not "
            "judged in all of them"
        )
    else:
        return folds, None
    return folds, UserWarning(told)


def _check_weights(splits, w):
    """All rows that a network learns from may not weigh nothing; nor may all that judge any."""
    if not splits:
        raise ValueError("cv must make at least one split, got none")
    for k, (train, _) in enumerate(splits):
        if not len(train) or (w is not None and not w[train].any()):
            raise ValueError(f"the training rows of split {k} of cv have no weight")
    if not any(len(test) and (w is None or w[test].any()) for _, test in splits):
        raise ValueError("the test rows of all splits of cv have no weight")
