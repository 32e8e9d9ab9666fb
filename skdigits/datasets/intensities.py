"""From the numbers of a file to ink: 0 where there is none, 1 where a pixel is full of it.

Numbers alone do not always tell what full ink is. What cannot be told is refused, and the message
names the option that decides.
"""

from numbers import Real

import numpy as np

# What full ink is in the files that people have: bits, UCI's counts of 4 x 4 bits, bytes, 16 bits.
UCI, BYTE, SHORT = 16, 255, 65535
# Floats in [0, 1], give or take what an interpolation overshoots: the course has -0.13 to 1.13.
LOWEST, HIGHEST = -0.25, 1.5
# Of full ink, below which a fraction is none: the course's interpolation left 1e-17 in some
# corners, which a network in units of its own would take for news.
LEAST = 1e-6
FAR = 10  # no ink by an intensity that was given: it is that of other pixels
# Of the pixels at the edges of images full of ink: more, and it is the paper that is full. 8 x 8
# digits have 0.15, on white paper 0.85. And of all pixels: digits cut out without a margin are 0.34
# full, 0.61 in the fullest of a hundred, on white paper 0.66.
MOST_EDGES, MOST_INK = 0.6, 0.6
ADVICE = (
    "say what no ink and full ink are by intensity=(PAPER, INK), for instance (0, 255), or "
    "(255, 0) for dark ink on white paper"
)


def check_intensity(intensity):
    """(paper, ink) of the argument, or None where it is to be told from the numbers."""
    if intensity is None:
        return None
    pair = (0, intensity) if isinstance(intensity, Real) else intensity
    right = isinstance(pair, tuple | list) and len(pair) == 2
    if not right or not all(isinstance(v, Real) and np.isfinite(v) for v in pair):
        raise ValueError(
            f"intensity must be None, what full ink is, or a pair (paper, ink), got {intensity!r}"
        )
    if pair[0] == pair[1]:
        raise ValueError(f"intensity must tell ink from paper, got {intensity!r}")
    return float(pair[0]), float(pair[1])


def as_ink(pixels, shape, intensity, source):
    """(float32 ink, what full ink was taken for, in words).

    pixels (n, height * width) are of any dtype of numbers, shape is (height, width), intensity is
    what `check_intensity` returns, and source the name for errors.
    """
    if not np.isfinite(pixels).all():
        raise ValueError(f"{source}: expected finite pixels, found NaN or infinity")
    if intensity is None:
        intensity = 0.0, full_ink(pixels, shape, source)
        _check_edges(pixels, shape, intensity[1], source)
    paper, ink = intensity
    with np.errstate(over="ignore"):
        found = np.array(pixels, dtype=np.float32, order="C")
        found -= np.float32(paper)
        found /= np.float32(ink - paper)
    if not np.isfinite(found).all():
        raise ValueError(f"{source}: expected pixels that float32 can hold, found larger ones")
    if pixels.dtype.kind == "f":
        found[np.abs(found) < LEAST] = 0
    lowest, highest = float(found.min()), float(found.max())
    if highest > FAR or lowest < -FAR:
        raise ValueError(
            f"{source}: found ink from {lowest:g} to {highest:g} where 0 is none and 1 is full, by "
            f"intensity=({paper:g}, {ink:g}): is that of these pixels?"
        )
    return found, f"full ink {ink:g}" + (f", paper {paper:g}" if paper else "")


def full_ink(pixels, shape, source):
    """What full ink is, by the dtype and the values of the pixels."""
    lowest, highest = (float(bound) for bound in (pixels.min(), pixels.max()))
    seen = f"{source}: found pixels from {lowest:g} to {highest:g}"
    whole = pixels.dtype.kind in "biu" or bool((np.rint(pixels) == pixels).all())
    if not whole:
        if lowest >= LOWEST and highest <= HIGHEST:
            return 1.0
        if lowest >= 0 and BYTE / 2 < highest <= BYTE:
            return float(BYTE)
        raise ValueError(f"{seen}, some of them fractions; {ADVICE}")
    if lowest < 0:
        raise ValueError(f"{seen}; {ADVICE}")
    if highest <= 1:
        return 1.0
    if tuple(shape) == (8, 8) and highest <= UCI:
        return float(UCI)
    for unit in (BYTE, SHORT):
        if unit / 2 < highest <= unit:
            return float(unit)
    raise ValueError(f"{seen}, which no pixel format that is known reaches; {ADVICE}")


def _check_edges(pixels, shape, ink, source):
    """White paper has its ink at the edges."""
    dark, full = dark_edges(pixels.reshape(-1, *shape), ink), float(np.mean(pixels)) / ink
    if dark > MOST_EDGES or full > MOST_INK:
        found = (
            f"{dark:.0%} of the pixels at the edges of the images are"
            if dark > MOST_EDGES
            else f"the images are {full:.0%}"
        )
        raise ValueError(f"{source}: {found} full, as of dark ink on white paper; {ADVICE}")


def dark_edges(images, ink=1.0):
    """The share of the pixels at the edges of images (n, height, width) with half of full ink."""
    if min(images.shape[1:]) < 3:
        return 0.0
    edges = images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]
    return float(np.mean([np.mean(edge > ink / 2) for edge in edges]))


def range_of(highest, shape):
    """What full ink is where only the highest of the numbers is known, of a scaler say."""
    if highest <= HIGHEST:
        return 1
    if tuple(shape) == (8, 8) and highest <= UCI:
        return UCI
    return BYTE if highest <= BYTE else SHORT
