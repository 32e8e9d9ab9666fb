"""A display of digits in a grid, with what a classifier takes them for."""

import numpy as np
from sklearn.utils.multiclass import unique_labels

from skdigits._sklearn import rows_of
from skdigits.plotting.axes import (
    INK,
    WRONG,
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
