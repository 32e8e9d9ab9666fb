"""Displays in scikit-learn's manner: ``from_...`` computes, ``plot`` draws and returns itself.

matplotlib is imported when something is drawn, not before.
"""

import numpy as np
from sklearn.utils import check_random_state

INK = "#1a1a1a"
WRONG = "#d55e00"  # vermilion of Okabe and Ito's palette, safe for colour-blind eyes


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
    """

    def __init__(self, images, *, titles=None, wrong=None):
        self.images = images
        self.titles = titles
        self.wrong = wrong

    @classmethod
    def from_data(cls, images, *, n_images=100, titles=None, random_state=None):
        """Draw images picked at random.

        Parameters
        ----------
        images : ndarray of shape (n, height, width)
            The images to pick from.
        n_images : int, default=100
            How many to draw; all of them where there are fewer.
        titles : array-like of shape (n,), default=None
            A title an image.
        random_state : int, RandomState instance or None, default=None
            Which are picked.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.
        """
        rows = _pick(images, n_images, random_state)
        chosen = None if titles is None else [str(title) for title in np.asarray(titles)[rows]]
        return cls(np.asarray(images)[rows], titles=chosen).plot()

    @classmethod
    def from_estimator(cls, estimator, X, images, *, y=None, n_images=25, random_state=None):
        """Draw images picked at random with what a classifier takes them for.

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
        n_images : int, default=25
            How many to draw; all of them where there are fewer.
        random_state : int, RandomState instance or None, default=None
            Which are picked.

        Returns
        -------
        display : DigitGridDisplay
            The display, drawn.
        """
        rows = _pick(images, n_images, random_state)
        images = np.asarray(images)
        predicted = np.asarray(estimator.predict(X))[rows]
        if y is None:
            return cls(images[rows], titles=[f"predicted {label}" for label in predicted]).plot()
        true = np.asarray(y)[rows]
        titles = [
            f"{label}" if label == actual else f"{label}, not {actual}"
            for label, actual in zip(predicted, true, strict=True)
        ]
        if len(rows) == 1:
            titles = [f"predicted {predicted[0]}, true {true[0]}"]
        return cls(images[rows], titles=titles, wrong=predicted != true).plot()

    def plot(self):
        """Draw.

        Returns
        -------
        self : DigitGridDisplay
            The display itself.
        """
        n_images = len(self.images)
        n_columns = int(np.ceil(np.sqrt(n_images)))
        n_rows = -(-n_images // n_columns)
        side = np.clip(10 / n_columns, 0.6 if self.titles is None else 1.0, 3.5)  # inches an image
        head = 0.0 if self.titles is None else 0.35
        self.figure_, axes = _figure(n_rows, n_columns, (n_columns * side, n_rows * (side + head)))
        self.axes_ = axes.ravel()[:n_images]
        for axis in axes.ravel():
            axis.set_axis_off()
        for k, (axis, image) in enumerate(zip(self.axes_, self.images, strict=True)):
            axis.imshow(image, cmap="gray_r", vmin=0, vmax=1)
            wrong = self.wrong is not None and bool(self.wrong[k])
            if self.titles is not None:
                colour = WRONG if wrong else INK
                size = "large" if n_images == 1 else "small"
                axis.set_title(self.titles[k], color=colour, fontsize=size, pad=3)
            if wrong:
                axis.set_axis_on()
                axis.set(xticks=[], yticks=[])
                for spine in axis.spines.values():
                    spine.set(color=WRONG, linewidth=2)
        return self


class HiddenUnitsDisplay:
    """Each hidden unit's weights as an image: blue where ink speaks for it, red where against.

    Units stand in the order of their output weights' norm, largest first, all on one diverging
    scale. Titles name the class for which a unit's output weight is largest.

    Parameters
    ----------
    images : ndarray of shape (hidden_units, height, width)
        The weights.
    titles : list of str
        A title a unit.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    axes_ : ndarray of Axes
        One a unit, after `plot`.
    """

    def __init__(self, images, titles):
        self.images = images
        self.titles = titles

    @classmethod
    def from_estimator(cls, estimator, image_shape, *, image_order="C"):
        """Draw the hidden units of a fitted classifier.

        Parameters
        ----------
        estimator : TwoLayerNNClassifier
            The fitted classifier.
        image_shape : tuple of int
            Height and width of the images that it was fitted on.
        image_order : {"C", "F"}, default="C"
            Whether a row of X runs over its image row by row or column by column.

        Returns
        -------
        display : HiddenUnitsDisplay
            The display, drawn.
        """
        W1, W2 = estimator.coefs_[0].T, estimator.coefs_[1].T
        order = np.argsort(-np.linalg.norm(W2, axis=0))
        images = [W1[unit].reshape(image_shape, order=image_order) for unit in order]
        if len(W2) == len(estimator.classes_):
            votes = [estimator.classes_[W2[:, unit].argmax()] for unit in order]
        else:  # one output for two classes
            votes = [estimator.classes_[int(W2[0, unit] > 0)] for unit in order]
        return cls(np.array(images), [f"for {label}" for label in votes]).plot()

    def plot(self):
        """Draw.

        Returns
        -------
        self : HiddenUnitsDisplay
            The display itself.
        """
        n_units = len(self.images)
        n_columns = int(np.ceil(np.sqrt(n_units)))
        n_rows = -(-n_units // n_columns)
        side = np.clip(9 / n_columns, 1.0, 2.2)
        size = (n_columns * side + 1.2, n_rows * (side + 0.3))
        self.figure_, axes = _figure(n_rows, n_columns, size)
        self.axes_ = axes.ravel()[:n_units]
        limit = np.abs(self.images).max()
        for axis in axes.ravel():
            axis.set_axis_off()
        for axis, image, title in zip(self.axes_, self.images, self.titles, strict=True):
            drawn = axis.imshow(image, cmap="RdBu", vmin=-limit, vmax=limit)
            axis.set_title(title, color=INK, fontsize="small", pad=3)
        self.figure_.colorbar(
            drawn,
            ax=axes,
            label="weight: blue, ink speaks for the unit; red, against it",
            shrink=0.8,
        )
        return self


class LossCurveDisplay:
    """The cost after each iteration, and the validation loss where there is one.

    Parameters
    ----------
    loss_curve : array-like of shape (n_iter,)
        The cost after each iteration.
    validation_loss_curve : array-like of shape (n_iter,), default=None
        The validation loss after each iteration.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    """

    def __init__(self, loss_curve, *, validation_loss_curve=None):
        self.loss_curve = loss_curve
        self.validation_loss_curve = validation_loss_curve

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the curves of a fitted classifier.

        Parameters
        ----------
        estimator : TwoLayerNNClassifier
            The fitted classifier.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.
        """
        display = cls(estimator.loss_curve_, validation_loss_curve=estimator.validation_loss_curve_)
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : LossCurveDisplay
            The display itself.
        """
        if ax is None:
            _, axes = _figure(1, 1, (7, 4.5))
            ax = axes[0, 0]
        self.ax_, self.figure_ = ax, ax.figure
        for curve, label, style in (
            (self.loss_curve, "training cost, penalty included", "-"),
            (self.validation_loss_curve, "validation loss", "--"),
        ):
            if curve is not None:
                ax.plot(np.arange(1, len(curve) + 1), curve, style, label=label)
        ax.set(xlabel="iteration", ylabel="cost", yscale="log", title="Cost after each iteration")
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter("{x:.2g}")
        ax.grid(True, which="both", alpha=0.25)
        if self.validation_loss_curve is not None:
            ax.legend()
        return self


def _pick(images, n_images, random_state):
    """Random rows, at most n_images."""
    if len(images) == 0 or n_images < 1:
        raise ValueError(f"there must be an image to draw, got {len(images)}, n_images={n_images}")
    return check_random_state(random_state).permutation(len(images))[:n_images]


def _figure(n_rows, n_columns, size):
    """A figure and its (n_rows, n_columns) axes."""
    import matplotlib.pyplot as plt

    return plt.subplots(n_rows, n_columns, figsize=size, squeeze=False, layout="constrained")
