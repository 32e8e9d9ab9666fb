"""A lambda for each layer; oracles: the formula, one lambda for both, and scikit-learn's search."""

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import GridSearchCV

from skdigits import BatchedGridSearchCV, Objective, TwoLayerNNClassifier, load_model, save_model

X, Y = load_iris(return_X_y=True)


@pytest.mark.parametrize("scale", [None, [1.0, 2.0, 0.5, 3.0]])
def test_the_cost_has_a_term_for_each(scale):
    parts = {"hidden_units": 5, "feature_scale": scale}
    free = Objective(X, np.eye(3)[Y], reg_lambda=0.0, **parts)
    both = Objective(X, np.eye(3)[Y], reg_lambda=(0.3, 7.0), **parts)
    theta = free.initial_parameters(0)
    W1, b1, W2, b2 = free.unpack(theta)
    s = np.ones(4) if scale is None else np.array(scale)
    (cost, gradient), (loss, of_loss) = both.cost_gradient(theta), free.cost_gradient(theta)
    penalty = 0.3 * ((W1 * s) ** 2).sum() + 7 * (W2**2).sum()
    assert cost - loss == pytest.approx(penalty / 2 / 150)
    expected = free.pack(0.3 * s**2 * W1, 0 * b1, 7 * W2, 0 * b2) / 150
    np.testing.assert_allclose(gradient - of_loss, expected, atol=1e-12)
    v = np.random.default_rng(0).normal(size=len(theta))
    expected = np.concatenate([np.tile(0.3 * s**2, 5), 0 * b1, np.full(15, 7.0), 0 * b2]) * v / 150
    difference = both.hessian_product(theta, v) - free.hessian_product(theta, v)
    np.testing.assert_allclose(difference, expected, atol=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"variable_projection": True}, {"progressive_sampling": (0.5,)}]
)
def test_two_equal_ones_are_one(options):
    one, two = (
        TwoLayerNNClassifier(5, reg_lambda=reg_lambda, random_state=0, **options).fit(X, Y)
        for reg_lambda in (2.0, [2, 2])
    )
    np.testing.assert_array_equal(one.coefs_[0], two.coefs_[0])


def test_projection_reaches_the_same_minimum():
    costs = [
        TwoLayerNNClassifier(
            5, reg_lambda=(0.2, 3.0), variable_projection=project, random_state=0, n_init=5, tol=1e-6,
            maxiter=3000,
        ).fit(X, Y).loss_
        for project in (False, True)
    ]  # fmt: skip
    assert costs[1] == pytest.approx(costs[0], rel=1e-4)


def test_each_holds_its_layer_down():
    hidden, output = (
        TwoLayerNNClassifier(5, reg_lambda=pair, random_state=0).fit(X, Y)
        for pair in ((30.0, 0.1), (0.1, 30.0))
    )
    of_hidden, of_output = (
        [np.abs(model.coefs_[layer]).max() for model in (hidden, output)] for layer in (0, 1)
    )
    assert of_hidden[0] < of_hidden[1]
    assert of_output[0] > of_output[1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("warm_path", [False, True])
def test_a_search_tries_pairs_and_numbers(warm_path):
    digits, y = load_digits(return_X_y=True)
    digits, y = digits[:300] / 16, y[:300]
    model = TwoLayerNNClassifier(6, random_state=0)
    grid = {"reg_lambda": [1.0, (0.1, 3.0), (3.0, 0.1), np.array([0.5, 0.5])], "maxiter": [5, 12]}
    options = {"cv": 2, "scoring": "neg_log_loss", "refit": False}
    batched = BatchedGridSearchCV(model, grid, warm_path=warm_path, **options).fit(digits, y)
    plain = GridSearchCV(model, grid, **options).fit(digits, y)
    scores, same = (each.cv_results_["mean_test_score"] for each in (batched, plain))
    if warm_path:  # the first of the path begins cold
        scores, same = scores[1::4], same[1::4]
    np.testing.assert_allclose(scores, same, rtol=1e-4)


@pytest.mark.parametrize("name", ["model.npz", "model.skops"])
def test_a_file_keeps_it(name, tmp_path):
    if name.endswith("skops"):
        pytest.importorskip("skops")
    model = TwoLayerNNClassifier(3, reg_lambda=(0.5, 2.0), random_state=0).fit(X, Y)
    save_model(model, tmp_path / name)
    again = load_model(tmp_path / name)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    if name.endswith("skops"):
        assert tuple(again.reg_lambda) == (0.5, 2.0)


@pytest.mark.parametrize(
    "wrong", [(1.0,), (1.0, -1.0), [1, 2, 3], (1, np.inf), ("a", 1), (1e51, 1)]
)
def test_other_pairs_are_refused(wrong):
    with pytest.raises(ValueError, match="reg_lambda must be a number from 0 to 1e\\+50, or two"):
        TwoLayerNNClassifier(3, reg_lambda=wrong).fit(X, Y)


@pytest.mark.parametrize("wrong", [(1.0,), (1.0, -1.0), (np.nan, 1.0)])
def test_an_objective_refuses_them_too(wrong):
    with pytest.raises(ValueError, match="reg_lambda must be >= 0 and finite, one number or two"):
        Objective(X, np.eye(3)[Y], reg_lambda=wrong)
