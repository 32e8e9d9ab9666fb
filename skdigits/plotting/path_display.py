"""The display of a committee's path: which lambda, and how sure is that?"""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdigits.plotting.axes import INK, LINES, MARKERS, figure_of, network_of


class LambdaPathDisplay:
    """The score of held-out rows against lambda, with its spread over the folds.

    A line goes through the mean over the folds; the band around it is one standard error of that
    mean to each side. A ring marks what was chosen. Several numbers of hidden units have a line
    each.

    Parameters
    ----------
    reg_lambdas : ndarray of shape (n_lambdas,)
        The lambdas, increasing, at least 0.
    scores : ndarray of shape (n_lambdas, n_splits) or (n_sizes, n_lambdas, n_splits)
        The score of each fold; NaN where there is none.
    hidden_units : list of int, default=None
        The numbers of hidden units, for the legend.
    score_name : str, default="score"
        What the scores are.
    chosen : tuple of (float, int), default=None
        The lambda that was chosen, and the place of the number of hidden units.

    Attributes
    ----------
    figure_ : matplotlib Figure
        The figure, after `plot`.
    ax_ : matplotlib Axes
        The axes, after `plot`.
    lines_ : list of matplotlib Line2D
        A line each, after `plot`.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skdigits import TwoLayerNNClassifierCV
    >>> from skdigits.plotting import LambdaPathDisplay
    >>> model = TwoLayerNNClassifierCV(random_state=0).fit(*load_wine(return_X_y=True))
    >>> display = LambdaPathDisplay.from_estimator(model)
    >>> display.ax_.get_xlabel()
    'lambda'
    """

    def __init__(self, reg_lambdas, scores, *, hidden_units=None, score_name="score", chosen=None):
        self.reg_lambdas = reg_lambdas
        self.scores = scores
        self.hidden_units = hidden_units
        self.score_name = score_name
        self.chosen = chosen

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the path of a fitted committee.

        Parameters
        ----------
        estimator : TwoLayerNNClassifierCV, Pipeline that ends in one or search over one
            The fitted committee. Its log-loss, where that is what chose, is drawn as such: less is
            better.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        display : LambdaPathDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If the estimator has walked no path.
        """
        committee = network_of(estimator)
        if not hasattr(committee, "reg_lambdas_"):
            raise ValueError(
                "estimator must be a TwoLayerNNClassifierCV, which tries several lambdas, got a "
                f"{type(committee).__name__}"
            )
        check_is_fitted(committee)
        scores, sizes, place = committee.scores_, None, 0
        if scores.ndim == 3:
            sizes = list(committee.hidden_units)[: len(scores)]
            place = sizes.index(committee.hidden_units_)
        scoring, name = committee.scoring, "log-loss"
        if scoring is None:
            scores = -scores
        else:
            name = scoring if isinstance(scoring, str) else "score"
        chosen = committee.reg_lambda_, place
        display = cls(
            committee.reg_lambdas_, scores, hidden_units=sizes, score_name=name, chosen=chosen
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a figure.

        Returns
        -------
        self : LambdaPathDisplay
            The display itself.
        """
        self.figure_, self.ax_ = figure_of(ax)
        ax, lambdas = self.ax_, np.asarray(self.reg_lambdas, dtype=float)
        several = np.ndim(self.scores) == 3
        self.lines_ = []
        for k, scores in enumerate(self.scores if several else [self.scores]):
            tried = ~np.isnan(scores).all(axis=1)
            found, at = scores[tried], lambdas[tried]
            mean = np.nanmean(found, axis=1)
            folds = (~np.isnan(found)).sum(axis=1)
            error = np.nanstd(found, axis=1) / np.sqrt(np.maximum(folds - 1, 1))
            label = f"{self.hidden_units[k]} hidden units" if self.hidden_units else None
            colour = LINES[k % len(LINES)]
            self.lines_ += ax.plot(
                at, mean, color=colour, marker=MARKERS[k % len(MARKERS)], label=label
            )
            ax.fill_between(at, mean - error, mean + error, color=colour, alpha=0.18, linewidth=0)
            if self.chosen is not None and self.chosen[1] == k:
                place = np.flatnonzero(at == self.chosen[0])
                ax.plot(
                    at[place], mean[place], "o", markersize=14, fillstyle="none", color=INK,
                    markeredgewidth=1.5, label=f"chosen: lambda {self.chosen[0]:.3g}",
                )  # fmt: skip
        if lambdas.min() > 0:
            ax.set_xscale("log")
        else:
            ax.set_xscale("symlog", linthresh=lambdas[lambdas > 0].min(initial=1.0))
        ax.set_xticks(lambdas, _apart(ax, lambdas))
        ax.xaxis.set_minor_locator(_none())
        ax.set(xlabel="lambda", ylabel=f"{self.score_name} of held-out rows")
        ax.grid(True, alpha=0.25)
        if ax.get_legend_handles_labels()[0]:
            ax.legend()
        return self


def _apart(ax, values):
    """A name for each tick that has room for one, empty for the others."""
    across = ax.transData.transform([(value, 0) for value in values])[:, 0]
    room = 0.5 * ax.figure.dpi  # six figures are about half an inch wide
    names, free = [], -np.inf
    for place, value in zip(across, values, strict=True):
        names.append(f"{value:.3g}" if place >= free else "")
        free = place + room if names[-1] else free
    return names


def _none():
    from matplotlib.ticker import NullLocator

    return NullLocator()
