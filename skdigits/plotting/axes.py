"""Figures, axes and colours that the displays share; matplotlib is imported when one is drawn."""

import reprlib

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

# Of Okabe and Ito's palette, which colour-blind eyes tell apart; in grey, WRONG is the lighter.
INK = "#1a1a1a"
CHOSEN = "#0072b2"  # blue
WRONG = "#d55e00"  # vermilion
OTHER = "#b0b0b0"
LINES = (CHOSEN, WRONG, "#009e73", "#cc79a7", "#56b4e9", INK)
MARKERS = "osD^vP"  # which tell lines apart in grey
# The ends of the scale of weights, white in the middle: what says nothing looks like paper. In grey
# the end that speaks for a class is the darker one.
AGAINST, FOR = WRONG, "#00467f"


def diverging():
    """The scale of what has a sign: orange below zero, white at zero, blue above."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("skdigits", [AGAINST, "white", FOR], N=257)


def figure_of(ax, size=(7, 4.5)):
    """(figure, axes) to draw in: those of ax, or new ones of a size in inches where it is None."""
    if ax is None:
        figure, cells, _ = cells_of(None, 1, 1, size)
        return figure, cells[0, 0]
    return ax.figure, ax


def makes_room(figure):
    """Whether a figure's layout makes room for labels and colour bars by itself."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine)


def cells_of(ax, n_rows, n_columns, size, wspace=0.1, before=0.0, beside=0.0, **ratios):
    """(figure, axes (n_rows, n_columns), host): in place of ax, or new ones of a size in inches.

    Where no layout makes room by itself, axes are wspace of their width apart, so many inches stay
    free before and beside them, and host is an axis beside them, for a colour bar; else it is None.
    """
    import matplotlib.pyplot as plt

    if ax is None:
        figure, cells = plt.subplots(
            n_rows, n_columns, figsize=size, squeeze=False, layout="constrained", gridspec_kw=ratios
        )
        return figure, cells, None
    spec = _spec_of(ax)
    figure, host, gaps = ax.figure, None, {}
    if not makes_room(figure):
        gaps = {"wspace": wspace, "hspace": 0.35}
        width = inches_of(ax)
        parts = [min(before, 0.4 * width), width, min(beside, 0.4 * width)]
        parts[1] -= parts[0] + parts[2]
        outer = spec.subgridspec(1, 3, wspace=0, width_ratios=np.maximum(parts, 1e-3))
        spec = outer[1]
        if beside:
            host = figure.add_subplot(outer[2], frame_on=False)
            host.set_axis_off()
    grid = spec.subgridspec(n_rows, n_columns, **gaps, **ratios)
    cells = [figure.add_subplot(grid[k]) for k in range(n_rows * n_columns)]
    ax.set_axis_off()
    return figure, np.reshape(cells, (n_rows, n_columns)), host


def _spec_of(ax):
    """Where axes stand in their grid, if they can be divided."""
    if not ax.axison:  # as scikit-learn's partial dependence says it
        raise ValueError(
            "ax has no axis: a display has divided it before, or it was switched off; give each "
            "display axes of its own"
        )
    spec = ax.get_subplotspec()
    if spec is None:
        raise ValueError(
            "ax must stand in a grid, as those of plt.subplots() do, to be divided; got axes that "
            "were placed by hand"
        )
    return spec


def inches_of(axis):
    """The width of an axis, as far as it is known before a layout is made."""
    figure = axis.figure
    return axis.get_position().width * figure.bbox.width / figure.dpi


def fitting(text, inches, largest, least=5.0):
    """The size in points at which a text is about so many inches wide, within the bounds."""
    length = max(map(len, text.split("\n")), default=1)
    return float(np.clip(inches * 72 / (0.6 * max(length, 1)), least, largest))


def add_bar(drawn, axes, host, label, shrink=1.0, **options):
    """A colour bar for axes: at the host, where there is one, else where the layout puts it."""
    if host is None:
        options |= {"ax": axes, "shrink": shrink}
    else:
        options["cax"] = host.inset_axes([0.1, 0.1, 0.12, 0.8])
    bar = axes.flat[0].figure.colorbar(drawn, **options)
    bar.set_label(label, size="small")
    bar.ax.tick_params(labelsize="small")


def grid_of(ax, n, inches, side, head=0.0, beside=0.0):
    """(figure, n axes, all, host) of a grid about as wide as high, in place of ax or a new one.

    A new figure is some inches wide, so that an axis has a side within (least, most), and has room
    for a head above each and for what stands beside all.
    """
    n_columns = int(np.ceil(np.sqrt(n)))
    n_rows = -(-n // n_columns)
    side = np.clip(inches / n_columns, *side)
    size = n_columns * side + beside, n_rows * (side + head)
    figure, axes, host = cells_of(ax, n_rows, n_columns, size, beside=beside)
    for axis in axes.flat:
        axis.set_axis_off()
    return figure, axes.ravel()[:n], axes, host


def check_images(images, **others):
    """Images as an array (n, height, width); others, where not None, must be as many."""
    images = np.asarray(images)
    if images.ndim != 3:
        raise ValueError(
            f"images must have shape (n, height, width), got {images.shape}; load_digits_images "
            "has such images, upright, beside their rows"
        )
    others = {name: value for name, value in others.items() if value is not None}
    check_consistent_length(images, *others.values())
    for name in others.keys() - {"X"}:
        if np.ndim(others[name]) != 1:
            raise ValueError(f"{name} must be one label a row, got shape {np.shape(others[name])}")
    return images


def pick(images, rows, n_images, random_state, name="rows"):
    """The rows that were chosen, or at most n_images at random."""
    n = len(images)
    if rows is None:
        if n == 0 or n_images < 1:
            raise ValueError(f"there must be an image to draw, got {n}, n_images={n_images}")
        return check_random_state(random_state).permutation(n)[:n_images]
    rows = np.atleast_1d(rows)
    if rows.dtype == bool and rows.shape == (n,):
        rows = np.flatnonzero(rows)
    whole = rows.ndim == 1 and rows.size > 0 and rows.dtype.kind in "iu"
    if not whole or rows.min() < 0 or rows.max() >= n:
        raise ValueError(
            f"{name} must be whole numbers from 0 to {n - 1}, or a mask of {n} that marks one or "
            f"more, got {reprlib.repr(rows.tolist())}"
        )
    return rows


def draw_image(axis, image, white=0.0, black=1.0):
    """Draw a digit dark on white, without ticks."""
    axis.imshow(image, cmap="gray_r", vmin=white, vmax=black, interpolation="nearest")
    axis.set(xticks=[], yticks=[])


def full_ink(images):
    """The intensity to draw black: 1, or the highest of images in units such as 0 to 255."""
    highest = float(np.nanmax(images, initial=0))
    return 1.0 if highest <= 2 else highest  # an interpolation's overshoot stays below 2


def mark_wrong(axis):
    """Frame an image that was misread."""
    for spine in axis.spines.values():
        spine.set(visible=True, color=WRONG, linewidth=2.5)


def network_of(estimator):
    """The network that was fitted: itself, the end of a Pipeline, the best one of a search."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    check_is_fitted(estimator)
    return estimator[-1] if isinstance(estimator, Pipeline) else estimator


def members_of(estimator):
    """The networks that were fitted: of a committee all, otherwise one."""
    network = network_of(estimator)
    return [network] if hasattr(network, "coefs_") else network.estimators_
