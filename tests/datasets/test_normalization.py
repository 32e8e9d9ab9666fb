"""Oracles: cells and pixels intersected one by one, and what must not matter: place, size, slant."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from skdigits.datasets import load_digits_images, reduce_to_20
from skdigits.datasets.normalization import find_form, normalize

FORMS = [find_form(64), find_form(400), find_form(784), find_form(150, (15, 10))]


def blob(seed, height=24, width=20):
    """Smooth ink of random shape with an empty margin."""
    rng = np.random.RandomState(seed)
    ink = np.zeros((height, width))
    y, x = rng.uniform(6, height - 6), rng.uniform(6, width - 6)
    for _ in range(40):
        y, x = np.clip(rng.normal([y, x], 1.5), 3, [height - 4, width - 4])
        ink[int(y) : int(y) + 2, int(x) : int(x) + 2] = rng.uniform(0.6, 1)
    return ink


def image_of(ink, form):
    return normalize(ink, form).reshape(form.shape, order=form.order)


def centred_by_loops(ink, size, box):
    """MNIST's recipe, each pixel's square intersected with each cell."""
    ys, xs = np.nonzero(ink >= ink.max() / 2)
    scale = box / max(np.ptp(ys) + 1, np.ptp(xs) + 1)
    weights = ink / ink.sum()
    mass = [
        sum(weights[y, x] * ((y, x)[k] + 0.5) for y in range(len(ink)) for x in range(len(ink.T)))
        for k in (0, 1)
    ]
    image = np.zeros((size, size))
    for (y, x), value in np.ndenumerate(ink):
        spans = [((p - m) * scale + (size + 1) / 2) for p, m in zip((y, x), mass, strict=True)]
        for i, j in np.ndindex(size, size):
            sides = [
                min(span + scale, cell + 1) - max(span, cell)
                for span, cell in zip(spans, (i, j), strict=True)
            ]
            if min(sides) > 0:
                image[i, j] += value * sides[0] * sides[1]
    return image


@pytest.mark.parametrize("seed", [0, 1])
def test_like_mnist(seed):
    ink = blob(seed)
    expected = centred_by_loops(ink, 28, 20)
    np.testing.assert_allclose(image_of(ink, find_form(784)), expected, atol=1e-12)
    twenty = normalize(ink, find_form(400)).reshape(20, 20).T  # column by column
    np.testing.assert_allclose(twenty, reduce_to_20(expected[None])[0], atol=1e-12)


@given(st.integers(0, 1000), st.integers(0, 9), st.integers(0, 9), st.sampled_from([1, 2, 3]))
def test_place_and_size_do_not_matter(seed, down, right, times):
    ink = blob(seed)
    moved = np.pad(np.kron(ink, np.ones((times, times))), ((down, 3), (right, 0)))
    for form in FORMS:
        finer = form.stretched and times > 1  # is sheared more finely
        found, expected = normalize(moved, form), normalize(ink, form)
        np.testing.assert_allclose(found, expected, atol=0.2 if finer else 1e-9)


@given(st.integers(0, 1000))
def test_the_mass_is_kept_and_central(seed):
    ink = blob(seed)
    ys, xs = np.nonzero(ink >= ink.max() / 2)
    scale = 20 / max(np.ptp(ys) + 1, np.ptp(xs) + 1)
    for axis, (places, size) in enumerate(((ys, 24), (xs, 20))):
        mass = ink.sum(axis=1 - axis) @ (np.arange(size) + 0.5) / ink.sum()
        ends = (np.array([places.min(), places.max() + 1]) - mass) * scale + 14.5
        assume(ends[0] >= 0)
        assume(ends[1] <= 28)  # else a part lies beyond the canvas
    image = image_of(ink, find_form(784))
    assert image.sum() == pytest.approx(ink.sum() * scale**2)
    for k in (0, 1):
        at = image.sum(axis=1 - k) @ (np.arange(28) + 0.5) / image.sum()
        assert at == pytest.approx(14.5, abs=0.03)  # but for what cells blur


@given(st.integers(0, 1000))
def test_slant_does_not_matter_for_upright_digits(seed):
    ink = np.kron(blob(seed), np.ones((2, 1)))
    y, x = np.nonzero(ink)
    assume(np.abs(np.polyfit(y, x, 1)[0]) < 0.4)  # what leans by more than 1 is left leaning
    leaning = np.zeros((len(ink), 3 * ink.shape[1]))
    for y, row in enumerate(ink):
        leaning[y, y // 2 : y // 2 + len(row)] = row  # a pixel to the right every second row
    upright = image_of(ink, find_form(64))
    assert np.abs(image_of(leaning, find_form(64)) - upright).max() < 0.25  # rows come in pairs
    rows, columns = upright.sum(axis=1), upright.sum(axis=0)
    assert rows[0] > 0 < rows[-1]  # as high as the image
    assert columns[[0, -1]].sum() < 1e-9  # at most five of its eight columns wide


def test_a_bar_stays_narrow():
    bar = np.zeros((40, 40))
    bar[5:35, 20:22] = 1
    columns = image_of(bar, find_form(64)).sum(axis=0)
    np.testing.assert_allclose(columns, 8 * np.array([0, 0, 0, 0.476, 0.476, 0, 0, 0]), atol=0.01)


def test_nothing_drawn():
    for form in FORMS:
        assert not normalize(np.zeros((5, 7)), form).any()
        assert len(normalize(np.zeros((5, 7)), form)) == np.prod(form.shape)


def test_forms_of_other_images():
    assert find_form(784).shape == (28, 28)
    assert find_form(400, order="C").order == "C"
    assert find_form(150, (15, 10)).box == pytest.approx((10 * 20 / 28,) * 2)
    with pytest.raises(ValueError, match="30 pixels make no square image"):
        find_form(30)
    with pytest.raises(ValueError, match=r"must hold 64 pixels, got \(7, 9\)"):
        find_form(64, (7, 9))
    assert find_form(400, [20, 20]).reduction is not None
    for shape in ((-8, -8), (8, 8, 1), (64,)):
        with pytest.raises(ValueError, match="must hold 64 pixels"):
            find_form(64, shape)
    with pytest.raises(ValueError, match="order must be 'C' or 'F', got 'X'"):
        find_form(64, order="X")


def test_mnist_is_its_own_form(shared_file, monkeypatch):
    shared_file("mnist_train.npz")
    images = load_digits_images("mnist").images[:300]
    form = find_form(784)
    again = np.array([image_of(np.kron(image, np.ones((3, 3))), form) for image in images])
    likeness = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(again, images, strict=True)]
    # Theirs are shifted by whole pixels, ours by parts of them.
    assert np.median(likeness) > 0.95
    mean = again.mean(axis=0)
    assert np.corrcoef(mean.ravel(), images.mean(axis=0).ravel())[0, 1] > 0.999


@pytest.mark.parametrize(
    ("ink", "message"),
    [
        (np.ones((28, 28, 3)), r"got \(28, 28, 3\): average the colours first"),
        (np.ones(28), r"shape \(height, width\), got \(28,\)"),
        (np.ones((0, 3)), r"shape \(height, width\), got \(0, 3\)"),
        (np.full((9, 9), np.nan), "finite, got NaN"),
        (np.eye(9) * 255, "at most 1, got 0 to 255: divide by"),
        (-np.eye(9), "at most 1, got -1 to -?0"),
        (1 - np.pad(np.eye(5), 4), "dark ink on white paper: give 1 - ink"),
    ],
)
def test_what_is_no_ink_is_named(ink, message):
    with pytest.raises(ValueError, match=f"ink must .*{message}"):
        normalize(ink, find_form(784))
