"""Oracles: a loop over rows, finite differences, MLPClassifier, and invariances."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from reference import cost as reference_cost
from reference import richardson
from scipy import sparse
from sklearn.neural_network import MLPClassifier

from skdigits import Objective
from skdigits.network import blocks, forward, stack
from skdigits.network.blocks import Data, split_rows
from skdigits.network.stack import Stack, stack_cost_gradient

ACTIVATIONS = ["logistic", "tanh", "relu"]
OUTPUTS = ["softmax", "sigmoid"]
COMBINATIONS = [(a, o) for a in ACTIVATIONS for o in OUTPUTS]


def make_problem(seed, output, n_samples=23, n_features=4, n_outputs=3):
    """Rows X, targets Y and row weights w, some of them zero."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    if output == "softmax":
        Y = np.eye(n_outputs)[rng.integers(n_outputs, size=n_samples)]
    else:
        Y = rng.integers(2, size=(n_samples, n_outputs)).astype(float)
    w = rng.choice([0.0, 0.5, 1.0, 3.0], size=n_samples)
    w[0] = 1.0
    return X, Y, w


@st.composite
def problems(draw):
    """An objective in float64, a theta and a direction, with what made them."""
    activation, output = draw(st.sampled_from(COMBINATIONS))
    seed = draw(st.integers(0, 2**32 - 1))
    X, Y, w = make_problem(
        seed,
        output,
        n_samples=draw(st.integers(1, 30)),
        n_features=draw(st.integers(1, 6)),
        n_outputs=draw(st.integers(1, 5)),
    )
    weights = [None, w]
    if output == "sigmoid":  # also a weight an output
        weights.append(w[:, np.newaxis] * np.random.default_rng(seed).choice([0.5, 4], Y.shape))
    settings_ = {
        "hidden_units": draw(st.integers(1, 7)),
        "reg_lambda": draw(st.sampled_from([0.0, 0.3, 10.0])),
        "activation": activation,
        "output_activation": output,
        "sample_weight": draw(st.sampled_from(weights)),
    }
    container = draw(st.sampled_from([np.asarray, np.asfortranarray, sparse.csr_array]))
    objective = Objective(container(X), Y, **settings_)
    rng = np.random.default_rng(seed + 1)
    theta = rng.normal(size=objective.n_parameters)
    direction = rng.normal(size=objective.n_parameters)
    return objective, theta, direction / np.linalg.norm(direction), X, Y, settings_


def far_from_kinks(objective, theta, X, settings_):
    """Whether no relu unit of any row changes sign within the finite differences' reach."""
    if settings_["activation"] != "relu":
        return True
    W1, b1, _, _ = objective.unpack(theta)
    reach = 2e-3 * (1 + np.abs(X).sum(axis=1).max())
    return np.abs(X @ W1.T + b1).min() > reach


@given(problems())
def test_cost_equals_the_loop_over_rows(problem):
    objective, theta, _, X, Y, settings_ = problem
    options = {k: v for k, v in settings_.items() if k not in ("hidden_units", "sample_weight")}
    w = settings_["sample_weight"]
    w = np.ones(len(X)) if w is None else w
    expected = reference_cost(*objective.unpack(theta), X, Y, w, **options)
    assert objective.cost_gradient(theta)[0] == pytest.approx(expected, rel=1e-12, abs=1e-14)


@given(problems())
def test_gradient_and_hessian_product_equal_finite_differences(problem):
    objective, theta, direction, X, _, settings_ = problem
    assume(far_from_kinks(objective, theta, X, settings_))
    cost, gradient = objective.cost_gradient(theta)
    slope = richardson(lambda t: objective.cost_gradient(t)[0], theta, direction)
    # The difference's own rounding, a few ulps of the cost over the step, is the floor.
    assert slope == pytest.approx(gradient @ direction, rel=1e-6, abs=1e-11 * max(1, cost))

    Hv = objective.hessian_product(theta, direction)
    expected = richardson(lambda t: objective.cost_gradient(t)[1], theta, direction)
    error = np.linalg.norm(Hv - expected)
    assert error <= 1e-6 * np.linalg.norm(Hv) + 1e-11 * max(1, np.linalg.norm(gradient))


