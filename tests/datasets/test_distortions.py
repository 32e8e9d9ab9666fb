"""Oracles: interpolation by loops and by scipy, and a distortion that is none."""

import numpy as np
import pytest
from scipy.ndimage import map_coordinates
from sklearn.datasets import load_digits

from skdigits.datasets import distortions
from skdigits.datasets.distortions import distorted, enlarged
from skdigits.datasets.normalization import find_form, normalize


@pytest.fixture(scope="module")
def images():
    return load_digits().images[:40] / 16


def test_enlarged_by_linear_interpolation(images):
    fine = enlarged(images)
    assert fine.shape == (40, 40, 40)
    at = (np.arange(40) + 0.5) / 4 - 0.5
    grid = np.stack(np.meshgrid(at, at, indexing="ij"))
    for image, found in zip(images, fine, strict=True):
        padded = np.pad(image, 2)
        expected = map_coordinates(padded, grid + 1, order=1)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def test_between_pixels_as_scipy_does(images):
    rng = np.random.RandomState(0)
    at = rng.uniform(-3, 11, (2, 40, 6, 5))
    found = distortions._sampled(images, at)
    for image, places, values in zip(images, at.transpose(1, 0, 2, 3), found, strict=True):
        expected = map_coordinates(np.pad(image, 4), places + 4, order=1)
        np.testing.assert_allclose(values, expected, atol=1e-12)


def test_no_distortion_changes_nothing(images, monkeypatch):
    for name in ("TURN", "BEND", "PRESSURE"):
        monkeypatch.setattr(distortions, name, 0.0)
    same = distorted(images, np.random.RandomState(0))
    np.testing.assert_allclose(same, enlarged(images), atol=1e-12)


def test_each_in_another_way_and_again_the_same(images):
    one = distorted(images, np.random.RandomState(1))
    np.testing.assert_array_equal(one, distorted(images, np.random.RandomState(1)))
    assert one.min() >= 0
    assert one.max() <= 1
    twice = distorted(np.stack([images[0], images[0]]), np.random.RandomState(1))
    assert np.abs(twice[0] - twice[1]).max() > 0.2
    # Small ones: in the network's form, a digit remains more like itself than like others.
    form = find_form(64)
    likeness = np.corrcoef(
        *([normalize(i, form) for i in inks] for inks in (one, enlarged(images)))
    )
    likeness = likeness[:40, 40:]
    own = np.eye(40, dtype=bool)
    assert likeness[own].min() > 0.5
    assert likeness[own].mean() > 0.9 > 0.7 > likeness[~own].mean()
