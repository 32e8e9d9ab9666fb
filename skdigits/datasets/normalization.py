"""Drawings brought into the form of the digits that a network was trained on.

The page to draw on does the same in JavaScript, `normalize.js`; a test holds the two together.
"""

from typing import NamedTuple

import numpy as np

from skdigits.datasets.intensities import dark_edges
from skdigits.datasets.reduction import reduction_to_20

__all__ = ["find_form", "normalize"]


class Form(NamedTuple):
    """How images of a shape were made from what people wrote."""

    shape: tuple  # (height, width) of the images
    order: str  # "C": a row of X runs over its image row by row, "F": column by column
    canvas: tuple  # (height, width) that a digit is placed in; smaller images are reduced from it
    box: tuple  # (height, width) that it fills there
    stretched: bool  # upright and stretched to the box; else in proportion, its mass in the centre
    pen: float  # width of a pen's line, in pixels of the canvas
    reduction: np.ndarray | None = None  # (n_out, n_in): the image is R canvas R'


NARROWEST = 0.35  # width / height below which a stretched digit stays narrower than its box


def find_form(n_features, shape=None, order=None):
    """Find how digits of so many pixels were made.

    8 x 8: scikit-learn's, by the preprocessing of NIST [1]_: upright, stretched to 20 x 32 of
    32 x 32 pixels, means of blocks of 4 x 4. 28 x 28: MNIST's [2]_: the larger side 20 pixels, the
    centre of mass in the centre. 20 x 20: MNIST's, reduced, column by column as in the course's
    file. Others like MNIST's, in proportion.

    Parameters
    ----------
    n_features : int
        How many pixels an image has.
    shape : tuple of int, default=None
        Height and width; None takes a square.
    order : {"C", "F"}, default=None
        Whether a row of X runs over its image row by row or column by column; None takes "F" for
        20 x 20, "C" for others.

    Returns
    -------
    form : Form
        For `normalize`.

    Raises
    ------
    ValueError
        If the shape has another number of pixels, none was given and they make no square, or the
        order is unknown.

    References
    ----------
    .. [1] Garris, M. D. et al. (1994). NIST form-based handprint recognition system. NISTIR 5469.
    .. [2] LeCun, Y., Bottou, L., Bengio, Y. and Haffner, P. (1998). Gradient-based learning applied
       to document recognition. Proceedings of the IEEE 86(11).
    """
    if shape is None:
        side = round(n_features**0.5)
        if side * side != n_features:
            raise ValueError(
                f"{n_features} pixels make no square image: give the shape (--image-shape HxW)"
            )
        shape = side, side
    shape = tuple(int(side) for side in shape)
    if len(shape) != 2 or min(shape) < 1 or shape[0] * shape[1] != n_features:
        raise ValueError(f"the image shape must hold {n_features} pixels, got {shape}")
    if order not in (None, "C", "F"):
        raise ValueError(f"the image order must be 'C' or 'F', got {order!r}")
    order = order or ("F" if shape == (20, 20) else "C")
    if shape == (8, 8):
        return Form(shape, order, shape, (8, 5), True, 0.9)
    if shape == (20, 20):
        return Form(shape, order, (28, 28), (20, 20), False, 2.5, reduction_to_20())
    size = min(shape) * 20 / 28
    return Form(shape, order, shape, (size, size), False, size / 8)


def normalize(ink, form):
    """A drawing as a row of features.

    Parameters
    ----------
    ink : array-like of shape (height, width)
        The drawing, any size, 0 where there is no ink and at most 1.
    form : Form
        Of the digits to resemble.

    Returns
    -------
    row : ndarray of shape (n_features,)
        As a row of the training data; zeros where there is no ink.

    Raises
    ------
    ValueError
        If the drawing is no image in shades of grey, or its values are not from 0 to 1, or those of
        dark ink on white paper; the message says what to do.
    """
    ink = _checked(ink)
    inked = ink >= max(ink.max(initial=0) / 2, 1e-6)
    if not inked.any():
        return np.zeros(form.shape[0] * form.shape[1])
    image = (_stretched if form.stretched else _centred)(ink, inked, form)
    if form.reduction is not None:
        image = form.reduction @ image @ form.reduction.T
    return image.ravel(order=form.order)


EDGES = 0.9  # of the pixels at the edges full: more, and it is the paper that is


def _checked(ink):
    """The drawing as float64."""
    ink = np.asarray(ink, dtype=float)
    if ink.ndim == 3:
        raise ValueError(
            f"ink must have shape (height, width), got {ink.shape}: average the colours first"
        )
    if ink.ndim != 2 or 0 in ink.shape:
        raise ValueError(f"ink must have shape (height, width), got {ink.shape}")
    if not np.isfinite(ink).all():
        raise ValueError("ink must be finite, got NaN or infinity")
    lowest, highest = ink.min(), ink.max()
    if lowest < 0 or highest > 1 + 1e-6:
        raise ValueError(
            f"ink must be 0 where there is none and at most 1, got {lowest:g} to {highest:g}: "
            "divide by what full ink is, such as 255"
        )
    if dark_edges(ink[np.newaxis]) > EDGES:
        raise ValueError(
            "ink must be 0 where there is none, got full ink along the edges, as of dark ink on "
            "white paper: give 1 - ink"
        )
    return ink


def _centred(ink, inked, form):
    """In proportion, the larger side as large as the box, the centre of mass in the centre."""
    scale = form.box[0] / max(np.ptp(np.flatnonzero(inked.any(axis=k))) + 1 for k in (0, 1))
    total = ink.sum()
    placed = []
    for axis, size in enumerate(form.canvas):
        edges = np.arange(ink.shape[axis] + 1)
        mass = ink.sum(axis=1 - axis) @ (edges[:-1] + 0.5) / total
        # MNIST's centre of mass is in the middle of pixel 14, the first right of the centre.
        placed.append(overlap((edges - mass) * scale + (size + 1) / 2, size))
    return placed[0] @ ink @ placed[1].T


def _stretched(ink, inked, form):
    """Sheared until upright, then each side as large as the box, in the middle."""
    height, width = form.canvas
    y, x = np.nonzero(inked)
    down = y - y.mean()
    # The line through the ink that leans least: LeCun et al. (1998) deslant digits so.
    slant = np.clip(down @ x / max(down @ down, 1e-9), -1, 1)
    upright = x - slant * down
    left, right = upright.min(), upright.max() + 1
    top, bottom = y.min(), y.max() + 1
    narrow = min(1, (right - left) / (bottom - top) / NARROWEST)
    scale = form.box[1] * narrow / (right - left)
    edges = np.arange(ink.shape[1] + 1) - (left + right) / 2
    shifted = edges - slant * (np.arange(len(ink)) - y.mean())[:, None]  # a row of edges a row
    columns = np.einsum("kri,ri->rk", overlap(shifted * scale + width / 2, width), ink)
    rows = (np.arange(len(ink) + 1) - top) * form.box[0] / (bottom - top)
    return overlap(rows + (height - form.box[0]) / 2, height) @ columns


def overlap(edges, size):
    """(size, ..., n): how much of the intervals between edges (..., n + 1) is in [k, k + 1)."""
    k = np.arange(size).reshape(-1, *[1] * edges.ndim)
    covered = np.minimum(edges[..., 1:], k + 1) - np.maximum(edges[..., :-1], k)
    return np.maximum(covered, 0)
