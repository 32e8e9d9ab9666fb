"""Oracle: the mean of what the members say, each asked alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.special import expit, logit, softmax

from skdigits import TwoLayerNNClassifier
from skdigits.committee import (
    ask,
    mean_log_probabilities,
    mean_probabilities,
    mean_scores,
    voting,
)
from skdigits.fitting import Labels, labels_of
from skdigits.fitting.labels import decide

BINARY = np.arange(2)


@given(st.lists(st.floats(-30, 30), min_size=2, max_size=6))
def test_log_odds_are_those_of_the_mean_probability(scores):
    Z = np.array(scores).reshape(-1, 1, 1)
    p = expit(Z).mean()
    for labels in (Labels(BINARY, False, "sigmoid"), Labels(np.arange(1), True, "sigmoid")):
        assert mean_scores(Z, labels)[0, 0] == pytest.approx(logit(p), rel=1e-6, abs=1e-6)
    of_two = np.concatenate([Z, 2 * Z], axis=1)  # what softmax makes of a difference of Z
    assert mean_scores(of_two, Labels(BINARY, False, "softmax"))[0, 0] == pytest.approx(
        logit(p), rel=1e-6, abs=1e-6
    )


def test_nothing_underflows():
    Z = np.array([[[900.0], [-900.0]], [[1000.0], [-800.0]]])
    labels = Labels(BINARY, False, "softmax")
    log_p = mean_log_probabilities(Z, labels)
    assert log_p[0, 0] == 0
    assert log_p[0, 1] == pytest.approx(-1800 + np.log((1 + np.exp(0)) / 2))
    assert mean_scores(Z, labels)[0, 0] == pytest.approx(log_p[0, 1])


def test_several_classes():
    Z = np.random.default_rng(0).normal(size=(4, 3, 50)) * 3
    labels = Labels(np.arange(3), False, "softmax")
    p = softmax(Z, axis=1).mean(axis=0).T
    np.testing.assert_allclose(np.exp(mean_scores(Z, labels)), p)
    np.testing.assert_array_equal(decide(mean_scores(Z, labels).T, labels), p.argmax(axis=1))
    np.testing.assert_allclose(mean_probabilities(Z.copy(), labels), p)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize(
    ("n_classes", "output"),
    [(1, "softmax"), (2, "softmax"), (2, "sigmoid"), (3, "softmax"), (3, "sigmoid")],
)
def test_members_asked_together_say_what_each_says(monkeypatch, n_classes, output, container):
    monkeypatch.setattr(voting, "AT_ONCE", 3 * n_classes * 10)  # a few rows at a time
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(80, 4)), rng.integers(n_classes, size=80)
    members = [
        TwoLayerNNClassifier(
            6, output_activation=output, reg_lambda=0.3, random_state=seed, maxiter=200
        ).fit(container(X), y)
        for seed in range(3)
    ]
    labels = labels_of(members[0])
    expected = np.mean([member.predict_proba(X) for member in members], axis=0)
    p, finite = ask(members, container(X), mean_probabilities, labels)
    np.testing.assert_allclose(p, expected, rtol=1e-10)
    assert finite
    log_p, _ = ask(members, X, mean_log_probabilities, labels)
    np.testing.assert_allclose(log_p, np.log(expected), atol=1e-10)
    (alone, _), member = ask(members[:1], X, mean_scores, labels), members[0]
    if n_classes > 1:
        decision = alone[:, -1] - alone[:, 0] if n_classes == len(alone[0]) == 2 else alone
        np.testing.assert_allclose(np.squeeze(decision), member.decision_function(X), rtol=1e-10)
    X[40] = np.nan
    assert not ask(members, X, mean_probabilities, labels)[1]
