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
        self.figure_, self.ax_ = _figure_of(ax)
        ax = self.ax_
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


def _figure_of(ax):
    """(figure, axes) to draw a curve in: those of ax, or new ones where it is None."""
    if ax is None:
        figure, axes = _figure(1, 1, (7, 4.5))
        return figure, axes[0, 0]
    return ax.figure, ax


class SearchDisplay:
    """The scores of a search over lambda and hidden units, a panel for each maxiter.

    Where other parameters vary too, a cell shows the best of them. A frame marks the candidate that
    was chosen.

    Parameters
    ----------
    scores : ndarray of shape (n_maxiter, n_hidden_units, n_lambda)
        The mean test scores, NaN where there is none.
    maxiter, hidden_units, reg_lambda : ndarray
        The values of the parameters along the axes, increasing; empty for one that did not vary.
    score_name : str, default="score"
        What the scores are.
    chosen : tuple of int, default=None
        The place of the candidate that was chosen.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    axes_ : ndarray of Axes
        One for each maxiter, after `plot`.
    """

    def __init__(
        self, scores, maxiter, hidden_units, reg_lambda, *, score_name="score", chosen=None
    ):
        self.scores = scores
        self.maxiter = maxiter
        self.hidden_units = hidden_units
        self.reg_lambda = reg_lambda
        self.score_name = score_name
        self.chosen = chosen

    @classmethod
    def from_search(cls, search, *, score=None):
        """Draw the scores of a fitted search.

        Parameters
        ----------
        search : BatchedGridSearchCV, GridSearchCV or the like
            The fitted search.
        score : str, default=None
            Which of several scores; None takes the one that chose, or the first.

        Returns
        -------
        display : SearchDisplay
            The display, drawn.
        """
        name = _score_name(search, score)
        return cls(*_table(search, name), score_name=name, chosen=_chosen(search)).plot()

    def plot(self):
        """Draw.

        Returns
        -------
        self : SearchDisplay
            The display itself.
        """
        n_panels, n_rows, n_columns = self.scores.shape
        size = (n_panels * max(2.4, 0.75 * n_columns) + 1.6, max(2.6, 0.55 * n_rows + 1.5))
        self.figure_, axes = _figure(1, n_panels, size)
        self.axes_ = axes[0]
        low, high = np.nanmin(self.scores), np.nanmax(self.scores)
        for k, (axis, panel) in enumerate(zip(self.axes_, self.scores, strict=True)):
            drawn = axis.imshow(panel, cmap="cividis", vmin=low, vmax=high, aspect="auto")
            for i, j in zip(*np.nonzero(np.isfinite(panel)), strict=True):
                dark = panel[i, j] < (low + high) / 2
                colour = "white" if dark else INK
                axis.text(j, i, f"{panel[i, j]:.3f}", ha="center", va="center", color=colour)
            axis.set_xticks(np.arange(n_columns), [f"{v:.3g}" for v in self.reg_lambda] or [""])
            axis.set_yticks(np.arange(n_rows), [f"{v:g}" for v in self.hidden_units] or [""])
            if len(self.reg_lambda):
                axis.set_xlabel("lambda")
            if len(self.maxiter):
                axis.set_title(f"maxiter {self.maxiter[k]:g}", fontsize="medium")
            if self.chosen is not None and self.chosen[0] == k:
                _frame(axis, self.chosen[2], self.chosen[1])
        if len(self.hidden_units):
            self.axes_[0].set_ylabel("hidden units")
        self.figure_.colorbar(drawn, ax=axes, label=f"mean test {self.score_name}")
        return self


