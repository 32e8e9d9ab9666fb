"""A display of one digit and the probabilities that a classifier gives it."""

import numpy as np
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
    inches_of,
    mark_wrong,
    pick,
)


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
