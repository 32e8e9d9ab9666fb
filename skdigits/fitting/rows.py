"""The rows of a fit: their weights, and those held out to validate on."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from scipy.stats import entropy
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_consistent_length

from skdigits._sklearn import check_array, dispatches, validate_data
from skdigits.fitting.labels import class_shares, encode, targets
from skdigits.network import (
    NUMPY,
    arithmetic_dtype,
    arrays_of,
    as_rows,
    as_weights,
    is_foreign,
    is_stored,
    keeps_dtype,
    lies_elsewhere,
    penalties,
    take_rows,
    to_host,
)

# Costs are divided by the sum of weights, multiplied by lambda, and their gradients squared.
WEIGHT_SUMS, MAX_LAMBDA = (1e-50, 1e50), 1e50


def check_lambda(reg_lambda):
    """A number, or the pair that reg_lambda is; of what is neither a ValueError."""
    each = penalties(reg_lambda)
    if len(each) != 2 or not all(isinstance(x, Real) and 0 <= x <= MAX_LAMBDA for x in each):
        raise ValueError(
            f"reg_lambda must be a number from 0 to {MAX_LAMBDA:g}, or two such numbers, of the "
            f"hidden and of the output layer, got {reg_lambda!r}"
        )
    return reg_lambda if np.ndim(reg_lambda) == 0 else (float(each[0]), float(each[1]))


NO_LABELS = object()  # None is what a fit may be given for y, wrongly
ELSEWHERE = (
    "{name} lies on the device {device}, which NumPy cannot read: call "
    "sklearn.set_config(array_api_dispatch=True) to fit and predict there, or bring {name} to the "
    "host, with torch by X.cpu()"
)


def computes_foreign(X, name="X"):
    """Whether rows are of another library than NumPy, and are to be computed with as they are."""
    if not is_foreign(X):
        return False
    if not dispatches() and lies_elsewhere(X):
        raise ValueError(ELSEWHERE.format(name=name, device=X.device))
    return dispatches()


def brought(X):
    """Rows of another library as NumPy's, if they are to be computed with; others as they are."""
    return to_host(X) if computes_foreign(X) else X


def check_same_library(estimator, X, method):
    """Rows to predict must be of the library and on the device of the fitted weights."""
    weights = estimator.coefs_[0]
    fitted, given = arrays_of(weights), arrays_of(X) if computes_foreign(X) else NUMPY
    if fitted is given or (given is NUMPY and not is_foreign(weights)):
        return
    where = [
        "NumPy" if xp is NUMPY else f"{xp.namespace.__name__} on {xp.device}"
        for xp in (fitted, given)
    ]
    remedy = "pickle.loads(pickle.dumps(model)) has NumPy's"
    if is_foreign(X) and not dispatches():
        remedy = "call sklearn.set_config(array_api_dispatch=True)"
    raise ValueError(
        f"Inputs passed to {type(estimator).__name__}.{method}() must use the same namespace and "
        f"the same device as those passed to fit(): the weights are of {where[0]}, X is of "
        f"{where[1]}; {remedy}"
    )


def check_rows(estimator, X, dtype, y=NO_LABELS, *, reset, ensure_all_finite=True):
    """(X, y, the dtype of the arithmetic): what scikit-learn's `validate_data` says, and more.

    Rows that are stored, or of smaller numbers than the arithmetic's, stay as they are; of the
    former the values are checked where they are read. y may be left out, and is None then. dtype
    is that of the arithmetic, or None to follow X.
    """
    if is_stored(X) or computes_foreign(X):
        if is_stored(X):
            X, dtype = as_rows(X, dtype)
            validate_data(estimator, X, reset=reset, skip_check_array=True)
        else:
            how = {"dtype": None, "ensure_all_finite": ensure_all_finite}
            X = validate_data(estimator, X, reset=reset, **how)
            dtype = arithmetic_dtype(X, dtype)
        if y is NO_LABELS:
            return X, None, dtype
        y = validate_data(estimator, "no_validation", to_host(y), multi_output=True)
        check_consistent_length(X, y)
        return X, y, dtype
    how = {"reset": reset, "accept_sparse": "csr", "dtype": dtype or (np.float64, np.float32)}
    how["ensure_all_finite"] = ensure_all_finite
    if isinstance(X, np.ndarray):
        dtype = arithmetic_dtype(X, dtype)
        how["dtype"] = X.dtype if keeps_dtype(X, dtype) else dtype
    if y is NO_LABELS:
        return (X := validate_data(estimator, X, **how)), None, arithmetic_dtype(X, dtype)
    X, y = validate_data(estimator, X, y, multi_output=True, **how)
    return X, y, arithmetic_dtype(X, dtype)


