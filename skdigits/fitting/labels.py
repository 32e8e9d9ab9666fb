"""Labels to targets and back: y <-> Y, scores -> labels and probabilities.

Two classes have one output for ``sigmoid`` (of the second class) and two for ``softmax``; several
labels a row (``multilabel``) have one output each; otherwise every class has one.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from skdigits.network import arrays_of, log_sigmoid, log_softmax, sigmoid, softmax, to_host

SUM_ERROR = 1e-4  # of probabilities: those of float16 or of four decimals sum to one so well


class Labels(NamedTuple):
    """What the outputs of a network stand for."""

    classes: np.ndarray  # sorted; 0 to n_outputs - 1 when multilabel
    multilabel: bool
    output_activation: str

    @property
    def n_outputs(self):
        """The number of outputs."""
        return 1 if self.single_output else len(self.classes)

    @property
    def single_output(self):
        """Whether one output tells two classes apart."""
        return (
            len(self.classes) == 2 and self.output_activation == "sigmoid" and not self.multilabel
        )


def find_labels(y, output_activation, classes=None):
    """(Labels, y) of a target as it was given: 1-D, or a 0/1 indicator with a column a label.

    With the classes that its columns are, y holds their probabilities: see `class_shares`.
    """
    if classes is not None:
        return _named_columns(y, output_activation, classes)
    _refuse_probabilities(y)
    check_classification_targets(y)
    if type_of_target(y, input_name="y") == "multilabel-indicator":
        if output_activation != "sigmoid":
            one_hot = (np.asarray(y.sum(axis=1)) == 1).all()
            remedy = "for several labels a row set output_activation='sigmoid'"
            if one_hot:
                remedy = (
                    "of classes in one-hot form give y.argmax(axis=1), or the classes that the "
                    "columns are: fit(X, y, classes=[...])"
                )
            raise ValueError(
                f"y has {y.shape[1]} columns of 0 and 1, but output_activation="
                f"{output_activation!r} gives each row one class; {remedy}"
            )
        return Labels(np.arange(y.shape[1]), True, output_activation), _dense(y)
    if y.ndim == 2 and y.shape[1] > 1:
        raise ValueError(
            "y has several columns of more than two values (multiclass-multioutput); fit one "
            "classifier a column, for instance with sklearn.multioutput.MultiOutputClassifier"
        )
    y = column_or_1d(y, warn=True)
    return Labels(np.unique(y), False, output_activation), y


def _refuse_probabilities(y):
    """What looks like probabilities of classes wants the classes named."""
    fractions = getattr(y, "ndim", 1) == 2 and y.shape[1] > 1 and y.dtype.kind == "f"
    if fractions and ((y > 0) & (y < 1)).sum() > 0 and (y >= 0).sum() == y.shape[0] * y.shape[1]:
        raise ValueError(
            f"y has {y.shape[1]} columns of fractions; if they are probabilities of classes, name "
            "the classes: fit(X, y, classes=[...]), one a column"
        )


def _named_columns(y, output_activation, classes):
    """`find_labels` of probabilities; the columns in the order of the sorted classes."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(np.unique(classes)) != len(classes) or len(classes) < 2:
        raise ValueError(f"classes must be two labels or more, each once, got {classes.tolist()}")
    y = _dense(y)
    if y.shape[1:] != classes.shape or y.dtype.kind not in "biuf":
        raise ValueError(
            f"with {len(classes)} classes, y must hold their probabilities, of shape (n_samples, "
            f"{len(classes)}), got shape {y.shape} and dtype {y.dtype}; of labels leave out classes"
        )
    names = classes[np.argsort(classes)]
    return Labels(names, False, output_activation), class_shares(in_order(y, classes))


def in_order(y, classes):
    """The columns of y, which are those of the classes, in the order of the sorted classes.

    Other targets, 1-D or without classes, as they are.
    """
    if classes is None or np.ndim(y) != 2 or np.shape(y)[1] != len(classes):
        return y
    return np.asarray(y)[:, np.argsort(classes)]


def class_shares(y, name="y"):
    """Probabilities of classes (n_samples, n_classes) as float64, each row of the sum one."""
    y = np.asarray(y, dtype=np.float64)
    sums = y.sum(axis=1)
    wrong = ~((y.min(axis=1) >= 0) & (np.abs(sums - 1) <= SUM_ERROR))
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"the probabilities of {name} must be at least 0 and sum to 1 in each row, got "
            f"{y[row][:5].tolist()} in row {row}, which sum to {sums[row]:.6g}"
        )
    return y / sums[:, np.newaxis]


def _dense(y):
    return y.toarray() if hasattr(y, "toarray") else np.asarray(y)


def encode(y, labels, name="y"):
    """Codes (n_samples,) into the classes, or the indicator itself when multilabel.

    Of probabilities the code is that of the likeliest class.
    """
    if labels.multilabel:
        y = _dense(y)
        if y.ndim != 2 or y.shape[1] != len(labels.classes) or not np.isin(y, (0, 1)).all():
            raise ValueError(
                f"{name} must be an indicator of zeros and ones with {len(labels.classes)} "
                f"columns, got shape {y.shape} and values {np.unique(y)[:5]}"
            )
        return y.astype(int)
    if y.ndim == 2 and y.shape[1] == len(labels.classes) > 1:  # probabilities
        return y.argmax(axis=1)
    y = column_or_1d(y)
    unseen = sorted(set(y.tolist()) - set(labels.classes.tolist()), key=str)
    if unseen:
        raise ValueError(f"{name} has classes {unseen} that are not among {labels.classes}")
    return np.searchsorted(labels.classes, y)


def targets(codes, labels):
    """Y (n_samples, n_outputs), zeros and ones, for what `encode` returns."""
    if labels.multilabel:
        return codes
    outputs = [1] if labels.single_output else np.arange(len(labels.classes))
    return (codes[:, np.newaxis] == outputs).astype(np.int8)


def decision(Z, labels):
    """scikit-learn's decision function for scores Z (n_outputs, n_samples): 1-D when binary."""
    if labels.multilabel or len(labels.classes) > 2:
        return np.ascontiguousarray(Z.T) if isinstance(Z, np.ndarray) else Z.T
    return Z[0, :] if Z.shape[0] == 1 else Z[1, :] - Z[0, :]


def decide(Z, labels):
    """Predicted codes, as `encode` gives them, for scores Z (n_outputs, n_samples)."""
    xp = arrays_of(Z)
    if not labels.multilabel and len(labels.classes) != 2:
        return xp.argmax(Z, axis=0)
    positive = (Z.T if labels.multilabel else decision(Z, labels)) > 0
    return xp.integers(positive)


def named(codes, labels, classes):
    """The labels of predicted codes, from classes that are arrays like them, or NumPy's."""
    if labels.multilabel:
        return codes
    if isinstance(classes, np.ndarray):
        return classes[to_host(codes)]
    return arrays_of(codes).take(classes, codes)


def probabilities(Z, labels, log=False):
    """Probabilities (n_samples, n_classes) for scores Z (n_outputs, n_samples), or their logs.

    Independent sigmoids are normalised over the classes, so that a row sums to one. Z may be
    overwritten.
    """
    if labels.single_output:
        xp = arrays_of(Z)
        Z = xp.concatenate([-Z, Z], axis=0)
    if labels.multilabel or labels.single_output:
        P = (log_sigmoid if log else sigmoid)(Z)
    else:
        if labels.output_activation == "sigmoid":
            Z = log_sigmoid(Z)
        P = (log_softmax if log else softmax)(Z)
    return np.ascontiguousarray(P.T) if isinstance(P, np.ndarray) else P.T