@pytest.mark.parametrize(("activation", "output"), COMBINATIONS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_matrix, sparse.csc_array])
def test_every_combination_against_differences(activation, output, weighted, container):
    X, Y, w = make_problem(3, output, n_samples=40, n_features=5)
    objective = Objective(
        container(X),
        Y,
        hidden_units=6,
        reg_lambda=0.7,
        activation=activation,
        output_activation=output,
        sample_weight=w if weighted else None,
    )
    rng = np.random.default_rng(1)
    theta = rng.normal(size=objective.n_parameters)
    v = rng.normal(size=objective.n_parameters)
    v *= 1e-2 if activation == "relu" else 1.0  # no kink within reach for this seed
    slope = richardson(lambda t: objective.cost_gradient(t)[0], theta, v, 1e-3)
    _, gradient = objective.cost_gradient(theta)
    assert slope == pytest.approx(gradient @ v, rel=1e-6)
    curvature = richardson(lambda t: objective.cost_gradient(t)[1], theta, v, 1e-3)
    Hv = objective.hessian_product(theta, v)
    assert np.linalg.norm(Hv - curvature) < 1e-6 * np.linalg.norm(Hv)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_hessian_is_symmetric(activation, output):
    X, Y, w = make_problem(5, output)
    objective = Objective(
        X, Y, hidden_units=4, activation=activation, output_activation=output, sample_weight=w
    )
    rng = np.random.default_rng(0)
    theta, u, v = rng.normal(size=(3, objective.n_parameters))
    left, right = u @ objective.hessian_product(theta, v), v @ objective.hessian_product(theta, u)
    assert left == pytest.approx(right, rel=1e-11)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("output", "n_classes"), [("softmax", 4), ("sigmoid", 2), ("sigmoid", 4)])
def test_cost_equals_that_of_mlp_classifier(activation, output, n_classes):
    # MLPClassifier sums the rows' losses over n_samples and the penalty alpha/2 over n_samples
    # too; an indicator Y gives it the sum of binary cross-entropies, a 1-D y of more than two
    # classes the softmax cost.
    rng = np.random.default_rng(n_classes)
    X = rng.normal(size=(60, 5))
    labels = np.arange(60) % n_classes
    Y = np.eye(n_classes)[labels]
    y = Y if output == "sigmoid" else labels
    peer = MLPClassifier(
        (3,), activation=activation, alpha=0.9, solver="lbfgs", max_iter=15, tol=0, random_state=0
    )
    with pytest.warns(match="max_iter"):
        peer.fit(X, y.astype(int))
    objective = Objective(
        X, Y, hidden_units=3, reg_lambda=0.9, activation=activation, output_activation=output
    )
    W1, W2 = (C.T for C in peer.coefs_)
    theta = objective.pack(W1, peer.intercepts_[0], W2, peer.intercepts_[1])
    assert objective.cost_gradient(theta)[0] == pytest.approx(peer.loss_, rel=1e-9)


@given(problems(), st.integers(0, 2**32 - 1))
def test_duplicated_rows_equal_weights_and_order_does_not_matter(problem, seed):
    _, theta, v, X, Y, settings_ = problem
    rng = np.random.default_rng(seed)
    times = rng.integers(0, 4, size=len(X))
    times[rng.integers(len(X))] = 1
    options = settings_ | {"sample_weight": times}
    weighted = Objective(X, Y, **options)
    order = rng.permutation(times.sum())
    rows = np.repeat(np.arange(len(X)), times)[order]
    repeated = Objective(X[rows], Y[rows], **(settings_ | {"sample_weight": None}))
    cost, gradient = weighted.cost_gradient(theta)
    expected_cost, expected_gradient = repeated.cost_gradient(theta)
    assert cost == pytest.approx(expected_cost, rel=1e-12)
    np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(
        weighted.hessian_product(theta, v),
        repeated.hessian_product(theta, v),
        rtol=1e-10,
        atol=1e-12,
    )


@given(problems(), st.floats(1e-30, 1e30))
def test_scaling_weights_and_lambda_together_changes_nothing(problem, factor):
    _, theta, _, X, Y, settings_ = problem
    w = np.linspace(0.5, 2, len(X))
    one = Objective(X, Y, **(settings_ | {"sample_weight": w}))
    other = Objective(
        X,
        Y,
        **(settings_ | {"sample_weight": factor * w}),
    )
    scaled_lambda = Objective(
        X,
        Y,
        **(
            settings_
            | {"sample_weight": factor * w, "reg_lambda": factor * settings_["reg_lambda"]}
        ),
    )
    cost, gradient = one.cost_gradient(theta)
    assert scaled_lambda.cost_gradient(theta)[0] == pytest.approx(cost, rel=1e-12)
    np.testing.assert_allclose(
        scaled_lambda.cost_gradient(theta)[1], gradient, rtol=1e-9, atol=1e-12
    )
    if settings_["reg_lambda"] == 0:
        assert other.cost_gradient(theta)[0] == pytest.approx(cost, rel=1e-12)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("reg_lambda", [0.0, 2.0])
