"""Which column of a table is the label?

By its name; else by content where only one can be it; else who asks must say.
"""

import re
from collections import Counter

import numpy as np

from skdigits.datasets.orders import side_of

LABELS = ("label", "labels", "y", "target", "class", "digit", "number")
# Columns that number the rows, by their names.
ROWS = ("", "id", "index", "imageid", "image_id", "row", "rowid", "unnamed: 0")
# Of columns that hold few numbers, and no digits.
NO_LABELS = ("fold", "group", "groups", "writer", "cv", "weight", "sample_weight", "batch")
ADVICE = 'say which by label=COLUMN, its name, "first", "last" or "none"'


def find_label(names, values, label, path):
    """The places of the label's columns: one, or ten of which one is 1 in each row, or none.

    names are those of the columns or None, values (n, columns) their numbers, label the argument.
    """
    n_columns = values.shape[1]
    places = {"first": 0, "last": n_columns - 1}
    if label == "none":
        return []
    if label in places:
        return [places[label]]
    known = [name.lower() for name in names or []]
    if label is not None:
        if str(label).lower() not in known:
            there = _some(names) or 'no names, only "first" and "last"'
            raise ValueError(f"{path}: label={label!r} is no column; there are {there}")
        return [known.index(str(label).lower())]
    named = [k for k, name in enumerate(known) if name in LABELS]
    if len(named) == 1:
        return named
    if len(named) > 1:
        several = ", ".join(repr(names[k]) for k in named)
        raise ValueError(f"{path}: expected one column of labels, found {several}; {ADVICE}")
    if side_of(n_columns):
        return []
    ends = [list(range(10)), list(range(n_columns - 10, n_columns))]
    one_hot = [ten for ten in ends if n_columns > 10 and are_one_hot(values[:, ten])]
    if side_of(n_columns - 10) and len(one_hot) == 1:  # UCI's Semeion
        return one_hot[0]
    possible, odd = [k for k in places.values() if could_be_labels(values[:, k])], odd_ones(names)
    if odd:
        possible = [k for k in odd if names[k].lower() not in NO_LABELS]
        possible = [k for k in possible if could_be_labels(values[:, k])]
    if side_of(n_columns - 1) and len(possible) == 1:
        return possible
    if odd:
        several = ", ".join(repr(names[k]) for k in odd[:5])
        raise ValueError(f"{path}: expected a column of labels, found {several}; {ADVICE}")
    raise ValueError(
        f"{path}: expected k * k columns of pixels, or one more, of labels, first or last; found "
        f"{n_columns} columns, the first {_of(values[:, 0])}, the last {_of(values[:, -1])}; "
        f"{ADVICE}"
    )


def odd_ones(names):
    """The places of columns that are not named as most are, by a word and numbers: pixel0, ..."""
    stems = [re.sub(r"\d+", "#", name.lower()) for name in names or []]
    ((most, n),) = Counter(stems).most_common(1) or [("", 0)]
    if "#" not in most or 2 * n < len(stems):
        return []
    return [k for k, stem in enumerate(stems) if stem != most]


def could_be_labels(column):
    """Whether these numbers are digits, not all the same, and do not just count the rows."""
    n = len(column)
    counts = n > 2 and any(np.array_equal(column, np.arange(n) + first) for first in (0, 1))
    return bool(np.isin(column, np.arange(11)).all()) and column.min() < column.max() and not counts


def are_one_hot(rows):
    """Whether one of the ten numbers of each row is 1, and all others are 0."""
    return bool(np.isin(rows, (0, 1)).all() and (rows.sum(axis=1) == 1).all())


def _of(column):
    some = np.unique(column)
    return f"with {', '.join(f'{v:g}' for v in some[:3])}{', ...' if len(some) > 3 else ''}"


def _some(names):
    names = [repr(name) for name in names or []]
    return ", ".join(names if len(names) < 7 else [*names[:3], "...", *names[-2:]])