class Rows(NamedTuple):
    """Rows with their codes (see `labels.encode`) and weights."""

    X: object
    codes: np.ndarray
    w: np.ndarray | None  # (n_samples,), or with a column a label (n_samples, n_labels)
    shares: np.ndarray | None = None  # probabilities (n_samples, n_classes), if those were given

    @property
    def mean_weight(self):
        """The weights (n_samples,), of several labels a row their mean, or None."""
        return self.w if self.w is None or self.w.ndim == 1 else self.w.mean(axis=1)

    def take(self, index):
        """Some of the rows."""
        w, shares = (None if each is None else each[index] for each in (self.w, self.shares))
        return Rows(take_rows(self.X, index), self.codes[index], w, shares)

    def targets(self, labels):
        """What the outputs are to say: (n_samples, n_outputs)."""
        if self.shares is None:
            return targets(self.codes, labels)
        return self.shares[:, 1:] if labels.single_output else self.shares

    def weighted(self, factors):
        """The rows with their weights multiplied by class factors, or by None.

        A row with probabilities is, to the cost, a row of each class with these as weights.
        """
        if self.shares is None or factors is None:
            return self._replace(w=row_weights(self.w, factors, self.codes))
        parts = self.shares * factors[0]
        weights = parts.sum(axis=1)
        some = weights > 0
        shares = np.where(some[:, np.newaxis], parts, self.shares)
        shares /= shares.sum(axis=1, keepdims=True)
        w = weights if self.w is None else self.w * weights
        return self._replace(w=w, shares=shares)


def divide(estimator, X, y, sample_weight, validation, dtype, labels, random_state):
    """The Rows to fit, and those to validate on or None; dtype is that of the arithmetic."""
    X_val, y_val, sample_weight_val = validation
    rows, factors = training_rows(X, y, sample_weight, estimator.class_weight, labels)
    if X_val is not None:
        held_out = validation_rows(
            estimator, X_val, y_val, sample_weight_val, dtype, labels, arrays_of(X)
        )
        held_out = held_out.weighted(factors)
        check_some_weight(held_out.w, "validation")
        return rows, held_out
    if estimator.early_stopping:
        return hold_out(rows, labels, estimator.validation_fraction, random_state)
    return rows, None


def training_rows(X, y, sample_weight, class_weight, labels):
    """(Rows, what their class_weight multiplies them by: see `class_factors`)."""
    codes = encode(y, labels)
    shares = y if y.ndim == 2 and not labels.multilabel else None
    if sample_weight is not None:
        sample_weight = as_weights(sample_weight, X.shape[0])
    rows = Rows(X, codes, sample_weight, shares)
    factors = class_factors(class_weight, rows, labels)
    rows = rows.weighted(factors)
    check_some_weight(rows.w, "training")
    return rows, factors


def row_weights(sample_weight, factors, codes):
    """Row weights times class factors, either of which may be None: the ``w`` of `Rows`.

    With several labels a row each has a loss of its own, and its factors weigh that: multiplied
    into one weight a row, the factors of 30 labels would leave 2 of 1500 rows with all of it.
    """
    if factors is None:
        return sample_weight
    if codes.ndim == 1:
        w = factors[0][codes]
        return w if sample_weight is None else sample_weight * w
    w = np.stack([factor[column] for factor, column in zip(factors, codes.T, strict=True)], axis=1)
    return w if sample_weight is None else sample_weight[:, np.newaxis] * w


def class_factors(class_weight, rows, labels):
    """What class_weight multiplies rows by: (n_classes,) for each column of the codes, or None.

    "balanced" counts rows by their sample_weight, so that weight 2 still equals a row twice.
    """
    if class_weight is None:
        return None
    if class_weight == "balanced":
        return balanced(class_counts(rows, labels, rows.w))
    if not labels.multilabel:
        if not isinstance(class_weight, dict) or not _are_numbers(class_weight):
            raise ValueError(
                "class_weight must be 'balanced', a dict {label: factor} with numbers as factors "
                f"or, for several labels a row only, a list of such dicts, got {class_weight!r}"
            )
        known = set(labels.classes.tolist())
        unknown = [label for label in class_weight if label not in known]
        if unknown and known - set(class_weight):  # of all classes and more, some may have no row
            raise ValueError(
                f"class_weight names {unknown}, which are not among the classes {labels.classes}"
            )
        there = labels.classes[rows.codes]
        if rows.shares is not None:
            there = labels.classes[rows.shares.any(axis=0)]
        factors = [compute_class_weight(class_weight, classes=labels.classes, y=there)]
    elif (
        isinstance(class_weight, list)
        and len(class_weight) == len(labels.classes)
        and all(isinstance(column, dict) and set(column) <= {0, 1} for column in class_weight)
        and all(map(_are_numbers, class_weight))
    ):
        factors = [np.array([column.get(0, 1.0), column.get(1, 1.0)]) for column in class_weight]
    else:
        raise ValueError(
            f"class_weight must be 'balanced' or a list of {len(labels.classes)} dicts, one a "
            f"column of y, each {{0: factor, 1: factor}}, got {class_weight!r}"
        )
    if not all(np.isfinite(column).all() and column.min() >= 0 for column in factors):
        raise ValueError(f"class_weight must be finite and not negative, got {class_weight!r}")
    return factors


