"""Displays of a fitted network: its hidden units, and the way its cost went."""

import numpy as np

from skdigits.plotting.axes import (
    INK,
    LINES,
    MARKERS,
    add_bar,
    diverging,
    figure_of,
    fitting,
    grid_of,
    inches_of,
    members_of,
)

# The pixels whose weights are within the scale: those at the edges, where little ink ever is, may
# have weights so large that all others would pale.
WITHIN = 0.8
LAST = "last cost"  # by which these texts know one another


class HiddenUnitsDisplay:
    """Each hidden unit's weights as an image: blue where ink speaks for it, orange where against.

    Units stand in the order of their output weights' norm, largest first, all on one diverging
    scale: white where a weight is zero, and darker at its blue end than at the orange one. Titles
    name the class for which a unit's output weight is largest.

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

    @property
    def limit(self):
        """The weight at which the scale ends, float: the largest of a pixel, of four in five."""
        return np.quantile(np.abs(self.images).max(axis=0), WITHIN)

    @classmethod
    def from_estimator(cls, estimator, image_shape=None, *, image_order="C", n_units=None, ax=None):
        """Draw the hidden units of a fitted classifier.

        Parameters
        ----------
        estimator : TwoLayerNNClassifier, TwoLayerNNClassifierCV, Pipeline or search
            The fitted classifier, a Pipeline that ends in one or a search over one; of a committee
            the hidden units of all members. What a Pipeline does before must keep pixels in their
            places, as scalers do.
        image_shape : tuple of int
            Height and width of the images that it was fitted on. It must be given: a network does
            not know whether its features are pixels, which columns of a table are not.
        image_order : {"C", "F"}, default="C"
            Whether a row of X runs over its image row by row or column by column.
        n_units : int, default=None
            How many to draw, those of the largest output weights; None draws all.
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        display : HiddenUnitsDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If images of that shape have not as many pixels as the network has features, or
            ``n_units`` is below 1.
        """
        if n_units is not None and n_units < 1:
            raise ValueError(f"n_units must be at least 1, got {n_units}")
        members = members_of(estimator)
        W1 = np.concatenate([member.coefs_[0].T for member in members])
        W2 = np.concatenate([member.coefs_[1].T for member in members], axis=1)
        if np.size(image_shape) != 2 or np.prod(image_shape) != W1.shape[1]:
            raise ValueError(
                "image_shape must be a height and a width that hold as many pixels as the network "
                f"has features, {W1.shape[1]}; got {image_shape}. Only pixels make a picture: of a "
                "table, or after steps such as PCA, look at coefs_[0] of the network, or at "
                "sklearn.inspection.permutation_importance"
            )
        if image_order not in ("C", "F"):
            raise ValueError(f"image_order must be 'C' or 'F', got {image_order!r}")
        order = np.argsort(-np.linalg.norm(W2, axis=0))[:n_units]
        images = [W1[unit].reshape(image_shape, order=image_order) for unit in order]
        if len(W2) == len(members[0].classes_):
            votes = [members[0].classes_[W2[:, unit].argmax()] for unit in order]
        else:  # one output for two classes
            votes = [members[0].classes_[int(W2[0, unit] > 0)] for unit in order]
        return cls(np.array(images), [f"for {label}" for label in votes]).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, divided into a grid; None makes a figure.

        Returns
        -------
        self : HiddenUnitsDisplay
            The display itself.
        """
        self.figure_, self.axes_, axes, host = grid_of(
            ax, len(self.images), 9, (1.0, 2.2), head=0.3, beside=1.2
        )
        size = fitting(max(self.titles, key=len), inches_of(self.axes_[0]), 8.5)
        scale = {"cmap": diverging(), "vmin": -self.limit, "vmax": self.limit}
        for axis, image, title in zip(self.axes_, self.images, self.titles, strict=True):
            drawn = axis.imshow(image, **scale)
            axis.set_title(title, color=INK, fontsize=size, pad=3, parse_math=False)
        label = "weight: ink speaks for it (blue)\nor against it (orange)"
        add_bar(drawn, axes, host, label, extend="both", shrink=0.8)
        return self


