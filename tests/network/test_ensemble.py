"""Oracle: an Objective for each network, in coordinates, and its own scores."""

import numpy as np
import pytest
from scipy import sparse

from skdigits import Objective
from skdigits.network import center_and_scale, ensemble
from skdigits.network.ensemble import Ensemble, share_rows
from skdigits.network.forward import scores
from skdigits.network.parameters import Layout, make_coordinates, unpack

LAYOUT = Layout(6, 4, 3)


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("output", ["softmax", "sigmoid", "sigmoid, a weight an output"])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "relu"])
def test_each_network_is_an_objective(monkeypatch, activation, output, container, copied):
    if not copied:
        monkeypatch.setattr(ensemble, "COPIED", 0)
    rng = np.random.default_rng(0)
    X = rng.lognormal(size=(300, 6)) * [1, 10, 1e5, 1e-3, 1, 1] * (rng.random((300, 6)) < 0.7)
    Y = np.eye(3)[rng.integers(3, size=300)]
    output, _, of_outputs = output.partition(",")
    weights = rng.integers(3, size=(5, 3, 300) if of_outputs else (5, 300)).astype(float)
    rows, units = container(X), center_and_scale(X)
    coordinates = make_coordinates("scaled", LAYOUT, *units, activation)
    lambdas = np.array([0.0, 0.1, 1, 10, 100])
    together = Ensemble(
        share_rows(rows, Y.T, units, np.float64), weights, LAYOUT, activation, output
    )
    assert len(together) == 5
    x = rng.normal(size=(5, LAYOUT.size)) * 0.5
    costs, gradients = together.cost_gradient(x, lambdas)
    found = together.scores(x)
    for k, w in enumerate(weights):
        objective = Objective(
            rows,
            Y,
            hidden_units=4,
            reg_lambda=lambdas[k],
            activation=activation,
            output_activation=output,
            sample_weight=w.T,
            feature_scale=units[1],
        )
        theta = coordinates.to_theta(x[k])
        cost, gradient = objective.cost_gradient(theta)
        assert costs[k] == pytest.approx(cost, rel=1e-9)
        np.testing.assert_allclose(gradients[k], coordinates.pull_back(gradient), atol=1e-9)
        np.testing.assert_allclose(
            found[k], scores(*unpack(theta, LAYOUT), rows, activation)[0], atol=1e-8
        )


def test_blocks_and_lanes_and_float32_are_the_same_to_rounding(monkeypatch):
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(2000, 6)), np.eye(3)[rng.integers(3, size=2000)]
    w, x = rng.random((4, 2000)), rng.normal(size=(4, LAYOUT.size))

    def found(dtype):
        rows = share_rows(X, Y.T, center_and_scale(X), dtype)
        return Ensemble(rows, w, LAYOUT, "logistic", "softmax").cost_gradient(x, 1.0)

    costs, gradients = found(np.float64)
    half, quarter = [(0, 400), (400, 1000)], [(1000, 2000)]
    monkeypatch.setattr(ensemble, "row_runs", lambda X, units: [half, quarter])
    for dtype, rtol in ((np.float64, 1e-10), (np.float32, 1e-4)):
        cut = found(dtype)
        np.testing.assert_allclose(cut[0], costs, rtol=rtol)
        np.testing.assert_allclose(cut[1], gradients, atol=rtol)
        assert cut[1].dtype == np.float64
