"""Oracles: the best output layer by scipy, derivatives by finite differences, minima found jointly."""

import warnings

import numpy as np
import pytest
import scipy.optimize
from reference import richardson
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import log_loss

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.fitting import problem
from skdigits.fitting.optimize import CONVERGED, MAXITER
from skdigits.fitting.problem import HiddenWeights, projection_pays
from skdigits.network import center_and_scale
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
    projected, cost, gradient = objective.project(theta, 1e-20)
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
        return objective.project(theta, 1e-20)[1]

    along = richardson(cost, theta, direction, 1e-3)
    assert objective.project(theta, 1e-20)[2] @ direction == pytest.approx(along, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e2])
def test_the_gradients_are_those_of_all_weights_and_of_the_hidden_layers(scale):
    objective, X, w = make_objective(reg_lambda=1e-3)
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), *center_and_scale(X, w), "logistic")
    theta = scale * objective.initial_parameters(2)
    view = HiddenWeights(objective, coordinates, theta, 1e-9, {})
    for step in (0.0, 0.3, -2.0):
        cost, hidden = view.cost_gradient(view.x0 + step)
        expected, gradient = objective.cost_gradient(view.theta)
        assert cost == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(view.gradient, coordinates.pull_back(gradient), atol=1e-12)
        np.testing.assert_array_equal(view.gradient[: hidden.size], hidden)


def text_like(seed, rows=500, words=1000, topics=20, dtype=np.float64):
    """TF-IDF of rows that draw 80 words each, most by Zipf's law, some from their topic's 40."""
    rng = np.random.default_rng(seed)
    common = rng.permutation(1 / np.arange(1, words + 1))
    own = np.array([np.bincount(rng.choice(words, 40), minlength=words) for _ in range(topics)])
    y = np.arange(rows) % topics
    counts = rng.multinomial(80, 0.88 * common / common.sum() + 0.12 * own[y] / 40)
    return TfidfTransformer(sublinear_tf=True).fit_transform(counts).astype(dtype), y


def wide(seed):
    """Few dense rows of many features, so that any classes are separated."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(120, 500)), np.arange(120) % 4


def of_low_rank(seed):
    """Features that are combinations of five, where hidden units are alike."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(200, 5)) @ rng.normal(size=(5, 60))
    return X, (X @ rng.normal(size=(60, 4)) + rng.normal(size=(200, 4))).argmax(axis=1)


@pytest.mark.parametrize("make", [text_like, wide, of_low_rank])
def test_costs_at_one_place_agree_within_the_goals(make):
    X, y = make(0)
    Y = np.eye(y.max() + 1)[y]
    objective = Objective(X, Y, hidden_units=10, reg_lambda=1e-2)
    theta = objective.initial_parameters(0)
    hidden = 10 * (X.shape[1] + 1)
    for _ in range(3):  # at the start, and after steps downhill, where classes come apart
        goals = 10.0 ** -np.arange(1, 9)
        costs = np.array([objective.project(theta, goal)[1] for goal in goals])
        theta, least, gradient = objective.project(theta, 1e-16)
        excess = costs - least
        assert (excess >= -1e-9 * least).all()
        # It is an estimate: of these 72 three are above 2 times their goals, one of them 12 times.
        assert (excess <= 15 * goals).all()
        theta[:hidden] -= 0.5 * least / np.vdot(gradient, gradient) * gradient[:hidden]


def fit_both(X, y, units=25, **parameters):
    """The fits over the hidden layer and over all weights, of which none may warn."""
    parameters = {"maxiter": 2000, "random_state": 0} | parameters
    return [
        TwoLayerNNClassifier(units, variable_projection=setting, **parameters).fit(X, y)
        for setting in (True, False)
    ]


# With a goal for the gradient, which rose with each evaluation, these were given up after 6 to 20
# iterations, at up to 15 times the cost: 8 of 32 such fits.
@pytest.mark.parametrize(
    ("seed", "units", "reg_lambda", "solver", "dtype"),
    [
        (2, 60, 1e-3, "L-BFGS-B", np.float64),
        (4, 25, 1e-3, "L-BFGS-B", np.float32),
        (6, 25, 1e-2, "L-BFGS-B", np.float64),
        (7, 25, 1e-3, "L-BFGS-B", np.float64),
    ],
)
def test_sparse_text_is_fitted_as_without(seed, units, reg_lambda, solver, dtype):
    X, y = text_like(seed, dtype=dtype)
    projected, joint = fit_both(X, y, units, reg_lambda=reg_lambda, solver=solver)
    assert projected.optimize_result_.success
    assert projected.loss_ < 1.25 * joint.loss_
    assert np.all(np.diff(projected.loss_curve_) < 0)