class LossCurveDisplay:
    """The cost after each iteration, and the validation loss where there is one.

    Parameters
    ----------
    loss_curve : array-like of shape (n_iter,)
        The cost after each iteration.
    validation_loss_curve : array-like of shape (n_iter,), default=None
        The validation loss after each iteration.
    name : str, default=None
        What the curves are of, for the legend.
    kept : int, default=None
        The iteration whose weights were kept, marked by a ring; 0 is the start, before the curve.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    lines_ : list of matplotlib Line2D
        The one or two curves, after `plot`.

    Examples
    --------
    Several fits in one picture:

    >>> from sklearn.datasets import load_digits
    >>> from skdigits import TwoLayerNNClassifier
    >>> from skdigits.plotting import LossCurveDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> ax = None
    >>> for units in (5, 25):
    ...     model = TwoLayerNNClassifier(units, tol=1e-3, random_state=0).fit(X / 16, y)
    ...     ax = LossCurveDisplay.from_estimator(model, name=f"{units} units", ax=ax).ax_
    >>> len(ax.get_lines())
    2
    """

    def __init__(self, loss_curve, *, validation_loss_curve=None, name=None, kept=None):
        self.loss_curve = loss_curve
        self.validation_loss_curve = validation_loss_curve
        self.name = name
        self.kept = kept

    @classmethod
    def from_estimator(cls, estimator, *, name=None, ax=None):
        """Draw the curves of a fitted classifier.

        Parameters
        ----------
        estimator : TwoLayerNNClassifier, TwoLayerNNClassifierCV, Pipeline or search
            The fitted classifier, a Pipeline that ends in one or a search over one; of a committee
            the mean cost of its members.
        name : str, default=None
            What to call it in the legend.
        ax : matplotlib Axes, default=None
            Where to draw, beside what is there; None makes a figure.

        Returns
        -------
        display : LossCurveDisplay
            The display, drawn.
        """
        members = members_of(estimator)
        curves = [member.loss_curve_ for member in members]
        shared = min(map(len, curves))
        mean = np.mean([curve[:shared] for curve in curves], axis=0).tolist()
        if name is None and len(members) > 1:
            name = f"mean of {len(members)} networks"
        validation = members[0].validation_loss_curve_
        kept = _kept(members[0]) if len(members) == 1 else None
        return cls(mean, validation_loss_curve=validation, name=name, kept=kept).plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, beside what is there; None makes a figure.

        Returns
        -------
        self : LossCurveDisplay
            The display itself.
        """
        self.figure_, self.ax_ = figure_of(ax)
        ax = self.ax_
        before = "" if self.name is None else f"{self.name}: "
        k = sum(line.get_linestyle() == "-" for line in ax.get_lines()) % len(LINES)
        style = {"color": LINES[k], "marker": MARKERS[k], "markersize": 4}
        self.lines_ = []
        for curve, label, dashes in (
            (self.loss_curve, "training cost, penalty included", "-"),
            (self.validation_loss_curve, "validation loss, without penalty", "--"),
        ):
            if curve is not None:
                iterations = np.arange(1, len(curve) + 1)
                label, every = f"{before}{label} ({curve[-1]:.4g})", max(1, len(curve) // 12)
                self.lines_ += ax.plot(
                    iterations, curve, dashes, label=label, markevery=(every // 2, every), **style
                )
        self._mark_kept()
        two = any(line.get_linestyle() == "--" for line in ax.get_lines())
        ylabel = "training cost, validation loss (no penalty)" if two else "cost, penalty included"
        ax.set(xlabel="iteration", ylabel=ylabel, yscale="log", title="Cost after each iteration")
        _set_ticks(ax)
        for line in self.lines_:
            _tell_last(ax, line)
        ax.grid(True, alpha=0.25)
        for text in ax.legend().get_texts():
            text.set_parse_math(False)
        return self

    def _mark_kept(self):
        """A ring on each curve where the weights were kept; the legend names it once."""
        if self.kept is None:
            return
        label = "weights kept" if self.kept else "weights kept: those of the start"
        _, known = self.ax_.get_legend_handles_labels()
        for line in self.lines_ if self.kept else self.lines_[:1]:
            cost = line.get_ydata()[self.kept - 1] if self.kept else np.nan  # only in the legend
            self.ax_.scatter(
                [self.kept],
                [cost],
                s=90,
                facecolors="none",
                edgecolors=INK,
                linewidths=1.5,
                zorder=3,
                label=None if label in known else label,
            )
            known = [*known, label]


def _kept(network):
    """The iteration whose weights a network has; None where it is none of the curve's."""
    if network.early_stopping:
        return network.best_iter_
    lowest = int(np.argmin(network.loss_curve_))
    return lowest + 1 if network.loss_curve_[lowest] == network.loss_ else None


def _set_ticks(ax):
    """Ticks of costs on a log scale: some, apart, and none of the curve below the lowest."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    ax.autoscale(axis="y")  # another display may have set the limits
    low, high = ax.get_ylim()
    wide = high > 10 * low
    locator = LogLocator(subs=(1, 2, 5)) if wide else MaxNLocator(6, steps=[1, 2, 5, 10])
    lowest = min(line.get_ydata().min() for line in ax.get_lines())
    # The range of the ticks begins further down, so that one is at or below the curve's lowest.
    below = locator.tick_values(low / 3 if wide else low - (high - low) / 4, high)
    below = below[(below > 0) & (below <= lowest)]
    if below.size:
        ax.set_ylim(min(low, below.max()), high)
    ax.yaxis.set_major_locator(locator)
    ax.yaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_locator(MaxNLocator(9, integer=True, min_n_ticks=1))
    ax.yaxis.set_major_formatter("{x:g}")


def _tell_last(ax, line):
    """A curve's last cost, at the right of the axes, unless another stands there already."""
    cost = line.get_ydata()[-1]
    beside = ax.get_yaxis_transform()  # x from 0 to 1 across the axes, y a cost

    def height(cost):
        return ax.transAxes.inverted().transform(ax.transData.transform((1, cost)))[1]

    told = [text for text in ax.texts if text.get_gid() == LAST]
    if all(abs(height(text.xy[1]) - height(cost)) > 0.05 for text in told):
        style = {"color": line.get_color(), "fontsize": "small", "va": "center", "gid": LAST}
        at = {"xycoords": beside, "textcoords": "offset points", "annotation_clip": False}
        ax.annotate(f"{cost:.4g}", (1, cost), (4, 0), **at, **style)
