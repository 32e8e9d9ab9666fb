"""Oracles: the best output layer by scipy, derivatives by finite differences, minima found jointly."""

import numpy as np
import pytest
import scipy.optimize
from reference import richardson
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.fitting import problem
from skdigits.fitting.problem import HiddenWeights, projection_pays
from skdigits.network.parameters import Layout, make_coordinates

ACTIVATIONS = ["logistic", "tanh", "relu"]
OUTPUTS = ["softmax", "sigmoid"]


def make_objective(activation="logistic", output="softmax", seed=0, reg_lambda=0.5):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 3))
    Y = np.eye(3)[rng.integers(3, size=60)]
    w = rng.choice([0.0, 1.0, 3.0], size=60)
    options = {"activation": activation, "output_activation": output, "sample_weight": w}
    return Objective(X, Y, hidden_units=4, reg_lambda=reg_lambda, **options), X, w


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_projecting_finds_the_best_output_layer(activation, output):
    objective, _, _ = make_objective(activation, output)
    theta = objective.initial_parameters(0)
    projected, cost, gradient = objective.project(theta, 1e-10)
    hidden = 4 * 4
    np.testing.assert_array_equal(projected[:hidden], theta[:hidden])

    def of_output_layer(z):
        cost, gradient = objective.cost_gradient(np.concatenate([theta[:hidden], z]))
        return cost, gradient[hidden:]

    best = scipy.optimize.minimize(
        of_output_layer, theta[hidden:], jac=True, method="BFGS", options={"gtol": 1e-9}
    )
    assert cost == pytest.approx(best.fun, rel=1e-9)
    expected = objective.cost_gradient(projected)
    assert cost == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(gradient, expected[1], atol=1e-14)
    assert np.abs(gradient[hidden:]).max() < 1e-9


def test_the_gradient_is_that_of_the_projected_cost():
    objective, _, _ = make_objective("tanh")
    theta = objective.initial_parameters(1)
    direction = np.zeros_like(theta)
    direction[:16] = np.random.default_rng(0).normal(size=16)

    def cost(theta):
        return objective.project(theta, 1e-12)[1]

    along = richardson(cost, theta, direction, 1e-3)
    assert objective.project(theta, 1e-12)[2] @ direction == pytest.approx(along, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e2])
def test_what_the_solver_leaves_is_small_beside_the_hidden_layers_gradient(scale):
    objective, X, w = make_objective(reg_lambda=1e-3)
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), X, w, "logistic")
    theta = scale * objective.initial_parameters(2)
    view = HiddenWeights(objective, coordinates, theta, 1e-9, {})
    for step in (0.0, 0.3, -2.0):
        _, hidden = view.cost_gradient(view.x0 + step)
        full = coordinates.pull_back(objective.cost_gradient(view.theta)[1])
        np.testing.assert_allclose(full[: hidden.size], hidden, atol=1e-12)
        assert np.abs(full[hidden.size :]).max() <= np.abs(hidden).max()


def test_a_start_that_meets_tol_is_left_as_it_is():
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(
        5, variable_projection=True, warm_start=True, maxiter=2000, random_state=0
    ).fit(X, y)
    coefs, loss = model.coefs_, model.loss_
    model.fit(X, y)
    assert model.n_iter_ == 0
    assert model.loss_ == pytest.approx(loss, rel=1e-12)
    np.testing.assert_array_equal(model.coefs_[1], coefs[1])


def test_fewer_iterations_to_a_cost_that_is_as_low():
    X, y = load_digits(return_X_y=True)
    joint, projected = (
        TwoLayerNNClassifier(
            10, reg_lambda=3, variable_projection=setting, maxiter=2000, tol=1e-5, random_state=0
        ).fit(X, y)
        for setting in (False, True)
    )
    assert projected.n_iter_ < 0.7 * joint.n_iter_
    assert projected.loss_ == pytest.approx(joint.loss_, rel=0.03)  # a minimum, not the same one
    losses = [log_loss(y, model.predict_proba(X)) for model in (joint, projected)]
    assert losses[1] == pytest.approx(losses[0], rel=0.2)


@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS"])
@pytest.mark.parametrize("reg_lambda", [0.0, 1.0])
def test_separable_rows_are_fitted_with_and_without_a_penalty(solver, reg_lambda):
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = rng.normal(size=(90, 5)) * 0.1 + np.eye(3, 5)[y]
    model = TwoLayerNNClassifier(
        4, solver=solver, reg_lambda=reg_lambda, variable_projection=True, random_state=0
    ).fit(X, y)
    assert model.score(X, y) == 1.0
    assert all(np.isfinite(part).all() for part in (*model.coefs_, *model.intercepts_))


def test_hidden_units_that_are_all_dead_for_once_do_not_set_the_goal():
    objective, X, w = make_objective("relu", reg_lambda=0.0)
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), X, w, "relu")
    view = HiddenWeights(objective, coordinates, objective.initial_parameters(0), 1e-6, {})
    view.cost_gradient(view.x0)
    dead = view.x0.copy()
    dead[12:] -= 100
    _, hidden = view.cost_gradient(dead)
    assert not hidden.any()
    assert view._goal > 0


def test_a_hidden_layer_that_overflows_is_an_error_with_advice():
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(3, activation="relu", dtype="float32", coordinates="plain")
    model.set_params(variable_projection=True, random_state=0)
    with pytest.raises(ValueError, match=r"non-finite .*StandardScaler"):
        model.fit(X * 1e36, y)


@pytest.mark.parametrize("solver", ["Newton-CG", "TNC", "trust-ncg", "trust-krylov"])
def test_solvers_that_it_cannot_serve_are_refused_and_auto_spares_them(solver):
    X, y = load_digits(return_X_y=True)
    for yes in (True, np.True_):
        model = TwoLayerNNClassifier(3, solver=solver, variable_projection=yes, maxiter=2)
        with pytest.raises(ValueError, match=f"variable_projection=True .*{solver}.*'auto'"):
            model.fit(X, y)


def test_auto_projects_where_it_pays(monkeypatch):
    assert projection_pays(Layout(400, 100, 10), 3750)
    assert not projection_pays(Layout(400, 25, 10), 3750)
    assert projection_pays(Layout(784, 100, 10), 50000)
    assert not projection_pays(Layout(64, 25, 10), 1797)
    assert not projection_pays(Layout(400, 100, 10), 100)
    assert not projection_pays(Layout(100, 1200, 3), 3000)
    monkeypatch.setattr(problem, "PAYS", (1, 1, 1))
    X, y = load_digits(return_X_y=True)
    options = {"hidden_units": 3, "maxiter": 3, "random_state": 0}
    for settings in ({}, {"coordinates": "plain"}, {"solver": "TNC"}):
        model = TwoLayerNNClassifier(**options, **settings)
        curves = []
        for projection in ("auto", not settings):
            model.set_params(variable_projection=projection)
            with pytest.warns(match="reached maxiter"):
                curves.append(model.fit(X, y).loss_curve_)
        assert curves[0] == curves[1]


def test_a_tolerance_in_solver_options_is_that_of_the_output_layer_too():
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(
        5,
        variable_projection=False,
        solver_options={"gtol": 1e-2},
        warm_start=True,
        random_state=0,
    ).fit(X / 16, y)
    reached = model.coefs_[1].copy()
    model.set_params(variable_projection=True).fit(X / 16, y)  # it is there already
    np.testing.assert_array_equal(model.coefs_[1], reached)
