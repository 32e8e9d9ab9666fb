"""Oracles: the objective itself in new variables by finite differences, and NumPy on dense rows."""

import numpy as np
import pytest
from reference import richardson
from scipy import sparse

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.network import center_and_scale
from skdigits.network.parameters import COORDINATES, Layout, make_coordinates

ACTIVATIONS = ["logistic", "tanh", "relu"]


@pytest.fixture(params=COORDINATES)
def kind(request):
    return request.param


@pytest.fixture(params=ACTIVATIONS)
def activation(request):
    return request.param


@pytest.fixture
def problem(kind, activation):
    """(objective, coordinates) of unscaled rows with weights."""
    rng = np.random.default_rng(1)
    X = rng.normal(loc=[5, -300, 0.1], scale=[1, 50, 0.01], size=(40, 3))
    w = rng.choice([0.0, 1.0, 2.5], size=40)
    Y = np.eye(3)[rng.integers(3, size=40)]
    objective = Objective(X, Y, hidden_units=4, activation=activation, sample_weight=w)
    return objective, make_coordinates(kind, Layout(3, 4, 3), *center_and_scale(X, w), activation)


def test_they_are_inverse_and_linear(problem):
    objective, coordinates = problem
    x, v = np.random.default_rng(2).normal(size=(2, objective.n_parameters))
    np.testing.assert_allclose(coordinates.from_theta(coordinates.to_theta(x)), x, rtol=1e-9)
    both = coordinates.to_theta(x + 2 * v)
    np.testing.assert_allclose(
        both, coordinates.to_theta(x) + 2 * coordinates.to_theta(v), rtol=1e-9, atol=1e-12
    )


def test_gradient_and_hessian_are_those_of_the_cost_in_new_variables(problem):
    objective, coordinates = problem
    rng = np.random.default_rng(3)
    x, v = rng.normal(size=(2, objective.n_parameters)) * 0.1

    def cost(x):
        return objective.cost_gradient(coordinates.to_theta(x))[0]

    def gradient(x):
        return coordinates.pull_back(objective.cost_gradient(coordinates.to_theta(x))[1])

    along = richardson(cost, x, v, 1e-3)
    assert gradient(x) @ v == pytest.approx(along, rel=1e-6, abs=1e-9)
    product = objective.hessian_product(coordinates.to_theta(x), coordinates.to_theta(v))
    expected = richardson(gradient, x, v, 1e-3)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(coordinates.pull_back(product), expected, atol=1e-5 * scale)


def test_what_the_new_biases_are(problem, kind, activation):
    objective, coordinates = problem
    theta = np.random.default_rng(4).normal(size=objective.n_parameters)
    W1, b1, W2, b2 = objective.unpack(theta)
    V1, c1, V2, c2 = objective.unpack(coordinates.from_theta(theta))
    if kind == "plain":
        np.testing.assert_array_equal(coordinates.from_theta(theta), theta)
        return
    np.testing.assert_allclose(c1, b1 + W1 @ coordinates.center)
    middle = {"logistic": 0.5, "tanh": 0.0, "relu": 0.0}[activation]
    np.testing.assert_allclose(c2, b2 + middle * W2.sum(axis=1))
    np.testing.assert_array_equal(V2, W2)
    np.testing.assert_allclose(V1, W1 * coordinates.scale)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_constants_do_no_harm(container):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(60, 2)), np.full((60, 3), 0.1)])
    y = (X[:, 0] > 0).astype(int)
    model = TwoLayerNNClassifier(5, reg_lambda=0.1, random_state=0).fit(container(X), y)
    assert model.score(container(X), y) > 0.95


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_a_fit_ends_at_the_same_minimum_in_all(activation):
    # One unit and a strong penalty: whatever the start, there is one minimum up to the unit's sign.
    rng = np.random.default_rng(0)
    X = rng.normal(loc=[3, -1], size=(80, 2))
    y = (X @ [1.0, 2.0] + rng.normal(size=80) > 1).astype(int)
    losses, probabilities = [], []
    for coordinates in COORDINATES:
        for projection in (False, True):
            model = TwoLayerNNClassifier(
                1,
                reg_lambda=5,
                activation=activation,
                coordinates=coordinates,
                variable_projection=projection,
                maxiter=5000,
                tol=1e-6,
                random_state=0,
            ).fit(X, y)
            losses.append(model.loss_)
            probabilities.append(model.predict_proba(X))
    np.testing.assert_allclose(losses, losses[0], rtol=1e-8)
    for p in probabilities[1:]:
        np.testing.assert_allclose(p, probabilities[0], atol=1e-4)
