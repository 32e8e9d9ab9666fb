"""A display of the digits that are taken for one another most."""

import numpy as np
from sklearn.metrics import confusion_matrix

from skdigits.plotting.axes import INK, OTHER, cells_of, check_images, draw_image, fitting, full_ink


class ConfusionExamplesDisplay:
    """The digits of the pairs that are confused most, a row a pair.

    Parameters
    ----------
    images : list of ndarray of shape (n, height, width)
        Some digits of each pair.
    pairs : list of tuple
        For each pair what its digits are, what they were taken for, and how often.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    axes_ : ndarray of shape (n_pairs, n_columns) of Axes
        One an image, after `plot`; where no digit was misread it is empty.

    See Also
    --------
    sklearn.metrics.ConfusionMatrixDisplay : How often each pair was confused.
    """

    def __init__(self, images, pairs):
        self.images = images
        self.pairs = pairs

    @property
    def titles(self):
        """A title a pair, list of str of two lines each."""
        return [
            f"{true} read as {predicted},\n{times} {'time' if times == 1 else 'times'}"
            for true, predicted, times in self.pairs
        ]

    @classmethod
    def from_estimator(cls, estimator, X, y, images, *, n_pairs=5, n_images=8, ax=None):
        """Draw the digits that a classifier confuses most.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier.
        X : array-like of shape (n, n_features)
            The rows that it predicts.
        y : array-like of shape (n,)
            Their labels.
        images : ndarray of shape (n, height, width)
            Their images.
        n_pairs : int, default=5
            How many pairs; all where there are fewer.
        n_images : int, default=8
            How many digits of each, the first that come.
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        display : ConfusionExamplesDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes do not fit, or ``n_pairs`` or ``n_images`` is below 1.
        """
        settings = {"n_pairs": n_pairs, "n_images": n_images, "ax": ax}
        return cls.from_predictions(y, estimator.predict(X), images, **settings)

    @classmethod
    def from_predictions(cls, y_true, y_pred, images, *, n_pairs=5, n_images=8, ax=None):
        """Draw the digits that were confused most.

        Parameters
        ----------
        y_true : array-like of shape (n,)
            What the digits are.
        y_pred : array-like of shape (n,)
            What they were taken for.
        images : ndarray of shape (n, height, width)
            Their images.
        n_pairs : int, default=5
            How many pairs; all where there are fewer.
        n_images : int, default=8
            How many digits of each, the first that come.
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        display : ConfusionExamplesDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If shapes do not fit, or ``n_pairs`` or ``n_images`` is below 1.
        """
        for name, value in {"n_pairs": n_pairs, "n_images": n_images}.items():
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        images = check_images(images, y_true=y_true, y_pred=y_pred)
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        pairs = confused_pairs(y_true, y_pred)[:n_pairs]
        shown = [
            images[(y_true == true) & (y_pred == predicted)][:n_images]
            for true, predicted, _ in pairs
        ]
        return cls(shown, pairs).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        self : ConfusionExamplesDisplay
            The display itself.
        """
        n_pairs = len(self.pairs)
        n_columns = max(map(len, self.images), default=3)
        size = n_columns * 0.9 + 1.6, max(1, n_pairs) * 0.95 + 0.3
        self.figure_, axes, _ = cells_of(ax, max(1, n_pairs), n_columns, size, before=0.9)
        self.axes_ = axes[:n_pairs]
        for axis in axes.ravel():
            axis.set_axis_off()
        if n_pairs == 0:
            where = {"transform": axes[0, 0].transAxes, "va": "center", "color": INK}
            axes[0, 0].text(0, 0.5, "No digit was misread.", **where)
        black = max((full_ink(row) for row in self.images), default=1.0)
        for row, images, title in zip(self.axes_, self.images, self.titles, strict=True):
            for axis, image in zip(row, images, strict=False):
                axis.set_axis_on()
                draw_image(axis, image, black=black)
                axis.spines[:].set_color(OTHER)
            row[0].set_ylabel(
                title,
                rotation=0,
                ha="right",
                va="center",
                color=INK,
                fontsize=fitting(title, 0.95, 10, least=8),
                parse_math=False,
            )
        return self


def confused_pairs(y_true, y_pred):
    """(true, predicted, times) of each pair of labels that were confused, the most often first."""
    classes = np.union1d(y_true, y_pred)  # a class may be missing from either
    counts = confusion_matrix(y_true, y_pred, labels=classes)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[: np.count_nonzero(counts)]
    return [
        (classes[i], classes[j], int(counts[i, j]))
        for i, j in zip(*np.unravel_index(order, counts.shape), strict=True)
    ]