def test_the_penalty_is_quadratic_in_the_weights_and_blind_to_biases(output, reg_lambda):
    X, Y, _ = make_problem(0, output)
    options = {"hidden_units": 3, "output_activation": output}
    theta = np.random.default_rng(0).normal(size=27)
    with_penalty = Objective(X, Y, reg_lambda=reg_lambda, **options)
    without = Objective(X, Y, reg_lambda=0, **options)
    W1, _, W2, _ = with_penalty.unpack(theta)
    difference = with_penalty.cost_gradient(theta)[0] - without.cost_gradient(theta)[0]
    expected = reg_lambda / (2 * len(X)) * (np.sum(W1**2) + np.sum(W2**2))
    assert difference == pytest.approx(expected, abs=1e-13)
    gradients = [o.unpack(o.cost_gradient(theta)[1]) for o in (with_penalty, without)]
    for index in (1, 3):
        np.testing.assert_array_equal(gradients[0][index], gradients[1][index])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("score", [1e4, -1e4])
def test_enormous_scores_give_finite_correct_costs(dtype, score):
    # One row, hidden activation zero (relu of 0), so z = b2: the losses have closed forms.
    X = np.zeros((1, 1), dtype=dtype)
    for output, Y, b2, expected in [
        ("softmax", [[1, 0]], [score, 0], max(-score, 0)),
        ("softmax", [[0, 1]], [score, 0], max(score, 0)),
        ("sigmoid", [[1]], [score], max(-score, 0)),
        ("sigmoid", [[0]], [score], max(score, 0)),
    ]:
        objective = Objective(
            X, Y, hidden_units=1, activation="relu", output_activation=output, reg_lambda=0
        )
        theta = objective.pack([[0]], [0], np.zeros((len(b2), 1)), b2)
        cost, gradient = objective.cost_gradient(theta)
        assert cost == expected
        assert np.isfinite(gradient).all()
        assert np.isfinite(objective.hessian_product(theta, theta)).all()


