"""The rows of a fit: their weights, and those held out to validate on."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_array
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.validation import validate_data

from skdigits.labels import encode
from skdigits.objective import as_weights


class Rows(NamedTuple):
    """Rows with their codes (see `labels.encode`) and weights."""

    X: object
    codes: np.ndarray
    w: np.ndarray | None

    def take(self, index):
        """Some of the rows."""
        return Rows(self.X[index], self.codes[index], None if self.w is None else self.w[index])


def row_weights(sample_weight, factors):
    """The product of two row weights, either of which may be None."""
    if sample_weight is None or factors is None:
        return factors if sample_weight is None else sample_weight
    return sample_weight * factors


def class_factors(class_weight, y, codes, labels, sample_weight):
    """What class_weight multiplies each class's rows by (n_classes,); None for none.

    "balanced" counts rows by their sample_weight, so that weight 2 still equals a row twice.
    """
    if class_weight is None or labels.multilabel:
        return None
    if class_weight == "balanced":
        counts = np.bincount(codes, weights=sample_weight, minlength=len(labels.classes))
        total = counts.sum() / len(labels.classes)
        return np.divide(total, counts, out=np.zeros(len(counts)), where=counts > 0)
    return compute_class_weight(class_weight, classes=labels.classes, y=y)


def factors_of_rows(class_weight, factors, y, codes, labels):
    """The class factors row by row (n_samples,); None for none."""
    if class_weight is None:
        return None
    if labels.multilabel:
        return compute_sample_weight(class_weight, y)
    return factors[codes]


def hold_out(rows, labels, fraction, random_state):
    """(training rows, held-out rows), stratified by class."""
    n_samples = rows.X.shape[0]
    n_held = int(np.ceil(fraction * n_samples))
    if labels.multilabel:
        stratify, fits = None, min(n_held, n_samples - n_held) >= 1
    else:
        stratify, n_classes = rows.codes, len(labels.classes)
        enough = np.bincount(rows.codes, minlength=n_classes).min() >= 2
        fits = enough and min(n_held, n_samples - n_held) >= n_classes
    if not fits:
        raise ValueError(
            f"early_stopping=True with validation_fraction={fraction} cannot hold out rows of each "
            f"of the {len(labels.classes)} classes of y from n_samples={n_samples}: every class "
            "needs 2 rows, and each part as many rows as there are classes; change "
            "validation_fraction, or give X_val and y_val"
        )
    train, held = train_test_split(
        np.arange(n_samples), test_size=n_held, stratify=stratify, random_state=random_state
    )
    train, held = rows.take(np.sort(train)), rows.take(np.sort(held))
    for part, name in ((train, "training"), (held, "held-out")):
        if part.w is not None and not part.w.any():
            raise ValueError(
                f"sample_weight and class_weight leave no weight on the {name} rows of "
                "early_stopping=True; give X_val and y_val"
            )
    return train, held


def check_validation_arguments(X_val, y_val, sample_weight_val):
    """X_val and y_val come together, sample_weight_val only with them."""
    if (X_val is None) != (y_val is None):
        missing = "y_val" if y_val is None else "X_val"
        raise ValueError(f"X_val and y_val must be given together, got {missing}=None")
    if sample_weight_val is not None and X_val is None:
        raise ValueError("sample_weight_val needs X_val and y_val, got X_val=None")


def validation_rows(estimator, X_val, y_val, sample_weight_val, dtype, labels):
    """The rows that the user gave, checked against the columns and classes of the training rows."""
    checked = check_array(X_val, accept_sparse="csr", dtype=dtype, input_name="X_val")
    if checked.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X_val must have the {estimator.n_features_in_} features of X, got {checked.shape[1]}"
        )
    validate_data(estimator, X_val, reset=False, skip_check_array=True)  # column names
    y_val = y_val if hasattr(y_val, "shape") else np.asarray(y_val)
    if y_val.shape[0] != checked.shape[0]:
        raise ValueError(
            f"y_val must have one label a row of X_val ({checked.shape[0]}), got {y_val.shape[0]}"
        )
    codes = encode(y_val, labels, "y_val")
    w = sample_weight_val
    if w is not None:
        w = as_weights(w, checked.shape[0], "sample_weight_val")
    return Rows(checked, codes, w)
