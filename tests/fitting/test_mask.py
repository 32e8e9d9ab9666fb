"""Weights held at zero; oracles: a network without those features, and the gradient of the rest."""

import numpy as np
import pytest
from sklearn.datasets import load_iris, load_wine

from skdigits import Objective, TwoLayerNNClassifier

X, Y = load_iris(return_X_y=True)
PLAIN = {"coordinates": "plain", "standardize": False, "solver": "CG"}


def some(shape, seed=0):
    return np.random.default_rng(seed).random(shape) < 0.6


@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS", "Newton-CG", "TNC", "trust-ncg"])
@pytest.mark.parametrize("coordinates", ["scaled", "centered", "plain"])
def test_what_is_held_is_zero_and_the_rest_is_at_a_minimum(coordinates, solver):
    mask = [some((4, 5)), some((5, 3))]
    model = TwoLayerNNClassifier(
        5, solver=solver, coordinates=coordinates, random_state=0, tol=1e-5, maxiter=5000
    )
    model.fit(X, Y, mask=mask)
    for coef, free in zip(model.coefs_, mask, strict=True):
        assert (coef[~free] == 0).all()
        assert (coef[free] != 0).all()
    objective = Objective(X, np.eye(3)[Y], hidden_units=5, feature_scale=model.feature_scale_)
    (V1, V2), (b1, b2) = model.coefs_, model.intercepts_
    cost, gradient = objective.cost_gradient(objective.pack(V1.T, b1, V2.T, b2))
    assert cost == pytest.approx(model.loss_)
    gW1, _, gW2, _ = objective.unpack(gradient)
    assert np.abs(gW1.T[mask[0]] * np.ptp(X, axis=0).max()).max() < 0.01
    assert np.abs(gW2.T[mask[1]]).max() < 1e-4


@pytest.mark.filterwarnings("ignore:the fit reached maxiter")
def test_without_a_feature_is_with_its_weights_held():
    wine, y = load_wine(return_X_y=True)
    wine = (wine - wine.mean(axis=0)) / wine.std(axis=0)
    kept = np.array([0, 3, 6, 9, 12])
    rng = np.random.default_rng(0)
    V1, V2 = rng.normal(size=(13, 4)), rng.normal(size=(4, 3))
    b = [np.zeros(4), np.zeros(3)]
    mask = np.zeros((13, 4), dtype=int)
    mask[kept] = 1
    model = TwoLayerNNClassifier(4, maxiter=15, **PLAIN)
    held = model.fit(
        wine, y, coef_init=[V1, V2], intercept_init=b, mask=[mask, np.ones((4, 3))]
    ).predict_proba(wine)
    without = model.fit(wine[:, kept], y, coef_init=[V1[kept], V2], intercept_init=b)
    np.testing.assert_allclose(without.predict_proba(wine[:, kept]), held, atol=1e-6)


@pytest.mark.parametrize("options", [{"n_init": 3}, {"progressive_sampling": (0.5,)}])
def test_every_start_and_sample_holds_them(options):
    mask = [some((4, 5)), some((5, 3))]
    model = TwoLayerNNClassifier(5, random_state=0, **options).fit(X, Y, mask=mask)
    assert all((coef[~free] == 0).all() for coef, free in zip(model.coefs_, mask, strict=True))


def test_going_on_from_weights_that_were_free():
    mask = [some((4, 5)), some((5, 3))]
    model = TwoLayerNNClassifier(5, random_state=0, warm_start=True).fit(X, Y)
    model.fit(X, Y, mask=mask)
    assert all((coef[~free] == 0).all() for coef, free in zip(model.coefs_, mask, strict=True))


def test_many_features_are_not_projected_with_a_mask():
    rows = np.random.default_rng(0).normal(size=(400, 350))
    y = (rows[:, 0] > 0).astype(int)
    mask = [np.zeros((350, 90), dtype=bool), np.ones((90, 2), dtype=bool)]
    mask[0][:5] = True
    model = TwoLayerNNClassifier(90, random_state=0, maxiter=200).fit(rows, y, mask=mask)
    assert (model.coefs_[0][5:] == 0).all()
    assert model.score(rows, y) > 0.9


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        ([np.ones((4, 5))], "mask must hold 2 arrays, one a layer, got 1"),
        ([np.ones((5, 4)), np.ones((5, 3))], r"mask\[0\] must have shape \(4, 5\).*got \(5, 4\)"),
        ([np.ones((4, 5)), np.full((5, 3), 0.5)], r"mask\[1\] must be True where.*\[0\.5 0\.5"),
    ],
)
def test_other_masks_are_refused(mask, message):
    with pytest.raises(ValueError, match=message):
        TwoLayerNNClassifier(5).fit(X, Y, mask=mask)


def test_projection_with_a_mask_is_refused():
    with pytest.raises(ValueError, match="variable_projection=True solves for all weights"):
        TwoLayerNNClassifier(5, variable_projection=True).fit(
            X, Y, mask=[some((4, 5)), some((5, 3))]
        )
