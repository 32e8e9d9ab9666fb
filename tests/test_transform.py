"""The hidden layer as features; oracles: the formula, and scikit-learn's own checks (elsewhere)."""

import numpy as np
import pytest
from scipy import sparse
from scipy.special import expit
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skdigits import TwoLayerNNClassifier

X, Y = load_iris(return_X_y=True)
FORMULAS = {"logistic": expit, "tanh": np.tanh, "relu": lambda a: np.maximum(a, 0)}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", FORMULAS)
def test_transform_gives_the_hidden_layer(activation, dtype):
    model = TwoLayerNNClassifier(6, activation=activation, dtype=dtype, random_state=0).fit(X, Y)
    H = model.transform(X)
    (W1, W2), (b1, b2) = model.coefs_, model.intercepts_
    rounding = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(H, FORMULAS[activation](X @ W1 + b1), rounding, rounding)
    assert (H.dtype, H.shape, H.flags.c_contiguous) == (dtype, (150, 6), True)
    scores = model.decision_function(X)
    np.testing.assert_allclose(H @ W2 + b2, scores, atol=rounding * np.abs(scores).max())
    np.testing.assert_allclose(model.transform(sparse.csr_array(X)), H, rounding, rounding)


def test_of_many_rows_in_blocks():
    digits, y = load_digits(return_X_y=True)
    model = TwoLayerNNClassifier(50, maxiter=3, random_state=0)
    with pytest.warns(match="maxiter"):
        model.fit(digits, y)
    many = np.tile(digits, (20, 1))
    H = model.transform(many)
    np.testing.assert_allclose(H, np.tile(model.transform(digits), (20, 1)), atol=1e-12)


def test_names_and_tables():
    frame, y = load_iris(return_X_y=True, as_frame=True)
    model = TwoLayerNNClassifier(3, random_state=0).set_output(transform="pandas").fit(frame, y)
    found = model.transform(frame)
    assert list(found) == [f"twolayernnclassifier{k}" for k in range(3)]
    assert list(found.index) == list(frame.index)
    assert list(model.get_feature_names_out()) == list(found)


def test_in_the_middle_of_a_pipeline_that_is_searched():
    pipeline = make_pipeline(
        TwoLayerNNClassifier(random_state=0), LogisticRegression(max_iter=2000)
    )
    grid = {"twolayernnclassifier__hidden_units": [2, 5]}
    assert GridSearchCV(pipeline, grid, cv=3).fit(X, Y).best_score_ > 0.9


def test_rows_are_looked_at():
    model = TwoLayerNNClassifier(3, random_state=0).fit(X, Y)
    with pytest.raises(ValueError, match="NaN"):
        model.transform([[1, 2, np.nan, 4]])
    with pytest.raises(ValueError, match="2 features"):
        model.transform([[1, 2]])
