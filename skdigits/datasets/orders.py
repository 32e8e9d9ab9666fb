"""In which order a row runs over its image: models remember, other digits are brought into it.

Two files of the same digits can differ in nothing else, and a network that was trained on one then
reads a quarter of the other.
"""

from math import isqrt

import numpy as np


def side_of(n_pixels):
    """k where there are k * k pixels, or 0."""
    side = isqrt(max(n_pixels, 0))
    return side if side * side == n_pixels else 0


def remember_images(model, digits):
    """Let a fitted model know the shape and order of the images that its rows are."""
    model.image_shape_, model.image_order_ = tuple(digits.image_shape), digits.image_order


def rows_for(model, digits, source):
    """The rows of digits, as `load_digits_images` returns them, in the order that a model reads.

    A model that does not know its order, say one that was not fitted by the command, is given them
    as they are. source is the name of the digits for errors.
    """
    height, width = digits.image_shape
    found = f"{source}: the images have {height} x {width} pixels"
    shape, n_features = getattr(model, "image_shape_", None), model.n_features_in_
    if shape is not None and shape != (height, width):
        raise ValueError(
            f"{found}, those that the model reads {shape[0]} x {shape[1]}: make them alike, of a "
            "drawing or a photo by skdigits.datasets.normalize (docs/drawing.md)"
        )
    if n_features != height * width:
        raise ValueError(f"{found}, {height * width} in all; the model reads {n_features} features")
    order = getattr(model, "image_order_", digits.image_order)
    if order == digits.image_order:
        return digits.data
    images = digits.images if order == "C" else digits.images.transpose(0, 2, 1)
    return np.ascontiguousarray(images).reshape(len(images), -1)