@pytest.mark.parametrize(("activation", "output"), COMBINATIONS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_float32_agrees_with_float64(activation, output, container):
    X, Y, w = make_problem(2, output, n_samples=200, n_features=20)
    options = {
        "hidden_units": 8,
        "activation": activation,
        "output_activation": output,
        "sample_weight": w,
    }
    double = Objective(container(X), Y, **options)
    single = Objective(container(X.astype(np.float32)), Y, **options)
    theta = double.initial_parameters(0)
    v = double.initial_parameters(1)
    assert single.cost_gradient(theta)[0] == pytest.approx(double.cost_gradient(theta)[0], rel=1e-6)
    for method in (lambda o: o.cost_gradient(theta)[1], lambda o: o.hessian_product(theta, v)):
        expected = method(double)
        assert np.linalg.norm(method(single) - expected) < 2e-6 * np.linalg.norm(expected)


@pytest.mark.parametrize("container", [np.asarray, np.asfortranarray, sparse.csr_array])
@pytest.mark.parametrize(("activation", "output"), COMBINATIONS)
def test_many_blocks_equal_one(monkeypatch, container, activation, output):
    X, Y, w = make_problem(8, output, n_samples=50)
    options = {
        "hidden_units": 3,
        "activation": activation,
        "output_activation": output,
        "sample_weight": w,
    }
    whole = Objective(container(X), Y, **options)
    monkeypatch.setattr(blocks, "BLOCK_ROWS", (1, 7))
    monkeypatch.setattr(blocks, "LANES", ((3, 0),))
    many = Objective(container(X), Y, **options)
    assert [len(lane) for lane in many._data.lanes] == [3, 3, 3]
    theta, v = np.random.default_rng(0).normal(size=(2, whole.n_parameters))
    assert many.cost_gradient(theta)[0] == pytest.approx(whole.cost_gradient(theta)[0], rel=1e-13)
    np.testing.assert_allclose(
        many.cost_gradient(theta)[1], whole.cost_gradient(theta)[1], rtol=1e-10, atol=1e-14
    )
    np.testing.assert_allclose(
        many.hessian_product(theta, v), whole.hessian_product(theta, v), rtol=1e-10, atol=1e-14
    )
    parts = many.unpack(theta)
    few, finite = forward.scores(*parts, container(X), activation)
    assert finite
    monkeypatch.undo()
    many, _ = forward.scores(*parts, container(X), activation)
    np.testing.assert_allclose(few, many, rtol=1e-12)


@pytest.mark.parametrize(("activation", "output"), COMBINATIONS)
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_a_stack_equals_its_networks_one_at_a_time(activation, output, container):
    X, Y, w = make_problem(4, output, n_samples=60)
    X = container(X)
    singles = [
        Objective(
            X,
            Y,
            hidden_units=units,
            reg_lambda=reg_lambda,
            activation=activation,
            output_activation=output,
            sample_weight=w,
        )
        for units, reg_lambda in [(3, 0.1), (1, 3.0), (6, 0.0)]
    ]
    thetas = [o.initial_parameters(k) for k, o in enumerate(singles)]
    vectors = [o.initial_parameters(k + 9) for k, o in enumerate(singles)]
    together = Stack(tuple(o._layout for o in singles), (0.1, 3.0, 0.0), activation, output)
    scaled = w * (len(w) / w.sum())
    lanes = split_rows(X, np.ascontiguousarray(Y.T), scaled, together.hidden_units)
    data = Data(lanes, X.shape[0], w.sum(), np.dtype(float))
    costs, gradients = stack_cost_gradient(together, thetas, data)
    products = stack.stack_hessian_products(together, thetas, vectors, data)
    for k, single in enumerate(singles):
        cost, gradient = single.cost_gradient(thetas[k])
        assert costs[k] == pytest.approx(cost, rel=1e-13)
        np.testing.assert_allclose(gradients[k], gradient, rtol=1e-11, atol=1e-15)
        expected = single.hessian_product(thetas[k], vectors[k])
        np.testing.assert_allclose(products[k], expected, rtol=1e-11, atol=1e-15)


def test_dense_rows_are_not_copied_and_evaluations_do_not_write_into_arguments():
    X, Y, _ = make_problem(0, "softmax")
    for rows in (X, np.asfortranarray(X), X.astype(np.float32)):
        objective = Objective(rows, Y, hidden_units=2)
        assert np.shares_memory(objective._data.lanes[0][0].X, rows)
        theta = objective.initial_parameters(0)
        kept = theta.copy(), rows.copy()
        objective.cost_gradient(theta)
        objective.hessian_product(theta, theta)
        np.testing.assert_array_equal(theta, kept[0])
        np.testing.assert_array_equal(rows, kept[1])


def test_pack_and_unpack_are_inverse_and_unpack_gives_views():
    X, Y, _ = make_problem(0, "softmax")
    objective = Objective(X, Y, hidden_units=2)
    theta = objective.initial_parameters(0)
    parts = objective.unpack(theta)
    assert [part.shape for part in parts] == [(2, 4), (2,), (3, 2), (3,)]
    np.testing.assert_array_equal(objective.pack(*parts), theta)
    parts[2][1, 0] = 42
    assert 42 in theta


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros(3)}, "X must be of shape"),
        ({"X": np.zeros((0, 2))}, "X must be of shape"),
        ({"Y": [0, 1]}, r"Y must be of shape \(2, n_outputs\), got \(2,\)"),
        ({"Y": [[0, 2], [1, 0]]}, r"Y must lie in \[0, 1\], got values from 0 to 2"),
        ({"Y": [[0, np.nan], [1, 0]]}, "Y must lie in"),
        ({"Y": [[1, 1], [1, 0]]}, "each row of Y must sum to 1.*got 2 in row 0.*sigmoid"),
        ({"hidden_units": 0}, "hidden_units must be an integer >= 1, got 0"),
        ({"hidden_units": 2.5}, "hidden_units must be an integer >= 1, got 2.5"),
        ({"reg_lambda": -1.0}, "reg_lambda must be >= 0 and finite.*got -1.0"),
        ({"reg_lambda": np.nan}, "reg_lambda must be >= 0 and finite.*got nan"),
        ({"activation": "swish"}, r"activation must be one of \['logistic'.*got 'swish'"),
        ({"output_activation": "relu"}, "output_activation must be one of"),
        ({"sample_weight": [1]}, r"sample_weight must have shape \(2,\), got \(1,\)"),
        ({"sample_weight": [1, -1]}, "not negative and not all zero, got values from -1.0"),
        ({"sample_weight": [0, 0]}, "not all zero"),
        ({"sample_weight": [1, np.inf]}, "finite"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"X": np.eye(2), "Y": np.eye(2)} | change
    with pytest.raises(ValueError, match=message):
        Objective(**arguments)


def test_vectors_and_arrays_of_the_wrong_shape_are_named():
    objective = Objective(np.eye(2), np.eye(2), hidden_units=2)
    with pytest.raises(ValueError, match=r"theta must have shape \(12,\), got \(3,\)"):
        objective.cost_gradient(np.zeros(3))
    with pytest.raises(ValueError, match=r"v must have shape \(12,\), got \(3,\)"):
        objective.hessian_product(np.zeros(12), np.zeros(3))
    with pytest.raises(ValueError, match=r"W1 must have shape \(2, 2\), got \(2, 3\)"):
        objective.pack(np.zeros((2, 3)), np.zeros(2), np.zeros((2, 2)), np.zeros(2))
