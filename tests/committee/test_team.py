"""Oracle: an Objective for each network, and what scikit-learn's metrics say."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from skdigits import Objective
from skdigits.committee import team as teams
from skdigits.committee.judges import LogLoss
from skdigits.committee.team import Team
from skdigits.fitting import INTERRUPTED, STOPPED, Labels, Rows
from skdigits.network import (
    Layout,
    center_and_scale,
    initial_parameters,
    make_coordinates,
    share_rows,
)

LAYOUT = Layout(4, 5, 3)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(120, 4)) * [1, 10, 1e3, 1e-3], rng.integers(3, size=120)
    X[:, 1] += 20 * codes
    weights = rng.integers(3, size=(4, 120)).astype(float)
    x = np.stack([initial_parameters(LAYOUT, seed) for seed in range(4)])
    return X, codes, weights, x


def team_of(X, codes, weights):
    rows = share_rows(X, np.eye(3)[codes].T, center_and_scale(X), "float64")
    return Team(rows, weights, LAYOUT, "logistic", "softmax")


def nothing(iterate):
    return None


@pytest.mark.parametrize("most", [1, 3, 10])
def test_each_network_comes_to_rest_at_a_minimum_of_its_own_cost(problem, monkeypatch, most):
    X, codes, weights, x = problem
    monkeypatch.setattr(teams, "MOST", most)
    found, ended = team_of(X, codes, weights).descend(x, 0.5, 3000, 1e-7, nothing)
    assert ended is None
    units = center_and_scale(X)
    coordinates = make_coordinates("scaled", LAYOUT, *units, "logistic")
    for network, w in zip(found, weights, strict=True):
        objective = Objective(
            X, np.eye(3)[codes], hidden_units=5, reg_lambda=0.5, sample_weight=w,
            feature_scale=units[1],
        )  # fmt: skip
        cost, gradient = objective.cost_gradient(coordinates.to_theta(network.x))
        assert cost == pytest.approx(network.result.fun, rel=1e-9)
        assert np.abs(coordinates.pull_back(gradient)).max() < 2e-7
        assert network.result.gradient_norm < 2e-7
        assert network.curve[-1] == pytest.approx(network.result.fun, rel=1e-9)


def test_maxiter_is_the_most_iterations(problem):
    X, codes, weights, x = problem
    found, ended = team_of(X, codes, weights).descend(x, 0.5, 7, 0.0, nothing)
    assert ended is None
    assert all(len(network.curve) == 7 for network in found)


@pytest.mark.parametrize("most", [2, 10])
def test_who_looks_on_may_stop_it_and_others_do_not_begin(problem, monkeypatch, most):
    X, codes, weights, x = problem
    monkeypatch.setattr(teams, "MOST", most)
    found, ended = team_of(X, codes, weights).descend(
        x, 0.5, 50, 0.0, lambda iterate: "enough" if iterate.iteration == 3 else None
    )
    assert ended == STOPPED
    begun = min(most, 4)
    assert [len(network.curve) for network in found] == [3] * begun + [0] * (4 - begun)
    for network, start in zip(found[begun:], x[begun:], strict=True):
        np.testing.assert_array_equal(network.x, start)


def test_ctrl_c_keeps_where_they_are(problem):
    X, codes, weights, x = problem

    def press(iterate):
        if iterate.iteration == 5:
            raise KeyboardInterrupt

    found, ended = team_of(X, codes, weights).descend(x, 0.5, 50, 0.0, press)
    assert ended == INTERRUPTED
    assert all(len(n.curve) == 5 and n.result.fun <= n.curve[0] for n in found)


def test_the_judge_says_what_log_loss_says(problem):
    X, codes, weights, x = problem
    w = np.random.default_rng(1).random(120)
    w[90:] = 0
    splits = [(None, np.arange(s, s + 30)) for s in (0, 30, 60, 90)]
    judge = LogLoss(Rows(X, codes, w), Labels(np.arange(3), False, "softmax"), splits)
    team = team_of(X, codes, weights)
    scores = judge(team, x, 0.5)
    for k, (_, test) in enumerate(splits[:3]):
        z = team.scores(x)[k][:, test].T
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        expected = log_loss(codes[test], p, sample_weight=w[test], labels=range(3))
        assert scores[k] == pytest.approx(-expected)
    assert np.isnan(scores[3])  # rows of no weight say nothing


def test_the_judge_takes_the_mean_over_labels(problem):
    X, _, weights, x = problem
    rng = np.random.default_rng(2)
    Y, w = rng.integers(2, size=(120, 3)), rng.random((120, 3))
    labels = Labels(np.arange(3), True, "sigmoid")
    test = np.arange(40)
    rows = share_rows(X, Y.T, center_and_scale(X), "float64")
    team = Team(rows, weights, LAYOUT, "logistic", "sigmoid")
    judge = LogLoss(Rows(X, Y, w), labels, [(None, test)] * 4)
    z = team.scores(x)[1][:, test].T
    losses = np.log1p(np.exp(-z * (2 * Y[test] - 1)))
    expected = -np.average(losses, weights=w[test])
    assert judge(team, x, 0.5)[1] == pytest.approx(expected)
