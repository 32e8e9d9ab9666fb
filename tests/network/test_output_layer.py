"""Oracle: scikit-learn's LogisticRegression, which minimises the same cost by other means."""

from itertools import count, pairwise

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from skdigits.network.output_layer import (
    Layer,
    Part,
    Problem,
    principal_axes,
    solve,
    solve_in_span,
)


def make_data(seed=0, n_samples=200, n_features=5, n_classes=4):
    rng = np.random.default_rng(seed)
    H = 1 / (1 + np.exp(-rng.normal(loc=0.5, scale=2, size=(n_features, n_samples))))
    y = (
        rng.normal(size=(n_classes, n_features)) @ (3 * H) + rng.gumbel(size=(n_classes, 1))
    ).argmax(axis=0)
    y[:n_classes] = np.arange(n_classes)
    w = rng.choice([0.0, 0.5, 2.0], size=n_samples)
    w[:n_classes] = 1.0
    return H, y, w


def solved(H, Y, w, output, reg_lambda, goal=1e-20, in_span=False, start=0.0):
    """W2, b2 of the problem cut into two lanes of two blocks."""
    n_samples = H.shape[1]
    total = n_samples if w is None else w.sum()
    scaled = None if w is None else w / total * n_samples
    cuts = [n_samples * k // 20 for k in (0, 5, 11, 15, 20)]
    parts = [
        Part(H[:, a:b], np.ascontiguousarray(Y[:, a:b]), None if w is None else scaled[a:b])
        for a, b in pairwise(cuts)
    ]
    layer = Layer([parts[:2], parts[2:]], output)

    def ask(name, *args):
        return getattr(layer, name)(*args)

    problem = Problem(ask, reg_lambda / total, n_samples, H.dtype, count())
    start = np.full((len(Y), len(H) + 1), start)
    if in_span:
        point = solve_in_span(layer, problem, start, goal)
    else:
        point = solve(problem, start, goal, principal_axes(problem))
    return point.A[:, :-1], point.A[:, -1], point


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reg_lambda", [0.1, 3.0])
def test_softmax_is_multinomial_logistic_regression(weighted, reg_lambda):
    H, y, w = make_data()
    w = w if weighted else None
    W2, b2, _ = solved(H, np.eye(4)[y].T, w, "softmax", reg_lambda)
    peer = LogisticRegression(C=1 / reg_lambda, tol=1e-12, max_iter=10**4, solver="newton-cg")
    peer.fit(H.T, y, sample_weight=w)
    np.testing.assert_allclose(W2, peer.coef_, atol=1e-6)
    np.testing.assert_allclose(b2 - b2.mean(), peer.intercept_ - peer.intercept_.mean(), atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("n_units", [3, 90])
def test_the_span_of_few_rows_has_the_solution(output, weighted, n_units):
    H, y, w = make_data(5, n_samples=20, n_features=n_units)
    problem = H, np.eye(4)[y].T, w if weighted else None, output, 0.3
    W2, b2, point = solved(*problem)
    V2, c2, narrow = solved(*problem, in_span=True, start=0.5)  # of which much is orthogonal
    np.testing.assert_allclose(V2, W2, atol=1e-6)
    np.testing.assert_allclose(c2 - c2.mean(), b2 - b2.mean(), atol=1e-6)
    assert narrow.cost == pytest.approx(point.cost, abs=1e-10)
    assert np.abs(narrow.gradient).max() < 1e-6


@pytest.mark.parametrize("weighted", [False, True])
def test_sigmoid_is_one_logistic_regression_an_output(weighted):
    H, y, w = make_data(1)
    w = w if weighted else None
    W2, b2, _ = solved(H, np.eye(4)[y].T, w, "sigmoid", 0.3)
    for k in range(4):
        peer = LogisticRegression(C=1 / 0.3, tol=1e-12, max_iter=10**4, solver="newton-cg")
        peer.fit(H.T, y == k, sample_weight=w)
        np.testing.assert_allclose(W2[k], peer.coef_[0], atol=1e-6)
        np.testing.assert_allclose(b2[k], peer.intercept_[0], atol=1e-6)


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_separable_classes_without_a_penalty_end_finite_and_right(output, dtype):
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    H = (rng.normal(size=(3, 200)) * 0.1 + y).astype(dtype)
    W2, b2, point = solved(H, np.eye(2, dtype=dtype)[y].T, None, output, 0.0, goal=1e-6)
    assert np.isfinite(W2).all()
    assert np.isfinite(b2).all()
    np.testing.assert_array_equal((W2 @ H + b2[:, None]).argmax(axis=0), y)
    assert point.cost < 1e-3


def test_a_class_without_rows_gets_no_probability_and_the_others_are_as_without_it():
    H, y, w = make_data(2)
    Y = np.eye(5)[y].T  # the fifth class has no rows
    W2, b2, _ = solved(H, Y, w, "softmax", 1.0, goal=1e-16)
    P = softmax(W2 @ H + b2[:, None], axis=0)
    assert np.isfinite(b2).all()
    assert P[4].max() < 1e-5
    fewer = solved(H, Y[:4], w, "softmax", 1.0, goal=1e-16)
    np.testing.assert_allclose(P[:4], softmax(fewer[0] @ H + fewer[1][:, None], axis=0), atol=1e-4)


def test_constant_hidden_units_and_one_repeated():
    H, y, _ = make_data(3)
    H[1] = 1.0
    H[2] = H[0]
    W2, b2, _ = solved(H, np.eye(4)[y].T, None, "softmax", 0.5)
    peer = LogisticRegression(C=2.0, tol=1e-12, max_iter=10**4, solver="newton-cg").fit(H.T, y)
    np.testing.assert_allclose(
        softmax(W2 @ H + b2[:, None], axis=0), peer.predict_proba(H.T).T, atol=1e-6
    )


@pytest.mark.parametrize("reg_lambda", [1e-4, 0.5])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_the_goal_is_met_and_no_more_than_needed_is_done(reg_lambda, output):
    H, y, w = make_data(4)
    Y = np.eye(4)[y].T
    goals = 1e-1, 1e-3, 1e-5, 1e-20
    costs = [solved(H, Y, w, output, reg_lambda, goal)[2].cost for goal in goals]
    assert costs[0] > costs[1] > costs[2] > costs[3]
    assert all(cost - costs[3] <= 3 * goal for cost, goal in zip(costs[:3], goals, strict=False))
