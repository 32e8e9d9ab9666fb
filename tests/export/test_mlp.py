"""An exported MLPClassifier says what the model says; oracle: the model, and scikit-learn's methods."""

import pickle

import numpy as np
import pandas as pd
import pytest
from exported_models import MODELS, ONE_NETWORK, fitted
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdigits import TwoLayerNNClassifier, TwoLayerNNClassifierCV
from skdigits.export import to_mlpclassifier


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", [name for name in ONE_NETWORK if name != "normalized"])
def test_it_says_the_same(name, dtype):
    model, X = fitted(name, dtype)
    mlp = to_mlpclassifier(model)
    assert type(mlp) is MLPClassifier
    p = model.predict_proba(X)
    np.testing.assert_allclose(mlp.predict_proba(X), p, atol=1e-5 if dtype == "float32" else 1e-12)
    np.testing.assert_array_equal(mlp.classes_, model.classes_)
    clear = np.abs(p - 0.5).min(axis=1) > 1e-4
    np.testing.assert_array_equal(mlp.predict(X)[clear], model.predict(X)[clear])
    assert mlp.score(X[:100], MODELS[name][1][:100]) == model.score(X[:100], MODELS[name][1][:100])
    assert mlp.coefs_[0].dtype == dtype
    assert (mlp.loss_, mlp.n_iter_) == (model.loss_, model.n_iter_)


def test_it_is_a_model_of_its_own():
    model, X = fitted("softmax")
    before = model.predict_proba(X)
    mlp = to_mlpclassifier(model)
    mlp.coefs_[0][...] = 0
    np.testing.assert_array_equal(model.predict_proba(X), before)
    again = pickle.loads(pickle.dumps(to_mlpclassifier(model)))
    np.testing.assert_allclose(again.predict_proba(X), before, atol=1e-12)


def test_it_can_be_fitted_again_with_what_it_was_fitted_with():
    X, y = load_iris(return_X_y=True)
    model = TwoLayerNNClassifier(5, reg_lambda=0.5, maxiter=700, random_state=0).fit(X, y)
    mlp = clone(to_mlpclassifier(model))
    assert (mlp.alpha, mlp.max_iter, mlp.hidden_layer_sizes) == (0.5, 700, (5,))
    assert mlp.fit(X, y).score(X, y) > 0.9


def test_names_of_columns_go_along():
    frame, y = load_iris(return_X_y=True, as_frame=True)
    model = TwoLayerNNClassifier(5, random_state=0).fit(frame, y)
    mlp = to_mlpclassifier(model)
    assert list(mlp.feature_names_in_) == list(frame)
    np.testing.assert_allclose(mlp.predict_proba(frame), model.predict_proba(frame), atol=1e-12)
    with pytest.raises(ValueError, match="feature names"):
        mlp.predict(pd.DataFrame(frame.to_numpy(), columns=list("abcd")))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("normalized", "3 classes with output_activation='sigmoid'.*fit with.*softmax"),
        ("committee", r"committee.*model\.estimators_"),
        ("committee of one", r"committee.*model\.estimators_"),
    ],
)
def test_what_it_cannot_say_is_refused(name, message):
    with pytest.raises(ValueError, match=message):
        to_mlpclassifier(fitted(name)[0])


def test_one_class_is_refused():
    X, y = load_iris(return_X_y=True)
    model = TwoLayerNNClassifier(3, random_state=0).fit(X[:50], y[:50])
    with pytest.raises(ValueError, match="one class alone, 0"):
        to_mlpclassifier(model)


def test_a_member_of_a_committee_can_go_alone():
    model, X = fitted("committee")
    member = model.estimators_[1]
    np.testing.assert_allclose(
        to_mlpclassifier(member).predict_proba(X), member.predict_proba(X), atol=1e-6
    )


def test_other_models_and_such_without_a_fit_are_refused():
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), TwoLayerNNClassifier(5, random_state=0)).fit(X, y)
    with pytest.raises(ValueError, match="got Pipeline; of a Pipeline export the last step"):
        to_mlpclassifier(pipeline)
    for model in (TwoLayerNNClassifier(), TwoLayerNNClassifierCV()):
        with pytest.raises(ValueError, match="not fitted yet"):
            to_mlpclassifier(model)
