"""Small random distortions of images: a few rows stand for more of what people write."""

import numpy as np

FINE = 4  # pixels of a distorted image in one of the image
WAVES = 5  # cosines along each side, of which distortions are made
TURN = 0.1  # largest entry of the random linear map: rotation, shear, scale
BEND = 0.1  # standard deviation of the first cosine's weight, in halves of the image's side
PRESSURE = 0.8  # ink is raised to powers from exp(-PRESSURE) to exp(PRESSURE): bold to thin


def distorted(images, rng):
    """Turn, bend and redraw images at random, each in another way.

    Parameters
    ----------
    images : ndarray of shape (n, height, width)
        The images, in [0, 1].
    rng : RandomState
        Where the random numbers come from.

    Returns
    -------
    ink : ndarray of shape (n, 4 (height + 2), 4 (width + 2))
        The images with a margin of a pixel, at four times their resolution, distorted.

    References
    ----------
    Simard, P. Y., Steinkraus, D. and Platt, J. C. (2003). Best practices for convolutional neural
    networks applied to visual document analysis. ICDAR. Theirs are random fields, smoothed; these
    are sums of a few cosines.
    """
    fine = enlarged(images)
    ink = _sampled(fine, _places(len(fine), fine.shape[1:], rng))
    return ink ** np.exp(rng.uniform(-PRESSURE, PRESSURE, (len(fine), 1, 1)))


def enlarged(images):
    """Images with a margin of a pixel, at four times their resolution."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    down, across = (_interpolation(size) for size in padded.shape[1:])
    return (down @ padded @ across.T).clip(0, 1)


def _interpolation(size):
    """(FINE * size, size): linear interpolation between the centres of pixels, zero outside."""
    centres = (np.arange(FINE * size) + 0.5) / FINE - 0.5
    return np.maximum(0, 1 - np.abs(centres[:, None] - np.arange(size)))


def _places(n, shape, rng):
    """(2, n, height, width): where in an image each of its pixels comes from."""
    sides = [(np.arange(size) + 0.5) / size * 2 - 1 for size in shape]  # -1 to 1
    grid = np.stack(np.meshgrid(*sides, indexing="ij"))
    linear = np.eye(2) + rng.uniform(-TURN, TURN, (n, 2, 2))
    order = np.arange(WAVES)[:, None]
    down, across = (np.cos(np.pi / 2 * order * (side + 1)) / (1 + order) for side in sides)
    bends = rng.normal(0, BEND, (n, 2, WAVES, WAVES))
    at = np.einsum("nab,bij->anij", linear, grid)
    at += np.einsum("nakl,ki,lj->anij", bends, down, across, optimize=True)
    return (at + 1) / 2 * np.reshape(shape, (2, 1, 1, 1)) - 0.5


def _sampled(images, at):
    """Images at places between their pixels, by linear interpolation, zero outside."""
    n, height, width = images.shape
    images = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    y, x = at[0].clip(-1, height) + 1, at[1].clip(-1, width) + 1
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    top, left = top.clip(0, height), left.clip(0, width)
    down, right = y - top, x - left
    k = np.arange(n)[:, None, None]
    above = (1 - right) * images[k, top, left] + right * images[k, top, left + 1]
    below = (1 - right) * images[k, top + 1, left] + right * images[k, top + 1, left + 1]
    return (1 - down) * above + down * below
