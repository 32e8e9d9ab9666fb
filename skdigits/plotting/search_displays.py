"""Displays of a search: its scores over lambda and hidden units, and against maxiter."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdigits.plotting.axes import (
    INK,
    WRONG,
    add_bar,
    cells_of,
    figure_of,
    fitting,
    inches_of,
    makes_room,
)


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
    def from_search(cls, search, *, score=None, ax=None):
        """Draw the scores of a fitted search.

        Parameters
        ----------
        search : BatchedGridSearchCV, GridSearchCV or the like
            The fitted search.
        score : str, default=None
            Which of several scores; None takes the one that chose, or the first.
        ax : matplotlib Axes, default=None
            Where to draw, divided into panels; None makes a figure.

        Returns
        -------
        display : SearchDisplay
            The display, drawn.

        Raises
        ------
        ValueError
            If none of lambda, hidden units and maxiter varied, there is no such score, or none is
            finite.
        """
        name = _score_name(search, score)
        scores, *values = _table(search, name)
        if scores.size == 1:
            raise ValueError(
                f"the search must vary one of {', '.join(AXES)} to be shown; it varies "
                f"{', '.join(_varied(search)) or 'nothing'}"
            )
        return cls(scores, *values, score_name=name, chosen=_chosen(search)).plot(ax)

    def plot(self, ax=None):
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw, divided into panels; None makes a figure.

        Returns
        -------
        self : SearchDisplay
            The display itself.
        """
        n_panels, n_rows, n_columns = self.scores.shape
        size = (n_panels * max(2.4, 0.75 * n_columns) + 1.6, max(2.6, 0.55 * n_rows + 1.5))
        self.figure_, axes, host = cells_of(ax, 1, n_panels, size, beside=0.9)
        self.axes_ = axes[0]
        points = fitting("0.000 ", inches_of(axes[0, 0]) / n_columns, 10)
        low, high = np.nanmin(self.scores), np.nanmax(self.scores)
        for k, (axis, panel) in enumerate(zip(self.axes_, self.scores, strict=True)):
            drawn = axis.imshow(panel, cmap="cividis", vmin=low, vmax=high, aspect="auto")
            for i, j in zip(*np.nonzero(np.isfinite(panel)), strict=True):
                dark = panel[i, j] < (low + high) / 2
                colour = "white" if dark else INK
                axis.text(
                    j, i, f"{panel[i, j]:.3f}", ha="center", va="center", color=colour, size=points
                )
            names = [f"{v:.3g}" for v in self.reg_lambda]
            wide = inches_of(axis) / n_columns
            _name_ticks(
                axis.xaxis, names, fontsize=fitting(max(names, key=len, default=""), wide, 10)
            )
            _name_ticks(axis.yaxis, [f"{v:g}" for v in self.hidden_units] if k == 0 else [])
            if len(self.reg_lambda):
                axis.set_xlabel("lambda")
            if len(self.maxiter):
                axis.set_title(f"maxiter {self.maxiter[k]:g}", fontsize="medium")
            if self.chosen is not None and self.chosen[0] == k:
                _frame(axis, self.chosen[2], self.chosen[1])
        if len(self.hidden_units):
            self.axes_[0].set_ylabel("hidden units")
        add_bar(drawn, axes, host, f"mean test {self.score_name}")
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
            tried = ", ".join(f"{value:g}" for value in units) or "what varied"
            raise ValueError(f"hidden_units must be among those tried, {tried}; got {hidden_units}")
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

        self.figure_, self.ax_ = figure_of(ax)
        ax = self.ax_
        colours = matplotlib.colormaps["cividis"](np.linspace(0, 0.9, len(self.scores)))
        markers = "osD^vPX*"
        for k, (curve, colour) in enumerate(zip(self.scores, colours, strict=True)):
            label = f"{self.reg_lambda[k]:.3g}" if len(self.reg_lambda) else None
            ax.plot(self.maxiter, curve, color=colour, marker=markers[k % 8], label=label)
        ax.set(xlabel="maxiter", ylabel=f"mean test {self.score_name}", title=self.title)
        ax.grid(True, alpha=0.25)
        if len(self.reg_lambda):
            beside = {"loc": "center left", "bbox_to_anchor": (1, 0.5)}
            ax.legend(title="lambda", **(beside if makes_room(self.figure_) else {}))
        return self


AXES = ("maxiter", "hidden_units", "reg_lambda")


def _score_name(search, score):
    """The name of one of a search's scores, as its results have it."""
    check_is_fitted(search, "cv_results_")
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
    if not np.isfinite(scores).any():
        raise ValueError(f"the search has no {name} that is finite: its fits or scorers failed")
    return scores, *(values for values, _ in found)


def _chosen(search):
    """The place of the best candidate over the AXES, or None."""
    if not hasattr(search, "best_index_"):
        return None
    n = len(search.cv_results_["params"])
    return tuple(_places(values, n)[1][search.best_index_] for values in _searched(search))


def _varied(search):
    """The names of the parameters that a search varied."""
    params = search.cv_results_["params"]
    names = {name: None for candidate in params for name in candidate}  # a set in order
    return [name for name in names if len({str(one.get(name)) for one in params}) > 1]


def _name_ticks(axis, names, **style):
    """A tick for each name at 0, 1, and so on."""
    axis.set_ticks(np.arange(len(names)), names, **style)


def _frame(axis, column, row):
    """A frame around a cell, seen on dark and on light."""
    from matplotlib.patches import Rectangle

    for colour, width in (("white", 5), (WRONG, 2.5)):
        cell = Rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False)
        cell.set(edgecolor=colour, linewidth=width)
        axis.add_patch(cell)
