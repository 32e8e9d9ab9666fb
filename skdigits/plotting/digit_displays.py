"""Displays of digits: a grid, one with its probabilities, those that are confused."""

import numpy as np
from sklearn.metrics import confusion_matrix
from sklearn.utils.multiclass import unique_labels

from skdigits._sklearn import rows_of
from skdigits.plotting.axes import (
    CHOSEN,
    INK,
    OTHER,
    WRONG,
    cells_of,
    check_images,
    draw_image,
    fitting,
    full_ink,
    grid_of,
    inches_of,
    mark_wrong,
    pick,
)


class DigitGridDisplay:
    """Digits in a grid, upright, dark on white.

    Parameters
    ----------
    images : ndarray of shape (n, height, width)
        The images, intensities nominally in [0, 1].
    titles : list of str, default=None
        A title an image.
    wrong : array-like of bool, default=None
        Which images are framed and titled as wrong.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    axes_ : ndarray of Axes
        One an image, after `plot`.

    See Also
    --------
    PredictionDisplay : One digit and all its probabilities.
    ConfusionExamplesDisplay : The digits that are taken for one another.

    Examples
    --------
    >>> from skdigits.datasets import load_digits_images
    >>> from skdigits.plotting import DigitGridDisplay
    >>> digits = load_digits_images()
    >>> display = DigitGridDisplay.from_data(digits.images, titles=digits.target, random_state=0)
    >>> len(display.axes_)
    100
    """

    def __init__(self, images, *, titles=None, wrong=None):
        self.images = images
        self.titles = titles
        self.wrong = wrong

    @classmethod
    def from_data(cls, images, *, rows=None, n_images=100, titles=None, random_state=None, ax=None):
        """Draw images, chosen or picked at random.

        Parameters
        ----------
        images : ndarray of shape (n, height, width)
            The images to pick from.
        rows : array-like of int or of bool, default=None
            Which to draw: in this order, counted from 0, or a mask. None picks at random.
        n_images : int, default=100
            How many to pick; all of them where there are fewer.
        titles : array-like of shape (n,), default=None
            A title an image.
        random_state : int, RandomState instance or None, default=None
            Which are picked.
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is nothing to draw, a row does not exist, or shapes do not fit.
        """
        images = check_images(images, titles=titles)
        rows = pick(images, rows, n_images, random_state)
        chosen = None if titles is None else [str(title) for title in np.asarray(titles)[rows]]
        return cls(images[rows], titles=chosen).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls, estimator, X, images, *, y=None, rows=None, n_images=25, random_state=None, ax=None
    ):
        """Draw images, chosen or picked at random, with what a classifier takes them for.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier.
        X : array-like of shape (n, n_features)
            The rows that it predicts.
        images : ndarray of shape (n, height, width)
            Their images.
        y : array-like of shape (n,), default=None
            Their labels; predictions that differ are marked.
        rows : array-like of int or of bool, default=None
            Which to draw: in this order, counted from 0, or a mask. None picks at random.
        n_images : int, default=25
            How many to pick; all of them where there are fewer.
        random_state : int, RandomState instance or None, default=None
            Which are picked.
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is nothing to draw, a row does not exist, or shapes do not fit.
        """
        images = check_images(images, X=X, y=y)
        rows = pick(images, rows, n_images, random_state)
        predicted = np.asarray(estimator.predict(rows_of(X, rows)))
        if y is None:
            titles = [f"predicted {label}" for label in predicted]
            return cls(images[rows], titles=titles).plot(ax=ax)
        true = np.asarray(y)[rows]
        unique_labels(true, predicted)  # which refuses numbers beside strings
        titles = [
            f"{label}" if label == actual else f"{actual} read as {label}"
            for label, actual in zip(predicted, true, strict=True)
        ]
        return cls(images[rows], titles=titles, wrong=predicted != true).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        self : DigitGridDisplay
            The display itself.
        """
        titled = self.titles is not None
        self.figure_, self.axes_, *_ = grid_of(
            ax, len(self.images), 10, (1.0 if titled else 0.6, 3.5), head=0.35 if titled else 0.0
        )
        black = full_ink(self.images)
        size = fitting(max(self.titles or [""], key=len), inches_of(self.axes_[0]), 8.5)
        for k, (axis, image) in enumerate(zip(self.axes_, self.images, strict=True)):
            draw_image(axis, image, black=black)
            wrong = self.wrong is not None and bool(self.wrong[k])
            if titled:
                axis.set_title(
                    self.titles[k],
                    color=WRONG if wrong else INK,
                    fontsize=size,
                    pad=3,
                    parse_math=False,
                )
            if wrong:
                axis.set_axis_on()
                mark_wrong(axis)
        return self


class PredictionDisplay:
    """One digit, large, and its predicted probabilities as bars beside it.

    Parameters
    ----------
    image : ndarray of shape (height, width)
        The image, intensities nominally in [0, 1].
    probabilities : array-like of shape (n_classes,)
        In [0, 1].
    classes : array-like of shape (n_classes,)
        Their labels.
    true : label, default=None
        What the digit is; marked where it is not the likeliest.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    axes_ : ndarray of shape (2,) of Axes
        The digit's and the bars', after `plot`.

    See Also
    --------
    DigitGridDisplay : Many digits with their predictions.
    """

    def __init__(self, image, probabilities, classes, *, true=None):
        self.image = image
        self.probabilities = probabilities
        self.classes = classes
        self.true = true

    @classmethod
    def from_estimator(cls, estimator, X, images, *, y=None, row=None, random_state=None, ax=None):
        """Draw a digit, chosen or picked at random, with a classifier's probabilities.

        Parameters
        ----------
        estimator : estimator
            A fitted classifier with ``predict_proba``.
        X : array-like of shape (n, n_features)
            The rows that it predicts.
        images : ndarray of shape (n, height, width)
            Their images.
        y : array-like of shape (n,), default=None
            Their labels.
        row : int, default=None
            Which to draw, counted from 0; None picks one at random.
        random_state : int, RandomState instance or None, default=None
            Which is picked.
        ax : matplotlib Axes, default=None
            Where to draw, divided into two; None makes a figure.

        Returns
        -------
        display : PredictionDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If there is nothing to draw, the row does not exist, or shapes do not fit.
        """
        images = check_images(images, X=X, y=y)
        if np.size(row) != 1:
            raise ValueError(f"row must be one whole number, got {row!r}")
        (k,) = pick(images, row, 1, random_state, name="row")
        probabilities = estimator.predict_proba(rows_of(X, [k]))[0]
        true = None
        if y is not None:
            true = np.asarray(y)[k]
            unique_labels([true], estimator.classes_)  # which refuses numbers beside strings
        return cls(images[k], probabilities, estimator.classes_, true=true).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, divided into two; None makes a figure.

        Returns
        -------
        self : PredictionDisplay
            The display itself.
        """
        n_classes = len(self.classes)
        size = 7.5, float(np.clip(0.32 * n_classes + 0.8, 3, 12))
        self.figure_, axes, _ = cells_of(ax, 1, 2, size, wspace=0.4, width_ratios=[1, 1.2])
        self.axes_ = axes[0]
        digit, bars = self.axes_
        likeliest = int(np.argmax(self.probabilities))
        title = f"predicted {self.classes[likeliest]}"
        wrong = self.true is not None and self.true != self.classes[likeliest]
        if self.true is not None:
            title += f"\ntrue {self.true}"
        draw_image(digit, self.image, black=full_ink(self.image))
        digit.set_anchor("N")  # or a layout finds room for the title in the digit's own axis
        fontsize = fitting(title, 1.2 * inches_of(digit), 12)
        digit.set_title(title, color=WRONG if wrong else INK, fontsize=fontsize, parse_math=False)
        if wrong:
            mark_wrong(digit)
        drawn = bars.barh(np.arange(n_classes), self.probabilities, color=OTHER)
        drawn[likeliest].set_color(CHOSEN)
        for k, (label, p) in enumerate(zip(self.classes, self.probabilities, strict=True)):
            missed = wrong and label == self.true
            if missed:
                drawn[k].set(color=WRONG, hatch="///", edgecolor="white")
            told = f"{p:.1%}, true" if missed else f"{p:.1%}"
            bars.text(p + 0.015, k, told, va="center", fontsize="small", color=INK)
        bars.set_yticks(np.arange(n_classes), map(str, self.classes), parse_math=False)
        bars.set(xlim=(0, 1.18), xticks=[0, 0.5, 1], xlabel="probability")
        bars.xaxis.set_major_formatter("{x:.0%}")
        bars.invert_yaxis()
        bars.spines[["top", "right"]].set_visible(False)
        return self


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