class MaxiterCurveDisplay:
    """The score of a search against maxiter, a line for each lambda.

    Parameters
    ----------
    maxiter : ndarray of shape (n_maxiter,)
        The iterations.
    scores : ndarray of shape (n_lambda, n_maxiter)
        The mean test scores.
    reg_lambda : ndarray of shape (n_lambda,)
        The lambdas; empty if they did not vary.
    score_name : str, default="score"
        What the scores are.
    title : str, default=""
        The title.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    """

    def __init__(self, maxiter, scores, reg_lambda, *, score_name="score", title=""):
        self.maxiter = maxiter
        self.scores = scores
        self.reg_lambda = reg_lambda
        self.score_name = score_name
        self.title = title

    @classmethod
    def from_search(cls, search, *, score=None, hidden_units=None, ax=None):
        """Draw the scores of a fitted search that tried several maxiter.

        Parameters
        ----------
        search : BatchedGridSearchCV, GridSearchCV or the like
            The fitted search.
        score : str, default=None
            Which of several scores; None takes the one that chose, or the first.
        hidden_units : int, default=None
            For which number of hidden units; None takes that of the best score.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : MaxiterCurveDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If maxiter did not vary, or the search did not try that number of hidden units.
        """
        name = _score_name(search, score)
        scores, maxiter, units, reg_lambda = _table(search, name)
        if len(maxiter) == 0:
            raise ValueError("the search has one maxiter only; give it several to see a curve")
        if hidden_units is None:
            place = np.unravel_index(np.nanargmax(scores), scores.shape)[1]
        elif hidden_units in units:
            place = list(units).index(hidden_units)
        else:
            raise ValueError(f"hidden_units={hidden_units} is not among {list(units)}")
        title = f"{units[place]:g} hidden units" if len(units) else ""
        display = cls(maxiter, scores[:, place].T, reg_lambda, score_name=name, title=title)
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : MaxiterCurveDisplay
            The display itself.
        """
        import matplotlib

        self.figure_, self.ax_ = _figure_of(ax)
        ax = self.ax_
        colours = matplotlib.colormaps["cividis"](np.linspace(0, 0.9, len(self.scores)))
        markers = "osD^vPX*"
        for k, (curve, colour) in enumerate(zip(self.scores, colours, strict=True)):
            label = f"{self.reg_lambda[k]:.3g}" if len(self.reg_lambda) else None
            ax.plot(self.maxiter, curve, color=colour, marker=markers[k % 8], label=label)
        ax.set(xlabel="maxiter", ylabel=f"mean test {self.score_name}", title=self.title)
        ax.grid(True, alpha=0.25)
        if len(self.reg_lambda):
            ax.legend(title="lambda", loc="center left", bbox_to_anchor=(1, 0.5))
        return self


AXES = ("maxiter", "hidden_units", "reg_lambda")


def _score_name(search, score):
    """The name of one of a search's scores, as its results have it."""
    names = [
        name.removeprefix("mean_test_")
        for name in search.cv_results_
        if name.startswith("mean_test_")
    ]
    if score is None:
        return search.refit if search.refit in names else names[0]
    if score not in names:
        raise ValueError(f"score must be one of {names}, got {score!r}")
    return score


def _searched(search):
    """The values of each of the AXES for all candidates, None for one that did not vary."""
    values = []
    for axis in AXES:
        found = [
            _filled(column, search, name.removeprefix("param_"))
            for name, column in search.cv_results_.items()
            if name == f"param_{axis}" or name.endswith(f"__{axis}")
        ]
        varies = found and len(np.unique(found[0].astype(float))) > 1
        values.append(found[0].astype(float) if varies else None)
    return values


def _filled(column, search, name):
    """A parameter's values; those of the estimator where a candidate does not set it."""
    if not np.ma.is_masked(column):
        return np.ma.getdata(column)
    return np.ma.filled(column.astype(object), search.estimator.get_params()[name])


def _places(values, n):
    """(the increasing values, the place of each candidate among them)."""
    if values is None:
        return np.array([]), np.zeros(n, dtype=int)
    return np.unique(values, return_inverse=True)


def _table(search, name):
    """(scores over the AXES, and the values along each), the best where several fall together."""
    mean = search.cv_results_[f"mean_test_{name}"]
    found = [_places(values, len(mean)) for values in _searched(search)]
    scores = np.full([max(1, len(values)) for values, _ in found], np.nan)
    at = tuple(places for _, places in found)
    np.fmax.at(scores, at, mean)
    return scores, *(values for values, _ in found)


def _chosen(search):
    """The place of the best candidate over the AXES, or None."""
    if not hasattr(search, "best_index_"):
        return None
    n = len(search.cv_results_["params"])
    return tuple(_places(values, n)[1][search.best_index_] for values in _searched(search))


def _frame(axis, column, row):
    """A frame around a cell, seen on dark and on light."""
    from matplotlib.patches import Rectangle

    for colour, width in (("white", 5), (WRONG, 2.5)):
        cell = Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False)
        cell.set(edgecolor=colour, linewidth=width)
        axis.add_patch(cell)
