"""Oracles: the same fit stopped sooner by maxiter, and the fit that nobody watches."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.commands.steps import watched_fit

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")


@pytest.fixture(scope="module")
def rows():
    X, y = load_digits(return_X_y=True)
    return X[:300] / 16, y[:300]


def weights(model):
    return np.concatenate([part.ravel() for part in (*model.coefs_, *model.intercepts_)])


SETTINGS = [
    {},
    {"solver": "CG", "coordinates": "plain", "output_activation": "sigmoid"},
    {"variable_projection": False},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_a_step_is_the_fit_that_ended_there(rows, settings):
    model = TwoLayerNNClassifier(5, maxiter=20, random_state=0, **settings)
    steps = watched_fit(model, *rows, (2, 7, 50))
    assert list(steps) == [0, 2, 7, 20]
    assert steps[20] is model
    for step in (2, 7, 20):
        alone = TwoLayerNNClassifier(5, maxiter=step, random_state=0, **settings).fit(*rows)
        np.testing.assert_array_equal(weights(steps[step]), weights(alone))
    # The start is where a fit of no iterations would be: its cost is the highest.
    assert steps[0].n_iter_ == 0
    assert steps[0].loss_ > model.loss_curve_[0]
    assert not hasattr(model, "_skl_callbacks")


def test_a_committee_is_fitted_and_not_watched(rows):
    model = TwoLayerNNClassifierCV(2, maxiter=3, first_maxiter=3, step_maxiter=2, cv=2)
    assert watched_fit(model, *rows, (1,)) == {}
    assert model.predict(rows[0]).shape == (300,)
