"""Which column of a table is the label?

By its name; else by content where only one can be it; else who asks must say.
"""

import numpy as np

from skdigits.datasets.orders import side_of

LABELS = ("label", "labels", "y", "target", "class", "digit", "number")
# Columns that number the rows, by their names.
ROWS = ("", "id", "index", "imageid", "image_id", "row", "rowid", "unnamed: 0")
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
            raise ValueError(
                f"{path}: label={label!r} is no column; there are {_some(names) or 'no names'}"
            )
        return [known.index(str(label).lower())]
    named = [k for k, name in enumerate(known) if name in LABELS]
    if len(named) == 1:
        return named
    if len(named) > 1:
        several = ", ".join(repr(names[k]) for k in named)
        raise ValueError(f"{path}: expected one column of labels, found {several}; {ADVICE}")
    if side_of(n_columns):
        return []
    possible = [k for k in places.values() if could_be_labels(values[:, k])]
    if side_of(n_columns - 1) and len(possible) == 1:
        return possible
    ends = [list(range(10)), list(range(n_columns - 10, n_columns))]
    one_hot = [ten for ten in ends if n_columns > 10 and are_one_hot(values[:, ten])]
    if side_of(n_columns - 10) and len(one_hot) == 1:  # UCI's Semeion
        return one_hot[0]
    raise ValueError(
        f"{path}: expected k * k columns of pixels, or one more, of labels, first or last; found "
        f"{n_columns} columns, the first {_of(values[:, 0])}, the last {_of(values[:, -1])}; "
        f"{ADVICE}"
    )


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
