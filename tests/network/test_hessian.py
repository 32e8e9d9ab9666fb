"""The Hessian as a matrix; oracles: differences of the gradient, and a repeated evaluation."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.datasets import load_iris, make_multilabel_classification

from skdigits import Objective, TwoLayerNNClassifier

X, Y = load_iris(return_X_y=True)


def by_differences(objective, theta, step=1e-5):
    """The Hessian by central differences of the gradient."""
    rows = []
    for k in range(len(theta)):
        move = np.zeros(len(theta))
        move[k] = step
        ahead, behind = (objective.cost_gradient(theta + sign * move)[1] for sign in (1, -1))
        rows.append((ahead - behind) / (2 * step))
    return np.array(rows)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_it_is_that_of_the_cost(kind, output, activation):
    weights = np.random.default_rng(0).uniform(0.5, 2, len(X))
    objective = Objective(
        kind(X), np.eye(3)[Y], hidden_units=5, reg_lambda=0.7, activation=activation,
        output_activation=output, sample_weight=weights, feature_scale=[1, 2, 3, 4],
    )  # fmt: skip
    theta = objective.initial_parameters(1)
    H = objective.hessian(theta)
    np.testing.assert_allclose(H, by_differences(objective, theta), atol=1e-7)
    np.testing.assert_array_equal(H, H.T)
    v = np.random.default_rng(2).normal(size=len(theta))
    np.testing.assert_allclose(H @ v, objective.hessian_product(theta, v), atol=1e-10)


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced", "standardize": False}])
def test_of_a_fitted_network(options):
    model = TwoLayerNNClassifier(3, random_state=0, tol=1e-7, maxiter=3000, **options).fit(X, Y)
    H, H0 = model.hessian(X, Y), model.hessian(X, Y, penalty=False)
    eigenvalues = np.linalg.eigvalsh(H)
    assert eigenvalues[0] > -1e-9  # it has converged to a minimum
    assert eigenvalues[1] > 1e-7  # and only the common bias of the softmax is free
    scale = np.ones(4) if model.feature_scale_ is None else model.feature_scale_
    penalty = np.concatenate([np.tile(scale**2, 3), np.zeros(3), np.ones(9), np.zeros(3)])
    np.testing.assert_allclose(H - H0, np.diag(penalty) / 150, atol=1e-9)
    one_hot = model.hessian(X, np.eye(3)[Y], classes=[0, 1, 2])
    np.testing.assert_allclose(one_hot, H, atol=1e-9)


def test_a_stronger_penalty_leaves_fewer_effective_parameters():
    found = []
    for reg_lambda in (0.1, 1.0, 10.0):
        model = TwoLayerNNClassifier(3, reg_lambda=reg_lambda, random_state=0, tol=1e-7)
        H, H0 = (model.fit(X, Y).hessian(X, Y, penalty=counts) for counts in (True, False))
        found.append(np.trace(np.linalg.pinv(H, hermitian=True) @ H0))
    assert len(H) > found[0] > found[1] > found[2] > 0


def test_several_labels_a_row():
    rows, labels = make_multilabel_classification(60, 5, n_classes=3, random_state=0)
    model = TwoLayerNNClassifier(3, output_activation="sigmoid", dtype="float32", random_state=0)
    H = model.fit(rows, labels).hessian(rows, labels)
    assert H.dtype == np.float64
    objective = Objective(
        rows.astype(float), labels, hidden_units=3, output_activation="sigmoid",
        feature_scale=model.feature_scale_,
    )  # fmt: skip
    (V1, V2), (b1, b2) = model.coefs_, model.intercepts_
    np.testing.assert_allclose(H, objective.hessian(objective.pack(V1.T, b1, V2.T, b2)), atol=1e-9)


def test_bad_input_is_refused(monkeypatch):
    model = TwoLayerNNClassifier(3, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="y must have the classes of the fit"):
        model.hessian(X, Y + 1)
    with pytest.raises(ValueError, match="y must have the classes of the fit"):
        model.hessian(X, np.full((150, 2), 0.5), classes=[0, 1])
    monkeypatch.setattr("os.sysconf", lambda name: 100)
    with pytest.raises(MemoryError, match=r"the Hessian is a dense 27 x 27 matrix of 0\.0 GiB"):
        model.hessian(X, Y)
