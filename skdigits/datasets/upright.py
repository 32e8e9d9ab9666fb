"""Do digits stand upright? Seen by their mean images, against those of scikit-learn's own digits.

A table of pixels does not tell whether its rows run over their images row by row or column by
column, but the digits do, where there are enough of them: upright their means correlate with the
others' by 0.87 to 0.94, lying by 0.61 to 0.66 (MNIST, 20 x 20, 8 x 8).
"""

from functools import cache

import numpy as np
import sklearn.datasets

from skdigits.datasets.intensities import dark_edges
from skdigits.datasets.normalization import find_form, normalize

# Of 60 draws of so many images from each of the three sets: the means of each digit told all apart,
# by 0.12 at least; those of all images together too, where there are no labels.
LABELLED, UNLABELLED = 20, 200
GAP, UNLABELLED_GAP = 0.1, 0.04
ALIKE = 0.6  # less, and they are no digits, or too few


def lie(images, labels):
    """Whether images (n, height, width) of ink are turned, their rows columns.

    labels (n,) are 0 to 9, or None. Where it cannot be seen it is False.
    """
    if len(images) < (UNLABELLED if labels is None else LABELLED):
        return False
    digits = [None] if labels is None else np.unique(labels)
    means = [images.mean(axis=0) if k is None else images[labels == k].mean(axis=0) for k in digits]
    likeness = np.mean(
        [[_alike(mean, k), _alike(mean.T, k)] for mean, k in zip(means, digits, strict=True)],
        axis=0,
    )
    as_they_are, turned = likeness
    return turned > ALIKE and turned - as_they_are > (UNLABELLED_GAP if labels is None else GAP)


def _alike(image, digit):
    """The correlation of an image with the mean of a digit, or of all."""
    if image.max() <= 0 or dark_edges(image[np.newaxis], image.max()) > 0.5:  # no digits' mean
        return 0.0
    image = normalize(np.clip(image / image.max(), 0, 1), find_form(64, (8, 8)))
    if image.std() == 0:
        return 0.0
    return np.corrcoef(image, _means()[digit])[0, 1]


@cache
def _means():
    digits = sklearn.datasets.load_digits()
    means = {k: digits.data[digits.target == k].mean(axis=0) for k in range(10)}
    return means | {None: digits.data.mean(axis=0)}