@pytest.mark.parametrize("reg_lambda", [1e-4, 1e-2])
def test_wide_rows_are_fitted_as_without(reg_lambda):
    X, y = wide(0)
    projected, joint = fit_both(X, y, 8, reg_lambda=reg_lambda, tol=1e-7)
    assert projected.optimize_result_.gradient_norm <= 1e-7
    assert projected.loss_ < 1.1 * joint.loss_


@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS"])
@pytest.mark.parametrize("make", [text_like, wide, of_low_rank])
@pytest.mark.parametrize("reg_lambda", [1e-4, 1e-1])
def test_accepted_iterates_descend(solver, make, reg_lambda):
    X, y = make(1)
    X = X[:, :30] if solver == "BFGS" else X
    w = np.arange(len(y)) % 3  # some weigh nothing
    model = TwoLayerNNClassifier(6, reg_lambda=reg_lambda, solver=solver, maxiter=30)
    model.set_params(variable_projection=True, random_state=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the fit reached maxiter")  # but no giving up
        model.fit(X, y, w)
    assert np.all(np.diff(model.loss_curve_) < 0)
    assert model.loss_ <= model.loss_curve_[-1]


class Misleading:
    """An Objective whose projected costs rise from call to call, so that no step ever helps."""

    def __init__(self, objective):
        self.cost_gradient, self._objective, self._calls = objective.cost_gradient, objective, 0

    def project(self, theta, goal, new_axes):
        self._calls += 1
        theta, cost, gradient = self._objective.project(theta, goal, new_axes)
        return theta, cost + 0.1 * self._calls, gradient


@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS"])
@pytest.mark.parametrize("maxiter", [12, 1000])
def test_all_weights_go_on_where_projecting_gives_up(solver, maxiter):
    objective, X, w = make_objective()
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), *center_and_scale(X, w), "logistic")
    theta = objective.initial_parameters(0)
    settings = {"solver": solver, "maxiter": maxiter, "tol": 1e-6, "solver_options": None}
    view = HiddenWeights(Misleading(objective), coordinates, theta, 1e-6, settings)
    iterates = []
    result = view.minimize(iterates.append)
    # The iterations are counted on, and maxiter is that of both together.
    assert [iterate.iteration for iterate in iterates] == list(range(1, result.nit + 1))
    assert np.all(np.diff([iterate.evaluations for iterate in iterates]) > 0)
    assert result.nfev >= iterates[-1].evaluations
    cost, gradient = objective.cost_gradient(result.x)
    assert result.fun == pytest.approx(cost, rel=1e-12)
    np.testing.assert_allclose(result.jac, coordinates.pull_back(gradient), atol=1e-12)
    if maxiter == 12:
        assert (result.nit, result.status) == (12, MAXITER)
    else:
        assert result.status == CONVERGED
        assert result.success
        assert np.abs(result.jac).max() <= 1e-6


def test_a_users_limit_on_evaluations_ends_both():
    X, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(5, variable_projection=True, random_state=0)
    model.set_params(solver_options={"maxfun": 7})
    with pytest.warns(ConvergenceWarning):
        model.fit(X / 16, y)
    assert model.optimize_result_.nfev <= 9
    assert model.optimize_result_.status < CONVERGED  # it is scipy that says so


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


def test_an_optimizer_may_go_on_from_a_start_that_meets_tol():
    objective, X, w = make_objective()
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), *center_and_scale(X, w), "logistic")
    settings = {"solver": "BFGS", "maxiter": 500, "tol": 1e-5, "solver_options": None}
    theta = objective.initial_parameters(0)
    view = HiddenWeights(objective, coordinates, theta, 1e3, settings)  # as with a norm of its own
    result = view.minimize(lambda iterate: None)
    assert result.status == CONVERGED
    assert result.nit > 0


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
    coordinates = make_coordinates("scaled", Layout(3, 4, 3), *center_and_scale(X, w), "relu")
    view = HiddenWeights(objective, coordinates, objective.initial_parameters(0), 1e-6, {})
    first, _ = view.cost_gradient(view.x0)
    dead = view.x0.copy()
    dead[12:] -= 100
    _, hidden = view.cost_gradient(dead)
    assert not hidden.any()
    least = objective.project(view.theta, 1e-16)[1]
    again, _ = view.cost_gradient(view.x0)
    assert least > again
    assert again <= first


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
