"""What a committee says: the mean of its members' probabilities."""

import numpy as np
from scipy.special import logsumexp

from skdigits.fitting import labels as labelling
from skdigits.network import scores

# Scores of all members that are held at once, 64 MiB of float64.
AT_ONCE = 2**23


def mean_probabilities(Z, labels):
    """Probabilities (n_samples, n_classes), of scores Z (members, n_outputs, n_samples).

    Z may be overwritten.
    """
    return sum(labelling.probabilities(each, labels) for each in Z) / len(Z)


def mean_log_probabilities(Z, labels):
    """The logarithms of what `mean_probabilities` returns, without underflow."""
    each = [labelling.probabilities(z, labels, log=True) for z in Z]
    return each[0] if len(each) == 1 else logsumexp(each, axis=0) - np.log(len(each))


def mean_scores(Z, labels):
    """Scores (n_samples, n_outputs) that stand for the mean probabilities.

    Of two classes, one output, and of labels their log-odds; of more classes the logarithms.
    """
    if len(Z) == 1:
        return Z[0].T
    if labels.multilabel or len(labels.classes) == 2:
        # The odds of a mean of p are the mean of p over that of 1 - p.
        Z = Z if labels.multilabel or Z.shape[1] == 1 else np.diff(Z, axis=1)
        yes, no = (logsumexp(-np.logaddexp(0, sign * Z), axis=0) for sign in (-1, 1))
        return (yes - no).T
    return mean_log_probabilities(Z, labels)


def ask(members, X, combine, labels):
    """(what combine(Z, labels) gives for all rows of X, whether the sum of X is finite).

    members are fitted networks of one size; their scores Z are made a run of rows at a time.
    """
    W1 = np.concatenate([member.coefs_[0].T for member in members])
    b1 = np.concatenate([member.intercepts_[0] for member in members])
    W2 = np.stack([member.coefs_[1].T for member in members])
    b2 = np.stack([member.intercepts_[1] for member in members])
    step = max(1, AT_ONCE // b2.size)
    found, finite = [], True
    for start in range(0, max(1, X.shape[0]), step):
        rows = X if X.shape[0] <= step else X[start : start + step]
        Z, of_rows = scores(W1, b1, W2, b2, rows, members[0].activation_)
        with np.errstate(invalid="ignore"):  # who asked is told whether the rows are finite
            found.append(combine(Z, labels))
        finite &= of_rows
    return np.concatenate(found) if len(found) > 1 else found[0], finite