def check_factors(class_weight):
    """Refuse factors that are no numbers, or none that weigh."""
    columns = class_weight if isinstance(class_weight, list) else [class_weight]
    for column in columns:
        factors = column.values() if isinstance(column, dict) else []
        if not all(isinstance(each, Real) and 0 <= each < np.inf for each in factors):
            raise ValueError(f"class_weight must be finite and not negative, got {class_weight!r}")


def _are_numbers(class_weight):
    return all(isinstance(factor, Real) for factor in class_weight.values())


def balanced(counts):
    """The factors that give all classes the same weight, of what `class_counts` finds."""
    return [
        np.divide(each.sum() / len(each), each, out=np.zeros(len(each)), where=each > 0)
        for each in counts
    ]


def class_counts(rows, labels, w):
    """The weight of each class (n_classes,), of several labels a row of 0 and 1 for each label.

    w are row weights (n_samples,), or (n_samples, n_labels), or None.
    """
    if rows.shares is not None:
        return [rows.shares.sum(axis=0) if w is None else w @ rows.shares]
    columns = rows.codes.T if labels.multilabel else [rows.codes]
    n_classes = 2 if labels.multilabel else len(labels.classes)
    weights = [w] * len(columns) if w is None or w.ndim == 1 else w.T
    return [
        np.bincount(column, weights=weight, minlength=n_classes)
        for column, weight in zip(columns, weights, strict=True)
    ]


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
    check_some_weight(train.w, "training")
    check_some_weight(held.w, "held-out")
    return train, held


def balance(rows, labels):
    """`evenness` of the rows' classes."""
    return evenness(class_counts(rows, labels, rows.w), labels)


def evenness(counts, labels):
    """How near to balanced the classes are: the entropy of their weights over that of equal ones.

    The counts are those of `class_counts`; with several labels a row it is the mean over the
    labels. In (0, 1], or None where all rows are alike.
    """
    n_classes = 2 if labels.multilabel else len(labels.classes)
    found = np.mean([entropy(count) for count in counts])
    return None if found == 0 else round(float(found / np.log(n_classes)), 12)


def check_some_weight(w, name):
    """Not all weights may be zero, nor may their sum be a number that no cost can be divided by."""
    if w is None:
        return
    if not w.any():
        raise ValueError(f"the weights of rows and classes leave no weight on the {name} rows")
    with np.errstate(over="ignore"):
        total = w.sum()
    least, most = WEIGHT_SUMS
    if not least <= total <= most:
        raise ValueError(
            f"the weights of rows and classes must sum to {least:g} to {most:g} over the {name} "
            f"rows, got {total:g}: multiply sample_weight or class_weight by a constant"
        )


def check_validation_arguments(X_val, y_val, sample_weight_val):
    """X_val and y_val come together, sample_weight_val only with them."""
    if (X_val is None) != (y_val is None):
        missing = "y_val" if y_val is None else "X_val"
        raise ValueError(f"X_val and y_val must be given together, got {missing}=None")
    if sample_weight_val is not None and X_val is None:
        raise ValueError("sample_weight_val needs X_val and y_val, got X_val=None")


def validation_rows(estimator, X_val, y_val, sample_weight_val, dtype, labels, xp):
    """The rows that the user gave, checked against the columns and classes of the training rows."""
    foreign = computes_foreign(X_val, "X_val")
    if arrays_of(X_val if foreign else None) is not xp:
        raise ValueError(
            "X_val must be of the same library, and on the same device, as X, got "
            f"{type(X_val).__name__} on {getattr(X_val, 'device', 'the host')}"
        )
    if is_stored(X_val):
        checked, _ = as_rows(X_val)
    elif foreign:
        checked = check_array(X_val, dtype=None, input_name="X_val")
    else:
        keeps = isinstance(X_val, np.ndarray) and keeps_dtype(X_val, dtype)
        to = X_val.dtype if keeps else dtype
        checked = check_array(X_val, accept_sparse="csr", dtype=to, input_name="X_val")
    if checked.shape[1] != estimator.n_features_in_:
        raise ValueError(
            f"X_val must have the {estimator.n_features_in_} features of X, got {checked.shape[1]}"
        )
    validate_data(estimator, X_val, reset=False, skip_check_array=True)  # column names
    y_val = y_val if hasattr(y_val, "shape") else np.asarray(y_val)
    if y_val.shape[:1] != checked.shape[:1]:
        raise ValueError(
            f"y_val must have one label a row of X_val ({checked.shape[0]}), "
            f"got shape {y_val.shape}"
        )
    codes, shares = encode(y_val, labels, "y_val"), None
    if y_val.ndim == 2 and not labels.multilabel and y_val.shape[1] > 1:
        shares = class_shares(y_val, "y_val")
    w = sample_weight_val
    if w is not None:
        w = as_weights(w, checked.shape[0], "sample_weight_val")
    return Rows(checked, codes, w, shares)
