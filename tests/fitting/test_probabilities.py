"""Probabilities of classes as targets; oracle: a row of each class, with these as weights."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris, load_wine

from skdigits import TwoLayerNNClassifier

X, Y = load_iris(return_X_y=True)
NAMES = ["c", "a", "b"]
PLAIN = {"coordinates": "plain", "standardize": False}


def uncertain(y, seed=0):
    """Probabilities near the labels: some certain, some not at all."""
    rng = np.random.default_rng(seed)
    certain = np.eye(y.max() + 1)[y]
    return 0.4 * rng.dirichlet(np.full(y.max() + 1, 0.3), len(y)) + 0.6 * certain


@pytest.mark.filterwarnings("ignore:the fit reached maxiter")
@pytest.mark.parametrize("class_weight", [None, "balanced", {"a": 1.0, "b": 3.0, "c": 0.5}])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_a_row_is_a_row_of_each_class(output, class_weight):
    P = uncertain(Y)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(X))
    model = TwoLayerNNClassifier(
        4,
        output_activation=output,
        class_weight=class_weight,
        random_state=0,
        maxiter=15,
        **PLAIN,
    )
    soft = model.fit(X, P, weights, classes=NAMES)
    p, loss = soft.predict_proba(X), soft.loss_
    assert soft.classes_.tolist() == ["a", "b", "c"]
    hard = model.fit(
        np.tile(X, (3, 1)), np.repeat(NAMES, len(X)), sample_weight=(P.T * weights).ravel()
    )
    assert loss == pytest.approx(hard.loss_, rel=1e-7)
    np.testing.assert_allclose(p, hard.predict_proba(X), atol=1e-5)


@pytest.mark.parametrize("load", [load_iris, load_wine])
@pytest.mark.parametrize("integers", [False, True])
def test_one_hot_rows_are_labels(load, integers):
    X, y = load(return_X_y=True)
    names = np.array(["x", "z", "y"])
    one_hot = np.eye(3, dtype=int if integers else float)[y]
    model = TwoLayerNNClassifier(5, random_state=0, class_weight="balanced", maxiter=30)
    with pytest.warns(match="maxiter"):
        labels = model.fit(X, names[y]).coefs_
    with pytest.warns(match="maxiter"):
        found = model.fit(X, one_hot, classes=names).coefs_
    for layer, same in zip(found, labels, strict=True):
        np.testing.assert_allclose(layer, same, rtol=1e-6, atol=1e-9)


@pytest.mark.filterwarnings("ignore:the fit reached maxiter")
def test_two_classes_have_one_sigmoid_output():
    P = uncertain((Y == 2).astype(int))
    common = {"random_state": 0, "maxiter": 15, **PLAIN}
    sigmoid = TwoLayerNNClassifier(4, output_activation="sigmoid", **common)
    sigmoid.fit(X, P, classes=[False, True])
    assert sigmoid.n_outputs_ == 1
    hard = clone(sigmoid).fit(
        np.tile(X, (2, 1)), np.repeat([False, True], len(X)), sample_weight=P.T.ravel()
    )
    np.testing.assert_allclose(sigmoid.predict_proba(X), hard.predict_proba(X), atol=1e-5)


def test_probabilities_are_learned_not_decided():
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, (400, 1))
    p = 1 / (1 + np.exp(-2 * np.sin(2 * x)))
    model = TwoLayerNNClassifier(8, reg_lambda=1e-3, random_state=0, maxiter=3000)
    model.fit(x, np.hstack([1 - p, p]), classes=[0, 1])
    np.testing.assert_allclose(model.predict_proba(x)[:, 1:], p, atol=0.02)


def test_validation_rows_have_probabilities_or_labels():
    P = uncertain(Y)
    model = TwoLayerNNClassifier(4, random_state=0, early_stopping=True)
    names = np.array(NAMES)
    model.fit(X[::2], P[::2], X_val=X[1::2], y_val=P[1::2], classes=names)
    p = model.predict_proba(X[1::2])[:, [2, 0, 1]]  # in the order of the columns
    loss = -(P[1::2] * np.log(p)).sum(axis=1).mean()
    assert min(model.validation_loss_curve_) == pytest.approx(loss)
    right = (names[P[1::2].argmax(axis=1)] == model.predict(X[1::2])).mean()
    assert model.validation_scores_[model.best_iter_ - 1] == pytest.approx(right)
    model.fit(X[::2], P[::2], X_val=X[1::2], y_val=names[Y[1::2]], classes=names)
    p = model.predict_proba(X[1::2])[:, [2, 0, 1]]
    labels_loss = -np.log(p[np.arange(75), Y[1::2]]).mean()
    assert min(model.validation_loss_curve_) == pytest.approx(labels_loss)


@pytest.mark.parametrize("options", [{"early_stopping": True}, {"progressive_sampling": (0.4,)}])
def test_rows_are_held_out_and_sampled_with_their_probabilities(options):
    P = uncertain(Y)
    model = TwoLayerNNClassifier(4, random_state=0, **options)
    model.fit(pd.DataFrame(X), pd.DataFrame(P, columns=NAMES), classes=NAMES)
    assert (np.array(NAMES)[P.argmax(axis=1)] == model.predict(X)).mean() > 0.8


@pytest.mark.parametrize(
    ("targets", "classes", "message"),
    [
        (uncertain(Y) * 1.01, NAMES, r"sum to 1 in each row, got \[.*in row 0, which sum to 1\.01"),
        (uncertain(Y) - [0.9, -0.45, -0.45], NAMES, "must be at least 0"),
        (uncertain(Y), NAMES[:2], r"with 2 classes.*got shape \(150, 3\)"),
        (uncertain(Y), ["a", "a", "b"], r"each once, got \['a', 'a', 'b'\]"),
        (uncertain(Y), ["a"], "two labels or more"),
        (Y, NAMES, r"got shape \(150,\) and dtype int64; of labels leave out classes"),
        (uncertain(Y), None, r"3 columns of fractions.*name the classes: fit\(X, y, classes="),
        (np.eye(3)[Y], None, r"one-hot form give y\.argmax\(axis=1\), or .*fit\(X, y, classes="),
    ],
)
def test_other_targets_are_refused(targets, classes, message):
    with pytest.raises(ValueError, match=message) as refusal:
        TwoLayerNNClassifier(3).fit(X, targets, classes=classes)
    assert "sigmoid" not in str(refusal.value)


def test_a_row_to_validate_on_that_does_not_sum_to_one():
    P = uncertain(Y)
    with pytest.raises(ValueError, match="the probabilities of y_val .* sum to 1"):
        TwoLayerNNClassifier(3).fit(X, P, X_val=X, y_val=P / 2, classes=NAMES)
