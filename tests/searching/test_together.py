"""Oracle: the same estimators fitted one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

from skdigits import Objective, TwoLayerNNClassifier
from skdigits.fitting import problem
from skdigits.searching.together import Chain, Question, SharedRows, fit_together

X, Y = load_digits(return_X_y=True)
X = X[:400] / 16
Y = Y[:400]


def model(hidden_units=4, **parameters):
    parameters = {"maxiter": 15, "random_state": 0} | parameters
    return TwoLayerNNClassifier(hidden_units, **parameters)


def fits_of(chains, X=X, y=Y, **fit_params):
    return {(c, i): fits for c, i, fits in fit_together(chains, X, y, fit_params)}


def assert_as_fitted_alone(fit, alone, rtol=1e-7):
    assert fit.error is None
    assert fit.attributes["n_iter_"] == alone.n_iter_
    assert fit.attributes["loss_"] == pytest.approx(alone.loss_, rel=rtol)
    np.testing.assert_allclose(fit.attributes["loss_curve_"], alone.loss_curve_, rtol=rtol)
    for ours, theirs in zip(fit.attributes["coefs_"], alone.coefs_, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    assert set(fit.attributes) | set(alone.get_params()) == set(vars(alone))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"activation": "tanh", "output_activation": "sigmoid"},
        {"activation": "relu", "coordinates": "plain"},
        {"solver": "CG"},
        {"solver": "Newton-CG", "maxiter": 5},
        {"solver": "trust-ncg", "maxiter": 5},
        {"n_init": 3},
        {"variable_projection": True, "maxiter": 8},
        {"class_weight": "balanced"},
    ],
    ids=str,
)
def test_fits_are_those_that_each_would_have_been(parameters):
    models = [
        model(units, reg_lambda=reg_lambda, **parameters)
        for units, reg_lambda in [(3, 0.1), (7, 1.0), (5, 10.0)]
    ]
    found = fits_of([Chain([m], [[m.maxiter]]) for m in models])
    for c, m in enumerate(models):
        assert_as_fitted_alone(found[c, 0][m.maxiter], m.fit(X, Y))


@pytest.mark.filterwarnings("ignore:the network says the same")
def test_what_all_weights_finish_is_that_of_a_fit_alone(monkeypatch):
    # So loose a goal leaves the output layer as it is: the hidden layer converges, the fit has not.
    monkeypatch.setattr(problem, "ACCURACY", 1e9)
    monkeypatch.setattr(problem, "TRIES", 1)
    models = [
        model(4, reg_lambda=reg_lambda, maxiter=3000, tol=1e-3, variable_projection=True)
        for reg_lambda in (3.0, 10.0)
    ]
    found = fits_of([Chain([m], [[m.maxiter]]) for m in models], X[:60], Y[:60])
    for c, m in enumerate(models):
        assert_as_fitted_alone(found[c, 0][3000], m.fit(X[:60], Y[:60]), 1e-5)
        assert m.optimize_result_.success


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["L-BFGS-B", "CG", "BFGS", "Newton-CG", "trust-ncg"])
@pytest.mark.parametrize("n_init", [1, 2])
def test_a_smaller_maxiter_is_a_checkpoint(solver, n_init):
    parameters = {"solver": solver, "n_init": n_init, "hidden_units": 3}
    (found,) = fits_of([Chain([model(maxiter=9, **parameters)], [[2, 5, 9]])]).values()
    for maxiter in (2, 5, 9):
        alone = model(maxiter=maxiter, **parameters).fit(X, Y)
        assert_as_fitted_alone(found[maxiter], alone)
        assert found[maxiter].attributes["init_losses_"] == pytest.approx(alone.init_losses_)
        assert found[maxiter].attributes["optimize_result_"].nfev == alone.optimize_result_.nfev


def test_a_fit_that_converges_is_that_of_all_larger_maxiters():
    converging = model(2, reg_lambda=30.0, maxiter=500)
    (found,) = fits_of([Chain([converging], [[400, 500]])]).values()
    assert found[400].attributes["n_iter_"] == found[500].attributes["n_iter_"] < 400
    assert found[400].warnings == found[500].warnings == []


def test_warnings_are_told():
    (found,) = fits_of([Chain([model(maxiter=9)], [[2, 9]])]).values()
    for maxiter in (2, 9):
        (warning,) = found[maxiter].warnings
        assert "reached maxiter" in str(warning)
        assert type(warning) is ConvergenceWarning


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray, sparse.csr_array])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_containers_and_dtypes(container, dtype):
    w = np.random.default_rng(0).choice([0.5, 1.0, 4.0], size=len(Y))
    rows = container(X)
    models = [model(units, dtype=dtype, maxiter=5) for units in (3, 6)]
    found = fits_of([Chain([m], [[5]]) for m in models], rows, sample_weight=w)
    for c, m in enumerate(models):
        alone = m.fit(rows, Y, sample_weight=w)
        assert_as_fitted_alone(found[c, 0][5], alone, 1e-4 if dtype == "float32" else 1e-7)
        assert found[c, 0][5].attributes["coefs_"][0].dtype == dtype


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_chain_continues_where_the_fit_before_ended():
    weak, strong = model(reg_lambda=1.0), model(reg_lambda=10.0)
    found = fits_of([Chain([weak, strong], [[15], [4, 15]])])
    assert [found[0, i][15].warm for i in (0, 1)] == [False, True]
    first = model(reg_lambda=1.0).fit(X, Y)
    for maxiter in (4, 15):
        alone = model(reg_lambda=10.0, maxiter=maxiter)
        alone.fit(X, Y, coef_init=first.coefs_, intercept_init=first.intercepts_)
        assert_as_fitted_alone(found[0, 1][maxiter], alone, 1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_error_in_one_hurts_no_other():
    bad = model(3, activation="relu", solver="no such")
    good = model(3, activation="relu", variable_projection=True, random_state=1)
    found = fits_of([Chain([bad], [[15]]), Chain([good], [[15]])])
    assert "solver must be one of" in str(found[0, 0][15].error)
    assert_as_fitted_alone(found[1, 0][15], good.fit(X, Y), 1e-5)


@pytest.mark.parametrize("kind", ["cost_gradient", "project"])
def test_a_network_that_overflows_hurts_no_other(kind):
    good = model(3, activation="relu", dtype="float32")
    rows = SharedRows(X, Y, {}, units=6)
    plan = rows.plan(good)
    objective = Objective(plan.rows.X, plan.targets, **plan.network)
    rest = (1e-3, None) if kind == "project" else ()
    thetas = plan.thetas[0], np.full_like(plan.thetas[0], 1e39)  # infinite in float32
    questions = [Question(kind, plan.layout, 1.0, (theta, *rest)) for theta in thetas]
    found, lost = rows.answer(questions)
    alone = getattr(objective, kind)(plan.thetas[0], *rest[:1])
    for ours, theirs in zip(found, alone, strict=False):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert not np.isfinite(lost[1 if kind == "project" else 0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@settings(max_examples=settings().max_examples // 5)
@given(st.permutations([2, 3, 5, 6]), st.integers(1, 4))
def test_who_else_is_there_and_in_which_order_does_not_matter(units, n):
    alone = fits_of([Chain([model(4, maxiter=6)], [[6]])])[0, 0][6]
    models = [model(u, maxiter=6) for u in [*units[:n], 4]]
    among = fits_of([Chain([m], [[6]]) for m in models])[n, 0][6]
    assert among.attributes["loss_"] == pytest.approx(alone.attributes["loss_"], rel=1e-9)
