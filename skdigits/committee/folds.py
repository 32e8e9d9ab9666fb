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
        n_samples = len(rows.codes)
        found = splitter.split(X, y, **params)
        splits = [tuple(_numbers(part, n_samples) for part in split) for split in found]
        splits, told = splits * n_repeats, _unlearned(splits, rows, labels)
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


def _numbers(rows, n_samples):
    """Numbers of rows that are given so, or by a mask."""
    rows = np.asarray(rows)
    if rows.dtype == bool:
        if rows.shape != (n_samples,):
            raise ValueError(f"a mask of cv has shape {rows.shape}, for {n_samples} rows")
        return np.flatnonzero(rows)
    if rows.size and not (rows.min() >= 0 and rows.max() < n_samples):
        raise ValueError(f"a split of cv has rows {rows.min()} to {rows.max()}, of {n_samples}")
    return rows


def _unlearned(splits, rows, labels):
    """A Warning if a class is judged in a split that its training rows do not have, or None."""
    if labels.multilabel:
        return None
    counts = np.ones(len(rows.codes)) if rows.w is None else rows.w
    for k, (train, test) in enumerate(splits):
        learned, judged = (
            np.bincount(rows.codes[part], counts[part], len(labels.classes)) > 0
            for part in (train, test)
        )
        if (judged & ~learned).any():
            label = labels.classes[np.argmax(judged & ~learned)]
            return UserWarning(
                f"the class {label!s} is judged in split {k} of cv, whose training rows have none "
                "of it: shuffle or stratify the splits"
            )
    return None


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
        label, least = labels.classes[counts.argmin()], int(counts.min())
        told = (
            f"the class {label!s} has {least} row{'s' if least > 1 else ''}, fewer than the "
            f"{folds} folds: some of them test no row of it"
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
