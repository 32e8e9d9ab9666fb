"""Digits as people draw them: strokes of a pen, in several styles, no two the same."""

import numpy as np

# Points (x, y) that a pen passes through, y downwards, in a box of 1 x 1.6 or so; a curve goes
# smoothly through them, "|" keeps its corners.
STYLES = {
    0: ["0.5,0 0.1,0.3 0,0.8 0.2,1.4 0.6,1.5 0.95,1.1 1,0.6 0.8,0.1 0.5,0"],
    1: ["|0.5,0 0.5,1.6", "|0.2,0.4 0.55,0 0.55,1.6", "|0.6,0 0.45,1.6"],
    2: [
        "0.05,0.35 0.3,0 0.75,0.05 0.9,0.4 0.6,0.9 0.05,1.5 0.1,1.5 0.55,1.5 1,1.5",
        "0,0.3 0.4,0 0.85,0.2 0.8,0.7 0.3,1.25 0,1.5 / |0,1.5 1,1.5",
    ],
    3: [
        "0.1,0.15 0.5,0 0.85,0.25 0.75,0.6 0.4,0.75 0.42,0.75 0.8,0.85 0.95,1.2 0.6,1.55 0.05,1.4",
        "0,0.2 0.45,0 0.8,0.3 0.4,0.7 / 0.4,0.7 0.9,0.95 0.75,1.45 0.3,1.6 0,1.4",
    ],
    4: [
        "|0.6,0 0,1 1,1 / |0.7,0.6 0.7,1.6",
        "|0.1,0 0.05,0.8 0.95,0.8 / |0.85,0 0.8,1.6",
        "|0.7,1.6 0.7,0 0,1.1 1,1.1",
    ],
    5: [
        "|0.85,0 0.15,0 0.1,0.65 / 0.1,0.65 0.5,0.5 0.95,0.9 0.8,1.4 0.35,1.6 0,1.4",
        "|0.2,0.05 0.15,0.7 / 0.15,0.7 0.65,0.6 0.95,1.05 0.6,1.55 0.05,1.5 / |0.2,0.05 0.9,0",
    ],
    6: [
        "0.75,0 0.3,0.4 0.05,1 0.3,1.55 0.75,1.45 0.85,1.05 0.5,0.85 0.1,1.1",
        "0.6,0 0.1,0.7 0.1,1.4 0.6,1.6 0.9,1.2 0.6,0.85 0.15,1.05",
    ],
    7: ["|0,0 0.95,0 0.35,1.6", "|0,0.05 1,0 0.4,1.6 / |0.3,0.8 0.9,0.8"],
    8: [
        "0.8,0.25 0.45,0 0.15,0.3 0.5,0.7 0.9,1.2 0.5,1.6 0.1,1.2 0.45,0.75 0.85,0.35 0.75,0.2",
        "0.5,0.7 0.15,0.35 0.5,0 0.85,0.35 0.5,0.7 0.05,1.15 0.5,1.6 0.95,1.15 0.5,0.7",
    ],
    9: [
        "0.85,0.3 0.5,0 0.1,0.3 0.3,0.75 0.75,0.6 0.87,0.25 0.85,0.8 0.8,1.6",
        "0.9,0.2 0.45,0 0.1,0.4 0.45,0.75 0.85,0.4 0.9,0.2 0.85,1 0.6,1.6",
    ],
}


def drawn_digit(digit, rng):
    """Strokes, lists of points (x, y) in [0, 1], of one person's one digit."""
    style = STYLES[digit][rng.randint(len(STYLES[digit]))]
    strokes = [_points(text) for text in style.split(" / ")]
    wobble = rng.normal(0, 0.04, (len(strokes), 1, 2))
    turn, lean = rng.normal(0, 0.08), rng.normal(0.1, 0.15)
    wide, high = rng.uniform(0.75, 1.3), rng.uniform(0.9, 1.1)
    shape = np.array([[wide, -lean - turn], [turn, high]])
    phase, bend = rng.uniform(0, 6, (2, 2)), rng.normal(0, 0.03, (2, 2))
    moved = []
    for stroke, shift in zip(strokes, wobble, strict=True):
        waves = np.sin(stroke[:, ::-1] * 4 + phase[0]) @ bend
        moved.append((stroke + waves + shift) @ shape.T)
    everything = np.concatenate(moved)
    low, extent = everything.min(axis=0), np.ptp(everything, axis=0).max()
    size = rng.uniform(0.35, 0.85)
    corner = rng.uniform(0.05, 0.95 - size, 2)
    return [((stroke - low) / extent * size + corner).tolist() for stroke in moved]


def _points(text):
    """Points along a stroke: as they stand after "|", else on a curve through them."""
    corners = np.array([[float(c) for c in p.split(",")] for p in text.lstrip("|").split()])
    if text.startswith("|"):
        t = np.linspace(0, len(corners) - 1, 8 * (len(corners) - 1) + 1)
        return np.stack([np.interp(t, np.arange(len(corners)), c) for c in corners.T], axis=1)
    # Catmull and Rom's spline (1974).
    ends = np.concatenate([corners[:1], corners, corners[-1:]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    parts = []
    for p0, p1, p2, p3 in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        a, b = 2 * p0 - 5 * p1 + 4 * p2 - p3, 3 * p1 - p0 - 3 * p2 + p3
        parts.append(p1 + t / 2 * (p2 - p0 + t * (a + t * b)))
    return np.concatenate([*parts, corners[-1:]])
